//! The client against indexes that can all, little or nothing.

use std::time::Duration;

use testkit::{FakeIndex, FakeIndexOptions, FakeProject, FakeRelease, Fault, PageFormat};

use super::*;
use crate::{Http, HttpSettings, Proxies};

/// A client's belongings, so that a test can make one client after another.
struct Desk {
    directory: tempfile::TempDir,
    cache: Cache,
    routing: IndexRouting,
    now: Timestamp,
}

impl Desk {
    fn new(index: &FakeIndex) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            cache: Cache::new(directory.path().join("cache")),
            directory,
            routing: IndexRouting {
                default: Some(index.url()),
                ..IndexRouting::default()
            },
            now: "2026-06-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn http() -> Http {
        Http::new(HttpSettings {
            backoff: Duration::from_millis(1),
            proxies: Proxies::default(),
            ..HttpSettings::default()
        })
    }

    fn all(
        &self,
        reach: Reach,
        names: &[&str],
    ) -> BTreeMap<PackageId, Result<ProjectReleases, SourceError>> {
        let packages: Vec<PackageId> = names.iter().map(|name| PackageId::pypi(name)).collect();
        let http = Self::http();
        IndexClient::new(&http, &self.cache, &self.routing, reach, self.now).releases(&packages)
    }

    fn one(&self, reach: Reach, name: &str) -> Result<ProjectReleases, SourceError> {
        self.all(reach, &[name]).pop_first().unwrap().1
    }

    fn later(&mut self, seconds: i64) {
        self.now = Timestamp::from_second(self.now.as_second() + seconds).unwrap();
    }
}

fn foo() -> FakeProject {
    FakeProject::new("Foo.Bar")
        .status("deprecated", None)
        .release(
            FakeRelease::new("1.10")
                .uploaded("2024-03-01T10:20:30.123456Z")
                .requires_python(">=3.9,<4")
                .tag("cp311-cp311-manylinux_2_28_x86_64")
                .tag("cp311-cp311-win_amd64"),
        )
        .release(
            FakeRelease::new("1.9")
                .yanked("bad <wheel> & worse")
                .sdist(),
        )
        .release(
            FakeRelease::new("1.9.1+cpu")
                .no_wheel()
                .without_upload_time(),
        )
        .release(FakeRelease::new("not a version"))
}

fn versions(releases: &ProjectReleases) -> Vec<String> {
    releases
        .releases
        .iter()
        .map(|release| release.version.to_string())
        .collect()
}

#[test]
fn both_formats_tell_the_same() {
    let mut told = Vec::new();
    for format in [PageFormat::Json, PageFormat::Html] {
        let options = FakeIndexOptions::new().format(format).gzip();
        let index = FakeIndex::start_with(vec![foo()], options);
        let mut desk = Desk::new(&index);
        let mut fresh = desk.one(Reach::Online, "foo_bar").unwrap();
        assert_eq!(desk.one(Reach::Offline, "foo-bar").unwrap(), fresh);
        desk.later(100_000_000);
        assert_eq!(desk.one(Reach::Offline, "foo-bar").unwrap(), fresh);
        assert_eq!(fresh.index, index.url());
        fresh.index.clear();
        told.push(fresh);
    }
    assert_eq!(told[0], told[1]);
    let releases = &told[0];
    assert_eq!(versions(releases), ["1.9", "1.9.1+cpu", "1.10"]);
    assert_eq!(releases.status.as_deref(), Some("deprecated"));
    let [yanked, local, newest] = releases.releases.as_slice() else {
        panic!("{releases:?}")
    };
    assert_eq!(yanked.yanked(), Some("bad <wheel> & worse"));
    assert_eq!(local.uploaded(), None);
    assert_eq!(local.files[0].name, "foo_bar-1.9.1+cpu.tar.gz");
    assert_eq!(
        newest.uploaded().unwrap().to_string(),
        "2024-03-01T10:20:30Z"
    );
    assert_eq!(newest.files.len(), 2);
    assert_eq!(newest.files[0].requires_python.as_deref(), Some(">=3.9,<4"));
}

#[test]
fn a_page_is_asked_for_again_after_ten_minutes_with_its_validators() {
    let index = FakeIndex::start(vec![foo()]);
    let mut desk = Desk::new(&index);
    let first = desk.one(Reach::Online, "foo-bar").unwrap();
    desk.later(599);
    desk.one(Reach::Online, "foo-bar").unwrap();
    assert_eq!(index.requests().len(), 1);
    desk.later(2);
    assert_eq!(desk.one(Reach::Online, "foo-bar").unwrap(), first);
    let statuses: Vec<u16> = index
        .requests()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [200, 304]);
    // the answer 304 counts as fresh
    desk.later(599);
    desk.one(Reach::Online, "foo-bar").unwrap();
    assert_eq!(index.requests().len(), 2);
    index.publish(vec![foo().release(FakeRelease::new("2.0"))]);
    desk.later(2);
    let changed = desk.one(Reach::Online, "foo-bar").unwrap();
    assert_eq!(versions(&changed), ["1.9", "1.9.1+cpu", "1.10", "2.0"]);
    // a clock that was wrong does not keep a page for ever
    desk.later(-1_000_000);
    desk.one(Reach::Online, "foo-bar").unwrap();
    assert_eq!(index.requests().len(), 4);
}

#[test]
fn offline_never_touches_the_network_and_says_what_is_missing() {
    let index = FakeIndex::start(vec![foo()]);
    let desk = Desk::new(&index);
    let error = desk.one(Reach::Offline, "foo-bar").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot look up `foo-bar` offline: it is not in the cache"
    );
    assert!(error.fix().contains("--offline"));
    assert_eq!(index.requests(), []);
}

#[test]
fn every_fault_of_an_index_is_an_error_that_names_it() {
    let cases: [(Fault, &str); 7] = [
        (
            Fault::Status(404),
            "there is no project `foo-bar` on `http://127",
        ),
        (Fault::Status(500), "cannot look up `foo-bar`"),
        (Fault::Status(403), "cannot look up `foo-bar`"),
        (Fault::garbage(), "neither HTML nor JSON"),
        (
            Fault::Body(b"{\"files\": [{\"filename\"".to_vec()),
            "cannot read what",
        ),
        (Fault::Close { times: 99 }, "cannot look up `foo-bar`"),
        (Fault::Truncate { times: 99 }, "cannot look up `foo-bar`"),
    ];
    for (fault, expected) in cases {
        for format in [PageFormat::Json, PageFormat::Html] {
            let options = FakeIndexOptions::new()
                .format(format)
                .fault("/simple/foo-bar/", fault.clone());
            let index = FakeIndex::start_with(vec![foo()], options);
            let desk = Desk::new(&index);
            let error = desk.one(Reach::Online, "foo-bar").unwrap_err();
            let text = error.to_string();
            let is_json_garbage =
                format == PageFormat::Json && text.starts_with("cannot read what");
            assert!(
                text.contains(expected) || is_json_garbage,
                "{fault:?}: {text}"
            );
            assert!(!error.fix().is_empty());
            index.mend();
            if fault != Fault::Status(404) {
                desk.one(Reach::Online, "foo-bar").unwrap();
            }
        }
    }
}

#[test]
fn a_failure_that_passes_is_not_seen() {
    let fault = Fault::StatusTimes {
        status: 502,
        times: 3,
        retry_after: None,
    };
    let options = FakeIndexOptions::new().fault("/simple/", fault);
    let index = FakeIndex::start_with(vec![foo()], options);
    Desk::new(&index).one(Reach::Online, "foo-bar").unwrap();
    assert_eq!(index.requests().len(), 4);
}

#[test]
fn many_packages_are_asked_for_once_each() {
    let projects: Vec<FakeProject> = (0..50)
        .map(|number| FakeProject::new(&format!("p{number}")).release(FakeRelease::new("1")))
        .collect();
    let index = FakeIndex::start(projects);
    let desk = Desk::new(&index);
    let names: Vec<String> = (0..51).map(|number| format!("p{number}")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.push("P0");
    let seen = std::sync::Mutex::new(Vec::new());
    let note = |what: &str| seen.lock().unwrap().push(what.to_owned());
    let http = Desk::http();
    let packages: Vec<PackageId> = names.iter().map(|name| PackageId::pypi(name)).collect();
    let found = IndexClient::new(&http, &desk.cache, &desk.routing, Reach::Online, desk.now)
        .with_progress(&note)
        .releases(&packages);
    assert_eq!(found.len(), 51);
    assert_eq!(found.values().filter(|result| result.is_err()).count(), 1);
    assert_eq!(index.requests().len(), 51);
    assert_eq!(seen.lock().unwrap().len(), 51);
}

#[test]
fn the_first_index_that_has_a_project_is_the_only_one() {
    let internal = FakeIndex::start(vec![
        FakeProject::new("acme-models").release(FakeRelease::new("1.0")),
    ]);
    let public = FakeIndex::start(vec![
        FakeProject::new("acme-models").release(FakeRelease::new("99.0")),
        foo(),
    ]);
    let mut desk = Desk::new(&public);
    desk.routing.extra = vec![internal.url()];
    let acme = desk.one(Reach::Online, "acme-models").unwrap();
    assert_eq!(
        (versions(&acme), acme.index),
        (vec!["1.0".to_owned()], internal.url())
    );
    assert_eq!(
        desk.one(Reach::Online, "foo-bar").unwrap().index,
        public.url()
    );
    // that the first index lacks it is remembered as well
    internal.forget_requests();
    public.forget_requests();
    desk.one(Reach::Offline, "foo-bar").unwrap();
    desk.one(Reach::Online, "foo-bar").unwrap();
    assert_eq!(internal.requests().len() + public.requests().len(), 0);
    // an index that fails is no index that lacks it
    internal.break_path("/simple/", Fault::Status(500));
    desk.later(700);
    assert!(desk.one(Reach::Online, "foo-bar").is_err());
    desk.routing.packages = vec![("foo*".to_owned(), public.url())];
    assert_eq!(
        desk.one(Reach::Online, "foo-bar").unwrap().index,
        public.url()
    );
}

#[test]
fn credentials_reach_the_index_and_neither_cache_nor_answer() {
    let options = FakeIndexOptions::new().basic_auth("me", "s3cret");
    let index = FakeIndex::start_with(vec![foo()], options);
    let mut desk = Desk::new(&index);
    let error = desk.one(Reach::Online, "foo-bar").unwrap_err();
    assert!(error.fix().contains("credentials"));
    desk.routing.default = Some(index.url_with_credentials("me", "s3cret"));
    let found = desk.one(Reach::Online, "foo-bar").unwrap();
    assert_eq!(found.index, index.url());
    // another person's credentials find the same entry
    desk.routing.default = Some(format!("{}/", index.url()));
    assert_eq!(
        desk.one(Reach::Offline, "foo-bar").unwrap().releases,
        found.releases
    );
    let mut stack = vec![desk.directory.path().to_owned()];
    while let Some(path) = stack.pop() {
        if path.is_dir() {
            stack.extend(
                fs_err::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            let bytes = fs_err::read(&path).unwrap();
            assert!(
                !String::from_utf8_lossy(&bytes).contains("s3cret"),
                "{path:?}"
            );
        }
    }
}

#[test]
fn damaged_entries_are_fetched_again() {
    let index = FakeIndex::start(vec![foo()]);
    let desk = Desk::new(&index);
    let first = desk.one(Reach::Online, "foo-bar").unwrap();
    let folder = desk.cache.directory().join("index-v1");
    let group = fs_err::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let entry = group.join("foo-bar");
    let bytes = fs_err::read(&entry).unwrap();
    fs_err::write(&entry, &bytes[..bytes.len() / 2]).unwrap();
    assert!(desk.one(Reach::Offline, "foo-bar").is_err());
    assert_eq!(desk.one(Reach::Online, "foo-bar").unwrap(), first);
    assert_eq!(desk.one(Reach::Offline, "foo-bar").unwrap(), first);
}

#[test]
fn a_cache_that_cannot_be_written_costs_time_alone() {
    let index = FakeIndex::start(vec![foo()]);
    let mut desk = Desk::new(&index);
    let file = desk.directory.path().join("a-file");
    fs_err::write(&file, "").unwrap();
    desk.cache = Cache::new(file.join("below"));
    desk.one(Reach::Online, "foo-bar").unwrap();
}

#[test]
fn lists_of_files_add_to_the_indexes() {
    let page = b"<a href='/wheels/foo_bar-3.0-py3-none-any.whl'>x</a> <a href=other-1.zip>y</a>";
    let listing = FakeIndexOptions::new().resource("/links.html", page);
    let links = FakeIndex::start_with(Vec::new(), listing);
    let index = FakeIndex::start(vec![foo()]);
    let mut desk = Desk::new(&index);
    let wheels = desk.directory.path().join("wheels");
    fs_err::create_dir(&wheels).unwrap();
    for name in [
        "foo_bar-2.0-py3-none-any.whl",
        "foo_bar-1.9.tar.gz",
        "readme.txt",
    ] {
        fs_err::write(wheels.join(name), "").unwrap();
    }
    desk.routing.flat = vec![
        wheels.display().to_string(),
        format!("{}/links.html", links.root()),
    ];
    let found = desk.one(Reach::Online, "foo-bar").unwrap();
    assert_eq!(versions(&found), ["1.9", "1.9.1+cpu", "1.10", "2.0", "3.0"]);
    // the index knows more of a file than a directory does
    assert_eq!(found.releases[0].yanked(), Some("bad <wheel> & worse"));
    assert_eq!(desk.one(Reach::Offline, "foo-bar").unwrap(), found);
    let other = desk.one(Reach::Online, "other").unwrap();
    assert_eq!(versions(&other), ["1"]);
    assert!(matches!(
        desk.one(Reach::Online, "nowhere"),
        Err(SourceError::NoSuchProject { places, .. }) if places.len() == 3
    ));
    desk.routing.flat = vec!["/no/such/directory".to_owned()];
    assert!(matches!(
        desk.one(Reach::Online, "foo-bar"),
        Err(SourceError::Directory { .. })
    ));
}

#[test]
fn names_and_ecosystems_that_no_index_can_have_are_refused() {
    let index = FakeIndex::start(vec![foo()]);
    let mut desk = Desk::new(&index);
    assert!(desk.one(Reach::Online, "../../files/x").is_err());
    assert_eq!(index.requests()[0].path, "/simple/-%2F-%2Ffiles%2Fx/");
    let http = Desk::http();
    let node = PackageId::new(Ecosystem::Npm, "foo-bar");
    let client = IndexClient::new(&http, &desk.cache, &desk.routing, Reach::Online, desk.now);
    assert!(matches!(
        client.releases(std::slice::from_ref(&node))[&node],
        Err(SourceError::NoIndex(_))
    ));
    desk.routing = IndexRouting::default();
    let error = desk.one(Reach::Online, "foo-bar").unwrap_err();
    assert_eq!(error.to_string(), "there is no index for `foo-bar`");
}

#[test]
fn a_file_is_downloaded_with_the_hash_that_was_asked_for_or_not_at_all() {
    let project = |release: FakeRelease| vec![FakeProject::new("uv").release(release)];
    let options = FakeIndexOptions::new()
        .basic_auth("me", "s3cret")
        .format(PageFormat::Html);
    let index = FakeIndex::start_with(project(FakeRelease::new("1.0+x").padding(7_000)), options);
    let mut desk = Desk::new(&index);
    desk.routing.default = Some(index.url_with_credentials("me", "s3cret"));
    let name = "uv-1.0+x-py3-none-any.whl";
    let listed = index.file(name);
    let mut file = IndexFile {
        package: PackageId::pypi("uv"),
        name: name.to_owned(),
        sha256: format!("sha256:{}", listed.sha256).parse().unwrap(),
        limit_bytes: 10_000,
    };
    let http = Desk::http();
    let download = |file: &IndexFile, reach| {
        IndexClient::new(&http, &desk.cache, &desk.routing, reach, desk.now)
            .download(file, desk.directory.path())
    };
    let downloaded = download(&file, Reach::Online).unwrap();
    assert_eq!(fs_err::read(downloaded.path()).unwrap(), listed.bytes);
    assert!(matches!(
        download(&file, Reach::Offline),
        Err(SourceError::NotCached { .. })
    ));
    file.limit_bytes = 5_000;
    assert!(matches!(
        download(&file, Reach::Online),
        Err(SourceError::Fetch { .. })
    ));
    file.limit_bytes = 10_000;
    index.publish(project(
        FakeRelease::new("1.0+x").padding(7_000).wrong_bytes(),
    ));
    let error = download(&file, Reach::Online).unwrap_err();
    assert!(matches!(error, SourceError::Mismatch { .. }), "{error}");
    assert!(!error.to_string().contains("s3cret"));
    file.name = "uv-2.0-py3-none-any.whl".to_owned();
    assert!(matches!(
        download(&file, Reach::Online),
        Err(SourceError::NoSuchFile { .. })
    ));
}
