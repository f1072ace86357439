//! File names of wheels and what they run on (PEP 427, PEP 425).

use crate::Platform;

/// The parts of a wheel's file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelFilename {
    /// The distribution's name as written.
    pub name: String,
    /// The version as written.
    pub version: String,
    python_tags: Vec<String>,
    abi_tags: Vec<String>,
    platform_tags: Vec<String>,
}

/// Why a text is no file name of a wheel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no file name of a wheel: expected `name-version-python-abi-platform.whl`")]
pub struct WheelFilenameError(String);

impl std::str::FromStr for WheelFilename {
    type Err = WheelFilenameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || WheelFilenameError(text.to_owned());
        let stem = text.strip_suffix(".whl").ok_or_else(error)?;
        let parts: Vec<&str> = stem.split('-').collect();
        let ([name, version, python, abi, platform] | [name, version, _, python, abi, platform]) =
            parts.as_slice()
        else {
            return Err(error());
        };
        let tags = |compressed: &str| compressed.split('.').map(str::to_owned).collect();
        Ok(Self {
            name: (*name).to_owned(),
            version: (*version).to_owned(),
            python_tags: tags(python),
            abi_tags: tags(abi),
            platform_tags: tags(platform),
        })
    }
}

impl WheelFilename {
    /// Whether the wheel runs on CPython 3.`minor` on `platform`.
    pub fn runs_on(&self, minor: u8, platform: Platform) -> bool {
        self.is_for_python(minor)
            && self
                .platform_tags
                .iter()
                .any(|tag| platform.accepts_tag(tag))
    }

    /// Whether the wheel is for CPython 3.`minor`, on whatever platform.
    pub fn is_for_python(&self, minor: u8) -> bool {
        self.python_tags.iter().any(|python| {
            self.abi_tags
                .iter()
                .any(|abi| python_and_abi_match(python, abi, minor))
        })
    }
}

/// The combinations that CPython 3.`minor` accepts, as `packaging.tags` lists them.
fn python_and_abi_match(python: &str, abi: &str, minor: u8) -> bool {
    let cpython = python
        .strip_prefix("cp3")
        .and_then(|rest| rest.parse::<u8>().ok());
    let generic = match python {
        "py3" => Some(0),
        _ => python
            .strip_prefix("py3")
            .and_then(|rest| rest.parse::<u8>().ok()),
    };
    match abi {
        "none" => cpython == Some(minor) || generic.is_some_and(|floor| floor <= minor),
        "abi3" => cpython.is_some_and(|floor| (2..=minor).contains(&floor)),
        _ => cpython == Some(minor) && abi == format!("cp3{minor}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(name: &str) -> bool {
        let platform = "linux-x86_64-glibc2.28".parse().unwrap();
        name.parse::<WheelFilename>().unwrap().runs_on(11, platform)
    }

    #[test]
    fn tags_decide_where_a_wheel_runs() {
        assert!(runs(
            "numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
        ));
        assert!(runs("six-1.16.0-py2.py3-none-any.whl"));
        assert!(runs(
            "cryptography-41.0.0-cp37-abi3-manylinux_2_28_x86_64.whl"
        ));
        assert!(runs("lightgbm-4.3.0-py3-none-manylinux_2_28_x86_64.whl"));
        assert!(!runs("numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.whl"));
        assert!(!runs("numpy-1.26.4-cp311-cp311-macosx_11_0_arm64.whl"));
        assert!(!runs("x-1-cp312-abi3-any.whl"));
        assert!(!runs("x-1-cp313-cp313t-manylinux_2_17_x86_64.whl"));
    }

    #[test]
    fn a_build_tag_is_allowed() {
        assert!(runs("x-1-2local-py3-none-any.whl"));
        assert!("x-1.tar.gz".parse::<WheelFilename>().is_err());
        assert!("x-1-any.whl".parse::<WheelFilename>().is_err());
    }
}
