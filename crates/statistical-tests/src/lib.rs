//! Tests of distributions and streams that are too slow or need too much for the crates they test.
