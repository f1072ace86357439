use holdfast_model::{IndexKind, Purpose, RangeShape, RequirementSource};

use holdfast_model::Requirement;

use super::*;
use crate::{Format, MemoryFiles};

pub(super) const FILE: &str = "pyproject.toml";

pub(super) fn files(text: &str) -> MemoryFiles {
    MemoryFiles::new().with(FILE, text)
}

fn declared(text: &str) -> Declared {
    declared_of(&files(text))
}

fn declared_of(files: &MemoryFiles) -> Declared {
    crate::read(files, FILE, Format::Pyproject)
        .unwrap_or_else(|error| panic!("{error}"))
        .declared
        .unwrap()
}

pub(super) fn refused(text: &str) -> String {
    let error = crate::read(&files(text), FILE, Format::Pyproject).expect_err(text);
    match error.fix {
        Some(fix) => format!(
            "{}:{}: {} ({fix})",
            error.location.line, error.location.column, error.message
        ),
        None => format!(
            "{}:{}: {}",
            error.location.line, error.location.column, error.message
        ),
    }
}

/// `name range marker @line:column purpose`, as far as they are there.
fn lines(requirements: &[Requirement]) -> Vec<String> {
    requirements
        .iter()
        .map(|requirement| {
            let marker = requirement.marker.as_ref();
            let marker = marker
                .map(|marker| format!(" ; {marker}"))
                .unwrap_or_default();
            let purpose = match &requirement.purpose {
                Purpose::Runtime => String::new(),
                Purpose::Group(name) => format!(" group {name}"),
                Purpose::Extra(name) => format!(" extra {name}"),
                Purpose::Build => " build".to_owned(),
            };
            format!(
                "{}{}{marker} @{}:{}{purpose}",
                requirement.package,
                requirement.range.text,
                requirement.location.line,
                requirement.location.column
            )
        })
        .collect()
}

pub(super) const PROJECT: &str = r#"[build-system]
requires = ["hatchling>=1.24"]
build-backend = "hatchling.build"
[project]
name = "Churn_Model"
requires-python = ">=3.11,<3.13"
dependencies = [
    "numpy>=1.26",
    "pandas[parquet]==2.2.* ; python_version<'3.13'",
]
[project.optional-dependencies]
gpu = ["torch==2.3.0"]
all = ["churn-model[gpu,plot]", "rich"]
plot = ["matplotlib ; sys_platform == 'linux'"]
[dependency-groups]
core = ["joblib"]
train = [{ include-group = "Core" }, "shap", "churn-model[gpu]"]
serve = ["fastapi", {include-group = "core"}]
"#;

#[test]
fn everything_is_read_with_its_place_and_purpose() {
    let declared = declared(PROJECT);
    assert_eq!(
        lines(&declared.requirements),
        [
            "numpy>=1.26 @8:5",
            "pandas==2.2.* ; python_version < '3.13' @9:5",
            "rich @13:33 extra all",
            "torch==2.3.0 @12:8 extra gpu",
            "matplotlib ; sys_platform == 'linux' @14:9 extra plot",
            "joblib @16:9 group core",
            "fastapi @18:10 group serve",
            "shap @17:38 group train",
            "hatchling>=1.24 @2:13 build",
        ]
    );
    assert_eq!(declared.python[0].text, ">=3.11,<3.13");
    assert_eq!(declared.python[0].location.line, 6);
    assert_eq!(declared.role, holdfast_model::ProjectRole::Library);
}

#[test]
fn a_selection_follows_inclusions_and_own_extras() {
    let select = |project, groups: &[&str], extras: &[&str]| {
        let selection = PyprojectSelection {
            project,
            groups: groups.iter().map(|it| (*it).to_owned()).collect(),
            extras: extras.iter().map(|it| (*it).to_owned()).collect(),
        };
        read_pyproject(&files(PROJECT), FILE, &selection)
    };
    let names = |declared: Declared| -> Vec<String> {
        let requirements = declared.requirements.iter();
        requirements.map(|it| it.package.to_string()).collect()
    };
    assert_eq!(
        names(select(true, &[], &["gpu"]).unwrap()),
        ["numpy", "pandas", "torch"]
    );
    assert_eq!(
        names(select(false, &[], &["All"]).unwrap()),
        ["torch", "matplotlib", "rich"]
    );
    assert_eq!(
        names(select(false, &["train"], &[]).unwrap()),
        ["shap", "torch", "joblib"]
    );
    let error = select(false, &["test"], &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "pyproject.toml:1:1: there is no dependency group `test`"
    );
    assert_eq!(error.fix.unwrap(), "there are: `core`, `serve`, `train`");
    let error = select(false, &[], &["cpu"]).unwrap_err();
    assert_eq!(error.fix.unwrap(), "there are: `all`, `gpu`, `plot`");
}

#[test]
fn an_own_extra_keeps_the_marker_under_which_it_is_asked_for() {
    let text = "[project]\nname='a'\n[project.optional-dependencies]\nx=[\"b ; os_name=='nt'\"]\ny=[\"a[x] ; extra!='z' or os_name=='q'\"]\n";
    let selection = PyprojectSelection {
        extras: vec!["y".to_owned()],
        ..PyprojectSelection::default()
    };
    let declared = read_pyproject(&files(text), FILE, &selection).unwrap();
    assert_eq!(
        declared.requirements[0].marker.as_deref(),
        Some("(extra != 'z' or os_name == 'q') and os_name == 'nt'")
    );
}

#[test]
fn broken_parts_are_errors_at_their_place() {
    for (text, error) in [
        (
            "[project]\ndependencies = 'numpy'",
            "2:16: `project.dependencies` is no array",
        ),
        (
            "[project]\ndependencies = [1]",
            "2:17: `project.dependencies[0]` is no string",
        ),
        (
            "[project]\ndependencies = [\"numpy=1.2\"]",
            "2:23: `project.dependencies[0]`: `=` is no comparison of versions (did you mean `numpy==1.2`?)",
        ),
        (
            "[project]\nrequires-python = '^3.9'",
            "2:19: `^3.9` is no range of Python versions (write for example `>=3.11,<3.13`)",
        ),
        (
            "[dependency-groups]\na = [{include-group='b'}]\nb = [{include-group='a'}]",
            "3:6: the dependency group `a` includes itself: a → b → a (remove one of these inclusions)",
        ),
        (
            "[dependency-groups]\na = [{include-group='c'}]",
            "2:6: there is no dependency group `c` to include (there are: `a`)",
        ),
        (
            "[dependency-groups]\na = [{includes='c'}]",
            "2:6: `dependency-groups.a[0]` is neither a requirement nor an inclusion (write a requirement, or `{ include-group = \"name\" }`)",
        ),
        (
            "[dependency-groups]\na-b = []\nA_b = []",
            "3:1: the dependency groups `a-b` and `A_b` have the same name (rename one of them, or join them)",
        ),
        (
            "project = [",
            "1:12: this is no TOML: unclosed array, expected `]`",
        ),
        (
            "[tool.poetry.dependencies]\na = 'latest'",
            "2:6: `tool.poetry.dependencies.a`: `latest` is no constraint of versions: Unexpected end of version specifier, expected version. Did you mean `==latest`?",
        ),
    ] {
        let found = refused(text);
        // messages of other crates are not ours to pin down
        let ours = |text: &str| text.split(": ").take(3).collect::<Vec<_>>().join(": ");
        if found.contains("TOML") || found.contains("latest") {
            assert_eq!(ours(&found), ours(error));
        } else {
            assert_eq!(found, error);
        }
    }
}

#[test]
fn uv_tables_are_read() {
    let project = files(
        r#"[project]
name = "app"
dependencies = ["torch>=2", "acme-core", "member-one", "pinned"]
[project.optional-dependencies]
cpu = ["vision"]
[tool.uv]
package = false
constraint-dependencies = ["grpcio<1.65"]
override-dependencies = ["werkzeug==2.3.0"]
dev-dependencies = ["pytest"]
index-strategy = "unsafe-best-match"
no-build-package = ["x"]
extra-index-url = ["https://u:p@b/simple"]
[[tool.uv.index]]
name = "internal"
url = "https://me:secret@acme/simple"
explicit = true
[[tool.uv.index]]
url = "https://pypi.org/simple"
default = true
[tool.uv.sources]
acme_core = { index = "internal" }
pinned = { git = "https://u:p@h/pinned", tag = "v1", subdirectory = "py" }
member-one = { workspace = true }
torch = [
    { index = "cu121", marker = "sys_platform == 'linux'" },
    { url = "https://h/torch-2.3.0-cp311-cp311-win_amd64.whl", marker = "sys_platform == 'win32'" },
]
vision = { index = "cpu", extra = "cpu" }
[tool.uv.workspace]
members = ["packages/*"]
"#,
    )
    .with(
        "packages/member_one/pyproject.toml",
        "[project]\nname = 'member-one'\n",
    );
    let declared = declared_of(&project);
    let sources: Vec<String> = declared
        .requirements
        .iter()
        .map(|requirement| {
            let marker = requirement.marker.as_deref().unwrap_or("-");
            let source = match &requirement.source {
                RequirementSource::Registry { index } => index.clone().unwrap_or_default(),
                RequirementSource::Url(url) => url.clone(),
                RequirementSource::Vcs { url, revision, .. } => format!("{url}@{revision:?}"),
                RequirementSource::Path { path, editable } => format!("{path} {editable}"),
            };
            format!("{} [{source}] {marker}", requirement.package)
        })
        .collect();
    assert_eq!(
        sources,
        [
            "torch [cu121] sys_platform == 'linux'",
            "torch [https://h/torch-2.3.0-cp311-cp311-win_amd64.whl] sys_platform == 'win32'",
            "torch [] sys_platform != 'linux' and sys_platform != 'win32'",
            "acme-core [internal] -",
            "member-one [packages/member_one true] -",
            "pinned [https://h/pinned#subdirectory=py@Some(\"v1\")] -",
            "vision [cpu] -",
            "pytest [] -",
        ]
    );
    assert_eq!(lines(&declared.constraints), ["grpcio<1.65 @8:28"]);
    assert_eq!(lines(&declared.overrides), ["werkzeug==2.3.0 @9:26"]);
    let indexes: Vec<_> = declared
        .indexes
        .iter()
        .map(|index| (index.kind, index.name.as_deref(), index.location.line))
        .collect();
    assert_eq!(
        indexes,
        [
            (IndexKind::Explicit, Some("internal"), 14),
            (IndexKind::Default, None, 18),
            (IndexKind::Extra, None, 13),
        ]
    );
    assert!(!format!("{declared:?}").contains("secret"));
    assert_eq!(declared.role, holdfast_model::ProjectRole::Application);
    assert_eq!(declared.unread, []);
}

#[test]
fn poetry_tables_are_read() {
    let declared = declared(
        r#"[tool.poetry]
name = "app"
package-mode = false
[tool.poetry.dependencies]
python = "^3.10"
numpy = "^1.26"
Torch = { version = "2.3.0", source = "pytorch", extras = ["Opt"], markers = "os_name=='posix'", python = ">=3.11", platform = "linux" }
gpu-lib = { version = "*", optional = true }
never = { version = "*", optional = true }
forked = { git = "https://h/forked.git", branch = "main" }
local = { path = "../local", develop = true }
two = [
    { version = "<2", python = "<3.11" },
    { version = ">=2", python = ">=3.11" },
]
[tool.poetry.extras]
gpu = ["gpu_lib"]
[tool.poetry.group.dev.dependencies]
pytest = ">=8"
[tool.poetry.dev-dependencies]
black = "24.4.2"
[[tool.poetry.source]]
name = "pytorch"
url = "https://download.pytorch.org/whl/cpu"
priority = "explicit"
[[tool.poetry.source]]
name = "PyPI"
priority = "primary"
"#,
    );
    assert_eq!(
        lines(&declared.requirements),
        [
            "numpy^1.26 @6:1",
            "torch==2.3.0 ; os_name == 'posix' and sys_platform == 'linux' and python_version >= '3.11' @7:1",
            "forked @10:1",
            "local @11:1",
            "two<2 ; python_version < '3.11' @13:5",
            "two>=2 ; python_version >= '3.11' @14:5",
            "gpu-lib @8:1 extra gpu",
            "black==24.4.2 @21:1 group dev",
            "pytest>=8 @19:1 group dev",
        ]
    );
    assert_eq!(declared.requirements[0].range.shape, RangeShape::Compatible);
    assert_eq!(declared.requirements[1].extras, ["opt"]);
    assert_eq!(
        declared.requirements[3].source,
        RequirementSource::Path {
            path: "../local".to_owned(),
            editable: true,
        }
    );
    assert_eq!(
        declared.python[0].specifiers.as_ref().unwrap().to_string(),
        ">=3.10, <4"
    );
    assert_eq!(declared.indexes[0].kind, IndexKind::Explicit);
    assert_eq!(declared.indexes[1].url, "https://pypi.org/simple");
    assert_eq!(declared.role, holdfast_model::ProjectRole::Application);
}

#[test]
fn poetry_only_says_more_about_what_the_project_lists() {
    let declared = declared(
        "[project]\nname='a'\ndependencies=['torch==2.3']\n[tool.poetry.dependencies]\npython='>=3.10'\ntorch={source='x'}\nextra-one='*'\n",
    );
    assert_eq!(
        lines(&declared.requirements),
        ["torch==2.3 @3:15", "extra-one @7:1"]
    );
    assert_eq!(
        declared.requirements[0].source,
        RequirementSource::Registry {
            index: Some("x".to_owned())
        }
    );
}

#[test]
fn pdm_tables_are_read() {
    let declared = declared(
        r#"[tool.pdm.dev-dependencies]
test = ["pytest", "-e file:///${PROJECT_ROOT}/sub#egg=sub-package"]
[[tool.pdm.source]]
name = "pypi"
url = "https://u:p@h/simple"
[[tool.pdm.source]]
name = "private"
url = "https://p/simple"
include_packages = ["acme-*"]
[tool.pdm.resolution.overrides]
asgiref = "3.2.10"
urllib3 = ">=1.26"
"#,
    );
    assert_eq!(
        lines(&declared.requirements),
        ["pytest @2:9 group test", "sub-package @2:19 group test"]
    );
    assert_eq!(
        lines(&declared.overrides),
        ["asgiref==3.2.10 @11:1", "urllib3>=1.26 @12:1"]
    );
    let kinds: Vec<IndexKind> = declared.indexes.iter().map(|index| index.kind).collect();
    assert_eq!(kinds, [IndexKind::Default, IndexKind::Explicit]);
}

#[test]
fn dynamic_parts_are_read_from_files_or_noted() {
    let text = "[project]\nname='a'\ndynamic=['version', 'dependencies', 'optional-dependencies', 'requires-python']\n";
    let noted = declared(text);
    let reasons: Vec<String> = noted
        .unread
        .iter()
        .map(|unread| {
            format!(
                "{}:{} {}",
                unread.location.line, unread.location.column, unread.reason
            )
        })
        .collect();
    assert_eq!(
        reasons,
        [
            "3:21 `project.dependencies` is dynamic: the build backend computes it",
            "3:37 `project.optional-dependencies` is dynamic: the build backend computes it",
            "3:62 `project.requires-python` is dynamic: the build backend computes it",
        ]
    );
    let project = files(&format!(
        "{text}[tool.setuptools.dynamic]\ndependencies = {{ file = ['reqs/base.in'] }}\noptional-dependencies.gpu = {{ file = 'reqs/gpu.in' }}\n"
    ))
    .with("reqs/base.in", "numpy\n-i https://h/simple\n")
    .with("reqs/gpu.in", "torch\n");
    let read = declared_of(&project);
    assert_eq!(
        lines(&read.requirements),
        ["numpy @1:1", "torch @1:1 extra gpu"]
    );
    assert_eq!(read.indexes.len(), 1);
    assert_eq!(read.files.len(), 3);
    let missing = files(&format!(
        "{text}[tool.setuptools.dynamic]\ndependencies = {{ file = 'no.in' }}\n"
    ));
    let error = crate::read(&missing, FILE, Format::Pyproject).unwrap_err();
    assert_eq!(
        error.to_string(),
        "pyproject.toml:5:25: cannot read `no.in`: no such file"
    );
}
