//! What the fake index answers to a request, before any fault is put in.

use std::io::Write as _;

use percent_encoding::percent_decode_str;

use super::archive::{normalised, sha256};
use super::{FakeIndexOptions, FakeRequest, PageFormat, Quirk, Shared, lock, page};

/// Sent as `Last-Modified` with everything.
const LAST_MODIFIED: &str = "Wed, 01 Jan 2020 00:00:00 GMT";
const JSON: &str = "application/vnd.pypi.simple.v1+json";
const HTML: &str = "text/html; charset=utf-8";

/// A complete answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// An answer with a short text.
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            headers: vec![("Content-Type", "text/plain".to_owned())],
            body: format!("status {status}\n").into_bytes(),
        }
    }

    fn of_type(content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type", content_type.to_owned())],
            body,
        }
    }
}

/// The answer of an index without faults.
pub(crate) fn answer(request: &FakeRequest, shared: &Shared) -> Answer {
    let options = &shared.options;
    if !is_authorised(request, options) {
        let mut refused = Answer::status(401);
        refused
            .headers
            .push(("WWW-Authenticate", "Basic realm=\"fake\"".to_owned()));
        return refused;
    }
    for (path, target) in &options.redirects {
        if let Some(rest) = request.path.strip_prefix(path.as_str()) {
            let mut redirect = Answer::status(302);
            redirect
                .headers
                .push(("Location", format!("{target}{rest}")));
            return redirect;
        }
    }
    let mut answer = content(request, shared);
    if answer.status == 200 {
        compress(&mut answer, request, options);
        validate(&mut answer, request, options);
    }
    answer
}

fn content(request: &FakeRequest, shared: &Shared) -> Answer {
    let options = &shared.options;
    let path = percent_decode_str(&request.path).decode_utf8_lossy();
    for (resource, bytes) in &options.resources {
        if *resource == path {
            return ranged(
                Answer::of_type(resource_type(resource), bytes.clone()),
                request,
                options,
            );
        }
    }
    if let Some(name) = path.strip_prefix("/files/") {
        return file(name, request, shared);
    }
    let wants_json = match options.format {
        PageFormat::Json => true,
        PageFormat::Html => false,
        PageFormat::Negotiated => request
            .header("accept")
            .is_some_and(|accept| accept.contains(JSON)),
    };
    let projects = lock(&shared.projects);
    match path.strip_prefix("/simple/") {
        Some("") if wants_json => Answer::of_type(JSON, page::list_json(&projects).into_bytes()),
        Some("") => Answer::of_type(HTML, page::list_html(&projects).into_bytes()),
        Some(rest) => {
            let Some(name) = rest.strip_suffix('/') else {
                let mut redirect = Answer::status(301);
                redirect.headers.push(("Location", format!("{path}/")));
                return redirect;
            };
            let found = projects
                .iter()
                .find(|project| normalised(&project.project.name) == name);
            match found {
                None => Answer::status(404),
                Some(project) if wants_json => {
                    let host = request.header("host").unwrap_or("127.0.0.1");
                    let root = options
                        .files_at
                        .clone()
                        .unwrap_or_else(|| format!("http://{host}"));
                    let page = page::project_json(project, &root, options);
                    Answer::of_type(JSON, page.into_bytes())
                }
                Some(project) => {
                    Answer::of_type(HTML, page::project_html(project, options).into_bytes())
                }
            }
        }
        None => Answer::status(404),
    }
}

fn file(name: &str, request: &FakeRequest, shared: &Shared) -> Answer {
    let options = &shared.options;
    let projects = lock(&shared.projects);
    let find = |name: &str| {
        projects
            .iter()
            .flat_map(|project| &project.files)
            .find(|file| file.name == name)
    };
    if let Some(file) = find(name) {
        let whole = Answer::of_type("application/octet-stream", file.bytes.clone());
        return ranged(whole, request, options);
    }
    let metadata = name
        .strip_suffix(".metadata")
        .filter(|_| !options.has(Quirk::WithoutMetadata))
        .and_then(find)
        .and_then(|file| file.metadata.clone());
    match metadata {
        Some(text) => Answer::of_type("application/octet-stream", text.into_bytes()),
        None => Answer::status(404),
    }
}

fn resource_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("zip") => "application/zip",
        Some("json") => "application/json",
        _ => HTML,
    }
}

/// Cuts the range out that is asked for (RFC 9110, one range).
fn ranged(mut whole: Answer, request: &FakeRequest, options: &FakeIndexOptions) -> Answer {
    if options.has(Quirk::WithoutRanges) {
        return whole;
    }
    whole.headers.push(("Accept-Ranges", "bytes".to_owned()));
    let Some(range) = request
        .header("range")
        .and_then(|range| range.strip_prefix("bytes="))
    else {
        return whole;
    };
    let length = whole.body.len();
    let bounds = match range.split_once('-') {
        Some(("", last)) => last
            .parse::<usize>()
            .ok()
            .filter(|last| *last > 0)
            .map(|last| (length.saturating_sub(last), length)),
        Some((first, "")) => first.parse().ok().map(|first| (first, length)),
        Some((first, last)) => match (first.parse(), last.parse::<usize>()) {
            (Ok(first), Ok(last)) => Some((first, length.min(last.saturating_add(1)))),
            _ => None,
        },
        None => None,
    };
    let Some((start, end)) = bounds.filter(|(start, end)| start < end) else {
        let mut refused = Answer::status(416);
        refused
            .headers
            .push(("Content-Range", format!("bytes */{length}")));
        return refused;
    };
    whole.status = 206;
    whole.headers.push((
        "Content-Range",
        format!("bytes {start}-{}/{length}", end - 1),
    ));
    whole.body = whole.body[start..end].to_vec();
    whole
}

fn compress(answer: &mut Answer, request: &FakeRequest, options: &FakeIndexOptions) {
    let accepted = request
        .header("accept-encoding")
        .is_some_and(|encodings| encodings.contains("gzip"));
    if !options.has(Quirk::Gzip) || !accepted || request.path.starts_with("/files/") {
        return;
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&answer.body).expect("writing to memory");
    answer.body = encoder.finish().expect("writing to memory");
    answer.headers.push(("Content-Encoding", "gzip".to_owned()));
}

/// Adds validators, and answers 304 where the client has the same already.
fn validate(answer: &mut Answer, request: &FakeRequest, options: &FakeIndexOptions) {
    if options.has(Quirk::WithoutValidators) {
        return;
    }
    let etag = format!("\"{}\"", &sha256(&answer.body)[..16]);
    let unchanged = match request.header("if-none-match") {
        Some(known) => known.contains(&etag),
        // nothing here changes its date, so that a date alone never tells of a change
        None => request.header("if-modified-since") == Some(LAST_MODIFIED),
    };
    answer.headers.push(("ETag", etag));
    answer
        .headers
        .push(("Last-Modified", LAST_MODIFIED.to_owned()));
    if unchanged {
        answer.status = 304;
        answer.body.clear();
    }
}

fn is_authorised(request: &FakeRequest, options: &FakeIndexOptions) -> bool {
    let Some((user, password)) = &options.basic_auth else {
        return true;
    };
    let expected = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
    request.header("authorization") == Some(expected.as_str())
}

/// Base64 with padding, as the header has it.
fn base64(bytes: &[u8]) -> String {
    let mut text = super::archive::base64_url(bytes)
        .replace('-', "+")
        .replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
