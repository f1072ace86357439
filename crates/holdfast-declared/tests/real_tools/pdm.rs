//! PDM: extras, groups, markers, sources and overrides.

use std::path::Path;
use std::process::Command;

use crate::project::{Asking, Cosmetic, Project, Real};
use crate::tools::{Tool, output, run};

fn check(project: &Project) {
    ask(project, Verdict::Asked);
}

/// Whether PDM's own verdict counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Asked,
    Ignored,
}

fn ask(project: &Project, verdict: Verdict) {
    let Some(pdm) = Tool::Pdm.path() else { return };
    let ask = |root: &Path, arguments: &[&str]| {
        let mut command = Command::new(&pdm);
        command.arg("lock").args(arguments).current_dir(root);
        command
            .env("PDM_CHECK_UPDATE", "false")
            .env("PDM_IGNORE_ACTIVE_VENV", "1");
        command
    };
    let is_fresh = |root: &Path| output(&mut ask(root, &["--check"])).status.success();
    project.check(&Asking {
        lock: &|root| run(&mut ask(root, &["--quiet"])),
        is_fresh: (verdict == Verdict::Asked).then_some(&is_fresh),
    });
}

#[test]
fn a_plain_project_of_pdm_over_the_network() {
    check(&Project {
        files: &[(
            "pyproject.toml",
            r#"
[project]
name = "plain"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = ["python-dateutil>=2.8,<2.9.1", "colorama; sys_platform == 'win32'"]

[tool.pdm]
distribution = false
"#,
        )],
        manifest: "pyproject.toml",
        lock: "pdm.lock",
        packages: &["python-dateutil", "six", "colorama"],
        changes: &[
            Cosmetic("[tool.pdm]", "# settings\n[tool.pdm]"),
            Cosmetic("\"colorama; ", "\n\"colorama; "),
            Cosmetic("version = \"0.1.0\"", "version = \"0.1.1\""),
            Real(">=2.8,<2.9.1\"", "<2\"", "python-dateutil<2"),
            Real("\"python-dateutil>=2.8,<2.9.1\", ", "", "python-dateutil"),
            Real("; sys_platform == 'win32'", "\", \"idna", "idna"),
            Real(
                "requires-python = \">=3.10\"",
                "requires-python = \">=3.11\"",
                "its hash is not",
            ),
        ],
    });
}

#[test]
fn groups_and_overrides_of_pdm_over_the_network() {
    check(&Project {
        files: &[(
            "pyproject.toml",
            r#"
[project]
name = "groups"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = ["urllib3[socks]>=2"]

[project.optional-dependencies]
nice = ["attrs>=23"]

[dependency-groups]
Dev_Tools = ["idna>=3.4"]

[tool.pdm]
distribution = false

[tool.pdm.dev-dependencies]
more_tools = ["certifi"]

[tool.pdm.resolution.overrides]
pysocks = "==1.7.1"

[[tool.pdm.source]]
name = "pypi"
url = "https://pypi.org/simple"
verify_ssl = true
"#,
        )],
        manifest: "pyproject.toml",
        lock: "pdm.lock",
        packages: &["urllib3", "pysocks", "idna", "certifi"],
        changes: &[
            Cosmetic("\"idna>=3.4\"", "\n \"idna>=3.4\",\n"),
            Real("idna>=3.4", "idna<3", "idna<3"),
            Real("certifi\"", "certifi\", \"six\"", "six"),
            // what is not locked cannot be unmet
            Real("attrs>=23", "attrs>=24", "its hash is not"),
            Real("1.7.1", "1.7.0", "its hash is not"),
            Real("verify_ssl = true", "verify_ssl = false", "its hash is not"),
        ],
    });
}

/// PDM hashes such a group with its second half repeated, once more each time it looks at it, and so
/// finds a lock stale that it has just made.
#[test]
fn a_group_of_pdm_in_two_places_over_the_network() {
    let project = Project {
        files: &[(
            "pyproject.toml",
            r#"
[project]
name = "shared"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = []

[dependency-groups]
Dev_Tools = ["idna>=3.4"]

[tool.pdm]
distribution = false

[tool.pdm.dev-dependencies]
dev-tools = ["certifi"]
"#,
        )],
        manifest: "pyproject.toml",
        lock: "pdm.lock",
        packages: &["idna", "certifi"],
        changes: &[
            Cosmetic("[\"certifi\"]", "[ \"certifi\" ]"),
            Real("certifi", "six", "six"),
        ],
    };
    ask(&project, Verdict::Ignored);
}
