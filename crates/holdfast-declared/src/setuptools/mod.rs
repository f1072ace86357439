//! The manifests of setuptools: `setup.cfg` and `setup.py`, which is read and never run.

mod literal;
pub(crate) mod setup_cfg;
pub(crate) mod setup_py;
mod token;
