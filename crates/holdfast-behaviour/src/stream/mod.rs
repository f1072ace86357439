//! Detectors of drift in a stream of values.
