//! What the fuzz targets call: every parser, over bytes that nobody promised anything about.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::LazyLock;

use holdfast_behaviour::table::{
    self, Layout, Source, TableFormat, TableLimits, TableOptions, Values,
};
use holdfast_behaviour::stream::{Bits, LineError, LineReader, StateError, StreamState};
use holdfast_declared::{Format, MemoryFiles};
use holdfast_model::PackageId;
use holdfast_project::{Config, ConfigFile};
use holdfast_sources::{
    Cache, Fetch, FetchError, IndexClient, IndexRouting, Reach, Request, Response,
};
use jiff::Timestamp;

/// A format of [`holdfast_declared`]; behind the first NUL byte, the manifest beside a lock.
pub fn declared(data: &[u8], format: Format) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let path = file_of(format);
    let mut files = MemoryFiles::new().with(path, parts.next().unwrap_or_default());
    if let (Some(manifest), Some(name)) = (parts.next(), manifest_of(format)) {
        files = files.with(name, manifest);
    }
    if let Ok(reading) = holdfast_declared::read(&files, path, format)
        && let (Some(locked), Some(inputs)) = (&reading.locked, &reading.lock_inputs)
    {
        holdfast_declared::freshness(&files, locked, inputs);
    }
}

/// A lock: read, written, and read again.
pub fn pylock(data: &[u8]) {
    let Ok(locked) = holdfast_locked::read(data, "pylock.toml") else {
        return;
    };
    // of a hash of an unknown algorithm nothing is kept, and a lock without hashes is no lock
    let mut files = locked.packages.iter().flat_map(|package| &package.files);
    if files.any(|file| file.hashes.is_empty()) {
        return;
    }
    let written = holdfast_locked::write(&locked);
    match holdfast_locked::read(written.as_bytes(), "pylock.toml") {
        Ok(again) => assert_eq!(holdfast_locked::write(&again), written, "another text"),
        Err(error) => panic!("what was written is refused: {error}\n{written}"),
    }
}

/// An advisory in JSON.
pub fn osv_json(data: &[u8]) {
    osv(data, "X-1.json");
}

/// An advisory in YAML.
pub fn osv_yaml(data: &[u8]) {
    osv(data, "X-1.yaml");
}

fn osv(data: &[u8], name: &str) {
    if let Ok(record) = holdfast_knowledge::parse_record(data, name) {
        for affected in &record.affected {
            affected.affected();
        }
    }
}

/// A model file, called `name` where its content could be several things; with limits under which a
/// run is short.
pub fn artefact(data: &[u8], name: &str) {
    let limits = holdfast_artefact::Limits {
        in_memory: 1 << 20,
        expanded: 4 << 20,
        ratio: 10,
        members: 500,
        header: 1 << 20,
        steps: 1_000_000,
        ..holdfast_artefact::Limits::default()
    };
    let mut source = std::io::Cursor::new(data);
    let artefact = holdfast_artefact::inspect(name, &mut source, &limits);
    assert_eq!(artefact.size, data.len() as u64, "another size");
}

/// A pickle, whether it is marked as one or not.
pub fn pickle(data: &[u8]) {
    artefact(data, "model.pkl");
}

/// A wheel's METADATA.
pub fn core_metadata(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(metadata) = holdfast_model::CoreMetadata::parse(text)
    {
        metadata.licence();
    }
}

/// A shared library.
pub fn elf(data: &[u8]) {
    drop(holdfast_installed::read_elf(std::io::Cursor::new(data)));
}

/// An archive of a container image.
pub fn image(data: &[u8]) {
    static FILE: LazyLock<PathBuf> =
        LazyLock::new(|| memory().join(format!("holdfast-fuzz-image-{}", std::process::id())));
    if fs_err::write(&*FILE, data).is_ok() {
        drop(holdfast_installed::Image::open(&FILE));
    }
}

/// How archives are called: nothing follows from it.
const ARCHIVE: &str = "model.bin";

/// A zip file.
pub fn zip(data: &[u8]) {
    artefact(&behind(b"PK\x03\x04", data), ARCHIVE);
}

/// A 7z file. Damage is mutation's commonest find, so the header's checksum is not made to fit: a
/// wrong one is told, and the header read all the same.
pub fn seven_zip(data: &[u8]) {
    artefact(&behind(b"7z\xbc\xaf\x27\x1c", data), ARCHIVE);
}

/// A tar file, whose first header's checksum is made to fit.
pub fn tar(data: &[u8]) {
    let mut bytes = data.to_vec();
    if let Some(header) = bytes.first_chunk_mut::<512>() {
        header[148..156].fill(b' ');
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    artefact(&bytes, ARCHIVE);
}

/// A compressed file: the first byte says of which kind, where its content does not.
pub fn compressed(data: &[u8]) {
    const MAGIC: [&[u8]; 7] = [
        b"\x1f\x8b\x08",
        b"x\x9c",
        b"BZh91AY&SY",
        b"\xfd7zXZ\0",
        b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0",
        b"\x28\xb5\x2f\xfd",
        b"\x04\x22\x4d\x18",
    ];
    if MAGIC.iter().any(|magic| data.starts_with(&magic[..2])) {
        artefact(data, ARCHIVE);
    } else if let Some((kind, rest)) = data.split_first() {
        let magic = MAGIC[usize::from(*kind) % MAGIC.len()];
        artefact(&behind(magic, rest), ARCHIVE);
    }
}

fn behind(magic: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if !data.starts_with(magic) {
        bytes.extend(magic);
    }
    bytes.extend(data);
    bytes
}

/// A directory in memory, where the system has one.
fn memory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    }
}

/// A table, by columns and by rows, under limits with which a run is short.
pub fn table(data: &[u8], layout: Layout) {
    let options = TableOptions {
        limits: TableLimits {
            row: 1 << 16,
            columns: 1000,
            values: 100_000,
            categories: 1000,
        },
        ..TableOptions::default()
    };
    let source = Source::bytes("table", data);
    let format = TableFormat::plain(layout);
    if let Ok(table) = table::read(&source, format, &options) {
        for column in &table.columns {
            let rows = match &column.values {
                Values::Numbers(numbers) => numbers.len(),
                Values::Categories { codes, .. } => codes.len(),
            };
            assert_eq!(rows, table.rows, "`{}`", column.name);
        }
    }
    drop(table::records(&source, format, &options));
}

/// The project's configuration.
pub fn holdfast_toml(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        drop(Config::parse(text, "holdfast.toml", ConfigFile::Holdfast));
        drop(Config::parse(text, "pyproject.toml", ConfigFile::Pyproject));
    }
}

/// A page of a package index, in HTML or JSON: an index answers with the bytes.
pub fn index_page(data: &[u8]) {
    let (kind, page) = data.split_first().unwrap_or((&0, &[]));
    let index = Answers {
        content_type: match kind % 3 {
            0 => None,
            1 => Some("text/html".to_owned()),
            _ => Some("application/vnd.pypi.simple.v1+json".to_owned()),
        },
        page: page.to_owned(),
    };
    // in memory where the system has it: what is fetched is kept
    static CACHE: LazyLock<Cache> = LazyLock::new(|| Cache::new(memory().join("holdfast-fuzz")));
    let routing = IndexRouting::pypi();
    let client = IndexClient::new(
        &index,
        &CACHE,
        &routing,
        Reach::Online,
        Timestamp::UNIX_EPOCH,
    );
    let package = PackageId::pypi(&format!("p{}", data.len() % 64));
    drop(client.releases(&[package]));
    drop(CACHE.clean());
}

struct Answers {
    content_type: Option<String>,
    page: Vec<u8>,
}

impl Fetch for Answers {
    fn fetch(&self, request: &Request) -> Result<Response, FetchError> {
        Ok(Response {
            status: 200,
            url: request.url.clone(),
            content_type: self.content_type.clone(),
            etag: None,
            last_modified: None,
            whole_length: None,
            body: self.page.clone(),
        })
    }

    fn download(&self, request: &Request, _: &mut fs_err::File) -> Result<Response, FetchError> {
        self.fetch(request)
    }
}

/// The subject of a waiver, with what it is compared with behind a line break.
pub fn subject_pattern(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (pattern, subject) = text.split_once('\n').unwrap_or((&text, ""));
    if let Ok(pattern) = pattern.parse::<holdfast_rules::SubjectPattern>() {
        pattern.matches(subject);
    }
}

/// Short texts that are parsed at the edge: names, digests, platforms, wheels' file names, licences.
pub fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    drop(text.parse::<holdfast_model::EnvironmentName>());
    drop(text.parse::<holdfast_model::Digest>());
    drop(text.parse::<holdfast_rules::LicenceName>());
    if let Ok(platform) = text.parse::<holdfast_model::Platform>() {
        let shown = platform.to_string();
        assert_eq!(shown.parse(), Ok(platform), "`{shown}`");
    }
    if let Ok(wheel) = text.parse::<holdfast_model::WheelFilename>()
        && let Ok(platform) = "linux-x86_64-glibc2.28".parse()
    {
        wheel.runs_on(11, platform);
    }
    holdfast_declared::strip_credentials(&text);
    holdfast_sources::without_credentials(&text);
}

/// Lines of a stream: read in one go and in pieces, which has to come to the same. The first byte says
/// which column, what values are, and how long pieces are.
pub fn stream_lines(data: &[u8]) {
    let (choice, text) = data.split_first().unwrap_or((&0, &[]));
    let bits = if choice % 2 == 0 {
        Bits::Numbers
    } else {
        Bits::Only
    };
    let column = match choice / 2 % 4 {
        0 => None,
        1 => Some("a".to_owned()),
        2 => Some("2".to_owned()),
        _ => Some(String::new()),
    };
    let read = |length: usize| {
        let mut reader = LineReader::new(bits, column.clone());
        let mut seen = Vec::new();
        let mut take = |value: Result<f64, LineError>, line| {
            seen.push((value.map(f64::to_bits), line));
            ControlFlow::Continue(())
        };
        let pieces = text.chunks(length.max(1));
        let ended = pieces
            .map(|piece| reader.feed(piece, &mut take))
            .find(Result::is_err)
            .unwrap_or(Ok(ControlFlow::Continue(())));
        let ended = ended.and_then(|_| reader.finish(&mut take));
        (ended, seen, reader.offset(), reader.line())
    };
    let whole = read(text.len());
    assert_eq!(read(usize::from(choice / 8) + 1), whole, "pieces matter");
}

/// A state of a stream: read, written, and gone on from. A digest that does not fit is made to: a wrong
/// one is what mutation finds first.
pub fn stream_state(data: &[u8]) {
    const DIGEST: &str = "\"digest\": \"";
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let read = match StreamState::read(text) {
        Err(StateError::OtherDigest { is }) => {
            let Some((before, _)) = text.split_once(DIGEST) else {
                return;
            };
            StreamState::read(&format!("{before}{DIGEST}{is}\"}}"))
        }
        read => read,
    };
    let Ok(mut state) = read else {
        return;
    };
    let written = state.write();
    match StreamState::read(&written) {
        Ok(again) => assert_eq!(again.write(), written, "another text"),
        Err(error) => panic!("what was written is refused: {error}\n{written}"),
    }
    for place in 0..100 {
        state.monitor.push(f64::from(place % 3));
    }
}

/// A name by which the format is recognised.
fn file_of(format: Format) -> &'static str {
    match format {
        Format::Requirements => "requirements.txt",
        Format::Constraints => "constraints.txt",
        Format::Pyproject => "pyproject.toml",
        Format::PipConf => "pip.conf",
        Format::PythonVersion => ".python-version",
        Format::RuntimeTxt => "runtime.txt",
        Format::SetupCfg => "setup.cfg",
        Format::SetupPy => "setup.py",
        Format::Pipfile => "Pipfile",
        Format::CondaEnvironment => "environment.yml",
        Format::PixiToml => "pixi.toml",
        Format::PackageJson => "package.json",
        Format::Npmrc => ".npmrc",
        Format::MlflowModel => "MLmodel",
        Format::MlflowPythonEnv => "python_env.yaml",
        Format::TrussConfig => "config.yaml",
        Format::Bentofile => "bentofile.yaml",
        Format::UvLock => "uv.lock",
        Format::PoetryLock => "poetry.lock",
        Format::PipfileLock => "Pipfile.lock",
        Format::PdmLock => "pdm.lock",
        Format::CondaLock => "conda-lock.yml",
        Format::CondaExplicit => "explicit.txt",
        Format::PixiLock => "pixi.lock",
        Format::PackageLock => "package-lock.json",
    }
}

/// The manifest beside a lock.
fn manifest_of(format: Format) -> Option<&'static str> {
    match format {
        Format::UvLock | Format::PoetryLock | Format::PdmLock => Some("pyproject.toml"),
        Format::PipfileLock => Some("Pipfile"),
        Format::CondaLock => Some("environment.yml"),
        Format::PixiLock => Some("pixi.toml"),
        Format::PackageLock => Some("package.json"),
        _ => None,
    }
}

/// A golden set: read, written, and read again to the same; its lines alone are values.
pub fn golden(data: &[u8]) {
    use holdfast_behaviour::{Value, golden};
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(value) = Value::parse(text) {
        assert_eq!(Value::parse(&value.to_string()).as_ref(), Ok(&value), "another value");
    }
    if let Ok(set) = golden::read(text) {
        let written = golden::write(&set);
        match golden::read(&written) {
            Ok(again) => assert_eq!(again, set, "another set"),
            Err(error) => panic!("what was written is refused: {error}\n{written}"),
        }
    }
}
