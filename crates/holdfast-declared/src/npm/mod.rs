//! npm's manifests: `package.json` and `.npmrc`.

pub(crate) mod npmrc;
pub(crate) mod package_json;
mod range;
