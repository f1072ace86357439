//! The Python Package Index itself, and not a fake of ours.

use holdfast_model::PackageId;
use holdfast_sources::{
    Cache, Http, HttpSettings, IndexClient, IndexFile, IndexRouting, Reach, SourceError, WheelRef,
};

const SIX: &str = "six-1.16.0-py2.py3-none-any.whl";
const SIX_SHA256: &str = "8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254";

/// Absent where the index cannot be reached.
///
/// # Panics
/// With `CI=true`, where a skipped check would pass for a clean one.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::panic,
    reason = "a test reads the environment, says why it skips, and fails"
)]
fn reached<T>(result: Result<T, SourceError>) -> Option<T> {
    match result {
        Ok(found) => Some(found),
        Err(SourceError::Fetch { subject, source }) => {
            let ci = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(
                !ci,
                "`{subject}`: {source}: with CI=true nothing is skipped"
            );
            eprintln!("skipped: {source}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn real_index_tells_releases_and_metadata_and_sends_files() {
    let directory = tempfile::tempdir().unwrap();
    let cache = Cache::new(directory.path().to_owned());
    let routing = IndexRouting::pypi();
    let http = Http::new(HttpSettings::default());
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    let client = IndexClient::new(&http, &cache, &routing, Reach::Online, now);

    let packages = [PackageId::pypi("numpy"), PackageId::pypi("Six")];
    let mut found = client.releases(&packages);
    let Some(numpy) = reached(found.remove(&packages[0]).unwrap()) else {
        return;
    };
    let release = numpy.release(&"1.26.4".parse().unwrap()).unwrap();
    assert!(release.files.len() > 20, "{release:?}");
    let uploaded = release.uploaded().unwrap().to_string();
    assert!(uploaded.starts_with("2024-02-05T"), "{uploaded}");
    assert_eq!(release.yanked(), None);
    let old = release
        .files
        .iter()
        .find(|file| file.name.ends_with(".tar.gz"));
    assert_eq!(old.unwrap().requires_python.as_deref(), Some(">=3.9"));
    assert!(reached(found.remove(&packages[1]).unwrap()).is_some());

    let missing = PackageId::pypi("holdfast-no-such-project-for-sure");
    let missing = client
        .releases(std::slice::from_ref(&missing))
        .remove(&missing);
    assert!(
        matches!(missing, Some(Err(SourceError::NoSuchProject { .. }))),
        "{missing:?}"
    );

    let wheel = WheelRef {
        url: format!(
            "https://files.pythonhosted.org/packages/d9/5a/\
             e7c31adbe875f2abbb91bd84cf2dc52d792b5a01506781dbcf25c91daf11/{SIX}"
        ),
        name: SIX.to_owned(),
        sha256: format!("sha256:{SIX_SHA256}").parse().unwrap(),
        size: None,
    };
    let metadata = client
        .metadata(std::slice::from_ref(&wheel))
        .pop_first()
        .unwrap()
        .1;
    if let Some(metadata) = reached(metadata) {
        assert_eq!(metadata.name, "six");
        assert_eq!(metadata.licence().as_deref(), Some("MIT"));
    }

    let file = IndexFile {
        package: PackageId::pypi("six"),
        name: SIX.to_owned(),
        sha256: wheel.sha256,
        limit_bytes: 1 << 20,
    };
    if let Some(downloaded) = reached(client.download(&file, directory.path())) {
        assert_eq!(downloaded.as_file().metadata().unwrap().len(), 11_053);
    }
}
