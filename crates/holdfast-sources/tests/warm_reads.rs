//! How long a run with a warm cache takes to read what it was told before.
//!
//! `cargo test --release -p holdfast-sources --test warm_reads -- --ignored --nocapture`

#![expect(clippy::unwrap_used, reason = "a measurement may fail")]

use std::fmt::Write as _;

use holdfast_model::{Digest, PackageId};
use holdfast_sources::{
    Cache, Fetch, FetchError, IndexClient, IndexRouting, Reach, Request, Response, WheelRef,
};

const PROJECTS: usize = 30;
const WHEELS: usize = 170;

/// An index of projects as large as the largest: 3,000 files each, a page of one megabyte.
struct Large;

impl Fetch for Large {
    fn fetch(&self, request: &Request) -> Result<Response, FetchError> {
        let body = match request.url.strip_suffix(".metadata") {
            Some(wheel) => metadata(last_part(wheel)),
            None => page(&last_part(request.url.trim_end_matches('/')).replace('-', "_")),
        };
        Ok(Response {
            status: 200,
            url: request.url.clone(),
            content_type: Some("text/html".to_owned()),
            etag: None,
            last_modified: None,
            whole_length: None,
            body: body.into_bytes(),
        })
    }

    fn download(&self, _: &Request, _: &mut fs_err::File) -> Result<Response, FetchError> {
        unreachable!("nothing is downloaded")
    }
}

fn last_part(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

fn page(project: &str) -> String {
    let mut page = String::from("<html>");
    for release in 0..120 {
        for (minor, platform) in (0..25).map(|file| (8 + file % 6, file / 6)) {
            write!(
                page,
                "<a href=\"https://files.example/packages/{release:02x}/{platform:062x}/{project}-1.{release}.{minor}\
                 -cp3{minor}-cp3{minor}-manylinux_2_{platform}_x86_64.manylinux2014_x86_64.whl#sha256={release:062x}{minor:02x}\" \
                 data-requires-python=\"&gt;=3.{minor}\" data-upload-time=\"2024-01-01T00:00:00.123456Z\" \
                 data-core-metadata=\"sha256={minor:064x}\">x</a><br/>"
            )
            .unwrap();
        }
    }
    page
}

fn metadata(wheel: &str) -> String {
    let name = wheel.split('-').next().unwrap_or_default();
    let version = "1.0";
    let mut text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
    for number in 0..40 {
        writeln!(
            text,
            "Requires-Dist: a-package-{number}>=1.{number}; extra == 'everything'"
        )
        .unwrap();
    }
    for number in 0..20 {
        writeln!(
            text,
            "Classifier: Programming Language :: Python :: 3.{number}"
        )
        .unwrap();
    }
    writeln!(
        text,
        "License: {}",
        "some words of a long licence ".repeat(60)
    )
    .unwrap();
    text
}

#[test]
#[ignore = "prints a time; run it with --release"]
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn warm_reads_take_milliseconds() {
    let directory = tempfile::tempdir().unwrap();
    let cache = Cache::new(directory.path().to_owned());
    let routing = IndexRouting::pypi();
    let packages: Vec<PackageId> = (0..PROJECTS)
        .map(|number| PackageId::pypi(&format!("project-{number}")))
        .collect();
    let wheels: Vec<WheelRef> = (0..WHEELS)
        .map(|number| {
            let name = format!("package_{number}-1.0-py3-none-any.whl");
            let hex = format!("{:064x}", (number + 1) * 7_919 * 65_537);
            WheelRef {
                url: format!("https://files.example/{name}"),
                name,
                sha256: format!("sha256:{}", hex.chars().rev().collect::<String>())
                    .parse::<Digest>()
                    .unwrap(),
                size: None,
            }
        })
        .collect();
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    let client = |reach| IndexClient::new(&Large, &cache, &routing, reach, now);
    let started = std::time::Instant::now();
    client(Reach::Online).releases(&packages);
    client(Reach::Online).metadata(&wheels);
    println!("cold, parsing included: {:?}", started.elapsed());
    for _ in 0..5 {
        let started = std::time::Instant::now();
        let releases = client(Reach::Offline).releases(&packages);
        let after_releases = started.elapsed();
        let metadata = client(Reach::Offline).metadata(&wheels);
        let files: usize = releases
            .values()
            .flatten()
            .flat_map(|project| &project.releases)
            .map(|release| release.files.len())
            .sum();
        println!(
            "{files} files of {} projects in {after_releases:?}, {} metadata in {:?}, together {:?}",
            releases.values().filter(|found| found.is_ok()).count(),
            metadata.values().filter(|found| found.is_ok()).count(),
            started.elapsed().saturating_sub(after_releases),
            started.elapsed()
        );
    }
}
