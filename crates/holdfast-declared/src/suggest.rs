//! What a person may have meant.

/// The one of `known` that is closest to `word`, where it is close enough to be a slip of the hand.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 64 {
        return None;
    }
    let allowed = match word.len() {
        0..=2 => return None,
        3..=5 => 1,
        6..=10 => 2,
        _ => 3,
    };
    known
        .map(|candidate| (strsim::levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Names as a list for a message: `` `a`, `b` ``; says so where there are none.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let listed: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if listed.is_empty() {
        "none".to_owned()
    } else {
        listed.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["index-url", "extra-index-url", "pre"];
        assert_eq!(nearest("indx-url", known.into_iter()), Some("index-url"));
        assert_eq!(nearest("pro", known.into_iter()), Some("pre"));
        assert_eq!(nearest("editable", known.into_iter()), None);
        assert_eq!(nearest("", known.into_iter()), None);
    }
}
