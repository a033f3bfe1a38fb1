//! Predictions of `propagate` against draws: real weights, run forward in f64 by plain loops, and gradients by
//! differences along random directions.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod draws;
mod plain;
mod sequences;

use draws::{assert_network_predicted, assert_predicted};
use seedbed::{Activation, Prior};
use seedbed_network::graph::{Layer, Network};
use seedbed_theory::kernel::{Kernel, Limits};
use seedbed_theory::mean_field::MeanField;
use seedbed_theory::propagate::{InputMoments, Prediction, propagate};

fn vectors() -> InputMoments {
    InputMoments { mean: 0.4, mean_square: 1.3, ..InputMoments::standardized() }.with_correlation(0.5)
}

fn images() -> InputMoments {
    InputMoments { mean: 0.3, mean_square: 1.2, neighbours: 0.6, examples: 0.5, examples_neighbours: 0.3 }
}

#[test]
fn dense_networks() {
    for (activation, prior) in [
        ("relu", "{*.weight=he_normal; *.bias=normal(std=0.2)}"),
        ("tanh", "{*.weight=variance_scaling(scale=1.7, mode=fan_in, distribution=uniform); *.bias=normal(std=0.3)}"),
        ("gelu", "torch:default"),
        ("silu", "orthogonal(gain=1.5)"),
        ("sin", "sparse(nonzeros=15, gain=1.2)"),
    ] {
        assert_predicted(&format!("mlp(40, 160x4, 20, {activation})"), prior, &vectors(), 150, 0.04);
    }
}

#[test]
fn weights_and_biases_with_a_mean() {
    let prior = "{*.weight=normal(mean=0.008, std=0.08); *.bias=normal(mean=0.3, std=0.2)}";
    for activation in ["relu", "tanh", "softplus"] {
        let predictions = assert_predicted(&format!("mlp(40, 160x3, 20, {activation})"), prior, &vectors(), 150, 0.02);
        assert!(predictions.iter().all(|node| node.signal.is_some()) && predictions[0].gradient.is_none());
    }
}

#[test]
fn sums_and_norms() {
    for (words, prior) in [
        (
            "residual",
            "{*.weight=variance_scaling(scale=1.0, mode=fan_in, distribution=normal); *.bias=normal(std=0.1)}",
        ),
        ("layer_norm", "{norm*.scale=normal(mean=0.8, std=0.4); norm*.shift=normal(std=0.3); *=glorot_normal}"),
        ("residual, layer_norm", "he_normal"),
    ] {
        assert_predicted(&format!("mlp(40, 160x4, 20, relu, {words})"), prior, &vectors(), 150, 0.06);
    }
}

#[test]
fn convolutions() {
    for (activation, words, share) in [
        ("relu", "", 0.03),
        ("relu", ", residual, layer_norm", 0.03),
        // the cosine of neighbours stands for the window's diagonals too
        ("tanh", ", average_pool", 0.08),
    ] {
        let network = format!("cnn(8x6x6, 24x3, 10, {activation}{words})");
        let prior = "{*.weight=he_normal; *.bias=normal(std=0.2)}";
        assert_predicted(&network, prior, &images(), 100, share);
    }
}

#[test]
fn convolutions_with_strides_and_groups() {
    let convolution =
        |kernel, stride, groups| Layer::Conv2d { channels: 24, kernel, stride, padding: None, groups, name: None };
    let relu = || Layer::Activation { function: "relu".to_owned() };
    let layers = [
        convolution(3, 1, 2),
        relu(),
        convolution(3, 2, 3),
        relu(),
        convolution(1, 1, 1),
        Layer::Flatten,
        Layer::Dense { units: 10, name: None },
    ];
    let network = Network::build("test", &"8x7x7".parse().unwrap(), &layers).unwrap();
    assert_network_predicted(&network, "{*.weight=he_normal; *.bias=normal(std=0.2)}", &images(), 100, 0.03);
}

#[test]
fn vectors_follow_the_maps_of_the_mean_field() {
    let network: Network = "mlp(50, 50x12, 50, tanh)".parse().unwrap();
    let prior = "{*.weight=variance_scaling(scale=1.8, mode=fan_in, distribution=normal); *.bias=normal(std=0.25)}";
    let input = InputMoments::standardized().with_correlation(0.3);
    let predictions = propagate(&network, &prior.parse().unwrap(), &input).unwrap();
    let field = MeanField::new(Activation::Tanh, 1.8, 0.0625).unwrap();
    let (mut q, mut covariance, mut chi) = (1.8 + 0.0625, 1.8 * 0.3 + 0.0625, 1.0);
    let last = predictions.iter().filter(|node| node.node.starts_with("layer"));
    let layers: Vec<&Prediction> = last.collect();
    for layer in &layers {
        let signal = layer.signal.unwrap();
        assert!((signal.mean_square - q).abs() < 1e-12 && (signal.correlation - covariance / q).abs() < 1e-9);
        let back = layers[0].gradient.unwrap() / layer.gradient.unwrap();
        assert!((back / chi - 1.0).abs() < 1e-9, "{}: {back} for {chi}", layer.node);
        chi *= field.chi(q);
        covariance = field.next_covariance(q, q, covariance);
        q = field.next_length(q);
    }
}

#[test]
fn an_image_of_one_value_has_the_kernel_of_convolutions() {
    // borders, strides and flattening, against the exact kernel over all positions
    for text in ["cnn(1x7x6, 8x4, 10, tanh)", "cnn(1x6x6, 8x3, 10, relu)", "cnn(1x5x5, 8x2, 10, gelu, residual)"] {
        let network: Network = text.parse().unwrap();
        let prior: Prior = "{*.weight=he_normal; *.bias=normal(std=0.3)}".parse().unwrap();
        let pixels = network.input().elements();
        let examples: Vec<f64> = [vec![1.0; pixels], vec![0.4; pixels]].concat();
        let gram = Kernel::new(&network, &prior).unwrap().gram(&examples, &Limits::default()).unwrap();
        let image = |value: f64| InputMoments {
            mean: value,
            mean_square: value * value,
            neighbours: value * value,
            examples: value * value,
            examples_neighbours: value * value,
        };
        for (place, value) in [1.0, 0.4].into_iter().enumerate() {
            let predictions = propagate(&network, &prior, &image(value)).unwrap();
            let found = predictions.last().unwrap().signal.unwrap().mean_square;
            let expected = gram.nngp(place, place);
            assert!((found / expected - 1.0).abs() < 1e-9, "{text}: {found} for {expected}");
        }
    }
}

#[test]
fn maxima() {
    for activation in ["relu", "tanh"] {
        let network = format!("cnn(24x6x6, 24, 10, {activation}, max_pool)");
        let predictions =
            assert_predicted(&network, "{*.weight=he_normal; *.bias=normal(std=0.2)}", &images(), 100, 0.03);
        let pool = predictions.iter().find(|node| node.node.starts_with("max_pool")).unwrap();
        assert!(pool.signal.is_some() && pool.notes[0].contains("interpolated"));
    }
}

/// A residual block of two layers, W₁ of variance 2/n and W₂ of variance `share`/n.
fn blocks(share: f64, count: usize) -> (Network, Prior) {
    let dense = || Layer::Dense { units: 64, name: None };
    let relu = Layer::Activation { function: "relu".to_owned() };
    let block = Layer::Residual { layers: vec![dense(), relu, dense()] };
    let network = Network::build("blocks", &"64".parse().unwrap(), &vec![block; count]).unwrap();
    let rule = |layer: usize| {
        let scale = if layer % 2 == 1 { 2.0 } else { share };
        format!("layer{layer}.weight=variance_scaling(scale={scale}, mode=fan_in, distribution=normal)")
    };
    let rules: Vec<String> = (1..=2 * count).map(rule).collect();
    (network, format!("{{{}}}", rules.join("; ")).parse().unwrap())
}

#[test]
fn residual_networks_grow_by_one_plus_the_share_of_the_branch() {
    for (share, count) in [(1.0, 10), (0.01, 100)] {
        let (network, prior) = blocks(share, count);
        let predictions = propagate(&network, &prior, &InputMoments::standardized()).unwrap();
        let grown = (1.0 + share).powi(count as i32);
        let last = predictions.last().unwrap().signal.unwrap().mean_square;
        assert!((last / grown - 1.0).abs() < 1e-9, "{last} for {grown}");
        assert!((predictions[0].gradient.unwrap() / grown - 1.0).abs() < 1e-9);
    }
}

#[test]
fn what_has_no_theory_is_named_and_so_is_what_follows() {
    let network: Network = "cnn(1x8x8, 6, 10, gelu, max_pool)".parse().unwrap();
    let predictions = propagate(&network, &"he_normal".parse().unwrap(), &InputMoments::standardized()).unwrap();
    let of = |name: &str| predictions.iter().find(|node| node.node == name).unwrap();
    assert!(of("max_pool1").missing.contains("gelu does not rise everywhere"));
    assert!(of("flatten1").missing.contains("follows 'max_pool1'"));
    assert!(of("activation1").signal.is_some() && of("activation1").gradient.is_none());
    // the way from the outputs to the pool needs no signal
    assert!(of("max_pool1").gradient.is_some() && of("max_pool1").signal.is_none());
    let relu = Layer::Activation { function: "relu".to_owned() };
    let layers = [Layer::Residual { layers: vec![relu] }, Layer::Dense { units: 2, name: None }];
    let network = Network::build("test", &"4".parse().unwrap(), &layers).unwrap();
    let predictions = propagate(&network, &"zeros".parse().unwrap(), &InputMoments::standardized()).unwrap();
    assert!(predictions[2].missing.contains("both inputs come from 'input'"), "{}", predictions[2].missing);
    assert!(predictions[1].notes[0].contains("not Gaussian"));
}

#[test]
fn dropout_is_at_rest() {
    let of = |text: &str| {
        let network: Network = text.parse().unwrap();
        propagate(&network, &"he_normal".parse().unwrap(), &InputMoments::standardized()).unwrap()
    };
    let (with, without) = (of("mlp(8, 16x2, 3, relu, dropout(0.5))"), of("mlp(8, 16x2, 3, relu)"));
    assert_eq!(with.last().unwrap().signal, without.last().unwrap().signal);
    assert_eq!(with[0].gradient, without[0].gradient);
}

#[test]
fn batch_normalized_gradients_grow_as_is_published() {
    // Yang et al. (2019), "A mean field theory of batch normalization": π/(π − 1) a layer with ReLU
    let network: Network = "mlp(8, 64x4, 3, relu, batch_norm)".parse().unwrap();
    let predictions = propagate(&network, &"he_normal".parse().unwrap(), &InputMoments::standardized()).unwrap();
    let layers: Vec<f64> =
        predictions.iter().filter(|node| node.node.starts_with("norm")).map(|node| node.gradient.unwrap()).collect();
    let pi = std::f64::consts::PI;
    for pair in layers.windows(2) {
        assert!((pair[0] / pair[1] / (pi / (pi - 1.0)) - 1.0).abs() < 1e-4, "{layers:?}");
    }
    let normed = predictions.iter().find(|node| node.node == "norm3").unwrap().signal.unwrap();
    assert!((normed.mean_square - 1.0).abs() < 1e-4 && normed.correlation.abs() < 1e-12);
}

#[test]
fn attention_over_the_root_is_named() {
    let network: Network = "transformer(5x4, 8x1, 3, relu)".parse().unwrap();
    let predictions = propagate(&network, &"torch:default".parse().unwrap(), &InputMoments::standardized()).unwrap();
    let attention = predictions.iter().find(|node| node.node == "layer2").unwrap();
    assert!(attention.missing.contains("softmax of Gaussians has no closed form"), "{}", attention.missing);
    assert!(predictions[0].gradient.is_none());
}

#[test]
fn zeros_and_priors_that_do_not_fit() {
    let network: Network = "mlp(4, 8x2, 2, tanh)".parse().unwrap();
    let predictions = propagate(&network, &"zeros".parse().unwrap(), &InputMoments::standardized()).unwrap();
    let last = predictions.last().unwrap();
    assert_eq!(last.signal.map(|signal| (signal.mean_square, signal.correlation)), Some((0.0, 1.0)));
    assert_eq!((last.gradient, predictions[0].gradient), (Some(1.0), Some(0.0)));
    let refused = propagate(&network, &"{layer1.*=ones}".parse().unwrap(), &InputMoments::standardized());
    assert!(refused.unwrap_err().to_string().contains("layer2.weight"));
    let square: Network = "mlp(8, 8x2, 8, tanh)".parse().unwrap();
    let identity = propagate(&square, &"identity".parse().unwrap(), &vectors()).unwrap();
    assert!(identity[1].notes[0].contains("depend on each other"));
    assert!((identity[1].signal.unwrap().mean_square - 1.3).abs() < 1e-12);
}
