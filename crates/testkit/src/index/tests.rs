//! The fake index is an index: pages, files, ranges, validators, credentials, faults.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::{FakeIndex, FakeIndexOptions, FakeProject, FakeRelease, Fault, PageFormat};

const JSON: &str = "Accept: application/vnd.pypi.simple.v1+json\r\n";

fn foo() -> FakeProject {
    FakeProject::new("Foo.Bar")
        .status("deprecated", Some("use `baz`"))
        .release(
            FakeRelease::new("1.0")
                .requires("bar>=2")
                .requires_python(">=3.9")
                .uploaded("2024-01-01T00:00:00Z")
                .yanked("broken")
                .sdist(),
        )
}

fn get(index: &FakeIndex, path: &str, headers: &str) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(("127.0.0.1", index.port())).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n{headers}\r\n",
        index.port()
    )
    .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let split = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let status = head[9..12].parse().unwrap();
    (status, head, bytes[split + 4..].to_vec())
}

#[test]
fn pages_are_json_where_that_is_asked_for_and_html_otherwise() {
    let index = FakeIndex::start(vec![foo()]);
    let (status, _, body) = get(&index, "/simple/foo-bar/", JSON);
    assert_eq!(status, 200);
    let page: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let file = index.file("foo_bar-1.0-py3-none-any.whl");
    assert_eq!(page["files"][0]["url"], file.url.as_str());
    assert_eq!(page["files"][0]["hashes"]["sha256"], file.sha256.as_str());
    assert_eq!(page["files"][0]["yanked"], "broken");
    assert_eq!(page["files"][0]["upload-time"], "2024-01-01T00:00:00Z");
    assert_eq!(page["project-status"]["status"], "deprecated");
    let (_, _, body) = get(&index, "/simple/foo-bar/", "");
    let page = String::from_utf8(body).unwrap();
    assert!(page.contains("data-requires-python=\"&gt;=3.9\""), "{page}");
    assert!(page.contains("foo_bar-1.0.tar.gz"), "{page}");
    let html = FakeIndexOptions::new().format(PageFormat::Html);
    let index = FakeIndex::start_with(vec![foo()], html);
    let (_, head, _) = get(&index, "/simple/foo-bar/", JSON);
    assert!(head.contains("text/html"), "{head}");
    assert_eq!(index.count("/simple/foo-bar/"), 1);
}

#[test]
fn wheels_open_and_their_record_is_complete() {
    let index = FakeIndex::start(vec![foo()]);
    let (_, _, body) = get(&index, "/files/foo_bar-1.0-py3-none-any.whl", "");
    assert_eq!(
        super::archive::sha256(&body),
        index.file("foo_bar-1.0-py3-none-any.whl").sha256
    );
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(body)).unwrap();
    let mut record = String::new();
    archive
        .by_name("foo_bar-1.0.dist-info/RECORD")
        .unwrap()
        .read_to_string(&mut record)
        .unwrap();
    assert_eq!(record.lines().count(), archive.len(), "{record}");
    let (status, _, metadata) = get(&index, "/files/foo_bar-1.0-py3-none-any.whl.metadata", "");
    assert_eq!(status, 200);
    assert!(
        String::from_utf8(metadata)
            .unwrap()
            .contains("Requires-Dist: bar>=2")
    );
}

#[test]
fn ranges_and_validators_are_honoured() {
    let index = FakeIndex::start(vec![foo()]);
    let file = index.file("foo_bar-1.0-py3-none-any.whl");
    let path = "/files/foo_bar-1.0-py3-none-any.whl";
    let (status, _, body) = get(&index, path, "Range: bytes=-22\r\n");
    assert_eq!(status, 206);
    assert_eq!(body, file.bytes[file.bytes.len() - 22..]);
    let (_, _, body) = get(&index, path, "Range: bytes=2-5\r\n");
    assert_eq!(body, file.bytes[2..6]);
    let (status, _, _) = get(&index, path, "Range: bytes=999999-\r\n");
    assert_eq!(status, 416);
    let (_, head, _) = get(&index, "/simple/foo-bar/", "");
    let etag = head
        .lines()
        .find_map(|line| line.strip_prefix("ETag: "))
        .unwrap();
    let (status, _, body) = get(
        &index,
        "/simple/foo-bar/",
        &format!("If-None-Match: {etag}\r\n"),
    );
    assert_eq!((status, body.len()), (304, 0));
}

#[test]
fn credentials_are_asked_for() {
    let options = FakeIndexOptions::new().basic_auth("me", "secret");
    let index = FakeIndex::start_with(vec![foo()], options);
    assert_eq!(get(&index, "/simple/foo-bar/", "").0, 401);
    let authorised = "Authorization: Basic bWU6c2VjcmV0\r\n";
    assert_eq!(get(&index, "/simple/foo-bar/", authorised).0, 200);
}

#[test]
fn a_fault_is_used_up() {
    let fault = Fault::StatusTimes {
        status: 500,
        times: 2,
        retry_after: None,
    };
    let options = FakeIndexOptions::new().fault("/simple/foo-bar/", fault);
    let index = FakeIndex::start_with(vec![foo()], options);
    let statuses: Vec<u16> = (0..3)
        .map(|_| get(&index, "/simple/foo-bar/", "").0)
        .collect();
    assert_eq!(statuses, [500, 500, 200]);
    index.break_path("/simple/", Fault::Status(404));
    assert_eq!(get(&index, "/simple/foo-bar/", "").0, 404);
    index.mend();
    assert_eq!(get(&index, "/simple/foo-bar/", "").0, 200);
}
