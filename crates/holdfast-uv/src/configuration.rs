//! uv's own configuration of a user or a machine (`uv.toml`): which indexes it names.

use serde::Deserialize;

/// The indexes that a `uv.toml` names. Addresses may carry credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UvConfiguration {
    /// The index that is asked last.
    pub default: Option<String>,
    /// Indexes that are asked before it, in this order.
    pub extra: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct UvToml {
    index_url: Option<String>,
    #[serde(default)]
    extra_index_url: Vec<String>,
    #[serde(default)]
    index: Vec<Index>,
}

#[derive(Deserialize)]
struct Index {
    url: String,
    #[serde(default)]
    default: bool,
    #[serde(default)]
    explicit: bool,
}

/// Reads a `uv.toml`. Keys that are not about indexes are passed over.
pub fn read_configuration(text: &str) -> Result<UvConfiguration, toml::de::Error> {
    let read: UvToml = toml::from_str(text)?;
    let mut configuration = UvConfiguration {
        default: read.index_url,
        extra: read.extra_index_url,
    };
    for index in read.index.into_iter().filter(|index| !index.explicit) {
        if index.default {
            configuration.default.get_or_insert(index.url);
        } else {
            configuration.extra.push(index.url);
        }
    }
    Ok(configuration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_of_both_forms_are_read() {
        let text = "index-url = \"https://a.example/simple\"\nnative-tls = true\n\n[[index]]\nname = \"b\"\nurl = \"https://b.example/simple\"\n\n[[index]]\nurl = \"https://c.example/simple\"\nexplicit = true\n";
        let read = read_configuration(text).unwrap();
        assert_eq!(read.default.as_deref(), Some("https://a.example/simple"));
        assert_eq!(read.extra, ["https://b.example/simple"]);
        assert!(read_configuration("index = 1").is_err());
    }
}
