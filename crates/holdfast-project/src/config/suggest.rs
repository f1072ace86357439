//! The name that a person most likely meant.

/// The candidate nearest to `name`, if any is near enough to be a slip of the pen.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // bounds the work on a name of any length; no key is nearly as long
    if name.len() > 128 {
        return None;
    }
    let lower = name.to_lowercase().replace('_', "-");
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(&lower, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

/// "did you mean …", or else the names there are.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    if let Some(candidate) = nearest(name, candidates.clone()) {
        return format!("did you mean `{candidate}`?");
    }
    let all: Vec<String> = candidates
        .into_iter()
        .map(|candidate| format!("`{candidate}`"))
        .collect();
    if all.is_empty() {
        "there is none".to_owned()
    } else {
        format!("there is {}", all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_nonsense_is_not() {
        let keys = ["requirements", "groups", "extends"];
        assert_eq!(nearest("requirement", keys), Some("requirements"));
        assert_eq!(nearest("extend", keys), Some("extends"));
        assert_eq!(nearest("zzz", keys), None);
        assert_eq!(nearest(&"x".repeat(1000), keys), None);
        assert_eq!(
            nearest("holding_period", ["holding-period"]),
            Some("holding-period")
        );
    }
}
