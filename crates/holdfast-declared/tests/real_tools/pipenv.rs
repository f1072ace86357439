//! Pipenv: categories, extras and markers.

use std::path::Path;
use std::process::Command;

use crate::project::{Asking, Cosmetic, Project, Real};
use crate::tools::{Tool, output, run};

fn check(project: &Project) {
    let Some(pipenv) = Tool::Pipenv.path() else {
        return;
    };
    let environments = tempfile::tempdir().unwrap();
    let ask = |root: &Path, arguments: &[&str]| {
        let mut command = Command::new(&pipenv);
        command
            .args(arguments)
            .current_dir(root)
            .env("PIPENV_IGNORE_VIRTUALENVS", "1")
            .env("PIPENV_PIPFILE", root.join("Pipfile"))
            .env("WORKON_HOME", environments.path());
        command
    };
    project.check(&Asking {
        lock: &|root| run(&mut ask(root, &["lock", "--quiet"])),
        is_fresh: Some(&|root| output(&mut ask(root, &["verify"])).status.success()),
    });
}

#[test]
fn a_plain_project_of_pipenv_over_the_network() {
    check(&Project {
        files: &[(
            "Pipfile",
            r#"
[[source]]
url = "https://pypi.org/simple"
verify_ssl = true
name = "pypi"

[packages]
python-dateutil = ">=2.8,<2.9.1"
Attrs = {version = ">=23"}

[dev-packages]
idna = "*"

[scripts]
hello = "echo hello"
"#,
        )],
        manifest: "Pipfile",
        lock: "Pipfile.lock",
        packages: &["python-dateutil", "six", "attrs", "idna"],
        changes: &[
            Cosmetic("[packages]", "# what is needed\n[packages]"),
            Cosmetic(
                "Attrs = {version = \">=23\"}",
                "attrs = { version = \">=23\" }",
            ),
            Cosmetic("echo hello", "echo bye"),
            Real("\">=2.8,<2.9.1\"", "\"<2\"", "python-dateutil <2"),
            Real("idna = \"*\"", "idna = \"<3\"", "idna <3"),
            Real("idna = \"*\"", "idna = \"*\"\ncertifi = \"*\"", "certifi"),
            Real("idna = \"*\"", "idna = \">=1\"", "its hash is not"),
        ],
    });
}

#[test]
fn a_project_of_pipenv_without_a_source_over_the_network() {
    check(&Project {
        files: &[(
            "Pipfile",
            "[packages]\nsix = \"==1.17.0\"\n\n[docs]\npackaging = \">=20\"\n\n[requires]\npython_version = \"3\"\n",
        )],
        manifest: "Pipfile",
        lock: "Pipfile.lock",
        packages: &["six", "packaging"],
        changes: &[
            Cosmetic("six = \"==1.17.0\"", "six=\"==1.17.0\" # pinned"),
            Real("1.17.0", "1.16.0", "six ==1.16.0"),
            Real(
                "packaging = \">=20\"",
                "packaging = \"<20\"",
                "packaging <20",
            ),
        ],
    });
}
