//! Findings, locks, predictions, drift and inventories as text, JSON, SARIF and Markdown.
//!
//! Every function takes plain data and answers a text that ends with a line break. Nothing here
//! prints, reads a file or decides an exit code, and nothing judges: what is shown was found before.
//!
//! Text is readable without colour and harmless whatever it quotes: control characters from files are
//! shown, never sent to the terminal. JSON documents name their schema ([`schemas`]).

mod bisection;
mod capture;
mod comparison;
mod diff;
mod document;
mod drift;
mod evaluation;
pub mod export;
mod html;
pub mod human;
mod import;
mod inspection;
mod inventory;
mod judged;
mod layout;
mod lock;
mod markup;
mod outdated;
mod package;
mod picture;
mod recording;
mod rules;
mod schemas;
mod stream;
mod style;
mod table;
mod tree;
mod why;

pub use bisection::{
    BisectedLock, Bisection, BisectionVerdict, Carried, Culprit, Difference, Exchange, Explains,
    LargestDifference, Together, Trial, TrialOutcome, bisection_html, bisection_json,
    bisection_text,
};
pub use capture::{capture_json, capture_lines};
pub use comparison::{comparison_html, comparison_json, comparison_svg, comparison_text};
pub use diff::{
    AddedPackage, ChangedPackage, Diff, LockDifference, RemovedPackage, SettingChange, diff_json,
    diff_markdown, diff_text,
};
pub use document::{Document, Report};
pub use drift::{drift_html, drift_json, drift_svg, drift_text};
pub use evaluation::{LookedAt, Sources, evaluation_json, evaluation_sarif, evaluation_text};
pub use import::{Import, ImportCompleted, ImportedFrom, import_json, import_text};
pub use inspection::{
    InspectedGlobal, InspectedHazard, InspectedMember, InspectedPlace, InspectedTensor,
    InspectedTensors, InspectedWriter, Inspection, Inspections, NotInspected, UnreadableMember,
    inspection_json, inspection_text,
};
pub use inventory::{inventory_json, inventory_table};
pub use judged::Judged;
pub use lock::{
    CoreLine, EnvironmentLine, LockChange, LockReport, LockState, LockSummary, Timings, lock_json,
    lock_text,
};
pub use outdated::{Outdated, OutdatedPackage, UnknownPackage, outdated_json, outdated_text};
pub use package::PackageRef;
pub use recording::{Recording, recording_json, recording_text};
pub use rules::{Catalogue, CatalogueRule, RuleInfo, catalogue_text, rule_page_text, rules_json};
pub use schemas::schemas;
pub use stream::{
    SkippedLine, Stream, StreamEnd, StreamSignal, StreamSignalKind, StreamTotal, stream_json,
    stream_signal_text, stream_text,
};
pub use style::{Colour, Role, Style};
pub use tree::{Forest, Tree, TreeDependency, TreePackage, tree_json, tree_text};
pub use why::{Why, WhyAnswer, WhyRequirement, WhyStep, why_json, why_text};
