//! `BENCHMARKS.md`: a section for each benchmark, each with the day and machine of its own run.

use std::fmt::Write as _;

use anyhow::Result;

use crate::workspace;

const HEAD: &str = "# Benchmarks

Written by `cargo xtask bench`, which runs what is compared in turns and prints these tables; \
`cargo xtask bench NAME` measures one section anew. Release build, medians of several runs. \
What other programs take is measured in the same run on the same machine.
";

/// Puts a section into the page, in the place of its older self.
pub(super) fn keep(name: &str, section: &str, machine: &str) -> Result<()> {
    let path = workspace::root().join("BENCHMARKS.md");
    let before = fs_err::read_to_string(&path).unwrap_or_default();
    fs_err::write(&path, with(&before, name, section, machine))?;
    Ok(())
}

fn with(page: &str, name: &str, section: &str, machine: &str) -> String {
    let mut sections = sections(page);
    let text = format!("{}\n\n_{machine}_\n", section.trim());
    match sections.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = text,
        None => sections.push((name.to_owned(), text)),
    }
    let mut page = HEAD.to_owned();
    for (name, text) in sections {
        let _ = write!(page, "\n<!-- bench: {name} -->\n{text}");
    }
    page
}

fn sections(page: &str) -> Vec<(String, String)> {
    page.split("<!-- bench: ")
        .skip(1)
        .filter_map(|part| {
            let (name, text) = part.split_once(" -->\n")?;
            Some((name.to_owned(), format!("{}\n", text.trim())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn a_section_takes_the_place_of_its_older_self() {
        let page = with("", "lock", "## Lock\n\n1", "a");
        let page = with(&page, "check", "## Check\n\n2", "a");
        let again = with(&page, "lock", "## Lock\n\n3", "b");
        assert_eq!(again, page.replace("1\n\n_a_", "3\n\n_b_"));
    }
}
