//! Poetry 1 and 2: its own tables, PEP 621, extras, groups and markers.
//!
//! The projects name PyPI as a source of their own, so that they are solved from its simple index.

use std::path::Path;
use std::process::Command;

use crate::project::{Asking, Cosmetic, Project, Real};
use crate::tools::{Tool, output, run};

fn check(tool: Tool, project: &Project) {
    let Some(poetry) = tool.path() else { return };
    let lock = |root: &Path| {
        run(Command::new(&poetry)
            .args(["lock", "--no-interaction", "--quiet"])
            .current_dir(root))
    };
    let is_fresh = |root: &Path| {
        let mut command = Command::new(&poetry);
        command.args(["check", "--lock"]).current_dir(root);
        let output = output(&mut command);
        let text = String::from_utf8_lossy(&output.stderr);
        // other things that it warns of do not count
        !text.contains("poetry.lock was last generated")
    };
    project.check(&Asking {
        lock: &lock,
        is_fresh: Some(&is_fresh),
    });
}

const OWN_TABLES: Project = Project {
    files: &[(
        "pyproject.toml",
        r#"
[tool.poetry]
name = "own-tables"
version = "0.1.0"
description = ""
authors = ["A <a@example.org>"]
packages = []

[tool.poetry.dependencies]
python = "^3.10"
python-dateutil = { version = "^2.8", extras = [] }
colorama = { version = "*", markers = "sys_platform == 'win32'" }
attrs = { version = ">=23", optional = true }

[tool.poetry.extras]
nice = ["attrs"]

[tool.poetry.group.dev.dependencies]
idna = ">=3.4"

[[tool.poetry.source]]
name = "simple"
url = "https://pypi.org/simple/"
priority = "primary"
"#,
    )],
    manifest: "pyproject.toml",
    lock: "poetry.lock",
    packages: &["python-dateutil", "six", "colorama", "attrs", "idna"],
    changes: &[
        Cosmetic(
            "[tool.poetry.extras]",
            "# nice to have\n[tool.poetry.extras]",
        ),
        Cosmetic("version = \"0.1.0\"", "version = \"0.2.0\""),
        Cosmetic("{ version = \"*\", markers", "{version=\"*\",markers"),
        Real("idna = \">=3.4\"", "idna = \"<3.4\"", "idna"),
        Real("\"^2.8\"", "\"^1.5\"", "python-dateutil"),
        Real(
            "idna = \">=3.4\"",
            "idna = \">=3.4\"\ncertifi = \"*\"",
            "certifi",
        ),
        Real("idna = \">=3.4\"\n", "", "idna"),
        Real("python = \"^3.10\"", "python = \"^3.11\"", "^3.11"),
        Real("idna = \">=3.4\"", "idna = \">=3.3\"", "its hash is not"),
    ],
};

#[test]
fn own_tables_of_poetry_1_over_the_network() {
    check(Tool::Poetry1, &OWN_TABLES);
}

#[test]
fn own_tables_of_poetry_2_over_the_network() {
    check(Tool::Poetry2, &OWN_TABLES);
}

#[test]
fn a_standard_project_of_poetry_over_the_network() {
    check(
        Tool::Poetry2,
        &Project {
            files: &[(
                "pyproject.toml",
                r#"
[project]
name = "standard"
version = "0.1.0"
requires-python = ">=3.10,<4"
dependencies = ["python-dateutil (>=2.8,<3)", "tomli ; python_version < '3.11'"]

[project.optional-dependencies]
nice = ["attrs>=23"]

[tool.poetry]
package-mode = false

[tool.poetry.group.dev.dependencies]
idna = ">=3.4"

[[tool.poetry.source]]
name = "simple"
url = "https://pypi.org/simple/"
priority = "primary"
"#,
            )],
            manifest: "pyproject.toml",
            lock: "poetry.lock",
            packages: &["python-dateutil", "six", "attrs", "idna", "tomli"],
            changes: &[
                Cosmetic("[tool.poetry]", "# été\n[tool.poetry]"),
                Cosmetic("version = \"0.1.0\"", "version = \"0.1.1\""),
                Real("(>=2.8,<3)", "(>=1,<2)", "python-dateutil"),
                Real("attrs>=23", "attrs<23", "attrs"),
                Real("idna = \">=3.4\"", "certifi = \"*\"", "certifi"),
                Real(">=3.10,<4", ">=3.11,<4", ">=3.11,<4"),
            ],
        },
    );
}

#[test]
fn dependency_groups_of_poetry_over_the_network() {
    check(
        Tool::Poetry2,
        &Project {
            files: &[(
                "pyproject.toml",
                r#"
[project]
name = "groups"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = ["six"]

[dependency-groups]
dev = ["idna>=3.4", { include-group = "more" }]
more = ["certifi"]

[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "simple"
url = "https://pypi.org/simple/"
priority = "primary"
"#,
            )],
            manifest: "pyproject.toml",
            lock: "poetry.lock",
            packages: &["six", "idna", "certifi"],
            changes: &[
                Cosmetic("dev = [\"idna>=3.4\"", "dev = [\n  \"idna>=3.4\""),
                Real("idna>=3.4", "idna<3.4", "idna<3.4"),
                Real("more = [\"certifi\"]", "more = [\"attrs\"]", "attrs"),
            ],
        },
    );
}
