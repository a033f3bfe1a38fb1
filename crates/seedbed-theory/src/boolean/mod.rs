//! The prior over Boolean functions of real networks: which functions of n bits a draw computes, and how often.
//!
//! The parameter–function map is far from even: simple functions are drawn far more often than complex ones (Valle-Pérez et
//! al. 2019; Mingard et al. 2019). A draw's function is 1 where the network's output is above 0, on all 2ⁿ inputs. The prior
//! depends on the coding of the bits and on σ_b/σ_w as much as on the network, so both are arguments.
//!
//! Functions are `u128`s: bit i is the output at input i, whose binary digits are the coordinates, the first one the most
//! significant.

mod complexity;
mod forward;
mod prior;
mod sample;

pub use complexity::{boundary_sensitivity, complexity, entropy_bits};
pub use prior::{BooleanPrior, Frequency, Share};
pub use sample::{Coding, sample};

/// Inputs at most: 2⁷ outputs fit a `u128`.
pub const MOST_INPUTS: usize = 7;
