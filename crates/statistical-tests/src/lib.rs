//! Tests of distributions and streams that are too slow or need too much for the crates they test.
//!
//! What is compared with comes from outside of Seedbed: the distribution functions of `libm` and `statrs`, and numbers
//! computed with SciPy and mpmath. A test fails where its p-value lies below [`ALPHA`]; seeds are fixed, so it fails
//! always or never.

pub mod goodness;
pub mod law;
pub mod number;

use seedbed::{Element, Error, Initializer, Parameter, Slice};

/// What the p-value of a test must exceed.
pub const ALPHA: f64 = 0.001;

/// The first `count` elements of an endless vector called `name`.
///
/// # Errors
/// As [`Initializer::draw_slice`].
pub fn endless<T: Element>(text: &str, name: &str, seed: u64, first: usize, count: usize) -> Result<Vec<T>, Error> {
    let vector = Parameter::norm_scale(name, 1 << 44)?;
    text.parse::<Initializer>()?.draw_slice(&vector, seed, &Slice::from(first..first + count))
}
