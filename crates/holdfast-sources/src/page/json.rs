//! The JSON form of a project's page (PEP 691, 700, 714, 792).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Page, PageFile, upload_time};

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(default, borrow)]
    meta: Meta<'a>,
    #[serde(default, borrow, rename = "project-status")]
    project_status: Option<ProjectStatus<'a>>,
    #[serde(borrow)]
    files: Vec<File<'a>>,
}

#[derive(Default, Deserialize)]
struct Meta<'a> {
    #[serde(default, borrow, rename = "api-version")]
    api_version: Option<Cow<'a, str>>,
    #[serde(default, borrow, rename = "project-status")]
    project_status: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct ProjectStatus<'a> {
    #[serde(default, borrow)]
    status: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File<'a> {
    #[serde(borrow)]
    filename: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(default, borrow)]
    hashes: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(default, borrow)]
    requires_python: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    core_metadata: Option<FlagOrHashes<'a>>,
    // the name before PEP 714
    #[serde(default, borrow)]
    dist_info_metadata: Option<FlagOrHashes<'a>>,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default, borrow)]
    upload_time: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    yanked: Option<FlagOrText<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FlagOrHashes<'a> {
    #[serde(borrow)]
    Hashes(BTreeMap<Cow<'a, str>, Cow<'a, str>>),
    /// `true` announces a file without saying its hash.
    Flag(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FlagOrText<'a> {
    Flag(bool),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

/// Reads a page in JSON.
pub(super) fn parse(body: &[u8]) -> Result<Page, String> {
    let document: Document<'_> =
        serde_json::from_slice(body).map_err(|error| format!("it is no valid page: {error}"))?;
    if let Some(version) = document.meta.api_version
        && !version.starts_with("1.")
    {
        return Err(format!("its API version `{version}` is unknown"));
    }
    let status = document
        .project_status
        .and_then(|status| status.status)
        .or(document.meta.project_status)
        .map(Cow::into_owned);
    let files = document.files.into_iter().map(file).collect();
    Ok(Page {
        status,
        base: None,
        files,
    })
}

fn file(file: File<'_>) -> PageFile {
    let metadata = [file.core_metadata, file.dist_info_metadata]
        .into_iter()
        .flatten()
        .find_map(|announced| match announced {
            FlagOrHashes::Flag(_) => None,
            FlagOrHashes::Hashes(mut hashes) => hashes.remove("sha256"),
        });
    let yanked = match file.yanked {
        None | Some(FlagOrText::Flag(false)) => None,
        Some(FlagOrText::Flag(true)) => Some(String::new()),
        Some(FlagOrText::Text(reason)) => Some(reason.into_owned()),
    };
    let mut hashes = file.hashes;
    PageFile {
        name: file.filename.into_owned(),
        url: file.url.into_owned(),
        sha256: hashes.remove("sha256").map(Cow::into_owned),
        metadata_sha256: metadata.map(Cow::into_owned),
        size: file.size,
        uploaded: file.upload_time.as_deref().and_then(upload_time),
        yanked,
        requires_python: file.requires_python.map(Cow::into_owned),
    }
}
