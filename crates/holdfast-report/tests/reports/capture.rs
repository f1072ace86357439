//! What is told of a capture.

use holdfast_model::{
    Capture, CapturedDeviation, CapturedGpu, CapturedInterpreter, CapturedNative, CapturedNeed,
    CapturedPackage, CapturedSource, CapturedStartUp, CapturedSystem, Layer, NotSeen,
    SystemPackage,
};
use holdfast_report::{capture_json, capture_lines};

/// A capture with something in every place.
pub(crate) fn sample() -> Capture {
    Capture {
        schema: Capture::SCHEMA.to_owned(),
        holdfast: "0.1.0".to_owned(),
        captured: "2026-11-21T00:00:00Z".parse().unwrap(),
        root: ".venv".to_owned(),
        interpreter: CapturedInterpreter {
            implementation: Some("cpython".to_owned()),
            version: Some("3.11.7".to_owned()),
            executable: Some("/usr/bin/python3.11".to_owned()),
        },
        packages: vec![CapturedPackage {
            purl: "pkg:pypi/churn@1.0".to_owned(),
            name: "churn".to_owned(),
            version: "1.0".to_owned(),
            licence: Some("MIT".to_owned()),
            direct: Some(true),
            source: Some(CapturedSource {
                url: "https://git.example.org/churn".to_owned(),
                commit: Some("0123456789abcdef".to_owned()),
                editable: false,
            }),
            files: 1234,
            bytes: 56_789,
            digest: Some(format!("sha256:{}", "ab".repeat(32))),
        }],
        deviations: vec![CapturedDeviation {
            path: "lib/python3.11/site-packages/churn/model.py".to_owned(),
            package: Some("churn".to_owned()),
            what: "altered".to_owned(),
        }],
        start_up: vec![CapturedStartUp {
            path: "lib/python3.11/site-packages/x.pth".to_owned(),
            line: Some("import x".to_owned()),
            package: None,
        }],
        native: Some(CapturedNative {
            libraries: 7,
            unmet: vec![CapturedNeed {
                file: "lib/python3.11/site-packages/churn/_core.so".to_owned(),
                package: Some("churn".to_owned()),
                library: "libgomp.so.1".to_owned(),
                version: Some("GOMP_5.0".to_owned()),
            }],
            driver: Some("580.65.06".to_owned()),
            gpus: vec![CapturedGpu {
                name: "NVIDIA H100 80GB HBM3".to_owned(),
                capability: Some("9.0".to_owned()),
            }],
        }),
        system: CapturedSystem {
            platform: Some("linux-x86_64-glibc2.36".to_owned()),
            distribution: Some("debian 12".to_owned()),
            packages: Some(vec![SystemPackage {
                purl: "pkg:deb/debian/libgomp1@12.2.0-14?arch=amd64".to_owned(),
                name: "libgomp1".to_owned(),
                version: "12.2.0-14".to_owned(),
                architecture: "amd64".to_owned(),
            }]),
        },
        variables: [("TZ".to_owned(), "UTC".to_owned())].into(),
        not_seen: vec![NotSeen {
            layer: Layer::Native,
            reason: "`_other.so`: it is cut off".to_owned(),
        }],
    }
}

#[test]
fn a_capture_names_what_it_has_and_what_it_has_not() {
    assert_eq!(
        capture_lines(&sample()),
        [
            "captured 1 package with 1,234 files, Python 3.11.7, 1 system package",
            "not seen: native: `_other.so`: it is cut off",
        ]
    );
}

#[test]
fn a_capture_that_is_read_again_is_the_same() {
    let read: Capture = serde_json::from_str(&capture_json(&sample())).unwrap();
    assert_eq!(read, sample());
}
