//! TOML to [`Unvalidated`]: shapes and keys, with every mistake noted rather than the first alone.
//!
//! Looks at no value beyond its type; what a value means is the validation's affair.

use holdfast_model::Location;
use toml_edit::{Item, TableLike, Value};

use super::error::ConfigError;
use super::shown::shown;
use super::suggest::did_you_mean;
use super::unvalidated::Written;

/// Finds lines and columns without counting from the start each time.
pub(crate) struct Lines<'a> {
    file: &'a str,
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(newline, _)| newline + 1))
            .collect();
        Self { file, text, starts }
    }

    /// The place of the byte at `offset`.
    pub(crate) fn locate(&self, offset: usize) -> Location {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|index| self.starts.get(index))
            .copied()
            .unwrap_or_default();
        let column = self
            .text
            .get(start..offset)
            .map_or(0, |before| before.chars().count())
            + 1;
        Location::new(
            self.file,
            u32::try_from(line).unwrap_or(u32::MAX),
            u32::try_from(column).unwrap_or(u32::MAX),
        )
    }
}

/// A table that is being read.
pub(crate) struct View<'a> {
    /// Its name, as messages have it: `environments.train`; empty for the whole file.
    name: String,
    table: &'a dyn TableLike,
    /// Where it begins.
    pub(crate) location: Location,
}

impl<'a> View<'a> {
    /// Its keys, in the order of the file, each with its place and value.
    fn entries(&self) -> impl Iterator<Item = (&'a str, &'a Item)> {
        self.table.iter()
    }

    fn called(&self, key: &str) -> String {
        let key = shown(key);
        if self.name.is_empty() {
            key
        } else {
            format!("{}.{key}", self.name)
        }
    }
}

/// Reads tables and collects what is wrong with them.
pub(crate) struct Reader<'a> {
    lines: &'a Lines<'a>,
    errors: Vec<ConfigError>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(lines: &'a Lines<'a>) -> Self {
        Self {
            lines,
            errors: Vec::new(),
        }
    }

    /// What was wrong.
    pub(crate) fn into_errors(self) -> Vec<ConfigError> {
        self.errors
    }

    /// The table that holds the configuration.
    pub(crate) fn root(
        &mut self,
        table: &'a dyn TableLike,
        location: Location,
        keys: &[&str],
    ) -> View<'a> {
        let view = View {
            name: String::new(),
            table,
            location,
        };
        self.refuse_unknown(&view, keys);
        view
    }

    /// The table `key` of `parent`, where there is one; `keys` are those that it may have.
    pub(crate) fn table(
        &mut self,
        parent: &View<'a>,
        key: &str,
        keys: &[&str],
    ) -> Option<View<'a>> {
        let item = parent.table.get(key)?;
        let view = self.view(parent, key, item)?;
        self.refuse_unknown(&view, keys);
        Some(view)
    }

    /// The tables inside the table `key` of `parent`, whose names people choose.
    pub(crate) fn named_tables(
        &mut self,
        parent: &View<'a>,
        key: &str,
        keys: &[&str],
    ) -> Vec<(Written<String>, View<'a>)> {
        let Some(outer) = parent
            .table
            .get(key)
            .and_then(|item| self.view(parent, key, item))
        else {
            return Vec::new();
        };
        let mut views = Vec::new();
        for (name, item) in outer.entries() {
            if let Some(view) = self.view(&outer, name, item) {
                self.refuse_unknown(&view, keys);
                let name = Written {
                    value: name.to_owned(),
                    location: self.key_location(&outer, name),
                };
                views.push((name, view));
            }
        }
        views
    }

    /// The tables of the array `key` of `parent`.
    pub(crate) fn array_of_tables(
        &mut self,
        parent: &View<'a>,
        key: &str,
        keys: &[&str],
    ) -> Vec<View<'a>> {
        let Some(item) = parent.table.get(key) else {
            return Vec::new();
        };
        let mut views = Vec::new();
        let name = parent.called(key);
        if let Some(tables) = item.as_array_of_tables() {
            for table in tables {
                let location = self.span_location(table.span(), || parent.location.clone());
                views.push(View {
                    name: name.clone(),
                    table,
                    location,
                });
            }
        } else if let Some(array) = item.as_array() {
            for value in array {
                let location = self.span_location(value.span(), || parent.location.clone());
                match value.as_inline_table() {
                    Some(table) => views.push(View {
                        name: name.clone(),
                        table,
                        location,
                    }),
                    None => self.add(
                        &location,
                        mismatch(&name, "a table", value.type_name()),
                        None,
                    ),
                }
            }
        } else {
            let location = self.key_location(parent, key);
            let fix = format!("write `[[{name}]]`");
            self.add(
                &location,
                mismatch(&name, "a list of tables", item.type_name()),
                Some(fix),
            );
        }
        for view in &views {
            self.refuse_unknown(view, keys);
        }
        views
    }

    /// The text at `key`.
    pub(crate) fn text(&mut self, view: &View<'a>, key: &str) -> Option<Written<String>> {
        let item = view.table.get(key)?;
        let location = self.item_location(view, key, item);
        if let Some(text) = item.as_str() {
            return Some(Written {
                value: text.to_owned(),
                location,
            });
        }
        let fix = self
            .scalar_as_written(item)
            .map(|written| format!("write `{key} = \"{written}\"`"));
        self.add(
            &location,
            mismatch(&view.called(key), "a text", item.type_name()),
            fix,
        );
        None
    }

    /// The text, or the date without a time, at `key`.
    pub(crate) fn text_or_date(&mut self, view: &View<'a>, key: &str) -> Option<Written<String>> {
        let item = view.table.get(key)?;
        match item.as_datetime() {
            Some(date) => Some(Written {
                value: date.to_string(),
                location: self.item_location(view, key, item),
            }),
            None => self.text(view, key),
        }
    }

    /// The text or the whole number at `key`.
    pub(crate) fn text_or_number(
        &mut self,
        view: &View<'a>,
        key: &str,
    ) -> Option<Written<Result<String, i64>>> {
        let item = view.table.get(key)?;
        match item.as_integer() {
            Some(number) => Some(Written {
                value: Err(number),
                location: self.item_location(view, key, item),
            }),
            None => self.text(view, key).map(|text| Written {
                value: Ok(text.value),
                location: text.location,
            }),
        }
    }

    /// The number at `key`, whole or not.
    pub(crate) fn number(&mut self, view: &View<'a>, key: &str) -> Option<Written<f64>> {
        let item = view.table.get(key)?;
        let location = self.item_location(view, key, item);
        #[expect(
            clippy::cast_precision_loss,
            reason = "no number of a configuration is that large"
        )]
        let whole = item.as_integer().map(|whole| whole as f64);
        if let Some(value) = item.as_float().or(whole) {
            return Some(Written { value, location });
        }
        let number = item.as_str().filter(|text| text.parse::<f64>().is_ok());
        let fix = number.map(|number| format!("write `{key} = {}`", shown(number)));
        self.add(
            &location,
            mismatch(&view.called(key), "a number", item.type_name()),
            fix,
        );
        None
    }

    /// The list of texts at `key`; nothing where the key is absent.
    pub(crate) fn optional_texts(
        &mut self,
        view: &View<'a>,
        key: &str,
    ) -> Option<Vec<Written<String>>> {
        let item = view.table.get(key)?;
        let Some(array) = item.as_array() else {
            let location = self.item_location(view, key, item);
            let fix = self.as_written(item).filter(|_| item.is_str());
            let fix = fix.map(|written| format!("write `{key} = [{written}]`"));
            self.add(
                &location,
                mismatch(&view.called(key), "a list of texts", item.type_name()),
                fix,
            );
            // it is there, though wrong: what follows must not call it absent
            return Some(Vec::new());
        };
        let mut texts = Vec::new();
        for value in array {
            let location = self.span_location(value.span(), || self.key_location(view, key));
            match value {
                Value::String(text) => texts.push(Written {
                    value: text.value().clone(),
                    location,
                }),
                Value::Integer(_)
                | Value::Float(_)
                | Value::Boolean(_)
                | Value::Datetime(_)
                | Value::Array(_)
                | Value::InlineTable(_) => {
                    let name = view.called(key);
                    self.add(
                        &location,
                        mismatch(&name, "a list of texts", value.type_name()),
                        None,
                    );
                }
            }
        }
        Some(texts)
    }

    /// The list of texts at `key`; an empty one where the key is absent.
    pub(crate) fn texts(&mut self, view: &View<'a>, key: &str) -> Vec<Written<String>> {
        self.optional_texts(view, key).unwrap_or_default()
    }

    fn view(&mut self, parent: &View<'a>, key: &str, item: &'a Item) -> Option<View<'a>> {
        let name = parent.called(key);
        if let Some(table) = item.as_table_like() {
            return Some(View {
                name,
                table,
                location: self.key_location(parent, key),
            });
        }
        let location = self.key_location(parent, key);
        let fix = format!("write `[{name}]`");
        self.add(
            &location,
            mismatch(&name, "a table", item.type_name()),
            Some(fix),
        );
        None
    }

    fn refuse_unknown(&mut self, view: &View<'a>, keys: &[&str]) {
        for (key, _) in view.entries() {
            if keys.contains(&key) {
                continue;
            }
            let within = if view.name.is_empty() {
                String::new()
            } else {
                format!(" in `{}`", view.name)
            };
            self.errors.push(ConfigError {
                location: self.key_location(view, key),
                message: format!("unknown key `{}`{within}", shown(key)),
                fix: Some(did_you_mean(key, keys.iter().copied())),
            });
        }
    }

    fn add(&mut self, location: &Location, message: String, fix: Option<String>) {
        self.errors.push(ConfigError {
            location: location.clone(),
            message,
            fix,
        });
    }

    fn key_location(&self, view: &View<'a>, key: &str) -> Location {
        let span = view.table.key(key).and_then(toml_edit::Key::span);
        self.span_location(span, || view.location.clone())
    }

    fn item_location(&self, view: &View<'a>, key: &str, item: &Item) -> Location {
        self.span_location(item.span(), || self.key_location(view, key))
    }

    fn span_location(
        &self,
        span: Option<std::ops::Range<usize>>,
        otherwise: impl FnOnce() -> Location,
    ) -> Location {
        span.map_or_else(otherwise, |span| self.lines.locate(span.start))
    }

    /// A number, truth value or date as the person wrote it, for a fix.
    fn scalar_as_written(&self, item: &Item) -> Option<String> {
        let is_scalar =
            item.is_integer() || item.is_float() || item.is_bool() || item.is_datetime();
        self.as_written(item).filter(|_| is_scalar)
    }

    fn as_written(&self, item: &Item) -> Option<String> {
        self.lines.text.get(item.span()?).map(shown)
    }
}

fn mismatch(name: &str, expected: &str, found: &str) -> String {
    format!("`{name}` must be {expected}, and this is {}", kind(found))
}

fn kind(type_name: &str) -> &str {
    match type_name {
        "string" => "a text",
        "integer" | "float" => "a number",
        "boolean" => "a truth value",
        "datetime" => "a date",
        "array" => "a list",
        "array of tables" => "a list of tables",
        "table" | "inline table" => "a table",
        other => other,
    }
}
