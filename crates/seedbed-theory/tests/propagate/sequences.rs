//! Sequences: recurrent cells and transformers.

use seedbed_theory::propagate::InputMoments;

use super::draws::assert_predicted;

fn sequences() -> InputMoments {
    InputMoments { mean: 0.2, mean_square: 1.1, neighbours: 0.4, examples: 0.5, examples_neighbours: 0.3 }
}

#[test]
fn plain_recurrent_cells() {
    let prior = "{*.recurrent=variance_scaling(scale=1.4, mode=fan_in, distribution=normal); *bias=normal(std=0.3); \
                 *=lecun_normal}";
    for text in ["rnn(8x40, 200, 20, tanh)", "rnn(8x40, 200, 20, relu, all)"] {
        let predictions = assert_predicted(text, prior, &sequences(), 150, 0.03);
        assert!(predictions.iter().all(|node| node.signal.is_some() && node.gradient.is_some()), "{predictions:?}");
    }
    let constant = "{*.recurrent=orthogonal; *bias=constant(0.4); *=lecun_normal}";
    assert_predicted("rnn(8x40, 200, 20, erf)", constant, &sequences(), 150, 0.03);
}

#[test]
fn gated_cells() {
    for text in ["lstm(8x40, 150, 20)", "gru(8x40, 150, 20)", "lstm(8x40, 150x2, 20)"] {
        for bias in ["zeros", "normal(std=0.3)", "lstm_bias(forget=1)"] {
            let bias =
                if text.starts_with("gru") { bias.replace("forget=1", "forget=1, gates=rzn") } else { bias.into() };
            let prior = format!("{{layer1.bias={bias}; *bias=zeros; *=lecun_normal}}");
            let predictions = assert_predicted(text, &prior, &sequences(), 100, 0.08);
            assert!(predictions.iter().all(|node| node.signal.is_some()), "{predictions:?}");
        }
    }
}

#[test]
fn transformers_with_linear_scaling() {
    let text = "transformer(6x20, 128x2, 10, gelu, heads(1), linear_scaling)";
    let prior =
        "{position*=normal(std=0.5); *bias=normal(std=0.2); norm*.scale=ones; norm*.shift=zeros; *=lecun_normal}";
    let predictions = assert_predicted(text, prior, &sequences(), 60, 0.06);
    assert!(predictions.iter().all(|node| node.signal.is_some() && node.gradient.is_some()), "{predictions:?}");
}
