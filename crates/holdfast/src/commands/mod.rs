//! One file per command: gather, call one function, print.

pub(crate) mod advisories;
pub(crate) mod audit;
pub(crate) mod cache;
pub(crate) mod capture;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod drift;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod golden;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod judged;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod locks;
pub(crate) mod model;
pub(crate) mod outdated;
pub(crate) mod sync;
pub(crate) mod tree;
pub(crate) mod verify;
pub(crate) mod why;
