use super::*;

fn solved(network: &str, beliefs: &str) -> Answer {
    solve(&network.parse().unwrap(), &Stated::from_toml(beliefs).unwrap()).unwrap()
}

fn refused(network: &str, beliefs: &str) -> String {
    let stated = Stated::from_toml(beliefs).unwrap();
    solve(&network.parse().unwrap(), &stated).unwrap_err().to_string()
}

/// Every belief predicted as stated to `1e-6`.
fn all_kept(answer: &Answer) {
    assert!(answer.trades.is_empty(), "{:?}", answer.trades);
    assert!(!answer.beliefs.is_empty());
    for held in &answer.beliefs {
        let error = (held.predicted - held.stated).abs();
        assert!(error <= 1e-6 * held.stated.abs().max(1.0), "{held:?} of {}", answer.prior);
    }
}

#[test]
fn the_solved_prior_has_what_was_stated() {
    for (network, beliefs) in [
        ("mlp(64, 128x8, 10, relu)", "output_std = 0.25"),
        ("mlp(64, 128x8, 10, tanh)", "confidence = 0.3\nsmoothness = \"critical\""),
        ("mlp(64, 128x8, 10, tanh)", "output_std = 3\nsmoothness = \"smooth\""),
        ("mlp(64, 128x30, 10, tanh)", "smoothness = \"rough\""),
        ("mlp(64, 128x8, 10, erf)", "correlation_length = 40\nsmoothness = \"rough\"\noutput_std = 0.1"),
        ("mlp(64, 128x8, 10, relu)", "correlation_length = 6\noutput_std = 2\ninput_mean_square = 4"),
        ("mlp(64, 128x4, 10, tanh)", "correlation = { inputs = 0.5, outputs = 0.8 }"),
        ("mlp(64, 128x6, 10, relu)", "correlation = { inputs = 0.2, outputs = 0.9 }\noutput_std = 1"),
        ("mlp(64, 128x8, 10, gelu)", "gradient_ratio = 0.5\noutput_std = 1"),
        ("mlp(64, 128x8, 10, relu)", "gradient_ratio = 1.5"),
        ("mlp(64, 128x4, 10, tanh, layer_norm)", "correlation = { inputs = 0.5, outputs = 0.7 }\noutput_std = 1"),
        ("cnn(3x8x8, 32x3, 10, relu)", "gradient_ratio = 1\noutput_std = 0.5"),
        ("cnn(3x8x8, 32x3, 10, tanh, average_pool)", "correlation = { inputs = 0.5, outputs = 0.6 }"),
        ("mlp(64, 64x8, 10, tanh, residual)", "near_identity = 1\noutput_std = 1"),
        ("mlp(64, 64x8, 10, relu, residual)", "near_identity = 0.2"),
        ("mlp(64, 64x8, 10, tanh, residual)", "near_identity = 0\nwithout_effect = [\"*.bias\"]"),
        ("mlp(64, 64x6, 10, tanh, residual)", "correlation = { inputs = 0.5, outputs = 0.4 }"),
        ("mlp(64, 64x6, 10, relu, residual, layer_norm)", "gradient_ratio = 1.5"),
        ("mlp(64, 128x10, 10, tanh)", "isometry = 0.05\noutput_std = 1\ndiverse_units = true"),
        ("mlp(64, 128x10, 10, erf)", "isometry = 0.2\ncorrelation_length = 30"),
        ("mlp(64, 128x10, 10, relu)", "isometry = 9"),
        ("mlp(64, 128x4, 10, tanh)", "isometry = 0.1\ndensity = 0.25\nrelevant_inputs = 0.25"),
        ("mlp(100, 128x4, 10, relu)", "density = 0.125\nrelevant_inputs = 0.1\noutput_std = 1"),
        ("rnn(20x8, 64x2, 10, tanh)", "memory = 30\noutput_std = 0.5"),
        ("rnn(20x8, 64, 10, relu, all)", "memory = 4\nconfidence = 0.5\ninput_mean_square = 3"),
        ("lstm(20x8, 64, 10)", "memory = 100\noutput_std = 1\nwithout_effect = [\"layer1.recurrent\"]"),
        ("gru(20x8, 64, 10, all)", "memory = 8\noutput_std = 0.1"),
        ("mlp(64, 128x4, 10, tanh)", "without_effect = [\"layer5.weight\"]\nsmoothness = \"smooth\""),
    ] {
        let answer = solved(network, beliefs);
        all_kept(&answer);
        let text = answer.prior.to_string();
        assert_eq!(text.parse::<Prior>().unwrap(), answer.prior, "{text}");
    }
}

#[test]
fn a_belief_on_a_number_that_another_fixed_is_given_up_and_said() {
    let answer = solved("mlp(64, 128x10, 10, tanh)", "correlation_length = 4\ngradient_ratio = 1\noutput_std = 1");
    let [trade] = answer.trades.as_slice() else { panic!("{:?}", answer.trades) };
    assert_eq!((trade.given_up, trade.kept), (Belief::GradientRatio, Belief::CorrelationLength));
    // χ = e^(−1/4) over nine layers, of the norm the root
    assert!((trade.predicted - (-9.0_f64 / 8.0).exp()).abs() < 1e-6, "{trade:?}");
    // beliefs that agree cost nothing
    let agree = format!("correlation_length = 4\ngradient_ratio = {}", (-9.0_f64 / 8.0).exp());
    assert!(solved("mlp(64, 128x10, 10, tanh)", &agree).trades.is_empty());
}

#[test]
fn what_cannot_be_is_refused_with_the_reason() {
    for (network, beliefs, reason) in [
        ("mlp(64, 128x8, 10, relu)", "smoothness = \"rough\"", "grow without end"),
        ("mlp(64, 128x8, 10, sigmoid)", "smoothness = \"critical\"", "the longest correlation length"),
        ("mlp(64, 64x8, 10, tanh, residual)", "smoothness = \"critical\"", "a residual sum"),
        ("mlp(64, 64x8, 10, tanh, layer_norm)", "correlation_length = 4", "a normalization"),
        ("mlp(64, 128x8, 10, relu)", "correlation = { inputs = 0.5, outputs = 0.3 }", "this network reaches 0.8"),
        ("mlp(64, 128x8, 10, relu)", "confidence = 0.05", "of 10 outputs the most likely has more than 0.1"),
        ("mlp(64, 128x8, 1, relu)", "confidence = 0.5", "at least two outputs"),
        ("mlp(64, 128, 10, relu)", "gradient_ratio = 1", "there are not two"),
        ("mlp(64, 128x8, 10, relu)", "isometry = 0.1", "isometry = 0.1 together with relu"),
        ("mlp(64, 128x8, 10, relu)", "isometry = 0.1", "over 7 layers the spread is 7.0000"),
        ("mlp(64, 128, 64, 10, tanh)", "isometry = 0.1", "one width, and theirs are [128, 64]"),
        ("cnn(1x8x8, 8x3, 10, tanh)", "isometry = 0.1", "use dense layers"),
        ("mlp(64, 128x8, 10, relu)", "density = 0.0234", "would be read by none of its 128 units; above 0.0372"),
        ("mlp(784, 128x8, 10, relu)", "relevant_inputs = 0.04", "above 0.0507 fewer than one of 784"),
        ("mlp(5, 128x8, 10, relu)", "relevant_inputs = 0.5", "the nearest share that can be had is 0.6000"),
        ("cnn(1x8x8, 8x3, 10, tanh)", "relevant_inputs = 0.5", "is a convolution"),
        ("mlp(64, 64x3, 10, tanh, residual)", "relevant_inputs = 0.5", "a residual sum passes them all on"),
        ("mlp(64, 128x8, 10, relu)", "near_identity = 1", "no residual block"),
        ("mlp(64, 128x8, 10, relu)", "memory = 20", "no recurrent cell"),
        ("lstm(8x8, 32x2, 10)", "memory = 20", "lstm 'layer2' has no closed form"),
        ("rnn(8x8, 32, 10, sigmoid)", "memory = 20", "use tanh"),
        ("rnn(8x8, 32, 10, tanh)", "isometry = 0.1", "of them output_std, confidence, memory"),
        ("rnn(8x8, 32, 10, tanh)", "memory = 1e-3\nwithout_effect = [\"*.recurrent\"]", "carries the memory"),
        ("gru(8x8, 32, 10)", "memory = 9\nwithout_effect = [\"layer1.bias\"]", "carries the memory"),
        ("gru(8x8, 32, 10)", "memory = 1e-3", "this network reaches"),
        ("lstm(8x8, 32, 10)", "output_std = 1\nwithout_effect = [\"layer1.weight\"]", "every state is 0"),
        ("lstm(8x8, 32, 10)", "without_effect = [\"*.weight\"]", "never learns"),
        ("transformer(8x8, 32x2, 10, gelu)", "output_std = 1", "dense 'layer1' has no closed form"),
        ("mlp(64, 128x8, 10, relu, batch_norm)", "output_std = 1", "batch_norm 'norm1' has no closed form"),
        ("mlp(64, 64x8, 10, relu, residual)", "near_identity = 0", "no gradient comes back to it"),
        ("mlp(64, 128x3, 10, tanh)", "without_effect = [\"*.weight\"]", "stay tied"),
        ("mlp(64, 128x3, 10, tanh)", "without_effect = [\"layer1.weight\", \"layer4.weight\"]", "no gradient"),
        ("mlp(64, 128x3, 10, relu)", "without_effect = [\"layer2.*\"]", "'layer2.weight' at 0"),
        (
            "mlp(64, 128x3, 10, relu)",
            "without_effect = [\"head.*\"]",
            "no parameter is called so; there are layer1.weight",
        ),
        ("mlp(64, 128x3, 10, relu)", "without_effect = [\"layer4.*\"]\noutput_std = 1", "every output is 0"),
    ] {
        let message = refused(network, beliefs);
        assert!(message.contains(reason), "{network}, {beliefs}: {message}");
    }
}

#[test]
fn confidence_of_gaussians() {
    // NumPy, default_rng(0), 4e6 draws (4e5 of 100 outputs): standard errors up to 1e-4
    for (outputs, std, expected) in CONFIDENCE {
        let found = expected_confidence(outputs, std);
        assert!((found - expected).abs() < 4e-4, "{outputs} {std}: {found}, not {expected}");
    }
}

const CONFIDENCE: [(usize, f64, f64); 5] =
    [(10, 0.5, 0.197383), (10, 1.0, 0.320272), (10, 3.0, 0.660737), (2, 1.0, 0.725233), (100, 1.0, 0.080611)];
