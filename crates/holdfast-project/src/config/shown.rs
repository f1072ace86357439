//! Text of a person's file, fit to stand in a message.

/// `text` on one line: control characters escaped, the end of a long one left out.
pub(crate) fn shown(text: &str) -> String {
    const LIMIT: usize = 80;
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == LIMIT {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(shown("a\n\u{1b}[31m"), "a\\n\\u{1b}[31m");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), 81);
    }
}
