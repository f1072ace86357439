//! What a pickle may import, as a project says it.

use std::fmt;
use std::str::FromStr;

/// A pattern over `module.name`, in which `*` stands for any characters, dots included:
/// `mymodel.*`, `mypkg.models.Net`.
///
/// It begins with the name of a module: nothing can be said of all modules at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobalPattern {
    text: String,
}

/// Why a text is no pattern over what pickles import.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobalPatternError {
    /// It would admit whatever module there is.
    #[error("`{0}` does not begin with the name of a module, and would admit any")]
    AnyModule(String),
    /// It names a module, and nothing in it.
    #[error("`{0}` names nothing in the module")]
    NoName(String),
    /// It has a character that no name has.
    #[error("`{0}` is no name of something in a module")]
    Malformed(String),
}

impl GlobalPattern {
    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it admits `name` of `module`.
    pub fn matches(&self, module: &str, name: &str) -> bool {
        let global = format!("{module}.{name}");
        let mut parts = self.text.split('*');
        let Some(mut rest) = parts.next().and_then(|first| global.strip_prefix(first)) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        for part in parts {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

impl FromStr for GlobalPattern {
    type Err = GlobalPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let fits = text
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '*'));
        let (module, name) = text.split_once('.').unwrap_or((text, ""));
        if module.is_empty() || module.contains('*') {
            return Err(GlobalPatternError::AnyModule(text.to_owned()));
        }
        if !fits || text.contains("..") {
            return Err(GlobalPatternError::Malformed(text.to_owned()));
        }
        if name.is_empty() || name.ends_with('.') {
            return Err(GlobalPatternError::NoName(text.to_owned()));
        }
        Ok(Self {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for GlobalPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_what_is_imported() {
        for (pattern, module, name, fits) in [
            ("mymodel.*", "mymodel", "Net", true),
            ("mymodel.*", "mymodel.layers", "Net", true),
            ("mymodel.*", "mymodels", "Net", false),
            ("mypkg.models.Net", "mypkg.models", "Net", true),
            ("mypkg.models.Net", "mypkg.models", "Network", false),
            ("mypkg.*.Net", "mypkg.models.deep", "Net", true),
            ("mypkg.*.Net", "mypkg.models", "Net2", false),
            ("mypkg.a*b*c", "mypkg", "a_b_c", true),
            ("mypkg.a*a", "mypkg", "a", false),
        ] {
            let pattern: GlobalPattern = pattern.parse().unwrap();
            assert_eq!(
                pattern.matches(module, name),
                fits,
                "{pattern} {module} {name}"
            );
        }
    }

    #[test]
    fn a_pattern_names_a_module() {
        for wrong in [
            "", "*", "*.Net", "my*.Net", ".Net", "os", "os.", "a..b", "a.b c", "a-b.c",
        ] {
            assert!(wrong.parse::<GlobalPattern>().is_err(), "{wrong}");
        }
    }
}
