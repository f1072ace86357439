//! uv, with extras, groups, markers, sources, constraints, overrides and workspaces.

use std::path::Path;
use std::process::Command;

use crate::project::{Asking, Cosmetic, Project, Real};
use crate::tools::{Tool, output, run};

fn check(projects: &[Project]) {
    let Some(uv) = Tool::Uv.path() else { return };
    let lock = |root: &Path| {
        run(Command::new(&uv)
            .args(["lock", "--quiet"])
            .current_dir(root))
    };
    let is_fresh = |root: &Path| {
        let mut command = Command::new(&uv);
        output(
            command
                .args(["lock", "--quiet", "--check"])
                .current_dir(root),
        )
        .status
        .success()
    };
    for project in projects {
        project.check(&Asking {
            lock: &lock,
            is_fresh: Some(&is_fresh),
        });
    }
}

#[test]
fn a_plain_project_of_uv_over_the_network() {
    check(&[Project {
        files: &[(
            "pyproject.toml",
            r#"
[project]
name = "Plain_Project"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = ["six>=1.16", "python-dateutil>=2.8,<3", "Attrs==23.*"]
"#,
        )],
        manifest: "pyproject.toml",
        lock: "uv.lock",
        packages: &["six", "python-dateutil", "attrs"],
        changes: &[
            Cosmetic("dependencies = [", "# pinned below\ndependencies = ["),
            Cosmetic("\"six>=1.16\", ", "'six >= 1.16',\n  "),
            Cosmetic("Attrs==23.*", "attrs == 23.*"),
            Cosmetic(">=2.8,<3", "<3, >=2.8"),
            Real("six>=1.16", "six>=1.17", "six>=1.17"),
            Real("six>=1.16", "six", "six"),
            Real(", \"Attrs==23.*\"", "", "attrs==23.*"),
            Real("Attrs==23.*", "Attrs==23.*\", \"idna", "idna"),
            Real("six>=1.16", "six>=1.16; sys_platform == 'win32'", "six"),
            Real("\">=3.10\"", "\">=3.11\"", ">=3.11"),
            Real("0.1.0", "0.2.0", "0.2.0"),
        ],
    }]);
}

#[test]
fn extras_groups_and_markers_of_uv_over_the_network() {
    check(&[Project {
        files: &[(
            "pyproject.toml",
            r#"
[project]
name = "many-parts"
version = "0.1.0"
requires-python = ">=3.10,<3.14"
dependencies = [
    "colorama; platform_system == 'Windows'",
    "exceptiongroup; python_version < '3.9'",
    "tomli>=2; python_version < '3.11'",
]
[project.optional-dependencies]
dates = ["python-dateutil>=2.8"]
all = ["many-parts[dates]", "iniconfig"]
[dependency-groups]
dev = ["pluggy>=1", {include-group = "lint"}]
lint = ["packaging", "six>=1.16,!=1.16.1"]
[tool.uv]
constraint-dependencies = ["iniconfig<3"]
override-dependencies = ["six>=1.15"]
build-constraint-dependencies = ["setuptools<80"]
environments = ["sys_platform == 'linux'", "sys_platform == 'win32'"]
"#,
        )],
        manifest: "pyproject.toml",
        lock: "uv.lock",
        packages: &[
            "colorama",
            "tomli",
            "python-dateutil",
            "iniconfig",
            "pluggy",
            "six",
        ],
        changes: &[
            Cosmetic("platform_system == 'Windows'", "sys_platform == 'win32'"),
            Cosmetic("python_version < '3.11'", "python_full_version < '3.11'"),
            Cosmetic("[dependency-groups]", "# groups\n[dependency-groups]"),
            Real(
                "sys_platform == 'linux'\", \"sys_platform == 'win32'",
                "sys_platform == 'win32'\", \"sys_platform == 'linux'",
                "environments",
            ),
            Real(
                "python_version < '3.11'",
                "python_version < '3.12'",
                "tomli>=2",
            ),
            Real(
                "python-dateutil>=2.8",
                "python-dateutil>=2.9",
                "python-dateutil>=2.9",
            ),
            Real("many-parts[dates]", "idna", "idna"),
            Real(", {include-group = \"lint\"}", "", "packaging"),
            Real("pluggy>=1\"", "pluggy>=1.2\"", "pluggy>=1.2"),
            Real("dev = [", "docs = [\"idna\"]\ndev = [", "idna"),
            Real("iniconfig<3", "iniconfig<2.5", "iniconfig<2.5"),
            Real("six>=1.15", "six>=1.16.2", "six>=1.16.2"),
            Real("setuptools<80", "setuptools<79", "setuptools<79"),
            Real(", \"sys_platform == 'win32'\"", "", "environments"),
        ],
    }]);
}

#[test]
fn sources_and_workspaces_of_uv_over_the_network() {
    check(&[Project {
        files: &[
            (
                "pyproject.toml",
                r#"
[project]
name = "root"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = [
    "member",
    "beside",
    "packaging",
    "idna @ https://files.pythonhosted.org/packages/e5/3e/741d8c82801c347547f8a2a06aa57dbb1992be9e948df2ea0eda2c8b79e8/idna-3.7-py3-none-any.whl",
]
[tool.uv.workspace]
members = ["member"]
[tool.uv.sources]
member = { workspace = true }
beside = { path = "beside", editable = true }
packaging = { index = "other" }
[[tool.uv.index]]
name = "other"
url = "https://pypi.org/simple"
explicit = true
"#,
            ),
            (
                "member/pyproject.toml",
                r#"
[project]
name = "member"
version = "0.2.0"
requires-python = ">=3.9"
dependencies = ["six"]
[dependency-groups]
test = ["iniconfig"]
[tool.uv]
package = false
"#,
            ),
            (
                "beside/pyproject.toml",
                r#"
[project]
name = "beside"
version = "0.3.0"
requires-python = ">=3.8"
dependencies = ["sortedcontainers"]
[tool.uv]
package = false
"#,
            ),
        ],
        manifest: "pyproject.toml",
        lock: "uv.lock",
        packages: &[
            "member",
            "beside",
            "packaging",
            "idna",
            "six",
            "sortedcontainers",
        ],
        changes: &[
            Cosmetic("[tool.uv.workspace]", "# members\n[tool.uv.workspace]"),
            Real("packaging = { index = \"other\" }\n", "", "packaging"),
            Real("idna @ https", "six @ https", "idna"),
            Real("\">=3.10\"", "\">=3.12\"", ">=3.12"),
        ],
    }]);
    check(&[Project {
        files: &[
            (
                "pyproject.toml",
                "[tool.uv.workspace]\nmembers = [\"parts/*\"]\n[dependency-groups]\ndev = [\"pluggy>=1\"]\n",
            ),
            (
                "parts/one/pyproject.toml",
                "[project]\nname = \"one\"\nversion = \"1\"\nrequires-python = \">=3.10\"\ndependencies = [\"two\", \"six>=1.16\"]\n[tool.uv]\npackage = false\n[tool.uv.sources]\ntwo = {workspace = true}\n",
            ),
            (
                "parts/two/pyproject.toml",
                "[project]\nname = \"two\"\nversion = \"2\"\nrequires-python = \">=3.10\"\ndependencies = [\"idna\"]\n[tool.uv]\npackage = false\n",
            ),
        ],
        manifest: "parts/one/pyproject.toml",
        lock: "uv.lock",
        packages: &["one", "two", "six", "idna", "pluggy"],
        changes: &[
            Cosmetic("six>=1.16", "six >= 1.16"),
            Real("six>=1.16", "six>=1.17", "six>=1.17"),
            Real(
                "requires-python = \">=3.10\"",
                "requires-python = \">=3.11\"",
                "3.11",
            ),
        ],
    }]);
}

#[test]
fn locks_of_uv_tell_groups_and_edges_over_the_network() {
    let Some(uv) = Tool::Uv.path() else { return };
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs_err::write(
        root.join("pyproject.toml"),
        "[project]\nname = \"p\"\nversion = \"1\"\nrequires-python = \">=3.10\"\ndependencies = [\"python-dateutil<2.9.1\"]\n[project.optional-dependencies]\nnice = [\"attrs\"]\n[dependency-groups]\ndev = [\"six\"]\n",
    )
    .unwrap();
    let lock = || {
        run(Command::new(&uv)
            .args(["lock", "--quiet"])
            .current_dir(root))
    };
    if let Err(reason) = crate::tools::retry(lock) {
        crate::tools::skip(&reason);
        return;
    }
    let locked = crate::project::reading(root, "uv.lock").locked.unwrap();
    let find = |name: &str| {
        let mut packages = locked.packages.iter();
        packages
            .find(|package| package.package.name() == name)
            .unwrap()
    };
    assert_eq!(find("six").groups, ["dev", "main"]);
    assert_eq!(find("six").direct, Some(true));
    assert_eq!(find("attrs").groups, ["nice"]);
    let dateutil = find("python-dateutil");
    assert_eq!(dateutil.dependencies[0].package.name(), "six");
    assert_eq!(locked.groups.extras, ["nice"]);
    assert_eq!(locked.groups.dependency_groups, ["dev"]);
}
