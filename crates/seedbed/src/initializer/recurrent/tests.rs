use super::*;
use crate::{Layout, Slice};

fn bias(elements: usize) -> Parameter {
    Parameter::norm_shift("cell.bias", elements).unwrap()
}

fn drawn(text: &str, elements: usize) -> Vec<f64> {
    text.parse::<Initializer>().unwrap().draw_as(&bias(elements), 5).unwrap()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[test]
fn the_forget_gate_stands_where_the_order_says() {
    assert_eq!(drawn("lstm_bias(forget=2)", 8), [0.0, 0.0, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(drawn("lstm_bias(forget=2, gates=igfo)", 8), [0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 0.0, 0.0]);
    assert_eq!(drawn("lstm_bias(forget=-1, gates=zrh)", 3), [-1.0, 0.0, 0.0]);
    assert!(drawn("lstm_bias", 0).is_empty());
}

#[test]
fn the_input_gate_is_minus_the_same_draw() {
    let torch = drawn("chrono(t_max=100)", 400);
    let (input, rest) = torch.split_at(100);
    let (forget, others) = rest.split_at(100);
    assert!(input.iter().zip(forget).all(|(input, forget)| *input == -forget));
    assert!(others.iter().all(|value| *value == 0.0));
    assert!(forget.iter().all(|value| (0.0..=98.0f64.ln() + 1e-12).contains(value)));
    let onnx = drawn("chrono(t_max=100, gates=iofc)", 400);
    assert!((0..100).all(|unit| onnx[unit] == -onnx[200 + unit] && onnx[100 + unit] == 0.0 && onnx[300 + unit] == 0.0));
    let gru = drawn("chrono(t_max=100, gates=rzn)", 300);
    assert!((0..100).all(|unit| gru[unit] == 0.0 && gru[100 + unit] > 0.0 && gru[200 + unit] == 0.0));
}

/// sigmoid(ln x) = x/(1 + x): mean 1 − ln(50)/98 = 0.96008 and median 50/51 over x ~ U(1, 99). The theory sheet has
/// 0.9602 and 0.9804.
#[test]
fn forget_gates_of_a_hundred_steps() {
    let mut gates: Vec<f64> = drawn("chrono(t_max=100, gates=f)", 200_001).into_iter().map(sigmoid).collect();
    let mean = gates.iter().sum::<f64>() / gates.len() as f64;
    let exact = 1.0 - 50f64.ln() / 98.0;
    // E(1 − gate)² = (1/2 − 1/100)/98, so the standard deviation is 0.0584
    let spread = ((0.5 - 0.01) / 98.0 - (1.0 - exact) * (1.0 - exact)).sqrt();
    assert!((mean - exact).abs() < 4.5 * spread / (gates.len() as f64).sqrt(), "{mean}");
    gates.sort_by(f64::total_cmp);
    assert!((gates[100_000] - 50.0 / 51.0).abs() < 1e-4, "{}", gates[100_000]);
}

#[test]
fn facts_agree_with_draws() {
    for text in ["chrono(t_max=50)", "chrono(t_max=50, gates=zrn)", "chrono(t_max=3, gates=fg)"] {
        let initializer: Initializer = text.parse().unwrap();
        let facts = initializer.facts(&bias(12)).unwrap();
        let draws: Vec<f64> = (0..20_000u64)
            .map(|seed| initializer.draw_as::<f64>(&bias(12), seed).unwrap()[(seed % 12) as usize])
            .collect();
        let n = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / n;
        let squares: Vec<f64> = draws.iter().map(|value| (value - facts.mean) * (value - facts.mean)).collect();
        let variance = squares.iter().sum::<f64>() / n;
        let spread = squares.iter().map(|square| (square - variance) * (square - variance)).sum::<f64>() / n;
        assert!((mean - facts.mean).abs() < 4.5 * (facts.variance / n).sqrt(), "{text}: {mean} {facts:?}");
        assert!((variance - facts.variance).abs() < 4.5 * (spread / n).sqrt(), "{text}: {variance} {facts:?}");
        assert!(draws.iter().all(|value| facts.bounds.0 <= *value && *value <= facts.bounds.1), "{text}");
    }
}

#[test]
fn a_slice_of_a_bias_is_the_slice_of_the_whole() {
    let chrono: Initializer = "chrono(t_max=1000)".parse().unwrap();
    let whole: Vec<f32> = chrono.draw(&bias(400), 5).unwrap();
    let slice: Slice = "37:211".parse().unwrap();
    assert_eq!(chrono.draw_slice::<f32>(&bias(400), 5, &slice).unwrap(), whole[37..211]);
}

#[test]
fn irnn_is_the_identity_of_a_square_matrix() {
    let square = Parameter::dense("cell.weight_hh", 3, 3).unwrap();
    let irnn: Initializer = "irnn(gain=0.5)".parse().unwrap();
    assert_eq!(irnn.draw(&square, 0).unwrap(), [0.5, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.5]);
    let wide = Parameter::dense("cell.weight_hh", 4, 3).unwrap();
    let message = irnn.draw(&wide, 0).unwrap_err().to_string();
    assert!(message.contains("cell.weight_hh") && message.contains("square"), "{message}");
    // the gates of a packed matrix are squares of their own
    let packed =
        Parameter::laid_out("w", "6x3".parse().unwrap(), &Layout::Dense, 1).unwrap().packed(vec![3, 3]).unwrap();
    assert_eq!(irnn.draw(&packed, 0).unwrap()[9..], irnn.draw(&square, 0).unwrap());
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let message = "chrono(t_max=9)".parse::<Initializer>().unwrap().draw(&bias(6), 0).unwrap_err().to_string();
    assert!(message.contains("'cell.bias' (6)") && message.contains("4 gates (ifgo)"), "{message}");
    for (text, argument) in [
        ("chrono(t_max=1.5)", "t_max"),
        ("chrono(t_max=9, gates=ig)", "gates"),
        ("lstm_bias(forget=nan)", "forget"),
        ("irnn(gain=-1)", "gain"),
    ] {
        match text.parse::<Initializer>() {
            Err(Error::Argument { argument: found, .. }) => assert_eq!(found, argument, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!("chrono".parse::<Initializer>().unwrap_err().to_string().contains("needs 't_max'"));
}

#[test]
fn a_slice_of_a_bias_too_large_to_draw_is_there_at_once() {
    let bias = Parameter::norm_shift("bias", 1 << 52).unwrap();
    let initializer: Initializer = "lstm_bias(forget=1)".parse().unwrap();
    let slice = Slice::from((1 << 51) - 2..(1 << 51) + 1);
    assert_eq!(initializer.draw_slice::<f32>(&bias, 0, &slice).unwrap(), [1.0, 1.0, 0.0]);
    let facts = initializer.facts(&bias).unwrap();
    assert_eq!(facts.bounds, (0.0, 1.0));
    assert!((facts.mean - 0.25).abs() < 1e-5 && (facts.variance - 3.0 / 16.0).abs() < 1e-5, "{facts:?}");
}
