//! Runs a model in an environment, contained: no network, limits, a scratch directory.
