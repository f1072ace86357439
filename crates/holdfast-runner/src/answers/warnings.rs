//! Warnings, from Python's `warnings` or from lines that look like them.

use holdfast_model::RaisedWarning;

/// The most warnings that are kept: beyond that, nobody reads them.
const MOST: usize = 1000;

/// Warnings among lines of standard error: `model.py:3: RuntimeWarning: overflow`.
///
/// That is how `warnings.formatwarning` writes them; of a message with several lines it is the
/// first.
pub(crate) fn of_lines(standard_error: &str) -> Vec<RaisedWarning> {
    tidy(standard_error.lines().filter_map(of_line).collect())
}

/// Sorted, each once, without addresses in memory, which are others in each run.
pub(crate) fn tidy(mut warnings: Vec<RaisedWarning>) -> Vec<RaisedWarning> {
    for warning in &mut warnings {
        warning.message = without_addresses(&warning.message);
    }
    warnings.sort();
    warnings.dedup();
    warnings.truncate(MOST);
    warnings
}

fn of_line(line: &str) -> Option<RaisedWarning> {
    let (before, message) = line.split_once("Warning: ")?;
    let (place, category) = before.rsplit_once(": ")?;
    let (_, number) = place.rsplit_once(':')?;
    let is_name = |name: &str| {
        name.chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_')
            && !name.starts_with(|letter: char| letter.is_ascii_digit())
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) || !is_name(category)
    {
        return None;
    }
    Some(RaisedWarning {
        category: format!("{category}Warning"),
        message: message.trim().to_owned(),
    })
}

/// `<Thing at 0x7f21a8c0>` → `<Thing at 0x…>`: hexadecimal numbers of at least six digits.
fn without_addresses(message: &str) -> String {
    let mut plain = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find("0x") {
        let (before, number) = rest.split_at(at);
        let digits = number
            .bytes()
            .skip(2)
            .take_while(u8::is_ascii_hexdigit)
            .count();
        let (number, after) = number.split_at(2 + digits);
        plain.push_str(before);
        plain.push_str(if digits < 6 { number } else { "0x…" });
        rest = after;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_that_python_writes_for_warnings_are_warnings() {
        let warnings = of_lines(
            "starting\n/a b/model.py:12: RuntimeWarning: divide: by zero\n  x / y\n\
             sys:1: ResourceWarning: unclosed <socket at 0x7f00aa11bb22>\n\
             Warning: not one\nnote: UserWarning: nor this\n\
             /a b/model.py:12: RuntimeWarning: divide: by zero\n",
        );
        let pairs: Vec<_> = warnings
            .iter()
            .map(|warning| (warning.category.as_str(), warning.message.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("ResourceWarning", "unclosed <socket at 0x…>"),
                ("RuntimeWarning", "divide: by zero")
            ]
        );
    }

    #[test]
    fn short_hexadecimal_numbers_are_no_addresses() {
        assert_eq!(without_addresses("flag 0xff, 0x"), "flag 0xff, 0x");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(?s).{0,80}") {
            of_lines(&text);
            without_addresses(&text);
        }
    }
}
