//! Which changed packages changed the predictions, as text, JSON and HTML.

use holdfast_report::{
    BisectedLock, Bisection, BisectionVerdict, Carried, Culprit, Difference, Exchange, Explains,
    LargestDifference, Together, Trial, TrialOutcome, bisection_json, bisection_text,
};
use insta::assert_snapshot;

use crate::drawn;

fn exchange(package: &str, before: &str, after: &str) -> Exchange {
    let version = |version: &str| (!version.is_empty()).then(|| version.to_owned());
    Exchange {
        package: package.to_owned(),
        before: version(before),
        after: version(after),
    }
}

fn numpy() -> Exchange {
    exchange("numpy", "1.26.4", "2.0.0")
}

fn difference(changed: u64, flipped: u64) -> Difference {
    Difference {
        changed,
        flipped,
        largest: Some(LargestDifference {
            absolute: Some(0.351_289),
            input: 17,
            path: String::new(),
            before: "0.6877398014068604".to_owned(),
            after: "0.3364506661891937".to_owned(),
        }),
    }
}

fn trial(number: u64, exchanged: &[&str], changed: u64) -> Trial {
    Trial {
        number,
        exchanged: exchanged.iter().map(|name| (*name).to_owned()).collect(),
        outcome: if changed > 0 {
            TrialOutcome::Different
        } else {
            TrialOutcome::Same
        },
        reason: None,
        changed: Some(changed),
        seconds_install: Some(0.8),
        seconds_run: Some(1.3),
    }
}

fn culprit(changes: Vec<Exchange>, together: Together) -> Culprit {
    Culprit {
        changes,
        together,
        carried: Vec::new(),
        difference: difference(157, 26),
        explains: Explains::All,
        explained: 157,
    }
}

/// One package is responsible.
pub(crate) fn sample() -> Bisection {
    let others = ["certifi", "idna", "joblib", "packaging", "pandas", "scipy"];
    let mut changes: Vec<Exchange> = others
        .iter()
        .map(|name| exchange(name, "1.0", "1.1"))
        .collect();
    changes.extend([numpy(), exchange("python", "3.11.7", "3.11.9")]);
    changes.sort();
    let all: Vec<&str> = changes
        .iter()
        .map(|change| change.package.as_str())
        .collect();
    let trials = vec![
        trial(1, &[], 0),
        trial(2, &all, 157),
        trial(3, &["certifi", "idna", "joblib", "packaging"], 0),
        trial(4, &["numpy", "pandas", "python", "scipy"], 157),
        Trial {
            outcome: TrialOutcome::Unresolved,
            reason: Some("scipy 1.1 wants numpy>=2, and 1.26.4 is kept".to_owned()),
            changed: None,
            seconds_install: None,
            seconds_run: None,
            ..trial(5, &["pandas", "scipy"], 0)
        },
        trial(6, &["numpy", "scipy"], 157),
        trial(
            7,
            &["certifi", "idna", "joblib", "packaging", "pandas", "python"],
            0,
        ),
    ];
    Bisection {
        golden: "golden.jsonl".to_owned(),
        from: BisectedLock {
            lock: "pylock.before.toml".to_owned(),
            digest: format!("sha256:{}", "1a2b3c4d".repeat(8)),
            python: Some("3.11.7".to_owned()),
        },
        to: BisectedLock {
            lock: "pylock.after.toml".to_owned(),
            digest: format!("sha256:{}", "9f8e7d6c".repeat(8)),
            python: Some("3.11.9".to_owned()),
        },
        changes,
        inputs: 200,
        difference: difference(157, 26),
        verdict: BisectionVerdict::Culprits,
        culprits: vec![Culprit {
            carried: vec![Carried {
                change: exchange("scipy", "1.0", "1.1"),
                because: "scipy 1.0 wants numpy<2".to_owned(),
            }],
            ..culprit(vec![numpy()], Together::Alone)
        }],
        remaining: None,
        disagreement: None,
        trials,
        environments: 7,
        seconds: Some(14.2),
    }
}

#[test]
fn one_package_is_responsible() {
    assert_snapshot!("one", drawn(100, |style| bisection_text(&sample(), style)));
    assert_snapshot!("one_json", bisection_json(&sample()));
}

#[test]
fn packages_can_be_responsible_together_and_one_beside_the_other() {
    let pandas = || exchange("pandas", "1.0", "1.1");
    let part = |changes, together, changed| Culprit {
        explains: Explains::Part,
        explained: changed,
        difference: difference(changed, 3),
        ..culprit(changes, together)
    };
    let bisection = Bisection {
        culprits: vec![
            part(vec![numpy(), pandas()], Together::Interaction, 120),
            part(vec![exchange("six", "", "1.16.0")], Together::Alone, 30),
        ],
        remaining: Some(difference(7, 0)),
        ..sample()
    };
    assert_snapshot!(drawn(80, |style| bisection_text(&bisection, style)));
}

#[test]
fn packages_that_cannot_be_tried_apart_are_named_together() {
    let changes = vec![numpy(), exchange("scipy", "1.0", "1.1")];
    let bisection = Bisection {
        verdict: BisectionVerdict::Inseparable,
        culprits: vec![culprit(changes, Together::Inseparable)],
        ..sample()
    };
    assert_snapshot!(drawn(80, |style| bisection_text(&bisection, style)));
}

#[test]
fn without_an_answer_it_is_said_why() {
    let without = |verdict, disagreement| Bisection {
        verdict,
        culprits: Vec::new(),
        difference: Difference::default(),
        disagreement,
        trials: vec![trial(1, &[], 0)],
        environments: 1,
        ..sample()
    };
    let disagreement = || Some(difference(1, 1));
    let verdicts = [
        without(BisectionVerdict::None, None),
        without(BisectionVerdict::NotReproducible, disagreement()),
        without(BisectionVerdict::Unstable, disagreement()),
        without(BisectionVerdict::Inseparable, None),
    ];
    let texts: Vec<String> = verdicts
        .iter()
        .map(|bisection| drawn(80, |style| bisection_text(bisection, style)))
        .collect();
    assert_snapshot!(texts.join("\n----\n\n"));
}
