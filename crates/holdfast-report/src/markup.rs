//! Text in XML and HTML: harmless, whatever it quotes.

use crate::layout::plain;

/// `text` on one line, for an element or an attribute in quotes.
///
/// Control characters are shown, as in text for a terminal; what XML 1.0 does not allow at all is
/// replaced.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in plain(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_browser_obeys_gets_through() {
        assert_eq!(
            escaped("<b a='1'>\"&\u{7}\u{ffff}"),
            "&lt;b a=&#39;1&#39;&gt;&quot;&amp;\\u{7}\u{fffd}"
        );
    }
}
