//! Metadata of wheels, by every way, from servers that deny one or the other.

use std::time::Duration;

use holdfast_model::PackageId;
use testkit::{FakeIndex, FakeIndexOptions, FakeProject, FakeRelease, Fault};

use super::*;
use crate::{Cache, Http, HttpSettings, IndexRouting};

const WHEEL: &str = "foo-1.0-py3-none-any.whl";

struct Desk {
    cache: Cache,
    routing: IndexRouting,
    _directory: tempfile::TempDir,
}

impl Desk {
    fn new(index: &FakeIndex) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            cache: Cache::new(directory.path().to_owned()),
            routing: IndexRouting {
                default: Some(index.url()),
                ..IndexRouting::default()
            },
            _directory: directory,
        }
    }

    fn with_client<T>(&self, reach: Reach, work: impl Fn(&IndexClient<'_>) -> T) -> T {
        let http = Http::new(HttpSettings {
            backoff: Duration::from_millis(1),
            retries: 1,
            ..HttpSettings::default()
        });
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        work(&IndexClient::new(
            &http,
            &self.cache,
            &self.routing,
            reach,
            now,
        ))
    }

    fn get(&self, reach: Reach, wheel: &WheelRef) -> Result<CoreMetadata, SourceError> {
        self.with_client(reach, |client| {
            let mut found = client.metadata(std::slice::from_ref(wheel));
            found.pop_first().unwrap().1
        })
    }

    fn verification(&self, wheel: &WheelRef) -> Option<Verification> {
        self.with_client(Reach::Offline, |client| client.verification(&wheel.sha256))
    }
}

fn release() -> FakeRelease {
    FakeRelease::new("1.0")
        .requires("bar>=2; python_version >= '3.9'")
        .licence("MIT")
}

fn start(release: FakeRelease, options: FakeIndexOptions) -> FakeIndex {
    FakeIndex::start_with(vec![FakeProject::new("foo").release(release)], options)
}

fn wheel(index: &FakeIndex) -> WheelRef {
    let file = index.file(WHEEL);
    WheelRef {
        url: file.url,
        name: WHEEL.to_owned(),
        sha256: format!("sha256:{}", file.sha256).parse().unwrap(),
        size: Some(file.size),
    }
}

/// Method, status and the end of the path of each request for the wheel and what is beside it.
fn asked(index: &FakeIndex) -> Vec<String> {
    index
        .requests()
        .into_iter()
        .filter(|request| request.path.starts_with("/files/"))
        .map(|request| {
            let beside = request.path.ends_with(".metadata");
            format!("{}{}", request.status, if beside { " beside" } else { "" })
        })
        .collect()
}

#[test]
fn the_file_beside_the_wheel_is_enough_and_is_cached_for_ever() {
    let index = start(release(), FakeIndexOptions::new());
    let desk = Desk::new(&index);
    let wheel = wheel(&index);
    let error = desk.get(Reach::Offline, &wheel).unwrap_err();
    assert!(error.to_string().contains(WHEEL), "{error}");
    let fresh = desk.get(Reach::Online, &wheel).unwrap();
    assert_eq!(fresh.requires_dist, ["bar>=2; python_version >= '3.9'"]);
    assert_eq!(fresh.licence().as_deref(), Some("MIT"));
    assert_eq!(asked(&index), ["200 beside"]);
    // without its page, nobody announced a hash
    assert_eq!(desk.verification(&wheel), Some(Verification::Unverified));
    drop(index);
    assert_eq!(desk.get(Reach::Offline, &wheel).unwrap(), fresh);
    assert_eq!(desk.get(Reach::Online, &wheel).unwrap(), fresh);
}

#[test]
fn the_hash_that_the_page_announces_is_checked() {
    let index = start(release(), FakeIndexOptions::new());
    let desk = Desk::new(&index);
    let look_up = |client: &IndexClient<'_>| client.releases(&[PackageId::pypi("foo")]);
    desk.with_client(Reach::Online, look_up);
    let wheel = wheel(&index);
    let tampered = b"Name: foo\nVersion: 1.0\nRequires-Dist: evil\n";
    index.break_path(".metadata", Fault::Body(tampered.to_vec()));
    let error = desk.get(Reach::Online, &wheel).unwrap_err();
    assert!(matches!(error, SourceError::Mismatch { .. }), "{error}");
    assert!(error.to_string().contains(".whl.metadata"), "{error}");
    assert_eq!(desk.verification(&wheel), None);
    index.mend();
    desk.get(Reach::Online, &wheel).unwrap();
    assert_eq!(desk.verification(&wheel), Some(Verification::Announced));
}

#[test]
fn without_it_the_entry_is_read_inside_the_wheel_by_ranges() {
    let options = || FakeIndexOptions::new().without_metadata();
    let index = start(release().padding(3_000_000), options());
    let desk = Desk::new(&index);
    let metadata = desk.get(Reach::Online, &wheel(&index)).unwrap();
    assert_eq!(metadata.requires_dist.len(), 1);
    assert_eq!(asked(&index), ["404 beside", "206"]);
    assert_eq!(
        desk.verification(&wheel(&index)),
        Some(Verification::Unverified)
    );

    // a directory that is far larger than the first request
    let mut many = release();
    for number in 0..4_000 {
        many = many.file(
            &format!("foo/a_rather_long_name_of_a_file_{number}.py"),
            b"",
        );
    }
    let index = start(many, options());
    let desk = Desk::new(&index);
    desk.get(Reach::Online, &wheel(&index)).unwrap();
    let requests = asked(&index).len();
    assert!((3..=8).contains(&requests), "{requests}");
}

#[test]
fn a_server_without_ranges_sends_the_whole_and_its_hash_is_checked() {
    let options = || FakeIndexOptions::new().without_metadata().without_ranges();
    for size in [10, 5_000_000] {
        let index = start(release().padding(size), options());
        let desk = Desk::new(&index);
        desk.get(Reach::Online, &wheel(&index)).unwrap();
        assert_eq!(desk.verification(&wheel(&index)), Some(Verification::Wheel));

        let index = start(release().padding(size).wrong_bytes(), options());
        let desk = Desk::new(&index);
        let mut unsized_wheel = wheel(&index);
        unsized_wheel.size = None;
        let error = desk.get(Reach::Online, &unsized_wheel).unwrap_err();
        assert!(matches!(error, SourceError::Mismatch { .. }), "{error}");
        assert_eq!(desk.verification(&wheel(&index)), None);
    }
}

#[test]
fn a_wheel_of_another_size_is_not_read() {
    let index = start(release(), FakeIndexOptions::new().without_metadata());
    let mut wheel = wheel(&index);
    wheel.size = wheel.size.map(|size| size + 1);
    let error = Desk::new(&index).get(Reach::Online, &wheel).unwrap_err();
    assert!(matches!(error, SourceError::Mismatch { .. }), "{error}");
}

#[test]
fn a_server_that_answers_every_address_with_a_page_is_seen_through() {
    let options = FakeIndexOptions::new().unannounced_metadata();
    let index = start(release(), options);
    index.break_path(".metadata", Fault::Body(b"<html>Not found</html>".to_vec()));
    let desk = Desk::new(&index);
    desk.get(Reach::Online, &wheel(&index)).unwrap();
    assert_eq!(asked(&index), ["200 beside", "206"]);
}

#[test]
fn broken_wheels_are_errors_that_name_them() {
    let options = || FakeIndexOptions::new().without_metadata();
    let whole = start(release().padding(100_000), options());
    let bytes = whole.file(WHEEL).bytes;
    for broken in [
        bytes[..bytes.len() / 2].to_vec(),
        bytes[bytes.len() / 2..].to_vec(),
        b"not a zip".to_vec(),
        Vec::new(),
    ] {
        let index = FakeIndex::start_with(
            Vec::new(),
            FakeIndexOptions::new().resource("/x/foo-1.0-py3-none-any.whl", &broken),
        );
        let sha256 = crate::digest::of_bytes(&broken);
        let wheel = WheelRef {
            url: format!("{}/x/{WHEEL}", index.root()),
            name: WHEEL.to_owned(),
            sha256,
            size: None,
        };
        let error = Desk::new(&index).get(Reach::Online, &wheel).unwrap_err();
        assert!(error.to_string().contains(WHEEL), "{error}");
        assert!(!matches!(error, SourceError::Write { .. }), "{error:?}");
    }
    let index = start(
        release(),
        options().fault("/files/", Fault::Close { times: 99 }),
    );
    let error = Desk::new(&index)
        .get(Reach::Online, &wheel(&index))
        .unwrap_err();
    assert!(matches!(error, SourceError::Fetch { .. }), "{error}");
}

#[test]
fn metadata_of_another_package_or_version_is_refused() {
    for text in [
        "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n",
        "Metadata-Version: 2.1\nName: foo\nVersion: 1.1\n",
        "Name: foo\n",
    ] {
        let index = start(release().metadata(text), FakeIndexOptions::new());
        let desk = Desk::new(&index);
        let error = desk.get(Reach::Online, &wheel(&index)).unwrap_err();
        assert!(
            matches!(
                error,
                SourceError::OtherPackage { .. } | SourceError::Metadata { .. }
            ),
            "{error}"
        );
    }
    let index = start(
        release().metadata("Name: Foo\nVersion: 1.0.0\n"),
        FakeIndexOptions::new(),
    );
    Desk::new(&index)
        .get(Reach::Online, &wheel(&index))
        .unwrap();
    let mut misnamed = wheel(&index);
    misnamed.name = "foo.whl".to_owned();
    let error = Desk::new(&index).get(Reach::Online, &misnamed).unwrap_err();
    assert!(matches!(error, SourceError::NotAWheel { .. }), "{error}");
}

#[test]
fn a_wheel_on_this_machine_is_read_and_its_hash_checked() {
    let index = start(release(), FakeIndexOptions::new());
    let desk = Desk::new(&index);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(WHEEL);
    fs_err::write(&path, index.file(WHEEL).bytes).unwrap();
    let mut local = wheel(&index);
    local.url = url::Url::from_file_path(&path).unwrap().to_string();
    desk.get(Reach::Online, &local).unwrap();
    assert_eq!(index.requests(), []);
    let desk = Desk::new(&index);
    fs_err::write(&path, "changed").unwrap();
    let error = desk.get(Reach::Online, &local).unwrap_err();
    assert!(matches!(error, SourceError::Mismatch { .. }), "{error}");
}

#[test]
fn the_size_of_a_wheel_is_asked_for_once_and_kept() {
    let index = FakeIndex::start(vec![
        FakeProject::new("foo").release(FakeRelease::new("1.0").padding(5000)),
    ]);
    let desk = Desk::new(&index);
    let file = index.file(WHEEL);
    let wheel = WheelRef {
        url: file.url.clone(),
        name: WHEEL.to_owned(),
        sha256: format!("sha256:{}", file.sha256).parse().unwrap(),
        size: None,
    };
    let sizes =
        |reach| desk.with_client(reach, |client| client.sizes(std::slice::from_ref(&wheel)));
    assert!(sizes(Reach::Offline).is_empty());
    assert_eq!(sizes(Reach::Online).get(&wheel.sha256), Some(&file.size));
    index.forget_requests();
    assert_eq!(sizes(Reach::Offline).get(&wheel.sha256), Some(&file.size));
    assert!(index.requests().is_empty());
}
