//! The files of a page's failing example.

/// A file of a failing example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFile {
    /// Its path in the example project, with forward slashes.
    pub path: String,
    /// Its content: what the block says, of a `hex` block the bytes that its digits say.
    pub content: Vec<u8>,
}

/// The fenced blocks whose info string says `file=PATH`, in order.
pub(crate) fn files(page: &str) -> Vec<ExampleFile> {
    let mut files = Vec::new();
    let mut open: Option<(ExampleFile, String, bool)> = None;
    let mut in_other_block = false;
    for line in page.lines() {
        let Some(info) = line.strip_prefix("```") else {
            if let Some((_, text, _)) = &mut open {
                text.push_str(line);
                text.push('\n');
            }
            continue;
        };
        if let Some((mut file, text, is_hex)) = open.take() {
            file.content = if is_hex {
                bytes(&text)
            } else {
                text.into_bytes()
            };
            files.push(file);
        } else if in_other_block {
            in_other_block = false;
        } else if let Some(path) = info.split(' ').find_map(|word| word.strip_prefix("file=")) {
            let file = ExampleFile {
                path: path.to_owned(),
                content: Vec::new(),
            };
            open = Some((file, String::new(), info.starts_with("hex ")));
        } else {
            in_other_block = true;
        }
    }
    files
}

/// The bytes that hexadecimal digits say; anything else is passed over.
fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .collect();
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .filter_map(|byte| u8::try_from(byte).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blocks_with_a_file_are_files() {
        let page = "# x\n```text file=a/b.txt\none\ntwo\n```\n```console\n$ ls\n```\n```toml file=c.toml\n```\n```hex file=d\n0a ff\n```\n";
        let files = files(page);
        assert_eq!(files.len(), 3);
        assert_eq!(files[0].path, "a/b.txt");
        assert_eq!(files[0].content, b"one\ntwo\n");
        assert_eq!(files[1].content, b"");
        assert_eq!(files[2].content, [0x0a, 0xff]);
    }
}
