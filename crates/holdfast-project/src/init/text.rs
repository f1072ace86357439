//! The text of a proposed configuration.

use std::fmt::Write as _;

use super::proposal::{Proposal, ProposedEnvironment};
use super::python::PythonFound;

const HEADER: &str = "\
# What this project's environments are. `holdfast lock` writes one `pylock.<name>.toml` for each of
# them; an environment that others extend is a shared part, and what they share has equal versions.
";

const EXAMPLE: &str = "
# [environments.serve]
# requirements = [\"requirements.in\"]    # or groups = [\"serve\"], extras = [\"gpu\"] of pyproject.toml
";

const PLATFORMS: &str =
    "# platforms = [\"linux-x86_64-glibc2.28\"]   # default: the machine at hand\n";

const REST: &str = "
[lock]
holding-period = \"14d\"   # releases younger than this are not locked; 0 turns it off
allow-build = []         # packages whose source archive may be built, which runs its code
";

const POLICY: &str = "
# [licences]
# deny = [\"AGPL-3.0-only\", \"AGPL-3.0-or-later\"]   # or allow = [\"MIT\", \"Apache-2.0\", …]
# unknown = \"warning\"

# [[waivers]]
# rule = \"known-vulnerability\"
# subject = \"pkg:pypi/example@>=1,<2\"
# reason = \"the vulnerable part is not used\"
# owner = \"team\"
# until = 2030-01-31

# [knowledge]
# advisories = [\"advisories\"]   # folders or addresses of OSV records besides the default feed
";

/// The configuration as text.
pub(super) fn render(proposal: &Proposal) -> String {
    let mut text = HEADER.to_owned();
    if proposal.environments.is_empty() {
        text.push_str(EXAMPLE);
    }
    for environment in &proposal.environments {
        render_environment(environment, &proposal.python, &mut text);
    }
    render_models(proposal, &mut text);
    text.push_str(REST);
    for (url, place) in &proposal.extra_indexes {
        // writing to a text cannot fail
        let _ = write!(
            text,
            "\n# {place} names a further index, and any package could come from it. Say which do:\n# [indexes.internal]\n# url = {}\n# packages = [\"acme-*\"]\n",
            quoted(url)
        );
    }
    text.push_str(POLICY);
    text
}

/// Model files are named, so that `lock` records them; one that is not meant is a line to remove.
fn render_models(proposal: &Proposal, text: &mut String) {
    if proposal.models.is_empty() {
        return;
    }
    text.push_str(
        "\n# Model files, and which environment loads them: `lock` records their hashes, and `check` holds\n# what wrote them against what is locked.\n",
    );
    for (position, model) in proposal.models.iter().enumerate() {
        if position > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "[[artefacts]]\npath = {}", quoted(model));
        match &proposal.loader {
            Some(environment) => {
                let _ = writeln!(text, "environment = {}", quoted(environment));
            }
            None => {
                text.push_str("# environment = \"serve\"   # default: any of them may load it\n");
            }
        }
    }
}

fn render_environment(environment: &ProposedEnvironment, python: &PythonFound, text: &mut String) {
    let _ = writeln!(text, "\n[environments.{}]", environment.name);
    match &environment.extends {
        Some(parent) => {
            let _ = writeln!(text, "extends = {}", quoted(parent));
        }
        None => text.push_str(&python_line(python)),
    }
    for (key, values) in [
        ("requirements", &environment.requirements),
        ("groups", &environment.groups),
        ("extras", &environment.extras),
    ] {
        if !values.is_empty() {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            let _ = writeln!(text, "{key} = [{}]", values.join(", "));
        }
    }
    if environment.extends.is_none() {
        text.push_str(PLATFORMS);
    }
}

fn python_line(python: &PythonFound) -> String {
    match python {
        PythonFound::One { python, file } => {
            format!("python = \"{python}\"   # from {}\n", one_line(file))
        }
        PythonFound::Range { text, file } => format!(
            "# python = \"3.12\"   # default: the interpreter at hand; {} admits {}\n",
            one_line(file),
            one_line(text)
        ),
        PythonFound::Nothing => {
            "# python = \"3.12\"   # default: the interpreter at hand\n".to_owned()
        }
    }
}

/// A comment must not end early.
fn one_line(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string().trim().to_owned()
}
