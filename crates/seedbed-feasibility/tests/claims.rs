//! Every claim of the catalogue that a belief table can judge: on a network where it holds, and on one where it does not,
//! with the reason.

#![allow(clippy::unwrap_used)]

use seedbed::catalogue::{self, Entry};
use seedbed_feasibility::believe::record::{Beliefs, Row};
use seedbed_feasibility::believe::{Request, believe};
use seedbed_feasibility::stand_in;
use seedbed_feasibility::study::Silent;
use seedbed_network::data::digits;
use seedbed_network::graph::Network;

const LINEAR: &str = "mlp(64, 64x5, 10, identity)";
const RELU: &str = "mlp(64, 64x5, 10, relu)";
const SINE: &str = "mlp(64, 64x5, 10, sin)";
const TANH: &str = "mlp(64, 64x5, 10, tanh)";
/// So deep that weights of 1e-3 leave nothing in single precision.
const DEEP: &str = "mlp(64, 16x30, 10, relu)";
const RESIDUAL: &str = "mlp(64, 32x3, 10, tanh, residual)";
const IMAGES: &str = "cnn(1x8x8, 4x3, 10, identity)";
const RELU_IMAGES: &str = "cnn(1x8x8, 4x3, 10, relu)";

/// A claim of an initializer where it holds, and where it does not with a part of the reason.
struct Case {
    initializer: &'static str,
    belief: &'static str,
    /// Prior and network.
    held: (&'static str, &'static str),
    /// Prior, network, and what the note says. None where no network breaks it.
    not_held: Option<(&'static str, &'static str, &'static str)>,
}

const fn case(
    initializer: &'static str,
    belief: &'static str,
    held: (&'static str, &'static str),
    not_held: (&'static str, &'static str, &'static str),
) -> Case {
    Case { initializer, belief, held, not_held: Some(not_held) }
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("zeros", "symmetry", ("{layer2.weight=zeros; *.weight=lecun_normal; *.bias=zeros}", RESIDUAL), ("zeros", RELU, "all 64 units of layer1 are tied")),
    case("ones", "symmetry", ("{layer2.weight=ones; *.weight=lecun_normal; *.bias=zeros}", RESIDUAL), ("ones", RELU, "all 64 units of layer1 are tied")),
    case("constant", "symmetry", ("{layer2.weight=constant(value=0.1); *.weight=lecun_normal; *.bias=zeros}", RESIDUAL), ("constant(value=0.1)", RELU, "tied")),
    case("uniform", "symmetry", ("uniform(bound=0.1)", RELU), ("uniform(bound=0.001)", DEEP, "all 16 units")),
    case("normal", "symmetry", ("normal(std=0.1)", RELU), ("normal(std=0.001)", DEEP, "all 16 units")),
    case("truncated_normal", "symmetry", ("truncated_normal(std=0.1)", RELU), ("truncated_normal(std=0.001)", DEEP, "all 16 units")),
    case("variance_scaling", "scale", ("variance_scaling(scale=2)", RELU), ("variance_scaling(scale=1)", RELU, "the signal shrinks by")),
    case("glorot_uniform", "scale", ("glorot_uniform", TANH), ("glorot_uniform", RELU, "the signal shrinks by")),
    case("glorot_normal", "gradient_flow", ("glorot_normal", LINEAR), ("glorot_normal", RELU, "the gradient on its way back shrinks by")),
    case("he_uniform", "scale", ("he_uniform", RELU), ("he_uniform", LINEAR, "the signal grows by")),
    case("he_normal", "gradient_flow", ("he_normal", RELU), ("he_normal", "mlp(64, 64x60, 10, tanh)", "the gradient on its way back grows by 1.1")),
    case("lecun_uniform", "scale", ("lecun_uniform", LINEAR), ("lecun_uniform", RELU, "the signal shrinks by")),
    case("lecun_normal", "evenness", ("lecun_normal", TANH), ("{layer2.weight=zeros; *.weight=lecun_normal; *.bias=zeros}", TANH, "no input counts")),
    case("orthogonal", "isometry", ("orthogonal", LINEAR), ("orthogonal(gain=relu)", RELU, "no weights can make it an isometry")),
    case("siren", "scale", ("siren(omega=1)", SINE), ("siren", SINE, "the signal shrinks by")),
    Case { initializer: "siren_first", belief: "symmetry", held: ("siren_first", SINE), not_held: None },
    case("random_walk", "scale", ("random_walk", RELU), ("random_walk", LINEAR, "the signal grows by")),
    case("spectral", "scale", ("spectral", LINEAR), ("spectral", RELU, "the signal shrinks by")),
    case("sparse", "sparsity", ("sparse(nonzeros=15, gain=relu)", RELU), ("sparse(nonzeros=1, gain=relu)", RELU, "of the 64 inputs of layer1 are read by no unit")),
    case("identity", "isometry", ("identity", LINEAR), ("identity", RELU, "relu closes units")),
    case("hadamard", "isometry", ("hadamard", LINEAR), ("hadamard", RELU, "relu closes units")),
    // pixels of the digits that never change leave units that differ in nothing
    case("zero_hadamard", "symmetry", ("zero_hadamard", "mlp(32, 32x4, 8, identity)"), ("zero_hadamard", LINEAR, "of 64 units of layer1 are distinct")),
    case("zero_hadamard", "isometry", ("zero_hadamard", LINEAR), ("zero_hadamard", RELU, "relu closes units")),
    case("looks_linear", "isometry", ("{layer1.weight=looks_linear(part=first); layer2.weight=looks_linear(part=last); *.bias=zeros}", "mlp(64, 128, 64, relu)"), ("looks_linear", TANH, "stray by")),
    case("givens", "isometry", ("givens", LINEAR), ("givens", RELU, "relu closes units")),
    case("permuted_blocks", "scale", ("permuted_blocks", LINEAR), ("permuted_blocks", RELU, "the signal shrinks by 2")),
    case("dirac", "isometry", ("{layer4.weight=orthogonal; *.weight=dirac; *.bias=zeros}", IMAGES), ("{layer4.weight=orthogonal; *.weight=dirac; *.bias=zeros}", RELU_IMAGES, "relu closes units")),
    case("delta_orthogonal", "isometry", ("{layer4.weight=orthogonal; *.weight=delta_orthogonal; *.bias=zeros}", IMAGES), ("{layer4.weight=orthogonal; *.weight=delta_orthogonal; *.bias=zeros}", RELU_IMAGES, "relu closes units")),
    case("convolution_orthogonal", "gradient_flow", ("{layer4.weight=orthogonal; *.weight=convolution_orthogonal; *.bias=zeros}", IMAGES), ("{layer4.weight=orthogonal; *.weight=convolution_orthogonal(gain=0.3); *.bias=zeros}", IMAGES, "shrinks by")),
];

/// Initializers whose claims concern something that no row of a belief table judges.
#[rustfmt::skip]
const ELSEWHERE: &[(&str, &[&str])] = &[
    ("a bias, which claims nothing of a network", &["lstm_bias", "chrono"]),
    ("a state through time, where the table compares layers", &["gate_orthogonal", "irnn"]),
    ("a state-space layer, which the graph does not have", &[
        "hippo_legs", "hippo_legs_b", "s4d_lin", "s4d_inv", "log_uniform", "s4_log_dt", "mamba_a_log", "mamba2_a_log",
        "mamba_dt_bias", "mamba_dt_weight", "mamba_d",
    ]),
    ("an adapter beside a trained weight", &["lora_a", "lora_a_gaussian", "lora_b", "lora_a_orthogonal", "lora_b_orthogonal"]),
    ("what a filter does to frequencies, or to the pixels of a block", &["bilinear", "icnr", "stft"]),
];

fn beliefs(prior: &str, network: &str) -> Beliefs {
    let network: Network = network.parse().unwrap();
    let data = match network.input().elements() {
        64 => digits(),
        _ => stand_in::inputs(&network, 256, 5).unwrap(),
    };
    let prior = prior.parse().unwrap();
    let request = Request { network: &network, data: &data, prior: &prior, draws: 4, seed: 0, confidence: 0.95 };
    believe(&request, 2, &Silent).unwrap()
}

/// The rows of a belief that is claimed and judged.
fn judged<'b>(found: &'b Beliefs, belief: &str) -> Vec<&'b Row> {
    let rows = found.rows.iter();
    rows.filter(|row| row.belief == belief && row.claimed.is_some() && row.held.is_some()).collect()
}

#[test]
fn each_claim_is_held_where_it_holds() {
    let wrong = CASES.iter().filter_map(|Case { initializer, belief, held: (prior, network), .. }| {
        let found = beliefs(prior, network);
        let rows = judged(&found, belief);
        let broken: Vec<&&Row> = rows.iter().filter(|row| row.held == Some(false)).collect();
        let right = !rows.is_empty() && broken.is_empty();
        (!right).then(|| format!("{initializer}, {network}: {broken:#?} of {} rows", rows.len()))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_claim_that_does_not_hold_says_why() {
    let wrong = CASES.iter().filter_map(|Case { initializer, belief, not_held, .. }| {
        let (prior, network, word) = (*not_held)?;
        let found = beliefs(prior, network);
        let rows = judged(&found, belief).into_iter().filter(|row| row.held == Some(false));
        let notes: Vec<&str> = rows.map(|row| row.note.as_str()).collect();
        let right = notes.iter().any(|note| note.contains(word));
        (!right).then(|| format!("{initializer}, {network}: '{word}' is not in {notes:?}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_claim_of_the_catalogue_is_forgotten() {
    let entries: Vec<&Entry> = catalogue::kinds().iter().flat_map(|(_, entries)| entries.iter()).collect();
    for entry in entries.iter().filter(|entry| !entry.claims.is_empty()) {
        let here = CASES.iter().filter(|case| case.initializer == entry.name).count();
        let elsewhere = ELSEWHERE.iter().filter(|(_, names)| names.contains(&entry.name)).count();
        assert!((here > 0) != (elsewhere == 1), "{}: {here} cases, {elsewhere} reasons for none", entry.name);
    }
    for Case { initializer, belief, held: (prior, _), .. } in CASES {
        let entry = entries.iter().find(|entry| entry.name == *initializer);
        let claims = entry.is_some_and(|entry| entry.claims.iter().any(|claim| claim.belief == *belief));
        assert!(claims && prior.contains(initializer), "{initializer} claims nothing of {belief}");
    }
    for name in ELSEWHERE.iter().flat_map(|(_, names)| *names) {
        assert!(entries.iter().any(|entry| entry.name == *name && !entry.claims.is_empty()), "{name} is gone");
    }
}
