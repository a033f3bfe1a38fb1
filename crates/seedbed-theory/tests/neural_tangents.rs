//! Kernels of random architectures against neural-tangents 0.6.5 in double precision; the numbers come from
//! `benches/kernels/architectures.py`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed_network::graph::{Layer, Network};
use seedbed_theory::kernel::{Kernel, Limits};
use serde::Deserialize;

#[derive(Deserialize)]
struct Architecture {
    input: String,
    weight_variance: f64,
    bias_variance: f64,
    layers: Vec<Layer>,
    inputs: Vec<f64>,
    nngp: Vec<f64>,
    ntk: Vec<f64>,
}

impl Architecture {
    fn kernel(&self) -> Kernel {
        let network = Network::build("random", &self.input.parse().unwrap(), &self.layers).unwrap();
        let weight = format!("variance_scaling(scale={}, mode=fan_in, distribution=normal)", self.weight_variance);
        let prior = format!("{{*.weight={weight}; *.bias=normal(std={})}}", self.bias_variance.sqrt());
        Kernel::new(&network, &prior.parse().unwrap()).unwrap()
    }
}

fn assert_equal(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-6 * largest, "{what}: {found} for {expected}");
    }
}

#[test]
fn random_architectures_have_the_kernels_of_neural_tangents() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/neural_tangents.json")).unwrap();
    let architectures: Vec<Architecture> = serde_json::from_str(&text).unwrap();
    assert!(architectures.len() >= 20);
    for architecture in &architectures {
        let gram = architecture.kernel().gram(&architecture.inputs, &Limits::default()).unwrap();
        let what = format!("{:?}", architecture.layers);
        assert_equal(gram.nngp_values(), &architecture.nngp, &format!("NNGP of {what}"));
        assert_equal(gram.ntk_values(), &architecture.ntk, &format!("NTK of {what}"));
    }
}
