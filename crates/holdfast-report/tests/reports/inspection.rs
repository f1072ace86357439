//! What is in model files, as text and JSON.

use std::collections::BTreeMap;

use holdfast_model::{
    Artefact, ArtefactContent, ArtefactFormat, Digest, Hazard, HazardKind, Import, ImportUsage,
    Member, Tensor, Tensors, UnreadPart, UnreadReason, Within, Writer, WriterVersion,
};
use holdfast_report::{
    Inspection, Inspections, NotInspected, Style, inspection_json, inspection_text,
};
use insta::assert_snapshot;

fn within(member: &str, offset: Option<u64>) -> Within {
    Within {
        members: vec![member.to_owned()],
        offset,
    }
}

fn content() -> ArtefactContent {
    let at = within("churn/data.pkl", Some(12));
    ArtefactContent {
        writers: vec![
            Writer {
                library: "scikit-learn".to_owned(),
                version: WriterVersion::Exact("1.5.2".to_owned()),
                evidence: "`_sklearn_version`".to_owned(),
                at: at.clone(),
            },
            Writer {
                library: "pandas".to_owned(),
                version: WriterVersion::Unknown,
                evidence: "module `pandas.core.frame`".to_owned(),
                at: Within::default(),
            },
        ],
        imports: (0..25)
            .map(|number| Import {
                module: "sklearn.svm".to_owned(),
                name: format!("Class{number}"),
                usage: ImportUsage::Instantiated,
                at: at.clone(),
            })
            .collect(),
        tensors: Tensors {
            count: 2,
            bytes: 40,
            types: BTreeMap::from([("float".to_owned(), 2)]),
            first: vec![tensor("w", &[3, 3]), tensor("b", &[])],
        },
        metadata: BTreeMap::from([("note\u{1b}[31m".to_owned(), "x".repeat(200))]),
        members: vec![Member {
            within: vec!["churn/data.pkl".to_owned()],
            format: ArtefactFormat::Pickle,
            size: 1234,
        }],
        hazards: vec![Hazard {
            kind: HazardKind::EscapingPath {
                path: "../x".to_owned(),
                of: "entry",
            },
            at: Within::default(),
        }],
        unread: vec![UnreadPart {
            at: within("notes.txt", None),
            reason: UnreadReason::Encrypted,
        }],
        left_out: BTreeMap::from([("imports", 3)]),
    }
}

fn tensor(name: &str, shape: &[u64]) -> Tensor {
    Tensor {
        name: name.to_owned(),
        element: "float".to_owned(),
        shape: shape.to_vec(),
    }
}

/// One file of which everything can be said, and one that cannot be opened.
pub(crate) fn sample() -> Inspections {
    let artefact = Artefact {
        path: "models/churn.pt".to_owned(),
        format: ArtefactFormat::Torch,
        size: 123_456,
        digest: Some(Digest::sha256(&[7; 32])),
        content: content(),
    };
    Inspections {
        artefacts: vec![Inspection::from(&artefact)],
        unreadable: vec![NotInspected {
            path: "models/secret.pkl".to_owned(),
            reason: "permission denied".to_owned(),
        }],
    }
}

#[test]
fn a_file_of_which_everything_can_be_said() {
    assert_snapshot!("text", inspection_text(&sample(), &Style::plain(100)));
    assert_snapshot!("json", inspection_json(&sample()));
}
