//! Python source as tokens: names, texts, and everything else one character at a time.
//!
//! Enough to find literals; nothing is judged, and what is no Python becomes some list of tokens.

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Name(String),
    /// A text, with what its escapes mean.
    Text(String),
    /// A text whose content is computed: an f-string, bytes, or one that does not end.
    Computed,
    /// Anything else.
    Symbol(char),
}

/// A token and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Where it begins, in bytes; for a text, where its content begins.
    pub(super) offset: usize,
    /// Whether it is the first on its line.
    pub(super) begins_line: bool,
    /// Whether it stands in the first column.
    pub(super) unindented: bool,
}

impl Token {
    pub(super) fn is(&self, symbol: char) -> bool {
        self.kind == Kind::Symbol(symbol)
    }

    pub(super) fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Name(name) => Some(name),
            Kind::Text(_) | Kind::Computed | Kind::Symbol(_) => None,
        }
    }
}

/// The tokens of a source.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    let mut begins_line = true;
    let mut unindented = true;
    while let Some(first) = rest.chars().next() {
        let offset = source.len() - rest.len();
        if first == '\n' {
            begins_line = true;
            unindented = true;
            rest = skip(rest, 1);
            continue;
        }
        if first == '#' {
            rest = skip(rest, rest.find('\n').unwrap_or(rest.len()));
            continue;
        }
        if first == '\\' || first.is_whitespace() {
            unindented = false;
            rest = skip(rest, first.len_utf8());
            // a backslash joins the next line to this one
            if first == '\\' {
                let line_break = ["\r\n", "\n"].iter().find_map(|it| rest.strip_prefix(it));
                rest = line_break.unwrap_or(rest);
            }
            continue;
        }
        let (kind, length, begin) = token(rest, first);
        tokens.push(Token {
            kind,
            offset: offset + begin,
            begins_line,
            unindented: unindented && begins_line,
        });
        begins_line = false;
        rest = skip(rest, length);
    }
    tokens
}

fn skip(text: &str, bytes: usize) -> &str {
    text.get(bytes..).unwrap_or_default()
}

/// The token at the beginning of a text: what it is, its length, and where its content begins.
fn token(text: &str, first: char) -> (Kind, usize, usize) {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let end = text.find(|it| !is_word(it)).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    let after = skip(text, end);
    let is_prefix = word.len() <= 2 && word.chars().all(|it| "rRbBuUfFtT".contains(it));
    if is_prefix && after.starts_with(['"', '\'']) {
        let (content, length, quotes) = string(after, word.contains(['r', 'R']));
        let computed = word.contains(['f', 'F', 'b', 'B', 't', 'T']);
        let kind = match content {
            Some(content) if !computed => Kind::Text(content),
            _ => Kind::Computed,
        };
        return (kind, end + length, end + quotes);
    }
    if end > 0 {
        return (Kind::Name(word.to_owned()), end, 0);
    }
    (Kind::Symbol(first), first.len_utf8(), 0)
}

/// A text in quotes: its content where it ends, its length, and how many quotes it begins with.
fn string(text: &str, raw: bool) -> (Option<String>, usize, usize) {
    let quote = text.chars().next().unwrap_or('"');
    let triple = quote.to_string().repeat(3);
    let (closing, quotes) = if text.starts_with(&triple) {
        (triple, 3)
    } else {
        (quote.to_string(), 1)
    };
    let mut content = String::new();
    let mut offset = quotes;
    loop {
        let rest = skip(text, offset);
        if rest.starts_with(&closing) {
            return (Some(content), offset + closing.len(), quotes);
        }
        let Some(next) = rest.chars().next() else {
            return (None, text.len(), quotes);
        };
        if next == '\n' && quotes == 1 {
            // a text on one line that does not end on it
            return (None, offset, quotes);
        }
        offset += next.len_utf8();
        if next != '\\' {
            content.push(next);
            continue;
        }
        let Some(escaped) = rest.chars().nth(1) else {
            return (None, text.len(), quotes);
        };
        offset += escaped.len_utf8();
        match escaped {
            _ if raw => content.extend(['\\', escaped]),
            'n' => content.push('\n'),
            't' => content.push('\t'),
            '\n' => {}
            '\\' | '\'' | '"' => content.push(escaped),
            other => content.extend(['\\', other]),
        }
    }
}
