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
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions and substitutions from one text to the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (position, from) in left.chars().enumerate() {
        let mut diagonal = position;
        let mut before = position + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(&right) {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = *cell;
            *cell = substituted.min(diagonal + 1).min(before + 1);
            before = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = position + 1;
        }
    }
    row.last().copied().unwrap_or_default()
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
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
