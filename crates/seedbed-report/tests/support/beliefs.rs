//! Beliefs of small networks, measured.

use seedbed_feasibility::believe::record::{Beliefs, Comparison};
use seedbed_feasibility::believe::{Request, believe, compared as together};
use seedbed_feasibility::stand_in;
use seedbed_feasibility::study::Silent;

/// What a prior believes of a network.
pub fn of(network: &str, prior: &str) -> Beliefs {
    let network = network.parse().unwrap();
    let data = stand_in::inputs(&network, 256, 1).unwrap();
    let prior = prior.parse().unwrap();
    let request = Request { network: &network, data: &data, prior: &prior, draws: 4, seed: 0, confidence: 0.95 };
    believe(&request, 1, &Silent).unwrap()
}

/// Priors of one small network, side by side.
pub fn compared(priors: &[&str]) -> Comparison {
    together(priors.iter().map(|prior| of("mlp(8, 6x3, 2, relu)", prior)).collect())
}
