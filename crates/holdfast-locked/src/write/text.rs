//! TOML, line by line.

use std::fmt::{Display, Write as _};

use jiff::Timestamp;

/// Text of a lock as it grows.
pub(super) struct Writer {
    output: String,
}

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            output: String::with_capacity(bytes),
        }
    }

    pub(super) fn finish(self) -> String {
        self.output
    }

    /// A table's header, with an empty line before it.
    pub(super) fn header(&mut self, header: &str) {
        self.output.push('\n');
        self.output.push_str(header);
        self.output.push('\n');
    }

    /// `key = "value"`
    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.output.push_str(key);
        self.output.push_str(" = ");
        push_string(&mut self.output, value);
        self.output.push('\n');
    }

    /// A number, boolean or time.
    pub(super) fn bare(&mut self, key: &str, value: impl Display) {
        // writing to a String cannot fail
        let _ = writeln!(self.output, "{key} = {value}");
    }

    /// An array of texts, one per line.
    pub(super) fn texts(&mut self, key: &str, values: &[String]) {
        self.output.push_str(key);
        if values.is_empty() {
            self.output.push_str(" = []\n");
            return;
        }
        self.output.push_str(" = [\n");
        for value in values {
            self.output.push_str("    ");
            push_string(&mut self.output, value);
            self.output.push_str(",\n");
        }
        self.output.push_str("]\n");
    }

    /// An array of inline tables, one per line; nothing where there are none.
    pub(super) fn tables<T>(
        &mut self,
        key: &str,
        values: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Inline<'_>, T),
    ) {
        let mut is_empty = true;
        for value in values {
            if is_empty {
                self.output.push_str(key);
                self.output.push_str(" = [\n");
                is_empty = false;
            }
            self.output.push_str("    ");
            let mut inline = Inline::open(&mut self.output);
            fill(&mut inline, value);
            inline.close();
            self.output.push_str(",\n");
        }
        if !is_empty {
            self.output.push_str("]\n");
        }
    }

    /// One inline table.
    pub(super) fn table(&mut self, key: &str, fill: impl FnOnce(&mut Inline<'_>)) {
        self.output.push_str(key);
        self.output.push_str(" = ");
        let mut inline = Inline::open(&mut self.output);
        fill(&mut inline);
        inline.close();
        self.output.push('\n');
    }
}

/// An inline table as it grows.
pub(super) struct Inline<'w> {
    output: &'w mut String,
    is_empty: bool,
}

impl<'w> Inline<'w> {
    fn open(output: &'w mut String) -> Self {
        output.push('{');
        Self {
            output,
            is_empty: true,
        }
    }

    fn close(self) {
        self.output.push_str(if self.is_empty { "}" } else { " }" });
    }

    fn key(&mut self, key: &str) {
        self.output.push_str(if self.is_empty { " " } else { ", " });
        self.is_empty = false;
        let is_bare = !key.is_empty()
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if is_bare {
            self.output.push_str(key);
        } else {
            push_string(self.output, key);
        }
        self.output.push_str(" = ");
    }

    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        push_string(self.output, value);
    }

    pub(super) fn optional(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    pub(super) fn bare(&mut self, key: &str, value: impl Display) {
        self.key(key);
        // writing to a String cannot fail
        let _ = write!(self.output, "{value}");
    }

    pub(super) fn table(&mut self, key: &str, fill: impl FnOnce(&mut Inline<'_>)) {
        self.key(key);
        let mut inline = Inline::open(self.output);
        fill(&mut inline);
        inline.close();
    }
}

/// A basic string of TOML. Control characters, of which TOML allows none but the tab, are escaped.
fn push_string(output: &mut String, value: &str) {
    output.push('"');
    let mut copied = 0;
    for (position, byte) in value.bytes().enumerate() {
        if byte >= b' ' && !matches!(byte, b'"' | b'\\' | 0x7f) {
            continue;
        }
        // every byte that is escaped is a character of its own
        output.push_str(value.get(copied..position).unwrap_or_default());
        copied = position + 1;
        match byte {
            b'"' => output.push_str("\\\""),
            b'\\' => output.push_str("\\\\"),
            b'\n' => output.push_str("\\n"),
            b'\r' => output.push_str("\\r"),
            b'\t' => output.push_str("\\t"),
            _ => {
                // writing to a String cannot fail
                let _ = write!(output, "\\u{byte:04X}");
            }
        }
    }
    output.push_str(value.get(copied..).unwrap_or_default());
    output.push('"');
}

/// A time as TOML has it; the years before 0, which TOML has not, are left out.
pub(super) fn toml_time(time: Option<Timestamp>) -> Option<Timestamp> {
    const YEAR_0: i64 = -62_167_219_200;
    time.filter(|time| time.as_second() >= YEAR_0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_string_is_read_back(value in any::<String>(), key in any::<String>()) {
            let mut writer = Writer::with_capacity(0);
            writer.text("a", &value);
            writer.texts("b", std::slice::from_ref(&value));
            writer.table("c", |inline| inline.text(&key, &value));
            let text = writer.finish();
            prop_assert!(!text.contains('\r'));
            let table: toml::Table = text.parse().unwrap();
            prop_assert_eq!(table["a"].as_str(), Some(value.as_str()));
            prop_assert_eq!(table["b"][0].as_str(), Some(value.as_str()));
            prop_assert_eq!(table["c"][&key].as_str(), Some(value.as_str()));
        }

        #[test]
        fn control_characters_are_read_back(value in "[\\x00-\\x20\\x7f\"\\\\é]{0,20}") {
            let mut writer = Writer::with_capacity(0);
            writer.text("a", &value);
            let table: toml::Table = writer.finish().parse().unwrap();
            prop_assert_eq!(table["a"].as_str(), Some(value.as_str()));
        }

        #[test]
        fn times_are_read_back(second in -62_167_219_200i64..253_402_207_200, nanosecond in 0i32..1_000_000_000) {
            let time = Timestamp::new(second, nanosecond.min(if second < 0 { 0 } else { nanosecond })).unwrap();
            let mut writer = Writer::with_capacity(0);
            writer.bare("a", toml_time(Some(time)).unwrap());
            let table: toml::Table = writer.finish().parse().unwrap();
            prop_assert_eq!(
                table["a"].as_datetime().unwrap().to_string().parse::<Timestamp>().unwrap(),
                time
            );
        }
    }
}
