//! Text of strangers, made fit to be printed and compared.

/// One word without control characters: what may be printed, compared and used as a key.
pub(super) fn is_id(text: &str) -> bool {
    const LONGEST: usize = 256;
    !text.is_empty()
        && text.len() <= LONGEST
        && !text
            .chars()
            .any(|character| character.is_control() || character.is_whitespace())
}

/// Text of a stranger for a message: one line, no control characters, not long.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut line = one_line(text);
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// White space and control characters, which could drive a terminal, become single spaces.
pub(super) fn one_line(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut line = String::new();
    for character in text.chars() {
        let character = if character.is_control() {
            ' '
        } else {
            character
        };
        if character.is_whitespace() {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else {
            line.push(character);
        }
        if line.len() > LONGEST {
            line.truncate(line.floor_char_boundary(LONGEST));
            line.truncate(line.trim_end().len());
            line.push('…');
            return line;
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// The beginning of a longer text: its first sentence or its first lines.
pub(super) fn first_sentence(text: &str) -> String {
    let text = text.trim_start_matches(['#', ' ', '\n']);
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    match paragraph.find(". ") {
        Some(end) => one_line(paragraph.get(..=end).unwrap_or(paragraph)),
        None => one_line(paragraph),
    }
}
