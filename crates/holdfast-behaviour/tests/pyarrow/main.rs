//! Parquet as pyarrow writes it: every codec, type and encoding, read as pyarrow says it is.
//!
//! pyarrow is installed once, into an environment of its own below the directory for temporary
//! files. Where that fails the test skips and says so; with `CI=true` it fails instead.
#![cfg(feature = "parquet")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "in tests, helpers included, a panic is the way to fail"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use holdfast_behaviour::Value;
use holdfast_behaviour::table::{Source, Table, TableFormat, TableOptions, Values, read, records};

const PYARROW: &str = "pyarrow==26.0.1";

/// An interpreter that has pyarrow; nothing where it cannot be had.
fn python() -> Option<PathBuf> {
    let home = std::env::temp_dir().join("holdfast-tools");
    fs_err::create_dir_all(&home).expect("a directory for tools");
    let directory = home.join(PYARROW.replace('=', "-"));
    let lock = fs_err::File::create(directory.with_extension("making")).expect("a lock");
    lock.file().lock().expect("the lock");
    let python = directory.join("bin/python");
    if directory.join("ready").exists() {
        return Some(python);
    }
    let install = || {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&directory))?;
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            PYARROW,
        ];
        run(Command::new(&python).args(pip))
    };
    match install().or_else(|_first| install()) {
        Ok(()) => {
            fs_err::write(directory.join("ready"), "").expect("a mark");
            Some(python)
        }
        Err(reason) => {
            skip(&format!("`{PYARROW}` cannot be installed: {reason}"));
            None
        }
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .env_remove("VIRTUAL_ENV")
        .output()
        .expect("the command starts");
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// Says that a test is skipped.
fn skip(reason: &str) {
    #[expect(clippy::disallowed_methods, reason = "tests read the environment")]
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!ci, "{reason}: with CI=true nothing is skipped");
    eprintln!("skipped: {reason}");
}

/// The files that pyarrow wrote, with what it says is in them.
fn written() -> Option<(tempfile::TempDir, Vec<PathBuf>)> {
    let python = python()?;
    let directory = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pyarrow/write.py");
    run(Command::new(python).arg(script).arg(directory.path())).unwrap();
    let mut files: Vec<PathBuf> = fs_err::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "parquet"))
        .collect();
    files.sort();
    Some((directory, files))
}

fn expected(file: &Path) -> BTreeMap<String, Value> {
    let text = fs_err::read_to_string(file.with_extension("json")).unwrap();
    let Value::Map(entries) = Value::parse(&text).unwrap() else {
        panic!("an object");
    };
    entries.into_iter().collect()
}

/// A column as a list of values: numbers as floats, names as texts.
fn values(table: &Table, name: &str) -> Value {
    let column = table.columns.iter().find(|column| column.name == name);
    Value::List(
        match &column.unwrap_or_else(|| panic!("no `{name}`")).values {
            Values::Numbers(numbers) => numbers
                .iter()
                .map(|number| {
                    if number.is_nan() {
                        Value::Null
                    } else {
                        Value::Float(*number)
                    }
                })
                .collect(),
            Values::Categories { names, codes } => codes
                .iter()
                .map(|code| match code {
                    Some(code) => Value::Text(names[*code as usize].clone()),
                    None => Value::Null,
                })
                .collect(),
        },
    )
}

#[test]
fn columns_are_what_pyarrow_says_in_every_codec_and_encoding() {
    let Some((_directory, files)) = written() else {
        return;
    };
    assert!(files.len() > 10, "{files:?}");
    for file in &files {
        let format = TableFormat::of(&file.display().to_string()).unwrap();
        let table = read(&Source::file(file), format, &TableOptions::default()).unwrap();
        let expected = expected(file);
        let columns = expected.get("columns").and_then(|columns| match columns {
            Value::Map(columns) => Some(columns),
            _ => None,
        });
        for (name, wanted) in columns.unwrap() {
            let there = values(&table, name);
            assert_eq!(&there, wanted, "`{name}` of {}", file.display());
        }
        let left_out: Vec<Value> = table
            .left_out
            .iter()
            .map(|it| Value::Text(it.column.clone()))
            .collect();
        assert_eq!(Some(&Value::List(left_out)), expected.get("left_out"));
    }
}

#[test]
fn rows_are_what_pyarrow_says() {
    let Some((_directory, files)) = written() else {
        return;
    };
    for file in &files {
        let format = TableFormat::of(&file.display().to_string()).unwrap();
        let expected = expected(file);
        let Some(Value::List(wanted)) = expected.get("rows") else {
            panic!("rows");
        };
        let Some(Value::List(names)) = expected.get("row_columns") else {
            panic!("names");
        };
        let names = names.iter().map(|name| match name {
            Value::Text(name) => name.clone(),
            _ => panic!("a name"),
        });
        let options = TableOptions {
            columns: names.collect(),
            ..TableOptions::default()
        };
        let rows = records(&Source::file(file), format, &options).unwrap();
        assert_eq!(rows.len(), wanted.len(), "{}", file.display());
        for (row, wanted) in rows.iter().zip(wanted) {
            assert_eq!(row, wanted, "{}", file.display());
        }
    }
}
