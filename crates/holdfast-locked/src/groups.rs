//! Which extras and groups a package belongs to, as its marker says.

/// The extras and groups that a marker asks for (`"gpu" in extras`, `'train' in dependency_groups`);
/// sorted, each once.
///
/// Negations (`not in`) ask for nothing. Text that is no marker gives what can be seen in it.
pub(crate) fn of_marker(marker: &str) -> Vec<String> {
    let mut groups = Vec::new();
    let mut value: Option<&str> = None;
    let mut after_in = false;
    let mut rest = marker.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if matches!(first, '"' | '\'') {
            let inside = rest.get(1..).unwrap_or_default();
            let end = inside.find(first).unwrap_or(inside.len());
            value = inside.get(..end);
            after_in = false;
            (end + 2).min(rest.len())
        } else {
            let end = rest
                .find(|character: char| !character.is_alphanumeric() && character != '_')
                .unwrap_or(rest.len());
            let word = rest.get(..end).unwrap_or_default();
            if after_in
                && matches!(word, "extras" | "dependency_groups")
                && let Some(group) = value.take()
            {
                groups.push(group.to_owned());
            }
            after_in = word == "in";
            if !after_in {
                value = None;
            }
            end.max(first.len_utf8())
        };
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    groups.sort();
    groups.dedup();
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn groups_are_read_from_markers() {
        for (marker, expected) in [
            (r#""tests" in extras"#, vec!["tests"]),
            (
                r#""default" in dependency_groups or "security" in extras"#,
                vec!["default", "security"],
            ),
            (
                "python_version >= '3.6' and ('b' in extras or 'a' in extras or 'a' in extras)",
                vec!["a", "b"],
            ),
            ("'a' not in extras", vec![]),
            ("sys_platform in 'linux darwin'", vec![]),
            ("sys_platform == 'linux'", vec![]),
            ("'unfinished", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(of_marker(marker), expected, "{marker}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,60}") {
            let _ = of_marker(&text);
        }
    }
}
