//! The HTML form of a project's page (PEP 503, 592, 658, 792), read by looking for tags.
//!
//! One pass, no tree, nothing remembered: any bytes are read in linear time, and a tag that makes no
//! sense is skipped.

use percent_encoding::percent_decode_str;

use super::{Page, PageFile, upload_time};

/// Endings of what package indexes have, long past ones included.
const ARCHIVES: [&str; 12] = [
    ".whl", ".gz", ".zip", ".bz2", ".tgz", ".egg", ".exe", ".msi", ".rpm", ".deb", ".dmg", ".xz",
];

/// Reads a page in HTML.
pub(super) fn parse(body: &[u8]) -> Result<Page, String> {
    let text = String::from_utf8_lossy(body);
    let mut page = Page::default();
    let mut anchors = 0_usize;
    let mut tags = 0_usize;
    let mut rest = text.as_ref();
    while let Some(start) = rest.find('<') {
        rest = rest.get(start + 1..).unwrap_or_default();
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let tag = Tag::read(&mut rest);
        match tag.name.as_str() {
            "a" => {
                anchors += 1;
                page.files.extend(file(&tag));
            }
            "base" => page.base = tag.attribute("href").or(page.base),
            "meta" => {
                if tag.attribute("name").as_deref() == Some("pypi:project-status") {
                    page.status = tag.attribute("content");
                }
                if tag.attribute("name").as_deref() == Some("pypi:repository-version") {
                    check_version(&tag.attribute("content").unwrap_or_default())?;
                }
            }
            _ => {}
        }
        tags += usize::from(matches!(
            tag.name.as_str(),
            "a" | "meta" | "html" | "head" | "body" | "title" | "h1" | "!doctype"
        ));
    }
    if tags == 0 {
        return Err("it is neither HTML nor JSON".to_owned());
    }
    if anchors > 0 && page.files.is_empty() {
        return Err("it is HTML without any link to a package, such as a login page".to_owned());
    }
    Ok(page)
}

fn check_version(version: &str) -> Result<(), String> {
    if version.starts_with("1.") {
        Ok(())
    } else {
        Err(format!("its repository version `{version}` is unknown"))
    }
}

fn file(anchor: &Tag<'_>) -> Option<PageFile> {
    let href = anchor.attribute("href")?;
    let (address, fragment) = href.split_once('#').unwrap_or((&href, ""));
    let path = address.split('?').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let name = percent_decode_str(last).decode_utf8().ok()?.into_owned();
    let lower = name.to_ascii_lowercase();
    if !ARCHIVES.iter().any(|ending| lower.ends_with(ending)) {
        return None;
    }
    let hash = |value: &str| {
        value
            .split('&')
            .find_map(|part| part.strip_prefix("sha256="))
            .map(str::to_owned)
    };
    let metadata = anchor
        .attribute("data-core-metadata")
        .or_else(|| anchor.attribute("data-dist-info-metadata"));
    Some(PageFile {
        name,
        url: address.trim().to_owned(),
        sha256: hash(fragment),
        metadata_sha256: metadata.as_deref().and_then(hash),
        size: None,
        uploaded: anchor
            .attribute("data-upload-time")
            .as_deref()
            .and_then(upload_time),
        yanked: anchor.attribute("data-yanked"),
        requires_python: anchor
            .attribute("data-requires-python")
            .filter(|specifier| !specifier.is_empty()),
    })
}

/// A tag: its name in lower case, and its attributes as written.
struct Tag<'a> {
    name: String,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Tag<'a> {
    /// Reads a tag from behind its `<`, and leaves `rest` behind its `>`.
    fn read(rest: &mut &'a str) -> Self {
        let end = rest
            .find(|character: char| character.is_ascii_whitespace() || "<>/".contains(character))
            .unwrap_or(rest.len());
        // a name is short; what is longer is text behind a stray `<`
        let (name, after) = rest.split_at(end);
        *rest = after;
        let mut tag = Self {
            name: name
                .get(..name.len().min(16))
                .unwrap_or_default()
                .to_ascii_lowercase(),
            attributes: Vec::new(),
        };
        loop {
            *rest = rest.trim_start_matches(|character: char| {
                character.is_ascii_whitespace() || character == '/'
            });
            // a `<` begins the next tag: this one was never closed
            if rest.is_empty() || rest.starts_with('<') {
                return tag;
            }
            if let Some(after) = rest.strip_prefix('>') {
                *rest = after;
                return tag;
            }
            let attribute = read_attribute(rest);
            if tag.attributes.len() < 64 {
                tag.attributes.push(attribute);
            }
        }
    }

    /// An attribute's value, without entities.
    fn attribute(&self, name: &str) -> Option<String> {
        self.attributes
            .iter()
            .find(|(attribute, _)| attribute.eq_ignore_ascii_case(name))
            .map(|(_, value)| unescape(value))
    }
}

/// Reads `name`, `name=value`, `name="value"` or `name='value'`. Always moves on: `rest` begins with
/// neither a space nor `>`.
fn read_attribute<'a>(rest: &mut &'a str) -> (&'a str, &'a str) {
    let end = rest
        .char_indices()
        .skip(1)
        .find(|(_, character)| character.is_ascii_whitespace() || "=></".contains(*character))
        .map_or(rest.len(), |(end, _)| end);
    let (name, after) = rest.split_at(end);
    let Some(value) = after.trim_start().strip_prefix('=') else {
        *rest = after;
        return (name, "");
    };
    let value = value.trim_start();
    let quote = value
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''));
    let (value, after) = if let Some(quote) = quote {
        let inner = value.get(1..).unwrap_or_default();
        inner.split_once(quote).unwrap_or((inner, ""))
    } else {
        let end = value
            .find(|character: char| character.is_ascii_whitespace() || character == '>')
            .unwrap_or(value.len());
        value.split_at(end)
    };
    *rest = after;
    (name, value)
}

/// Replaces the entities that occur in attributes; any other stays as it is.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        // only a few characters are looked at, so that many `&` do not each search the rest
        let entity = after
            .bytes()
            .take(9)
            .position(|byte| byte == b';')
            .and_then(|end| Some((character(after.get(..end)?)?, after.get(end + 1..)?)));
        if let Some((character, after)) = entity {
            plain.push(character);
            rest = after;
        } else {
            plain.push('&');
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}
