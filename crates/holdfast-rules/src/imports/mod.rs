//! How far what a pickle imports is harmless.

mod allowed;
mod names;

use std::borrow::Cow;

use holdfast_model::{Import, ImportUsage};

use crate::GlobalPattern;
use allowed::{ALLOWED, Allowed, NEVER, Names};

/// The modules of Python's standard library, those of earlier versions among them, a line each.
static STANDARD_LIBRARY: &str = include_str!("standard_library.txt");

/// What is thought of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Models ordinarily do this, and it is harmless.
    Ordinary,
    /// An object is made of, or only a name taken from, a module that nobody knows here: a project's
    /// own, most often. Importing it runs it.
    Unknown,
    /// Not known to be harmless, of a module that is known, or called.
    NotAllowed,
}

/// What is thought of an import, with what the project allows besides.
pub(crate) fn trust(import: &Import, allowed: &[GlobalPattern]) -> Trust {
    let module = renamed(&import.module);
    let (module, name) = (module.as_ref(), import.name.as_str());
    if ALLOWED
        .iter()
        .any(|line| line.admits(module, name, import.usage))
        || allowed.iter().any(|pattern| pattern.matches(module, name))
    {
        return Trust::Ordinary;
    }
    let known = is_of_standard_library(module) || ALLOWED.iter().any(|line| line.is_about(module));
    if import.usage == ImportUsage::Called || known || !is_path(module) {
        Trust::NotAllowed
    } else {
        Trust::Unknown
    }
}

/// Today's name of a module that Python 2 called otherwise: Python's reader renames it as well.
fn renamed(module: &str) -> Cow<'_, str> {
    Cow::Borrowed(match module {
        "__builtin__" => "builtins",
        "copy_reg" => "copyreg",
        other => other,
    })
}

fn is_of_standard_library(module: &str) -> bool {
    STANDARD_LIBRARY.lines().any(|known| known == top(module))
}

fn top(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// Whether a text can be the dotted name of a module.
fn is_path(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty()
            && !part.starts_with(|first: char| first.is_ascii_digit())
            && part
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

impl Allowed {
    fn admits(&self, module: &str, name: &str, usage: ImportUsage) -> bool {
        usage <= self.usage && self.covers(module) && self.names.include(name)
    }

    fn covers(&self, module: &str) -> bool {
        match self.module.strip_suffix(".*") {
            Some(package) => {
                lies_in(module, package) && !NEVER.iter().any(|never| lies_in(module, never))
            }
            None => module == self.module,
        }
    }

    /// Whether it is about the package that a module belongs to.
    fn is_about(&self, module: &str) -> bool {
        top(self.module) == top(module)
    }
}

/// Whether a module is this package or lies in it.
fn lies_in(module: &str, package: &str) -> bool {
    module
        .strip_prefix(package)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Names {
    fn include(&self, name: &str) -> bool {
        match self {
            Self::These(names) => names.iter().any(|pattern| fits(pattern, name)),
            Self::Classes => {
                !name.contains('.')
                    && name
                        .trim_start_matches('_')
                        .starts_with(|first: char| first.is_ascii_uppercase())
            }
            Self::Any => !name.contains('.'),
        }
    }
}

/// Whether a name fits a pattern with at most one `*`, which stands for no dot.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => {
            name.len() >= start.len() + end.len()
                && name.starts_with(start)
                && name.ends_with(end)
                && !name.contains('.')
        }
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use holdfast_model::Within;

    use super::*;

    fn of(usage: ImportUsage, path: &str) -> Trust {
        let (module, name) = path.rsplit_once(':').unwrap();
        let import = Import {
            module: module.to_owned(),
            name: name.to_owned(),
            usage,
            at: Within::default(),
        };
        trust(&import, &["mymodel.*".parse().unwrap()])
    }

    #[test]
    fn what_models_do_is_ordinary() {
        use ImportUsage::{Called, Imported, Instantiated};
        for (usage, path) in [
            (Called, "collections:OrderedDict"),
            (Called, "__builtin__:set"),
            (Called, "builtins:ValueError"),
            (Called, "copy_reg:_reconstructor"),
            (Called, "numpy.core.multiarray:_reconstruct"),
            (Called, "numpy:float64"),
            (
                Instantiated,
                "sklearn.ensemble._forest:RandomForestClassifier",
            ),
            (Called, "sklearn.tree._tree:Tree"),
            (
                Imported,
                "sklearn.feature_selection._univariate_selection:f_classif",
            ),
            (Called, "pandas.core.indexes.base:_new_Index"),
            (Imported, "torch:FloatStorage"),
            (Imported, "torch:bfloat16"),
            (Called, "mymodel.deep:anything"),
        ] {
            assert_eq!(of(usage, path), Trust::Ordinary, "{path}");
        }
    }

    #[test]
    fn what_is_not_listed_is_not_allowed() {
        use ImportUsage::{Called, Imported, Instantiated};
        for (usage, path) in [
            (Imported, "os:system"),
            (Imported, "builtins:eval"),
            (Instantiated, "subprocess:Popen"),
            (Called, "builtins:getattr"),
            (Called, "collections:namedtuple"),
            (Called, "numpy.core:_ufunc_reconstruct"),
            (Called, "numpy.f2py.crackfortran:getlincoef"),
            (Called, "numpy.testing._private.utils:runstring"),
            (Called, "sklearn.utils._testing:Any"),
            (Called, "sklearn.feature_selection:f_classif"),
            (Called, "torch.nn.modules.linear:Linear"),
            (Called, "pandas.io.parsers.readers:TextFileReader"),
            (Called, "sklearn.pipeline:Pipeline.fit"),
            (Imported, "torch.serialization:load"),
            (Called, "somebody.own:function"),
            (Instantiated, "os .path:X"),
        ] {
            assert_eq!(of(usage, path), Trust::NotAllowed, "{path}");
        }
    }

    #[test]
    fn classes_of_unknown_modules_are_unknown() {
        assert_eq!(
            of(ImportUsage::Instantiated, "churn.model:Net"),
            Trust::Unknown
        );
        assert_eq!(of(ImportUsage::Imported, "__main__:scale"), Trust::Unknown);
    }

    #[test]
    fn the_standard_library_is_sorted() {
        assert!(STANDARD_LIBRARY.lines().is_sorted());
        assert!(is_of_standard_library("idlelib.run"));
    }
}
