//! Pictures and pages: well-formed, with nothing from outside, and small.

use holdfast_model::{Comparison, Drift, FieldComparison, Histogram, LeftOutColumn, Magnitude};
use holdfast_report::{bisection_html, comparison_html, comparison_svg, drift_html, drift_svg};
use insta::assert_snapshot;

use crate::samples::Uniform;

/// Checks that `text` is well-formed XML without scripts, without anything that would be loaded, and
/// with plain numbers for coordinates alone.
pub(crate) fn assert_harmless(text: &str) {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(text, options)
        .unwrap_or_else(|error| panic!("{error} in {text}"));
    for element in document.descendants().filter(roxmltree::Node::is_element) {
        let name = element.tag_name().name();
        let loads = [
            "script",
            "image",
            "img",
            "iframe",
            "object",
            "use",
            "link",
            "a",
            "foreignObject",
        ];
        assert!(!loads.contains(&name), "<{name}> in {text}");
        for attribute in element.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            assert!(!key.starts_with("on") && key != "href" && key != "src" && key != "style");
            if ["x", "y", "x1", "x2", "y1", "y2", "width", "height"].contains(&key) {
                let number: f64 = value.parse().unwrap();
                assert!(number.is_finite(), "{key}={value}");
            }
            if ["d", "viewBox", "transform"].contains(&key) {
                assert!(
                    !value.contains("NaN") && !value.contains("inf"),
                    "{key}={value}"
                );
            }
        }
        if name == "style" {
            let style = element.text().unwrap();
            assert!(!style.contains("url(") && !style.contains("@import"));
        }
    }
}

/// For eyes: a build with `HOLDFAST_PICTURES=DIR` writes there what was drawn.
fn shown(name: &str, text: &str) {
    assert_harmless(text);
    if let Some(directory) = option_env!("HOLDFAST_PICTURES") {
        fs_err::write(std::path::Path::new(directory).join(name), text).unwrap();
    }
}

#[test]
fn pictures_and_pages_are_drawn_of_samples() {
    let (comparison, evaluation) = (crate::comparison::sample(), crate::comparison::evaluation());
    let picture = comparison_svg(&comparison);
    shown("comparison.svg", &picture);
    assert_snapshot!("comparison_svg", picture);
    shown(
        "comparison.html",
        &comparison_html(&comparison, &evaluation),
    );
    let (drift, evaluation) = (crate::drift::sample(), crate::drift::evaluation());
    let picture = drift_svg(&drift);
    shown("drift.svg", &picture);
    assert_snapshot!("drift_svg", picture);
    shown("drift.html", &drift_html(&drift, &evaluation));
    let page = bisection_html(&crate::bisection::sample());
    shown("bisection.html", &page);
    assert_snapshot!("bisection_html", page);
}

#[test]
fn readers_that_show_no_pictures_are_told_what_they_show() {
    let picture = comparison_svg(&crate::comparison::sample());
    let document = roxmltree::Document::parse(&picture).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let names: Vec<&str> = root
        .children()
        .filter(roxmltree::Node::is_element)
        .map(|element| element.tag_name().name())
        .take(2)
        .collect();
    assert_eq!(names, ["title", "desc"]);
    assert!(picture.contains("probability: 157/200 changed, 26 flipped, largest 0.351"));
}

#[test]
fn as_many_points_and_columns_as_there_can_be_stay_small() {
    let mut uniform = Uniform::new(1);
    let points: Vec<[f64; 2]> = (0..2000)
        .map(|_| [uniform.next(), uniform.next()])
        .collect();
    let comparison = crate::comparison::sample();
    let fields = (0..40).map(|number| FieldComparison {
        path: format!("scores[{number}]"),
        points: points.clone(),
        ..comparison.fields[1].clone()
    });
    let comparison = Comparison {
        fields: fields.collect(),
        ..comparison.clone()
    };
    let picture = comparison_svg(&comparison);
    shown("many-points.svg", &picture);
    assert!(picture.len() < 300_000, "{}", picture.len());
    let mut drift = crate::drift::wide();
    for test in drift
        .columns
        .iter_mut()
        .flat_map(|column| &mut column.tests)
    {
        test.magnitude = Magnitude::Large;
    }
    let picture = drift_svg(&drift);
    shown("many-columns.svg", &picture);
    assert!(picture.len() < 300_000, "{}", picture.len());
}

#[test]
fn where_there_is_nothing_to_draw_the_picture_says_so() {
    let nothing = Comparison {
        fields: Vec::new(),
        ..crate::comparison::sample()
    };
    let picture = comparison_svg(&nothing);
    assert_harmless(&picture);
    assert!(picture.contains("no part of the predictions has a difference to draw"));
    let mut drift = crate::drift::sample();
    for column in &mut drift.columns {
        column.histogram = Histogram::default();
    }
    let picture = drift_svg(&drift);
    assert_harmless(&picture);
    assert!(picture.contains("no values to draw"));
}

#[test]
fn bins_of_unequal_width_are_drawn_equally_wide() {
    let mut drift = crate::drift::sample();
    drift.columns.truncate(2);
    for column in &mut drift.columns {
        column.histogram = Histogram {
            edges: vec![f64::NEG_INFINITY, 1.0, 2.0, 5.0, 1000.0, f64::INFINITY],
            categories: Vec::new(),
            reference: vec![20, 20, 20, 20, 20],
            current: vec![5, 10, 20, 25, 40],
        };
    }
    let picture = drift_svg(&drift);
    shown("unequal.svg", &picture);
    assert!(picture.contains("-∞") && picture.contains("1,000"));
}

#[test]
fn names_cannot_become_markup() {
    let evil = "</title><script>alert(1)</script>\u{1b}\u{0}\u{ffff}\"'&";
    let mut comparison = crate::comparison::sample();
    comparison.golden = evil.to_owned();
    comparison.fields[1].path = evil.to_owned();
    comparison.examples[0].before = evil.to_owned();
    shown("evil.svg", &comparison_svg(&comparison));
    shown(
        "evil.html",
        &comparison_html(&comparison, &crate::comparison::evaluation()),
    );
    let drift = Drift {
        reference: evil.to_owned(),
        left_out: vec![LeftOutColumn {
            column: evil.to_owned(),
            reason: evil.to_owned(),
        }],
        ..crate::drift::sample()
    };
    shown("evil-drift.svg", &drift_svg(&drift));
    shown(
        "evil-drift.html",
        &drift_html(&drift, &crate::drift::evaluation()),
    );
}
