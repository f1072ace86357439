//! Environment markers: read, negated, and written in one spelling.
//!
//! The [`pep508_rs`](https://docs.rs/pep508_rs) crate reads markers into decision diagrams, which grow
//! exponentially for a few hundred characters of hostile input and rewrite `python_version` into
//! `python_full_version`. A manifest's reader needs neither: this one is linear, keeps what people
//! wrote, and the tests compare its verdicts with that crate's.

use std::fmt;

use super::{Scanner, SyntaxError};

/// Parentheses inside parentheses that are followed.
const DEPTH_LIMIT: usize = 32;

/// An environment marker as PEP 508 has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Marker {
    /// One comparison.
    Compare {
        left: Operand,
        operator: MarkerOperator,
        right: Operand,
    },
    /// All of them hold; at least two.
    All(Vec<Self>),
    /// One of them holds; at least two.
    Any(Vec<Self>),
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operand {
    /// A variable of the environment, in today's spelling.
    Variable(&'static str),
    /// A quoted text.
    Text(String),
}

/// How two sides are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkerOperator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Compatible,
    Identical,
    In,
    NotIn,
}

/// Variables by their spellings, those of before PEP 508 included.
const VARIABLES: &[(&str, &str)] = &[
    ("os_name", "os_name"),
    ("sys_platform", "sys_platform"),
    ("platform_machine", "platform_machine"),
    (
        "platform_python_implementation",
        "platform_python_implementation",
    ),
    ("platform_release", "platform_release"),
    ("platform_system", "platform_system"),
    ("platform_version", "platform_version"),
    ("python_version", "python_version"),
    ("python_full_version", "python_full_version"),
    ("implementation_name", "implementation_name"),
    ("implementation_version", "implementation_version"),
    ("extra", "extra"),
    ("extras", "extras"),
    ("dependency_groups", "dependency_groups"),
    ("os.name", "os_name"),
    ("sys.platform", "sys_platform"),
    ("platform.version", "platform_version"),
    ("platform.machine", "platform_machine"),
    (
        "platform.python_implementation",
        "platform_python_implementation",
    ),
    ("python_implementation", "platform_python_implementation"),
];

impl Marker {
    /// Reads a whole text.
    pub(crate) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut scanner = Scanner::new(text);
        let marker = Self::read(&mut scanner)?;
        scanner.expect_end("`and`, `or` or the end of the marker")?;
        Ok(marker)
    }

    /// Reads up to where the marker ends.
    pub(super) fn read(scanner: &mut Scanner<'_>) -> Result<Self, SyntaxError> {
        any(scanner, 0)
    }

    /// Both hold.
    pub(crate) fn and(self, other: Self) -> Self {
        joined(vec![self, other], Self::All, |marker| match marker {
            Self::All(parts) => Ok(parts),
            Self::Any(_) | Self::Compare { .. } => Err(marker),
        })
    }

    /// Holds where this one does not; nothing where that cannot be written as a marker (`~=`, `===`).
    pub(crate) fn negate(&self) -> Option<Self> {
        let each = |parts: &[Self]| parts.iter().map(Self::negate).collect::<Option<Vec<_>>>();
        Some(match self {
            Self::Compare {
                left,
                operator,
                right,
            } => Self::Compare {
                left: left.clone(),
                operator: operator.opposite()?,
                right: right.clone(),
            },
            Self::All(parts) => Self::Any(each(parts)?),
            Self::Any(parts) => Self::All(each(parts)?),
        })
    }
}

fn any(scanner: &mut Scanner<'_>, depth: usize) -> Result<Marker, SyntaxError> {
    let mut parts = vec![all(scanner, depth)?];
    while scanner.eat_word("or") {
        parts.push(all(scanner, depth)?);
    }
    Ok(joined(parts, Marker::Any, |marker| match marker {
        Marker::Any(parts) => Ok(parts),
        Marker::All(_) | Marker::Compare { .. } => Err(marker),
    }))
}

fn all(scanner: &mut Scanner<'_>, depth: usize) -> Result<Marker, SyntaxError> {
    let mut parts = vec![single(scanner, depth)?];
    while scanner.eat_word("and") {
        parts.push(single(scanner, depth)?);
    }
    Ok(joined(parts, Marker::All, |marker| match marker {
        Marker::All(parts) => Ok(parts),
        Marker::Any(_) | Marker::Compare { .. } => Err(marker),
    }))
}

/// One connective over all parts, with parts of the same connective dissolved and repeated ones once.
fn joined(
    parts: Vec<Marker>,
    connective: fn(Vec<Marker>) -> Marker,
    dissolve: fn(Marker) -> Result<Vec<Marker>, Marker>,
) -> Marker {
    let mut flat: Vec<Marker> = Vec::with_capacity(parts.len());
    for part in parts {
        match dissolve(part) {
            Ok(inner) => flat.extend(inner),
            Err(part) => flat.push(part),
        }
    }
    let mut seen = std::collections::HashSet::new();
    flat.retain(|part| seen.insert(part.to_string()));
    match flat.pop() {
        Some(only) if flat.is_empty() => only,
        last => {
            flat.extend(last);
            connective(flat)
        }
    }
}

fn single(scanner: &mut Scanner<'_>, depth: usize) -> Result<Marker, SyntaxError> {
    scanner.skip_whitespace();
    let start = scanner.offset();
    if scanner.eat('(') {
        if depth >= DEPTH_LIMIT {
            return Err(SyntaxError::new(
                start,
                format!("the marker nests more than {DEPTH_LIMIT} parentheses"),
            ));
        }
        let inner = any(scanner, depth + 1)?;
        scanner.skip_whitespace();
        if !scanner.eat(')') {
            return Err(scanner.unexpected("`)`, `and` or `or`"));
        }
        return Ok(inner);
    }
    let left = operand(scanner)?;
    let operator = operator(scanner)?;
    let right = operand(scanner)?;
    Ok(compare(left, operator, right))
}

/// The variable to the left where only one side is one; names of extras normalised.
fn compare(left: Operand, operator: MarkerOperator, right: Operand) -> Marker {
    let (left, operator, right) = match (&left, operator.mirrored(), &right) {
        (Operand::Text(_), Some(mirrored), Operand::Variable(_)) => (right, mirrored, left),
        _ => (left, operator, right),
    };
    let right = match (&left, right) {
        (Operand::Variable("extra"), Operand::Text(name)) => {
            Operand::Text(super::normalise_name(&name))
        }
        (_, right) => right,
    };
    Marker::Compare {
        left,
        operator,
        right,
    }
}

fn operand(scanner: &mut Scanner<'_>) -> Result<Operand, SyntaxError> {
    scanner.skip_whitespace();
    let start = scanner.offset();
    for quote in ['\'', '"'] {
        if scanner.eat(quote) {
            let text = scanner.take_while(|character| character != quote);
            if !scanner.eat(quote) {
                return Err(SyntaxError::new(
                    start,
                    format!("the text that begins here has no closing `{quote}`"),
                ));
            }
            return Ok(Operand::Text(text.to_owned()));
        }
    }
    let word = scanner
        .take_while(|character| character.is_ascii_alphanumeric() || "_.".contains(character));
    if word.is_empty() {
        return Err(scanner.unexpected("a variable such as `python_version` or a quoted text"));
    }
    match VARIABLES.iter().find(|(spelling, _)| *spelling == word) {
        Some((_, variable)) => Ok(Operand::Variable(variable)),
        None => Err(unknown_variable(word, start)),
    }
}

fn unknown_variable(word: &str, start: usize) -> SyntaxError {
    let error = SyntaxError::new(start, format!("`{word}` is no variable of a marker"));
    let quoted = word.starts_with(|first: char| first.is_ascii_digit());
    let known = VARIABLES.iter().map(|(spelling, _)| *spelling);
    match crate::suggest::nearest(word, known) {
        _ if quoted => error.with_fix(format!("put quotes round it: `\"{word}\"`")),
        Some(near) => error.with_fix(format!("did you mean `{near}`?")),
        None => error.with_fix("put quotes round texts; the variables are listed in PEP 508"),
    }
}

fn operator(scanner: &mut Scanner<'_>) -> Result<MarkerOperator, SyntaxError> {
    scanner.skip_whitespace();
    let start = scanner.offset();
    let symbol = scanner.take_while(|character| "=<>!~".contains(character));
    let operator = match symbol {
        "==" => MarkerOperator::Equal,
        "!=" => MarkerOperator::NotEqual,
        "<" => MarkerOperator::Less,
        "<=" => MarkerOperator::LessEqual,
        ">" => MarkerOperator::Greater,
        ">=" => MarkerOperator::GreaterEqual,
        "~=" => MarkerOperator::Compatible,
        "===" => MarkerOperator::Identical,
        "" if scanner.eat_word("in") => MarkerOperator::In,
        "" if scanner.eat_word("not") => {
            if !scanner.eat_word("in") {
                return Err(scanner.unexpected("`in` after `not`"));
            }
            MarkerOperator::NotIn
        }
        "" => return Err(scanner.unexpected("a comparison such as `==` or `in`")),
        other => {
            return Err(
                SyntaxError::new(start, format!("`{other}` is no comparison of a marker"))
                    .with_fix("use `==`, `!=`, `<`, `<=`, `>`, `>=`, `~=`, `in` or `not in`"),
            );
        }
    };
    Ok(operator)
}

impl MarkerOperator {
    fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Compatible => "~=",
            Self::Identical => "===",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }

    /// The operator with its sides exchanged; nothing where that means something else.
    fn mirrored(self) -> Option<Self> {
        match self {
            Self::Equal | Self::NotEqual => Some(self),
            Self::Less => Some(Self::Greater),
            Self::LessEqual => Some(Self::GreaterEqual),
            Self::Greater => Some(Self::Less),
            Self::GreaterEqual => Some(Self::LessEqual),
            Self::Compatible | Self::Identical | Self::In | Self::NotIn => None,
        }
    }

    fn opposite(self) -> Option<Self> {
        match self {
            Self::Equal => Some(Self::NotEqual),
            Self::NotEqual => Some(Self::Equal),
            Self::Less => Some(Self::GreaterEqual),
            Self::LessEqual => Some(Self::Greater),
            Self::Greater => Some(Self::LessEqual),
            Self::GreaterEqual => Some(Self::Less),
            Self::In => Some(Self::NotIn),
            Self::NotIn => Some(Self::In),
            Self::Compatible | Self::Identical => None,
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => formatter.write_str(name),
            Self::Text(text) if text.contains('\'') => write!(formatter, "\"{text}\""),
            Self::Text(text) => write!(formatter, "'{text}'"),
        }
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare {
                left,
                operator,
                right,
            } => write!(formatter, "{left} {} {right}", operator.as_str()),
            Self::All(parts) => {
                for (position, part) in parts.iter().enumerate() {
                    if position > 0 {
                        formatter.write_str(" and ")?;
                    }
                    if matches!(part, Self::Any(_)) {
                        write!(formatter, "({part})")?;
                    } else {
                        write!(formatter, "{part}")?;
                    }
                }
                Ok(())
            }
            Self::Any(parts) => {
                for (position, part) in parts.iter().enumerate() {
                    if position > 0 {
                        formatter.write_str(" or ")?;
                    }
                    write!(formatter, "{part}")?;
                }
                Ok(())
            }
        }
    }
}
