//! A project's page of a simple index: JSON (PEP 691) or HTML (PEP 503), as the server likes.
//!
//! Only what the page says; which of its files count, and what for, is decided elsewhere.

mod html;
mod json;

use jiff::Timestamp;

/// The value of `Accept`, as pip sends it: some mirrors tell upload times only to who asks for JSON.
pub(crate) const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, \
    application/vnd.pypi.simple.v1+html; q=0.2, text/html; q=0.01";

/// What a page says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// The project's status (PEP 792), unless it is `active`.
    pub(crate) status: Option<String>,
    /// What addresses on the page are relative to, where that is not the page itself.
    pub(crate) base: Option<String>,
    /// The files, in the page's order.
    pub(crate) files: Vec<PageFile>,
}

/// A file of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PageFile {
    /// Its name.
    pub(crate) name: String,
    /// Its address, as written: possibly relative to the page.
    pub(crate) url: String,
    /// Its SHA-256 in hexadecimal, as written.
    pub(crate) sha256: Option<String>,
    /// The SHA-256 of its metadata file (PEP 658), as written.
    pub(crate) metadata_sha256: Option<String>,
    /// Its size in bytes.
    pub(crate) size: Option<u64>,
    /// When the index received it.
    pub(crate) uploaded: Option<Timestamp>,
    /// Why it was yanked; empty where no reason is given.
    pub(crate) yanked: Option<String>,
    /// The interpreters that it admits.
    pub(crate) requires_python: Option<String>,
}

impl Page {
    /// Reads a page. `content_type` decides the format, and the first character where it is absent
    /// or says nothing. The error says in a few words what is wrong.
    pub(crate) fn parse(content_type: Option<&str>, body: &[u8]) -> Result<Self, String> {
        let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        let is_json = content_type.contains("json")
            || (!content_type.contains("html") && first == Some(&b'{'));
        let mut page = if is_json {
            json::parse(body)?
        } else {
            html::parse(body)?
        };
        page.status = page.status.filter(|status| status != "active");
        Ok(page)
    }
}

/// An upload time as indexes write it; one that is malformed counts as not given.
fn upload_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        // some mirrors leave the zone out; the standard says it is UTC
        format!("{text}Z").parse().ok()
    })
}

#[cfg(test)]
mod tests;
