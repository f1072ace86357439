//! Statistics of two samples: tests, distances and effect sizes.
