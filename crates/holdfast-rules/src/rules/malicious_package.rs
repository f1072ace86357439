//! A version is known to be malicious.

use holdfast_model::{Layer, Outcome, Severity};

use crate::advisories::each_hit;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "malicious-package",
    title: "a version is known to be malicious",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Audit, RuleSet::Lock],
    page: include_str!("malicious_package.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    each_hit(context, &mut answer, |answer, hit| {
        if !hit.advisory.malicious {
            return;
        }
        let advisory = hit.advisory;
        let finding = RULE
            .finding(Layer::Packages)
            .at(&hit.exact.location())
            .message(format!(
                "{} is malicious ({}){}",
                hit.exact.named(),
                advisory.id,
                hit.summary()
            ))
            .of(hit.environment)
            .subject(hit.exact.purl())
            .detail("id", advisory.id.clone())
            .detail("aliases", advisory.aliases.clone())
            .detail("fixed", advisory.fixed.clone())
            .detail("summary", advisory.summary.clone())
            .refuses(hit.refusal())
            .fix("remove it, rebuild every machine that installed it, and replace every secret that was there");
        answer.find(finding);
    });
    answer.outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{advisory, affect, check, configured, facts, lines};

    #[test]
    fn a_malicious_version_is_an_error_that_refuses_it() {
        let mut facts = facts([configured("train").locks(&["ultralytics==8.3.41"])]);
        let mut record = advisory("MAL-2024-11", &[]);
        record.malicious = true;
        affect(&mut facts, "ultralytics", "8.3.41", record);
        let outcome = check(&RULE, &facts);
        assert_eq!(
            lines(&outcome),
            ["error pylock.train.toml:10:1 `ultralytics 8.3.41` is malicious (MAL-2024-11): A heap overflow in a bundled library"]
        );
        assert!(outcome.findings[0].refusal.is_some());
    }

    #[test]
    fn a_vulnerable_version_is_for_another_rule() {
        let mut facts = facts([configured("train").locks(&["pillow==9.5.0"])]);
        affect(&mut facts, "pillow", "9.5.0", advisory("PYSEC-2023-175", &["10.0.1"]));
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn malicious_package_is_not_evaluated_without_advisory_data() {
        let mut facts = facts([configured("train").locks(&["pillow==9.5.0"])]);
        facts.knowledge.advisories = None;
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap - - there is no advisory data on this machine: run `holdfast advisories update`"]
        );
    }
}
