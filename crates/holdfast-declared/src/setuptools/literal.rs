//! Python literals: texts, lists, tuples, dictionaries, and names of such.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::token::{Kind, Token};
use crate::limits;

/// Brackets inside brackets that are followed.
const DEPTH_LIMIT: usize = 32;

/// A value as far as it can be told without running the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    /// A text and where its content begins.
    Text(String, usize),
    List(Vec<Self>),
    Table(Vec<(String, Self)>),
    /// Computed; and where it begins.
    Unknown(usize),
}

impl Literal {
    /// How much a copy of it takes: its parts, and its texts by their length.
    fn size(&self) -> usize {
        match self {
            Self::Text(text, _) => 1 + text.len() / 64,
            Self::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Self::Table(pairs) => 1 + pairs.iter().map(|(_, value)| value.size()).sum::<usize>(),
            Self::Unknown(_) => 1,
        }
    }
}

/// What names of one file may stand for, all uses together: names of names multiply.
const SIZE_LIMIT: usize = limits::COUNT;

/// Values of names that are assigned once, at the top of the source.
#[derive(Debug, Default)]
pub(super) struct Names {
    values: BTreeMap<String, Literal>,
    used: Cell<usize>,
}

impl Names {
    pub(super) fn insert(&mut self, name: &str, value: Literal) {
        self.values.insert(name.to_owned(), value);
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// A copy of what a name stands for; nothing where that is not known or too much.
    fn get(&self, name: &str) -> Option<Literal> {
        let value = self.values.get(name)?;
        let used = self.used.get() + value.size();
        (used <= SIZE_LIMIT).then(|| {
            self.used.set(used);
            value.clone()
        })
    }
}

/// Reads expressions from tokens.
pub(super) struct Reader<'t> {
    tokens: &'t [Token],
    position: usize,
    names: &'t Names,
    depth: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(tokens: &'t [Token], position: usize, names: &'t Names) -> Self {
        Self {
            tokens,
            position,
            names,
            depth: 0,
        }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.position)
    }

    fn peek_is(&self, symbol: char) -> bool {
        self.peek().is_some_and(|token| token.is(symbol))
    }

    pub(super) fn eat(&mut self, symbol: char) -> bool {
        let found = self.peek_is(symbol);
        if found {
            self.position += 1;
        }
        found
    }

    fn offset(&self) -> usize {
        self.peek()
            .or_else(|| self.tokens.last())
            .map_or(0, |token| token.offset)
    }

    /// `NAME =`, the name of an argument.
    pub(super) fn argument_name(&mut self) -> Option<&'t str> {
        let name = self.peek()?.name()?;
        let equals = self.tokens.get(self.position + 1)?;
        let doubled = self.tokens.get(self.position + 2);
        if !equals.is('=') || doubled.is_some_and(|token| token.is('=')) {
            return None;
        }
        self.position += 2;
        Some(name)
    }

    /// An expression up to a comma, a colon, a closing bracket or, outside brackets, a new line.
    /// Literals joined by `+` are one.
    pub(super) fn expression(&mut self) -> Literal {
        let begin = self.offset();
        let mut value = self.single();
        while self.eat('+') {
            let more = self.single();
            value = joined(value, more, begin);
        }
        if self.at_end() {
            return value;
        }
        self.skip_expression();
        Literal::Unknown(begin)
    }

    fn at_end(&self) -> bool {
        match self.peek() {
            None => true,
            Some(token) => {
                let closes = [',', ':', ')', ']', '}'].iter().any(|it| token.is(*it));
                closes || self.depth == 0 && (token.begins_line || token.is(';'))
            }
        }
    }

    /// An argument of a call: an expression inside brackets.
    pub(super) fn argument(&mut self) -> Literal {
        self.depth += 1;
        let value = self.expression();
        self.depth -= 1;
        value
    }

    /// Goes to the end of an expression that is not understood.
    fn skip_expression(&mut self) {
        let mut open = 0_usize;
        while let Some(token) = self.peek() {
            if open == 0 && self.at_end() {
                return;
            }
            match token.kind {
                Kind::Symbol('(' | '[' | '{') => open += 1,
                Kind::Symbol(')' | ']' | '}') => open = open.saturating_sub(1),
                Kind::Symbol(_) | Kind::Name(_) | Kind::Text(_) | Kind::Computed => {}
            }
            self.position += 1;
        }
    }

    /// Reads the inside of brackets.
    fn within(&mut self, read: fn(&mut Self) -> Literal) -> Literal {
        let begin = self.offset();
        if self.depth >= DEPTH_LIMIT {
            self.skip_expression();
            return Literal::Unknown(begin);
        }
        self.position += 1;
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn single(&mut self) -> Literal {
        let begin = self.offset();
        let Some(token) = self.peek() else {
            return Literal::Unknown(begin);
        };
        match &token.kind {
            Kind::Text(_) => self.text(),
            Kind::Symbol('[') => self.within(|reader| reader.items(']')),
            Kind::Symbol('(') => self.within(|reader| reader.items(')')),
            Kind::Symbol('{') => self.within(Self::table),
            Kind::Name(name) => {
                self.position += 1;
                let known = self.names.get(name);
                known.unwrap_or(Literal::Unknown(begin))
            }
            Kind::Computed => {
                self.position += 1;
                Literal::Unknown(begin)
            }
            Kind::Symbol(_) => {
                self.skip_expression();
                Literal::Unknown(begin)
            }
        }
    }

    /// A text; several in a row are one.
    fn text(&mut self) -> Literal {
        let begin = self.offset();
        let mut whole = String::new();
        while let Some(token) = self.peek() {
            let Kind::Text(content) = &token.kind else {
                break;
            };
            if self.depth == 0 && token.begins_line && !whole.is_empty() {
                break;
            }
            whole.push_str(content);
            self.position += 1;
        }
        Literal::Text(whole, begin)
    }

    /// Elements up to a closing bracket. One element in parentheses without a comma is that element.
    fn items(&mut self, closing: char) -> Literal {
        let begin = self.offset();
        let mut items = Vec::new();
        let mut commas = 0;
        while !self.eat(closing) {
            if self.peek().is_none() {
                return Literal::Unknown(begin);
            }
            let before = self.position;
            if self.eat('*') {
                match self.expression() {
                    Literal::List(more) => items.extend(more),
                    other @ (Literal::Text(..) | Literal::Table(_) | Literal::Unknown(_)) => {
                        items.push(other);
                    }
                }
            } else {
                items.push(self.expression());
            }
            if self.eat(',') {
                commas += 1;
            } else if self.position == before || !self.peek_is(closing) {
                // neither an element nor the end: not Python as it is understood here
                self.position += 1;
            }
        }
        match items.as_slice() {
            [only] if closing == ')' && commas == 0 => only.clone(),
            _ => Literal::List(items),
        }
    }

    /// `key: value` pairs up to the closing brace.
    fn table(&mut self) -> Literal {
        let begin = self.offset();
        let mut pairs = Vec::new();
        let mut known = true;
        while !self.eat('}') {
            if self.peek().is_none() {
                return Literal::Unknown(begin);
            }
            let before = self.position;
            let key = self.expression();
            let value = if self.eat(':') {
                self.expression()
            } else {
                Literal::Unknown(begin)
            };
            match key {
                Literal::Text(key, _) => pairs.push((key, value)),
                Literal::List(_) | Literal::Table(_) | Literal::Unknown(_) => known = false,
            }
            if !self.eat(',') && (self.position == before || !self.peek_is('}')) {
                self.position += 1;
            }
        }
        if !known {
            pairs.push((String::new(), Literal::Unknown(begin)));
        }
        Literal::Table(pairs)
    }
}

fn joined(left: Literal, right: Literal, begin: usize) -> Literal {
    match (left, right) {
        (Literal::Text(left, offset), Literal::Text(right, _)) => {
            Literal::Text(left + &right, offset)
        }
        (Literal::List(mut left), Literal::List(right)) => {
            left.extend(right);
            Literal::List(left)
        }
        // a list and something computed: what is known stays
        (Literal::List(mut list), other) | (other, Literal::List(mut list)) => {
            list.push(other);
            Literal::List(list)
        }
        _ => Literal::Unknown(begin),
    }
}
