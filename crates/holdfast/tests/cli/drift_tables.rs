//! `holdfast drift`: two tables of data, what is said of them, and how a run ends.

use std::fmt::Write as _;
use std::io::Write as _;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Fixture, Ran};

/// Numbers in 0 to 1, the same each time.
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        #[expect(clippy::cast_precision_loss, reason = "53 bits are left")]
        let number = (self.0 >> 11) as f64 / 2_f64.powi(53);
        number
    }

    /// About normal, around 0 with a deviation of 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// Customers: their age around a mean, an income that some do not tell, and a plan.
fn customers(seed: u64, count: usize, age: f64, team: f64) -> Vec<(String, String, String)> {
    let mut uniform = Uniform(seed);
    (0..count)
        .map(|_| {
            let age = format!("{:.1}", age + 10.0 * uniform.normal());
            let income = format!("{:.0}", 30_000.0 + 8_000.0 * uniform.normal());
            let is_told = uniform.next() > 0.02;
            let income = if is_told { income } else { String::new() };
            let plan = if uniform.next() < team {
                "team"
            } else {
                "basic"
            };
            (age, income, plan.to_owned())
        })
        .collect()
}

fn csv(rows: &[(String, String, String)]) -> String {
    let mut text = "age,income,plan,customer_id\n".to_owned();
    for (number, (age, income, plan)) in rows.iter().enumerate() {
        writeln!(text, "{age},{income},{plan},c{number}").unwrap();
    }
    text
}

fn json_lines(rows: &[(String, String, String)]) -> String {
    let mut text = String::new();
    for (number, (age, income, plan)) in rows.iter().enumerate() {
        let income = if income.is_empty() { "null" } else { income };
        writeln!(
            text,
            "{{\"age\":{age},\"income\":{income},\"plan\":\"{plan}\",\"customer_id\":\"c{number}\"}}"
        )
        .unwrap();
    }
    text
}

/// Last year's customers and today's, who are older and more often in teams.
fn moved() -> Fixture {
    let fixture = Fixture::empty();
    fixture.write("data/train.csv", csv(&customers(1, 3000, 40.0, 0.3)));
    fixture.write("data/today.csv", csv(&customers(2, 1500, 46.0, 0.45)));
    fixture
}

fn drift(fixture: &Fixture, more: &[&str]) -> Ran {
    let files = [
        "drift",
        "--reference",
        "data/train.csv",
        "--current",
        "data/today.csv",
    ];
    fixture.run(&[&files[..], more].concat())
}

fn found(document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let column = finding["details"]["column"].as_str().unwrap();
            let severity = finding["severity"].as_str().unwrap();
            let is_waived = !finding["waiver"].is_null();
            format!(
                "{severity} {column}{}",
                if is_waived { " waived" } else { "" }
            )
        })
        .collect()
}

#[test]
fn data_that_moved_is_found_with_how_far_it_moved() {
    let fixture = moved();
    let ran = drift(&fixture, &[]).exits(1);
    assert_snapshot!(ran);
    drift(&fixture, &["--columns", "plan,income"]).exits(0);
    let warns = ["--columns", "plan,income", "--fail-on", "warning"];
    drift(&fixture, &warns).exits(1);
    let strict = ["--columns", "income", "--strict"];
    drift(&fixture, &strict).exits(0);
    drift(&fixture, &["--columns", "income,customer_id", "--strict"]).exits(1);
}

#[test]
fn data_that_did_not_move_is_clean() {
    let fixture = Fixture::empty();
    fixture.write("data/train.csv", csv(&customers(1, 3000, 40.0, 0.3)));
    fixture.write("data/today.csv", csv(&customers(2, 1500, 40.0, 0.3)));
    assert_snapshot!(drift(&fixture, &["--columns", "age,income,plan"]).exits(0));
}

#[test]
fn many_rows_make_no_drift_of_a_difference_that_is_small() {
    let fixture = Fixture::empty();
    fixture.write("data/train.csv", csv(&customers(1, 40_000, 40.0, 0.3)));
    fixture.write("data/today.csv", csv(&customers(2, 40_000, 40.5, 0.3)));
    let options = ["--columns", "age", "--format", "json", "--fail-on", "note"];
    let document = drift(&fixture, &options).exits(0).json();
    let test = &document["columns"][0]["tests"][0];
    assert!(test["adjusted_p_value"].as_f64().unwrap() < 1e-6, "{test}");
    assert!(found(&document).is_empty());
}

#[test]
fn programs_get_the_drift_and_the_findings_in_one_document() {
    let fixture = moved();
    let document = drift(&fixture, &["--format", "json"]).exits(1).json();
    assert_eq!(document["schema"], "holdfast/drift/1");
    assert_eq!(document["reference_rows"], 3000);
    assert_eq!(found(&document), ["error age", "warning plan"]);
    assert_eq!(document["summary"]["error"], 1);
    assert_eq!(document["left_out"][0]["column"], "customer_id");
    let gap = &document["not_evaluated"][0];
    assert_eq!(gap["subject"], "data/today.csv#customer_id");
    assert_snapshot!(
        "drift_finding_json",
        serde_json::to_string_pretty(&document["findings"][1]).unwrap()
    );
    let sarif = drift(&fixture, &["--format", "sarif"]).exits(1).json();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "data-drift");
    let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "data/today.csv");
}

#[test]
fn every_format_says_the_same() {
    let fixture = moved();
    let wanted = drift(&fixture, &["--format", "json"]).json();
    let (train, today) = (
        customers(1, 3000, 40.0, 0.3),
        customers(2, 1500, 46.0, 0.45),
    );
    fixture.write("train.jsonl", json_lines(&train));
    let file = fs_err::File::create(fixture.path("today.csv.gz")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gzip.write_all(csv(&today).as_bytes()).unwrap();
    gzip.finish().unwrap();
    let other = fixture.run(&[
        "drift",
        "--reference",
        "train.jsonl",
        "--current",
        "today.csv.gz",
        "--format",
        "json",
    ]);
    let other = other.exits(1).json();
    assert_eq!(other["columns"], wanted["columns"]);
    assert_eq!(found(&other), found(&wanted));
}

#[test]
fn a_page_and_a_picture_are_written_beside_the_result() {
    let fixture = moved();
    let files = [
        "--html",
        "drift.html",
        "--svg",
        "drift.svg",
        "-o",
        "drift.txt",
    ];
    drift(&fixture, &files).exits(1);
    assert!(fixture.read("drift.html").contains("data/today.csv"));
    assert!(fixture.read("drift.svg").starts_with("<svg"));
    assert!(fixture.read("drift.txt").contains("data-drift"));
    let nowhere = ["--html", "none/drift.html"];
    drift(&fixture, &nowhere).exits(2);
}

#[test]
fn the_project_says_what_is_too_far() {
    let fixture = moved();
    let with = |policy: &str| {
        fixture.write("holdfast.toml", policy);
        let ran = drift(&fixture, &["--format", "json"]);
        assert!(ran.code < 2, "{ran}");
        ran.json()
    };
    let document = with("[drift]\nignored = [\"customer_id\", \"age\"]\n");
    assert_eq!(found(&document), ["warning plan"]);
    assert!(document["left_out"].as_array().unwrap().is_empty());
    let off = "[drift.effect-sizes]\nchi-square = inf\npopulation-stability-index = inf\njensen-shannon = inf\n";
    assert_eq!(found(&with(off)), ["warning age"]);
    let column = "[drift.columns.age]\nkolmogorov-smirnov = 1\nwasserstein = 3\npopulation-stability-index = 9\njensen-shannon = 1\n";
    assert_eq!(found(&with(column)), ["warning plan"]);
    assert_eq!(found(&with("[drift]\nsignificance = 1e-300\n")), [""; 0]);
    let document = with("[drift]\ncorrection = \"bonferroni\"\n");
    assert_eq!(document["correction"], "bonferroni");
    let document = drift(&fixture, &["--correction", "none", "--format", "json"]).json();
    assert_eq!(document["correction"], "none");
    let waived = "[[waivers]]\nrule = \"data-drift\"\nsubject = \"data/*.csv#age\"\nreason = \"known\"\nowner = \"me\"\nuntil = 2026-12-31\n";
    let document = with(waived);
    assert_eq!(found(&document), ["error age waived", "warning plan"]);
    drift(&fixture, &[]).exits(0);
}

#[test]
fn a_mark_for_missing_values_is_told_and_may_be_made_categories() {
    let fixture = Fixture::empty();
    fixture.write("data/train.csv", "zip,size\n1010,1\n1020,?\n1030,3\n");
    fixture.write("data/today.csv", "zip,size\n1010,1\n1020,2\n1030,3\n");
    let ran = drift(&fixture, &[]).exits(0);
    assert!(ran.stderr.contains("the first `?`"), "{ran}");
    fixture.write(
        "holdfast.toml",
        "[drift]\ncategorical = [\"zip\", \"size\"]\n",
    );
    let document = drift(&fixture, &["--format", "json"]).json();
    assert_eq!(document["columns"][0]["kind"], "categorical");
    assert_eq!(document["columns"][1]["kind"], "categorical");
}

#[test]
fn what_cannot_be_compared_says_why_and_what_to_do() {
    let fixture = Fixture::empty();
    fixture.write("good.csv", "a,b\n1,x\n2,y\n");
    fixture.write("ragged.csv", "a,b\n1,x\n2\n");
    fixture.write("latin.csv", b"a,b\n1,caf\xe9\n");
    fixture.write("header.csv", "a,b\n");
    fixture.write("empty.csv", "");
    fixture.write("twice.csv", "a,b,a\n1,2,3\n");
    fixture.write("other.csv", "c,d\n1,2\n");
    fixture.write("list.jsonl", "[1,2]\n");
    fixture.write("not.parquet", "a,b\n1,2\n");
    fixture.write("table.xlsx", "PK");
    let mut said = String::new();
    for current in [
        "ragged.csv",
        "latin.csv",
        "header.csv",
        "empty.csv",
        "twice.csv",
        "other.csv",
        "list.jsonl",
        "table.xlsx",
        "none.csv",
    ] {
        let ran = fixture.run(&["drift", "--reference", "good.csv", "--current", current]);
        writeln!(said, "{}", ran.exits(2)).unwrap();
    }
    let unknown = [
        "drift",
        "--reference",
        "good.csv",
        "--current",
        "good.csv",
        "--columns",
        "A",
    ];
    writeln!(said, "{}", fixture.run(&unknown).exits(2)).unwrap();
    assert_snapshot!(said);
    let parquet = [
        "drift",
        "--reference",
        "good.csv",
        "--current",
        "not.parquet",
    ];
    fixture.run(&parquet).exits(2);
    fixture.run(&["drift", "--reference", "good.csv"]).exits(2);
}
