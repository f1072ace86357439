use holdfast_report::{Recording, Style, recording_text};

pub(crate) fn sample() -> Recording {
    Recording {
        golden: "golden.jsonl".to_owned(),
        environment: Some("serve".to_owned()),
        lock: "pylock.serve.toml".to_owned(),
        lock_digest: format!("sha256:{}", "7a".repeat(32)),
        python: "3.11.7".to_owned(),
        inputs: 200,
        failed: 0,
        artefacts: vec!["churn/predict.py".to_owned(), "model.joblib".to_owned()],
        warnings: 0,
        contained: vec!["no network".to_owned(), "read only".to_owned()],
        seconds: 2.1,
        memory: Some(157_000_000),
    }
}

#[test]
fn a_recording_says_what_it_has_and_what_it_depends_on() {
    let usual = recording_text(&sample(), &Style::plain(80));
    let troubled = Recording {
        environment: None,
        failed: 3,
        artefacts: Vec::new(),
        warnings: 2,
        contained: vec!["uncontained".to_owned()],
        memory: None,
        ..sample()
    };
    let troubled = recording_text(&troubled, &Style::plain(80));
    insta::assert_snapshot!("recording", format!("{usual}---\n{troubled}"));
}
