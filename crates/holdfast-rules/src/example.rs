//! The files of a page's failing example.

/// A file of a failing example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFile {
    /// Its path in the example project, with forward slashes.
    pub path: String,
    /// Its content.
    pub content: String,
}

/// The fenced blocks whose info string says `file=PATH`, in order.
pub(crate) fn files(page: &str) -> Vec<ExampleFile> {
    let mut files = Vec::new();
    let mut open: Option<ExampleFile> = None;
    let mut in_other_block = false;
    for line in page.lines() {
        let Some(info) = line.strip_prefix("```") else {
            if let Some(file) = &mut open {
                file.content.push_str(line);
                file.content.push('\n');
            }
            continue;
        };
        if let Some(file) = open.take() {
            files.push(file);
        } else if in_other_block {
            in_other_block = false;
        } else if let Some(path) = info.split(' ').find_map(|word| word.strip_prefix("file=")) {
            open = Some(ExampleFile {
                path: path.to_owned(),
                content: String::new(),
            });
        } else {
            in_other_block = true;
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blocks_with_a_file_are_files() {
        let page = "# x\n```text file=a/b.txt\none\ntwo\n```\n```console\n$ ls\n```\n```toml file=c.toml\n```\n";
        let files = files(page);
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].path, "a/b.txt");
        assert_eq!(files[0].content, "one\ntwo\n");
        assert_eq!(files[1].content, "");
    }
}
