//! Asking the solver why it did not take a version.

use holdfast_model::PackageId;
use holdfast_uv::Answer;
use pep440_rs::Version;

use crate::joint::Joint;
use crate::lock::LockError;

/// Why a version was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WhyNot {
    pub(crate) reason: String,
    pub(crate) way_out: Option<String>,
}

/// Asks again with that version alone, and reads why not.
pub(crate) fn why_not(
    joint: &mut Joint<'_>,
    package: &PackageId,
    version: &Version,
) -> Result<WhyNot, LockError> {
    let mut request = joint.solve_request();
    request
        .constraints
        .push(format!("{}=={version}", package.name()));
    Ok(match joint.ask(&request)? {
        Answer::Solved(_) => WhyNot {
            reason: "it would push other packages back".to_owned(),
            way_out: Some(format!("ask for `{package}>={version}`")),
        },
        Answer::Unsolvable { explanation } => read(&explanation, package, version),
    })
}

/// The essence of the solver's explanation.
fn read(explanation: &str, package: &PackageId, version: &Version) -> WhyNot {
    if let Some(name) = without_wheel(explanation) {
        let reason = if name == package.name() {
            "it has no wheel for every platform".to_owned()
        } else {
            format!("needs {name}, which has no wheel")
        };
        return WhyNot {
            reason,
            way_out: Some(format!("allow-build = [\"{name}\"]")),
        };
    }
    let reason = own_requirement(explanation, package)
        .map(|needs| {
            if explanation.contains(&format!("there is no version of {needs}")) {
                format!("needs {needs}, of which no release may be chosen")
            } else {
                format!("needs {needs}")
            }
        })
        .or_else(|| bound_by(explanation, package, version))
        .unwrap_or_else(|| "nothing that fits everything else goes with it".to_owned());
    WhyNot {
        reason,
        way_out: None,
    }
}

/// Reads ``Wheels are required for `ffmpy` because building from source is disabled``.
fn without_wheel(explanation: &str) -> Option<&str> {
    let (_, rest) = explanation.split_once("Wheels are required for `")?;
    rest.split('`').next()
}

/// An edge that the explanation speaks of: who depends on what.
fn edges(explanation: &str) -> impl Iterator<Item = (&str, &str)> {
    explanation
        .match_indices(" depends on ")
        .map(|(position, words)| {
            let before = explanation.get(..position).unwrap_or_default();
            let after = explanation
                .get(position + words.len()..)
                .unwrap_or_default();
            let by = before
                .rsplit(char::is_whitespace)
                .next()
                .unwrap_or_default();
            let on = after
                .split(|next: char| next.is_whitespace() || next == '(')
                .next();
            (by, on.unwrap_or_default().trim_end_matches([',', '.']))
        })
}

/// The bound of `numpy>=2.0` where it is one of `numpy`.
fn bound_on<'a>(requirement: &'a str, package: &PackageId) -> Option<&'a str> {
    requirement
        .strip_prefix(package.name())
        .filter(|bound| bound.starts_with(['=', '<', '>', '!', '~']))
}

/// Reads `x>=2 depends on numpy>=2.0` of the package itself.
fn own_requirement(explanation: &str, package: &PackageId) -> Option<String> {
    edges(explanation)
        .find(|(by, on)| bound_on(by, package).is_some() && !on.is_empty())
        .map(|(_, on)| on.to_owned())
}

/// Reads `y==1 depends on x<2` of another package; what was only asked for to find out is no reason.
fn bound_by(explanation: &str, package: &PackageId, version: &Version) -> Option<String> {
    let asked = format!("=={version}");
    edges(explanation)
        .filter_map(|(by, on)| Some((by, bound_on(on, package)?)))
        .find(|(_, bound)| *bound != asked)
        .map(|(by, bound)| format!("held by {by} ({package}{bound})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(explanation: &str) -> WhyNot {
        read(
            explanation,
            &PackageId::pypi("gradio"),
            &Version::new([4, 31, 0]),
        )
    }

    #[test]
    fn a_dependency_without_a_wheel_is_named_with_the_way_out() {
        let why = reason(
            "Because ffmpy<=0.2.3 has no usable wheels …\n\nhint: Wheels are required for `ffmpy` because building from source is disabled for all packages (i.e., with `--no-build`)",
        );
        assert_eq!(why.reason, "needs ffmpy, which has no wheel");
        assert_eq!(why.way_out.as_deref(), Some("allow-build = [\"ffmpy\"]"));
    }

    #[test]
    fn what_the_version_itself_needs_is_read() {
        let why = reason(
            "Because gradio==4.31.0 depends on numpy>=2.0 and environment core depends on numpy<2, …",
        );
        assert_eq!(why.reason, "needs numpy>=2.0");
    }

    #[test]
    fn a_range_of_the_package_counts_as_the_package() {
        let said = "Because gradio>=4.31.0 depends on numpy>=2.0.2 and environment serve depends on numpy>=1.26,<2, … And because environment serve depends on gradio==4.31.0 and …";
        assert_eq!(reason(said).reason, "needs numpy>=2.0.2");
        let said = "Because there is no version of gradio-client==1.0 and gradio>=4.31.0 depends on gradio-client==1.0, we can conclude …";
        assert_eq!(
            reason(said).reason,
            "needs gradio-client==1.0, of which no release may be chosen"
        );
        let said = "Because environment serve depends on gradio==4.31.0 and nothing else …";
        assert_eq!(
            reason(said).reason,
            "nothing that fits everything else goes with it"
        );
    }

    #[test]
    fn who_holds_it_back_is_read() {
        let why = reason("Because acme-ui==1.2 depends on gradio<4.20 and you require …");
        assert_eq!(why.reason, "held by acme-ui==1.2 (gradio<4.20)");
    }

    #[test]
    fn an_explanation_that_says_nothing_of_it_is_not_made_up() {
        assert_eq!(
            reason("something else").reason,
            "nothing that fits everything else goes with it"
        );
    }
}
