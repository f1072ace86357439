//! Pages as real servers write them, and as no server should.

use proptest::prelude::*;

use super::*;

fn html(text: &str) -> Result<Page, String> {
    Page::parse(Some("text/html"), text.as_bytes())
}

fn one(text: &str) -> PageFile {
    let mut files = html(text).unwrap().files;
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

#[test]
fn an_anchor_says_all_that_json_says() {
    let file = one(
        "<!DOCTYPE html><html><body><a href=\"https://files/a%2Bb/foo-1.0%2Bcpu-py3-none-any.whl#sha256=abc\" \
         data-requires-python=\"&gt;=3.9,&lt;4\" data-yanked=\"broken &#38; &quot;bad&quot;\" \
         data-core-metadata=\"sha256=def\" data-upload-time=\"2024-01-01T00:00:00.123456Z\">x</a>",
    );
    assert_eq!(file.name, "foo-1.0+cpu-py3-none-any.whl");
    assert_eq!(
        file.url,
        "https://files/a%2Bb/foo-1.0%2Bcpu-py3-none-any.whl"
    );
    assert_eq!(file.sha256.as_deref(), Some("abc"));
    assert_eq!(file.metadata_sha256.as_deref(), Some("def"));
    assert_eq!(file.requires_python.as_deref(), Some(">=3.9,<4"));
    assert_eq!(file.yanked.as_deref(), Some("broken & \"bad\""));
    assert_eq!(file.uploaded.unwrap().as_second(), 1_704_067_200);
}

#[test]
fn attributes_may_be_written_in_every_way_that_html_allows() {
    let file = one("<A HREF=foo-1.tar.gz data-yanked data-requires-python = '>=3' >foo</A>");
    assert_eq!(file.name, "foo-1.tar.gz");
    assert_eq!(file.yanked.as_deref(), Some(""));
    assert_eq!(file.requires_python.as_deref(), Some(">=3"));
    assert_eq!(
        one("<a\n href\n=\n'../x/foo-1.zip?sig=1#sha256=0'/>").url,
        "../x/foo-1.zip?sig=1"
    );
    assert_eq!(one("<a <a href=foo-1.zip").name, "foo-1.zip");
    assert_eq!(
        one("<!-- <a href=no-1.zip> --><a href=foo-1.zip>").name,
        "foo-1.zip"
    );
    assert_eq!(one("a < b <a href=foo-1.zip>").name, "foo-1.zip");
    assert_eq!(
        one("<a href='foo-1.zip' href='evil-1.zip'>").name,
        "foo-1.zip"
    );
}

#[test]
fn the_status_of_a_project_is_read_in_both_formats() {
    let text = "<html><meta name=\"pypi:project-status\" content=\"quarantined\"></html>";
    assert_eq!(html(text).unwrap().status.as_deref(), Some("quarantined"));
    let text = text.replace("quarantined", "active");
    assert_eq!(html(&text).unwrap().status, None);
    for json in [
        r#"{"meta":{"api-version":"1.4"},"files":[],"project-status":{"status":"archived"}}"#,
        r#"{"meta":{"api-version":"1.3","project-status":"archived"},"files":[]}"#,
    ] {
        let page = Page::parse(None, json.as_bytes()).unwrap();
        assert_eq!(page.status.as_deref(), Some("archived"));
    }
}

#[test]
fn json_flags_may_be_booleans_or_more() {
    let json = r#"{"meta":{"api-version":"1.1"},"name":"foo","versions":["1"],"files":[
        {"filename":"foo-1.zip","url":"u","hashes":{"sha256":"s","md5":"m"},"yanked":true,
         "core-metadata":true,"dist-info-metadata":{"sha256":"d"},"upload-time":"2024-01-01T00:00:00",
         "requires-python":null,"size":3,"gpg-sig":false,"provenance":null},
        {"filename":"foo-2.zip","url":"u","hashes":{},"yanked":false,"core-metadata":false,
         "upload-time":"yesterday"}]}"#;
    let page = Page::parse(Some("application/vnd.pypi.simple.v1+json"), json.as_bytes()).unwrap();
    let [first, second] = page.files.as_slice() else {
        panic!("{page:?}")
    };
    assert_eq!(first.yanked.as_deref(), Some(""));
    assert_eq!(first.metadata_sha256.as_deref(), Some("d"));
    assert!(first.uploaded.is_some());
    assert_eq!((&second.yanked, &second.uploaded), (&None, &None));
}

#[test]
fn what_is_no_page_is_refused() {
    for (content_type, body) in [
        ("text/html", "\u{0}\u{1}garbage"),
        ("text/html", ""),
        ("text/html", "<html><a href='/login'>log in</a></html>"),
        (
            "text/html",
            "<meta name='pypi:repository-version' content='2.0'>",
        ),
        ("application/json", "{\"files\": [}"),
        ("application/json", "[]"),
        (
            "application/json",
            r#"{"meta":{"api-version":"2.0"},"files":[]}"#,
        ),
        ("text/plain", "not found"),
    ] {
        assert!(
            Page::parse(Some(content_type), body.as_bytes()).is_err(),
            "{body}"
        );
    }
    let empty = html("<html><body><h1>Links for foo</h1></body></html>").unwrap();
    assert_eq!(empty.files, []);
    let deep = format!("{{\"meta\":{{}},\"files\":{}", "[".repeat(100_000));
    assert!(Page::parse(None, deep.as_bytes()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_break_the_readers(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Page::parse(Some("text/html"), &body);
        let _ = Page::parse(Some("application/json"), &body);
    }

    #[test]
    fn no_markup_breaks_the_reader(body in "(<a|<|>|=|\"|'| |href|/|&#x|;|\\.whl|é|<!--|-->|data-yanked){0,60}") {
        let _ = Page::parse(Some("text/html"), body.as_bytes());
    }
}
