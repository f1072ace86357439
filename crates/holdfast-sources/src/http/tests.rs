//! The client against a server that misbehaves in every way.

use std::time::Duration;

use testkit::{FakeIndex, FakeIndexOptions, Fault};

use super::{Fetch, FetchError, Http, HttpSettings, Request, Response};

fn settings() -> HttpSettings {
    HttpSettings {
        backoff: Duration::from_millis(1),
        ..HttpSettings::default()
    }
}

fn serve(options: FakeIndexOptions) -> FakeIndex {
    FakeIndex::start_with(Vec::new(), options.resource("/page", b"hello"))
}

fn get(index: &FakeIndex) -> Result<Response, FetchError> {
    get_with(settings(), &format!("{}/page", index.root()))
}

fn get_with(settings: HttpSettings, url: &str) -> Result<Response, FetchError> {
    Http::new(settings).fetch(&Request::new(url, 1000))
}

fn five_hundred(times: u32) -> Fault {
    Fault::StatusTimes {
        status: 500,
        times,
        retry_after: None,
    }
}

#[test]
fn a_passing_failure_is_tried_again_and_a_lasting_one_is_counted() {
    let index = serve(FakeIndexOptions::new().fault("/page", five_hundred(3)));
    assert_eq!(get(&index).unwrap().body, b"hello");
    assert_eq!(index.count("/page"), 4);

    let index = serve(FakeIndexOptions::new().fault("/page", Fault::Status(503)));
    let error = get(&index).unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert!(error.to_string().ends_with("503 (4 tries)"), "{error}");
    assert_eq!(index.count("/page"), 4);
}

#[test]
fn a_lasting_status_is_not_tried_again() {
    let index = serve(FakeIndexOptions::new().fault("/page", Fault::Status(404)));
    assert_eq!(get(&index).unwrap_err().status(), Some(404));
    assert_eq!(index.count("/page"), 1);
}

#[test]
fn a_server_that_asks_for_too_much_patience_is_left_alone() {
    let busy = |seconds| Fault::StatusTimes {
        status: 429,
        times: 1,
        retry_after: Some(seconds),
    };
    let index = serve(FakeIndexOptions::new().fault("/page", busy(0)));
    assert_eq!(get(&index).unwrap().body, b"hello");
    let index = serve(FakeIndexOptions::new().fault("/page", busy(3600)));
    let error = get(&index).unwrap_err().to_string();
    assert!(error.ends_with("429, come back in 3600 seconds"), "{error}");
    assert_eq!(index.count("/page"), 1);
}

#[test]
fn a_connection_that_closes_or_breaks_off_is_tried_again() {
    let index = serve(FakeIndexOptions::new().fault("/page", Fault::Close { times: 2 }));
    assert_eq!(get(&index).unwrap().body, b"hello");
    let index = serve(FakeIndexOptions::new().fault("/page", Fault::Truncate { times: 2 }));
    assert_eq!(get(&index).unwrap().body, b"hello");
    let index = serve(FakeIndexOptions::new().fault("/page", Fault::Truncate { times: 9 }));
    let error = get(&index).unwrap_err();
    assert!(matches!(error, FetchError::Connection { .. }), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_asked_once_for_all() {
    let index = serve(FakeIndexOptions::new());
    let url = format!("{}/page", index.root());
    drop(index);
    let http = Http::new(settings());
    let error = http.fetch(&Request::new(&url, 10)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the connection was refused (4 tries)"),
        "{error}"
    );
    assert!(error.fix().contains("--offline"));
    let error = http.fetch(&Request::new(&url, 10)).unwrap_err();
    assert!(
        error.to_string().contains("could not be reached before"),
        "{error}"
    );
}

#[test]
fn a_slow_server_is_a_timeout() {
    let slow = Fault::Slow(Duration::from_secs(3));
    let index = serve(FakeIndexOptions::new().fault("/page", slow));
    let mut settings = settings();
    settings.retries = 0;
    settings.timeout = Duration::from_millis(300);
    let error = get_with(settings, &format!("{}/page", index.root())).unwrap_err();
    assert!(matches!(error, FetchError::Timeout { .. }), "{error}");
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let index = serve(FakeIndexOptions::new().fault("/page", Fault::Endless));
    let error = get(&index).unwrap_err();
    assert!(
        matches!(error, FetchError::TooLarge { limit: 1000, .. }),
        "{error}"
    );
    let index = serve(
        FakeIndexOptions::new()
            .gzip()
            .resource("/bomb", &vec![0; 100_000]),
    );
    let error = get_with(settings(), &format!("{}/bomb", index.root())).unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { .. }), "{error}");
}

#[test]
fn compressed_answers_are_unpacked() {
    let index = serve(FakeIndexOptions::new().gzip());
    assert_eq!(get(&index).unwrap().body, b"hello");
    let asked = index.requests()[0]
        .header("accept-encoding")
        .unwrap()
        .to_owned();
    assert!(asked.contains("gzip"));
}

#[test]
fn credentials_come_from_the_address_the_caller_or_netrc_and_are_never_shown() {
    let index = serve(FakeIndexOptions::new().basic_auth("me", "sec:ret/"));
    let url = format!("{}/page", index.root());
    let error = get_with(settings(), &url).unwrap_err();
    assert!(
        matches!(error, FetchError::NotAllowed { status: 401, .. }),
        "{error}"
    );

    let with = url.replace("http://", "http://me:sec%3Aret%2F@");
    assert_eq!(get_with(settings(), &with).unwrap().body, b"hello");

    let mut given = settings();
    given.remember_credentials(&with);
    assert_eq!(get_with(given, &url).unwrap().body, b"hello");

    let directory = tempfile::tempdir().unwrap();
    let netrc = directory.path().join("netrc");
    fs_err::write(&netrc, "machine 127.0.0.1 login me password sec:ret/").unwrap();
    let mut given = settings();
    given.netrc = Some(netrc);
    assert_eq!(get_with(given.clone(), &url).unwrap().body, b"hello");
    // the user name chooses, the password is looked up
    let user_only = url.replace("http://", "http://me@");
    assert_eq!(get_with(given, &user_only).unwrap().body, b"hello");

    let wrong = url.replace("http://", "http://me:hunter2@");
    let error = get_with(settings(), &wrong).unwrap_err();
    assert!(error.to_string().contains("are not accepted"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn a_redirect_to_another_host_carries_no_credentials() {
    let other = serve(FakeIndexOptions::new());
    let options = FakeIndexOptions::new()
        .redirect("/moved", &format!("{}/page", other.root()))
        .redirect("/within", "/page")
        .redirect("/loop", "/loop")
        .redirect("/away", "ftp://elsewhere/");
    let index = serve(options);
    let url = |path: &str| format!("http://me:secret@127.0.0.1:{}{path}", index.port());
    let response = get_with(settings(), &url("/moved")).unwrap();
    assert_eq!(response.body, b"hello");
    assert_eq!(response.url, format!("{}/page", other.root()));
    assert_eq!(other.requests()[0].header("authorization"), None);
    assert!(index.requests()[0].header("authorization").is_some());

    get_with(settings(), &url("/within")).unwrap();
    let last = index.requests().pop().unwrap();
    assert!(last.path == "/page" && last.header("authorization").is_some());

    for path in ["/loop", "/away"] {
        let error = get_with(settings(), &url(path)).unwrap_err();
        assert!(matches!(error, FetchError::Redirect { .. }), "{error}");
    }
}

#[test]
fn plain_http_needs_trust() {
    let error = get_with(settings(), "http://me:secret@pypi.example.invalid/simple").unwrap_err();
    assert!(matches!(error, FetchError::NotEncrypted { .. }), "{error}");
    assert!(!error.to_string().contains("secret"));
    for wrong in [
        "pypi.org",
        "file:///etc/passwd",
        "ftp://a/b",
        "http://",
        "https://[::1",
    ] {
        let error = get_with(settings(), wrong).unwrap_err();
        assert!(matches!(error, FetchError::Address { .. }), "{error}");
    }
}

#[test]
fn validators_bring_304() {
    let index = serve(FakeIndexOptions::new());
    let mut request = Request::new(format!("{}/page", index.root()), 1000);
    let http = Http::new(settings());
    request.if_none_match = http.fetch(&request).unwrap().etag;
    let again = http.fetch(&request).unwrap();
    assert_eq!((again.status, again.body.len()), (304, 0));
    // a validator that is no header cannot break the request line
    request.if_none_match = Some("\"a\r\nX-Evil: 1".to_owned());
    assert!(http.fetch(&request).is_err());
}

#[test]
fn a_download_starts_anew_after_it_broke_off() {
    let big = vec![b'x'; 300_000];
    let options = FakeIndexOptions::new()
        .resource("/big", &big)
        .fault("/big", Fault::Truncate { times: 1 });
    let index = serve(options);
    let mut file: fs_err::File =
        fs_err::File::from_parts(tempfile::tempfile().unwrap(), "temporary");
    let request = Request::new(format!("{}/big", index.root()), 1 << 20);
    Http::new(settings()).download(&request, &mut file).unwrap();
    assert_eq!(file.metadata().unwrap().len(), big.len() as u64);
    assert_eq!(index.count("/big"), 2);
}
