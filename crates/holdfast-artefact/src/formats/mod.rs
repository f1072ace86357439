//! Formats of models and arrays, apart from pickles.

mod bytes;
mod events;
mod json_events;
mod keras;
mod literal;
mod protobuf;
mod skops;
mod template;
#[cfg(test)]
mod testing;
mod ubjson_events;
mod versions;
mod xgboost;

pub(crate) mod catboost;
pub(crate) mod gguf;
pub(crate) mod hdf5;
pub(crate) mod json;
pub(crate) mod lightgbm;
pub(crate) mod mlflow;
pub(crate) mod numpy;
pub(crate) mod onnx;
pub(crate) mod safetensors;
pub(crate) mod saved_model;
pub(crate) mod ubjson;
pub(crate) mod xgboost_binary;
