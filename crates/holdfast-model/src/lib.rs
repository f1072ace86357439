//! The nouns of Holdfast, shared by every other crate.
//!
//! An environment has seven [layers](Layer) and exists in four [states](State). Readers turn files
//! into [`Declared`], [`Locked`] and [`Installed`]; those are gathered, with what is known about
//! them, into [`Facts`]; rules judge facts and answer [`Finding`]s and [`Gap`]s, which together are
//! an [`Evaluation`].
//!
//! This crate does no I/O, reads no clock and no environment variable, and is not async.

mod artefact;
mod capture;
mod comparison;
mod component;
pub mod conda_range;
mod declared;
mod digest;
mod drift;
mod evaluation;
mod facts;
mod finding;
mod installed;
mod knowledge;
pub mod licence;
mod location;
mod locked;
mod metadata;
mod names;
mod native;
mod package;
mod pattern;
mod platform;
mod range;
mod record;
mod wheel;

pub use artefact::{
    Artefact, ArtefactContent, ArtefactFormat, Hazard, HazardKind, Import, ImportUsage, Member,
    Tensor, Tensors, UnreadPart, UnreadReason, Within, Writer, WriterVersion,
};
pub use capture::{
    Capture, CapturedDeviation, CapturedGpu, CapturedInterpreter, CapturedNative, CapturedNeed,
    CapturedPackage, CapturedSource, CapturedStartUp, CapturedSystem, NotSeen, SystemPackage,
};
pub use comparison::{
    ChangedInput, Comparison, FieldComparison, FieldKind, RaisedWarning, ReplaySide, Tolerance,
};
pub use component::{Component, Inventory, Layer, State};
pub use declared::{
    Declared, DeclaredFile, DeclaredIndex, DeclaredOption, DeclaredPython, IndexKind, ProjectRole,
    Purpose, Requirement, RequirementSource, Unread,
};
pub use digest::{Digest, DigestError, HashAlgorithm};
pub use drift::{
    ColumnDrift, ColumnKind, Correction, Drift, DriftTest, DriftTestKind, Histogram, LeftOutColumn,
    Magnitude, Sample,
};
pub use evaluation::{Evaluation, Summary};
pub use facts::{
    ArtefactFacts, EnvironmentFacts, Facts, Freshness, Observed, Staleness, UnreadableFile,
};
pub use finding::{Finding, Gap, Outcome, Refusal, RuleId, Severity, WaiverApplied};
pub use installed::{
    Contents, Deviation, DeviationKind, Installed, InstalledOrigin, InstalledPackage,
    InstalledRecord, Interpreter, PackageContents, Shadow, ShadowedBy, SharedFiles, StartUpCode,
    StartUpKind,
};
pub use knowledge::{
    AdvisoryData, AdvisoryMatch, AdvisorySeverity, Knowledge, ProjectReleases, Release, ReleaseFile,
};
pub use location::Location;
pub use locked::{
    AttestationIdentity, Dependency, Exemption, LockFormat, LockGroups, LockMetadata, LockSource,
    Locked, LockedArtefact, LockedFile, LockedPackage, PassedOver,
};
pub use metadata::{CoreMetadata, MetadataError};
pub use names::{EnvironmentName, NameError};
pub use native::{Accelerators, Gpu, Libraries, Loading, Native, Need, UnmetNeed};
pub use package::{Ecosystem, PackageId};
pub use pattern::PackagePattern;
pub use platform::{Architecture, OperatingSystem, Platform, PlatformError};
pub use range::{RangeShape, VersionRange};
pub use record::{
    FileList, RecordError, RecordRow, below_prefix, is_installers_own, is_record_itself,
    parse_record,
};
pub use wheel::{WheelFilename, WheelFilenameError};
