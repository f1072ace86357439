//! Jinja templates: whether one reaches for more than it is given.
//!
//! A chat template needs its messages, filters, tests and loops. One that asks for what lies behind
//! an object (`__class__`, `__globals__`), hides such a name, or imports, wants out of its sandbox.
//! Templates are cut into words and never evaluated.

/// The part of a template that reaches out of its sandbox, the first that there is.
pub(super) fn escape(template: &str) -> Option<String> {
    let mut rest = template;
    loop {
        let start = rest.find('{')?;
        rest = rest.get(start..)?;
        if let Some(comment) = rest.strip_prefix("{#") {
            rest = comment.find("#}").and_then(|end| comment.get(end + 2..))?;
        } else if rest.starts_with("{{") || rest.starts_with("{%") {
            let is_statement = rest.starts_with("{%");
            let (tokens, after) = tokens(rest.get(2..)?, is_statement);
            if let Some(found) = judge(&tokens, is_statement) {
                return Some(shortened(&found));
            }
            rest = after;
        } else {
            rest = rest.get(1..)?;
        }
    }
}

/// A word of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    /// A text, unescaped, and whether an underscore of it was escaped.
    Text(String, bool),
    Sign(char),
}

/// The words of an expression, and what follows it.
fn tokens(text: &str, is_statement: bool) -> (Vec<Token>, &str) {
    let end = if is_statement { "%}" } else { "}}" };
    let mut tokens = Vec::new();
    let mut rest = text;
    // braces of dictionaries: `{{ {'a': {}} }}`
    let mut braces = 0_usize;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with(end) && (is_statement || braces == 0) {
            return (tokens, rest.get(2..).unwrap_or_default());
        }
        let length = if first.is_alphanumeric() || first == '_' {
            let is_end = |letter: char| !letter.is_alphanumeric() && letter != '_';
            let length = rest.find(is_end).unwrap_or(rest.len());
            tokens.push(Token::Name(
                rest.get(..length).unwrap_or_default().to_owned(),
            ));
            length
        } else if first == '\'' || first == '"' {
            let (token, length) = quoted(rest, first);
            tokens.push(token);
            length
        } else {
            match first {
                '{' => braces += 1,
                '}' => braces = braces.saturating_sub(1),
                _ => {}
            }
            if !first.is_whitespace() {
                tokens.push(Token::Sign(first));
            }
            first.len_utf8()
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    (tokens, "")
}

/// The text at the start, and its length with its quotes in bytes.
fn quoted(text: &str, quote: char) -> (Token, usize) {
    let mut found = String::new();
    let mut hidden = false;
    let mut letters = text.char_indices().skip(1);
    while let Some((place, letter)) = letters.next() {
        if letter == quote {
            return (Token::Text(found, hidden), place + 1);
        }
        if letter != '\\' {
            found.push(letter);
            continue;
        }
        let rest = text.get(place + 1..).unwrap_or_default();
        let (letter, length) = escaped(rest);
        hidden |= letter == '_';
        found.push(letter);
        for _ in 0..length {
            letters.next();
        }
    }
    (Token::Text(found, hidden), text.len())
}

/// The letter that stands behind a backslash, and how many letters it takes.
fn escaped(rest: &str) -> (char, usize) {
    let kind = rest.chars().next().unwrap_or('\\');
    let digits = match kind {
        'x' => rest.get(1..3),
        'u' => rest.get(1..5),
        'U' => rest.get(1..9),
        '0'..='7' => {
            let is_end = |letter: char| !('0'..='7').contains(&letter);
            let length = rest.find(is_end).unwrap_or(rest.len()).min(3);
            let octal = rest.get(..length).unwrap_or_default();
            let code = u32::from_str_radix(octal, 8).unwrap_or_default();
            return (char::from_u32(code).unwrap_or('?'), length);
        }
        'N' if rest.starts_with("N{LOW LINE}") => return ('_', "N{LOW LINE}".len()),
        'n' => return ('\n', 1),
        't' => return ('\t', 1),
        _ => return (kind, 1),
    };
    let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match code.and_then(char::from_u32) {
        Some(letter) => (letter, 1 + digits.map_or(0, str::len)),
        None => (kind, 1),
    }
}

/// Attributes without underscores around them that lead to frames and classes.
const INNER: [&str; 14] = [
    "mro",
    "func_globals",
    "func_code",
    "gi_frame",
    "gi_code",
    "cr_frame",
    "cr_code",
    "ag_frame",
    "f_globals",
    "f_locals",
    "f_builtins",
    "f_back",
    "tb_frame",
    "tb_next",
];
/// What a template has no need to call.
const CALLS: [&str; 9] = [
    "popen", "eval", "exec", "compile", "getattr", "setattr", "globals", "execfile", "spawn",
];
/// Statements that bring in other files.
const STATEMENTS: [&str; 4] = ["import", "from", "include", "extends"];

/// What is wrong with an expression or statement.
fn judge(tokens: &[Token], is_statement: bool) -> Option<String> {
    if let Some(Token::Name(name)) = tokens.iter().find(|token| **token != Token::Sign('-'))
        && is_statement
        && STATEMENTS.contains(&name.as_str())
    {
        return Some(name.clone());
    }
    names(tokens).or_else(|| texts(tokens))
}

fn names(tokens: &[Token]) -> Option<String> {
    for (index, token) in tokens.iter().enumerate() {
        let Token::Name(name) = token else {
            continue;
        };
        let before = index.checked_sub(1).and_then(|before| tokens.get(before));
        let is_attribute = before == Some(&Token::Sign('.'));
        let is_called = tokens.get(index + 1) == Some(&Token::Sign('('));
        let module = index.checked_sub(2).and_then(|module| tokens.get(module));
        let of_os = matches!(module, Some(Token::Name(module)) if module == "os");
        if is_dunder(name)
            || is_attribute && INNER.contains(&name.as_str())
            || is_called && CALLS.contains(&name.as_str())
            || is_attribute && of_os && (name == "system" || name == "environ")
            || before == Some(&Token::Sign('|')) && name == "attr"
        {
            return Some(name.clone());
        }
    }
    None
}

fn texts(tokens: &[Token]) -> Option<String> {
    let mut all = String::new();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let Token::Text(first, hidden) = token else {
            index += 1;
            continue;
        };
        if *hidden {
            return Some(first.clone());
        }
        let start = index;
        let mut joined = first.clone();
        index += 1;
        while let Some((part, hidden, next)) = joined_part(tokens, index) {
            if hidden {
                return Some(part.to_owned());
            }
            joined.push_str(part);
            index = next;
        }
        let before = start.checked_sub(1).and_then(|before| tokens.get(before));
        let is_part = [before, tokens.get(index)].into_iter().flatten().any(joins);
        if is_suspicious(&joined, is_part || index - start > 1) {
            return Some(joined);
        }
        all.push_str(&joined);
    }
    let backwards: String = all.chars().rev().collect();
    let known = |text: &str| KNOWN.iter().find(|known| text.contains(**known)).copied();
    // in pieces: `['__cl', 'ass__']|join`
    let pieces = all.len() < 200 && !all.contains(char::is_whitespace);
    let found = if pieces {
        known(&all).or_else(|| known(&backwards))
    } else {
        None
    };
    found.map(str::to_owned)
}

/// A further part of a text that is put together, and the index behind it.
fn joined_part(tokens: &[Token], index: usize) -> Option<(&str, bool, usize)> {
    match (tokens.get(index)?, tokens.get(index + 1)) {
        (Token::Text(text, hidden), _) => Some((text, *hidden, index + 1)),
        (sign, Some(Token::Text(text, hidden))) if joins(sign) => Some((text, *hidden, index + 2)),
        _ => None,
    }
}

/// Whether a sign puts texts together.
fn joins(token: &Token) -> bool {
    matches!(token, Token::Sign('~' | '+' | '*'))
}

/// Names that lead from any object to all of Python.
const KNOWN: [&str; 14] = [
    "__class__",
    "__globals__",
    "__builtins__",
    "__subclasses__",
    "__mro__",
    "__base__",
    "__bases__",
    "__import__",
    "__getattribute__",
    "__dict__",
    "__code__",
    "__closure__",
    "__reduce__",
    "__init__",
];

/// Whether a text names something hidden; `is_part` where it is put together with others.
fn is_suspicious(text: &str, is_part: bool) -> bool {
    if text.contains("%c") {
        return true;
    }
    if !text.contains(|letter: char| letter != '_') {
        return is_part && !text.is_empty();
    }
    let is_path = text
        .chars()
        .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.'));
    if is_path {
        let dunder = text.split('.').any(is_dunder);
        return dunder || is_part && (text.starts_with("__") || text.ends_with("__"));
    }
    // `"{0.__class__}".format(x)`
    text.contains('{')
        && ["._", "[_"]
            .iter()
            .any(|sign| text.contains(&format!("{sign}_")))
}

fn is_dunder(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

/// The longest part of a template that is shown, in letters.
const LONGEST: usize = 80;

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn templates_that_reach_out_are_found() {
        for template in [
            "{{ ''.__class__.__mro__[1].__subclasses__() }}",
            "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
            "{{ x|attr('__class__') }}",
            "{{ x|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
            "{{ x['__class__'] }}",
            "{{ x['\\x5f_class__'] }}",
            "{{ x['\\137_class_\\137'] }}",
            "{{ x['\\u005f_class__'] }}",
            "{{ x['\\N{LOW LINE}_class__'] }}",
            "{{ x['__cl' 'ass__'] }}",
            "{{ x['__cl' ~ 'ass__'] }}",
            "{{ x['__cl' + 'ass__'] }}",
            "{{ x['_' ~ '_' ~ name ~ '_' ~ '_'] }}",
            "{{ x['_' * 2 ~ 'class' ~ '_' * 2] }}",
            "{{ x[['__cl', 'ass__']|join] }}",
            "{{ x[('__ssa', 'lc__')|join|reverse] }}",
            "{{ x['__ssalc__'[::-1]] }}",
            "{{ x|map(attribute='__class__.__base__')|list }}",
            "{{ '{0.__class__}'.format(x) }}",
            "{{ '%c%cclass'|format(95, 95) }}",
            "{% import 'os' as os %}",
            "{%- from 'x' import y %}",
            "{{ os.popen('id') }}",
            "{{ os.system('id') }}",
            "{{ g.gi_frame.f_globals }}",
            "{{ x.mro() }}",
            "{{ dict(__class__=1)|join }}",
            "{# quiet #}{% set a = lipsum.__globals__ %}",
            "{{ {'a': {}}.__class__ }}",
            "{{ '}}' ~ x.__class__ }}",
            "{{ x.__class__",
        ] {
            assert!(escape(template).is_some(), "{template}");
        }
    }

    #[test]
    fn innocent_templates_are_quiet() {
        for template in [
            // in the manner of ChatML, Llama 3, Mistral and Qwen
            "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
            "{{- bos_token }}{%- if custom_tools is defined %}{%- set tools = custom_tools %}{%- endif %}{%- if not date_string is defined %}{%- if strftime_now is defined %}{%- set date_string = strftime_now(\"%d %b %Y\") %}{%- endif %}{%- endif %}{{- \"<|start_header_id|>system<|end_header_id|>\\n\\n\" }}{{- raise_exception(\"Cannot put tools in the first user message\") }}",
            "{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}{%- for message in messages[::-1] %}{%- set index = (messages|length - 1) - loop.index0 %}{%- if ns.multi_step_tool and not(message.content.startswith('<tool_response>')) %}{%- set ns.multi_step_tool = false %}{%- endif %}{%- endfor %}{{- '{\"name\": \"' }}{{- tool_call.arguments | tojson }}",
            "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{{ message['content'].split('</think>')[-1].lstrip('\\n') }}",
            "{%- macro json_to_python_type(json_spec) %}{%- set basic_type_map = {\"string\": \"str\", \"number\": \"float\"} %}{%- if basic_type_map[json_spec.type] is defined %}{{- basic_type_map[json_spec.type] }}{%- endif %}{%- endmacro %}",
            "{{ name|replace('_', ' ') }}{{ name.split('__')[0] }}",
            "{{ messages|selectattr('role', 'equalto', 'system')|map(attribute='content')|list }}",
            "write `def __init__(self): import os` {{ \"as in\\n    def __init__(self):\" }}",
            "{{ message.system }}{{ messages[0]['from'] }}{{ include_docs }}",
            "{# __class__ #}",
            "{",
            "",
        ] {
            assert_eq!(escape(template), None, "{template}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_text_is_judged(text in r#"[{}%#'"\\x5_a.\[\]~é ]{0,80}"#) {
            escape(&text);
            escape(&format!("{{{{{text}"));
        }
    }
}
