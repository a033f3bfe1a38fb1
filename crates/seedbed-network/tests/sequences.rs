//! Recurrent cells and transformers against PyTorch 2.15 (`data/sequences.py` wrote the numbers) and against central differences.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod differences;

use differences::check_gradients;
use seedbed::Prior;
use seedbed_network::graph::{Layer, Network, Returns};
use seedbed_network::run::{Batch, Runner};
use serde::Deserialize;

/// What PyTorch says of one network, in double precision.
#[derive(Deserialize)]
struct Case {
    network: String,
    loss: f64,
    /// What the last layer sees.
    states: Vec<f64>,
    gradients: Vec<Vec<f64>>,
}

fn numbers(count: usize, offset: usize) -> Vec<f64> {
    (0..count).map(|place| (((place * 37 + offset * 11) % 23) as f64 - 11.0) / 17.0).collect()
}

fn assert_close(found: impl IntoIterator<Item = f64>, expected: &[f64], tolerance: f64, what: &str) {
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < tolerance, "{what}: {found}, not {expected}");
    }
}

#[test]
fn states_and_gradients_are_those_of_pytorch() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("data/sequences.json")).unwrap();
    assert_eq!(cases.len(), 7);
    for Case { network: text, loss, states, gradients } in cases {
        let network: Network = text.parse().unwrap();
        let sizes = network.parameters.iter().map(|parameter| parameter.shape.elements());
        let weights: Vec<Vec<f64>> = sizes.enumerate().map(|(place, size)| numbers(size, place)).collect();
        // single precision rounds these inputs: 1e-7
        let inputs: Vec<f32> = numbers(20, 7).into_iter().map(|value| value as f32).collect();
        let labels: Vec<u32> =
            (0..2 * network.answers() as u32).map(|place| place % network.classes() as u32).collect();
        let batch = Batch::classes(&inputs, &labels);
        let step = Runner::<f64>::with_scalar(&network).loss_and_gradients(&weights, &batch).unwrap();
        assert_close([step.loss], &[loss], 1e-6, &text);
        assert_eq!(step.gradients.len(), gradients.len(), "{text}");
        for ((found, expected), parameter) in step.gradients.iter().zip(&gradients).zip(&network.parameters) {
            assert_close(found.iter().copied(), expected, 1e-6, &format!("{text} {}", parameter.name));
        }
        let single: Vec<Vec<f32>> = weights.iter().map(|w| w.iter().map(|&value| value as f32).collect()).collect();
        let trace = Runner::new(&network).trace(&single, &batch).unwrap();
        let last = &trace.outputs[network.nodes.len() - 2];
        assert!(trace.gradients.iter().all(|gradients| gradients.iter().any(|&gradient| gradient != 0.0)), "{text}");
        assert_close(last.iter().copied().map(f64::from), &states, 1e-5, &text);
        assert!((trace.loss - loss).abs() < 1e-5, "{text}");
    }
}

#[test]
fn gradients_agree_with_central_differences() {
    for text in [
        "rnn(4x3, 5, 3, silu)",
        "lstm(4x3, 3x2, 3)",
        "gru(4x3, 3x2, 3, all)",
        "transformer(3x2, 4x2, 3, silu, heads(2))",
    ] {
        check_gradients(&text.parse().unwrap());
    }
    let layers = [
        Layer::Dense { units: 3, name: None },
        Layer::LayerNorm { name: None },
        Layer::Residual { layers: vec![Layer::Gru { units: 3, returns: Returns::All, name: None }] },
        Layer::Activation { function: "tanh".to_owned() },
        Layer::Flatten,
        Layer::Dense { units: 2, name: None },
    ];
    check_gradients(&Network::build("mixed", &"3x2".parse().unwrap(), &layers).unwrap());
}

#[test]
fn one_step_and_one_example_are_enough() {
    let network: Network = "lstm(1x2, 3, 2)".parse().unwrap();
    let weights = "glorot_normal".parse::<Prior>().unwrap().draw(&network.parameters, 0).unwrap();
    let step = Runner::new(&network).loss_and_gradients(&weights, &Batch::classes(&[1.0, -1.0], &[1]));
    // the state before the first step is zero, so the recurrent weights see nothing
    assert!(step.unwrap().gradients[1].iter().all(|&gradient| gradient == 0.0));
}

#[test]
fn an_identity_cell_adds_its_inputs_up() {
    // h_t = h_{t−1} + x_t with both weights the identity: Le et al. 2015's start for the adding problem
    let network: Network = "rnn(4x2, 2, 2, relu)".parse().unwrap();
    let prior: Prior = "{layer1.recurrent=irnn; layer1.weight=identity; *=zeros}".parse().unwrap();
    let weights = prior.draw(&network.parameters, 0).unwrap();
    let batch = Batch::classes(&[1.0, 0.5, 2.0, 0.25, 3.0, 0.0, 4.0, 1.0], &[0]);
    let trace = Runner::new(&network).trace(&weights, &batch).unwrap();
    assert_eq!(trace.output(&network, "layer1").unwrap(), [10.0, 1.75]);
}

#[test]
fn each_step_needs_its_label() {
    let network: Network = "gru(3x1, 2, 2, all)".parse().unwrap();
    let weights = "glorot_normal".parse::<Prior>().unwrap().draw(&network.parameters, 0).unwrap();
    let runner = Runner::new(&network);
    let inputs = [0.5; 6];
    let refused = runner.loss_and_gradients(&weights, &Batch::classes(&inputs, &[0, 1])).unwrap_err();
    assert!(refused.to_string().contains("3 an example"), "{refused}");
    let found = runner.evaluate(&weights, &Batch::classes(&inputs, &[0, 1, 0, 1, 0, 0])).unwrap();
    // both sequences are alike, and so are their answers
    assert!(found.accuracy * 6.0 >= 2.0 && found.loss > 0.0);
}
