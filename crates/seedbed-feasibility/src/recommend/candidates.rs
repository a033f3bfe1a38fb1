//! The priors that are compared unless the user names others.

use seedbed::gain::forward_gain;
use seedbed::{Error, Prior};
use seedbed_network::graph::Network;

/// Zeros, near-zero, the three classic scalings, PyTorch's layer default, orthogonal and sparse.
///
/// Sparse has 15 nonzero weights a unit, all where a unit has fewer. Orthogonal and sparse carry the forward gain of the network's activation, 1/√E φ²(z) at z ~ N(0, 1), as
/// `he_normal` does for the ReLU.
///
/// # Errors
/// None for any network; the type is that of parsing.
pub fn default_candidates(network: &Network) -> Result<Vec<Prior>, Error> {
    // in single precision, so that √2 prints as the 1.4142135 that the field writes
    let gain = forward_gain(network.dominant_activation()) as f32;
    let candidates = [
        "zeros".to_owned(),
        "normal(mean=0, std=0.001)".to_owned(),
        "glorot_uniform".to_owned(),
        "he_normal".to_owned(),
        "lecun_normal".to_owned(),
        "torch:default".to_owned(),
        format!("orthogonal(gain={gain})"),
        format!("sparse(gain={gain})"),
    ];
    candidates.iter().map(|text| text.parse()).collect()
}
