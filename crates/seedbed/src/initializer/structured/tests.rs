//! What holds for all of them, and the measures that their tests share.

use crate::slice::Region;
use crate::{Axes, AxisRole, Initializer, Layout, Parameter, Slice};

/// A parameter called `w` in a layout.
pub fn parameter(shape: &str, layout: &str, groups: usize) -> Parameter {
    let layout: Layout = layout.parse().unwrap();
    Parameter::laid_out("w", shape.parse().unwrap(), &layout, groups).unwrap()
}

/// Values in single precision, seed 5.
pub fn drawn(text: &str, parameter: &Parameter) -> Vec<f32> {
    text.parse::<Initializer>().unwrap().draw(parameter, 5).unwrap()
}

/// The message with which a draw is refused.
pub fn refused(text: &str, parameter: &Parameter) -> String {
    text.parse::<Initializer>().unwrap().draw(parameter, 5).unwrap_err().to_string()
}

/// One row an output unit, by the axes alone: in a tensor with one output axis.
fn units(values: &[f64], parameter: &Parameter) -> Vec<Vec<f64>> {
    let (sizes, axes): (&[usize], &Axes) = (parameter.shape.dimensions(), parameter.axes.as_ref().unwrap());
    let axis = axes.of_role(AxisRole::Output).next().unwrap();
    let stride: usize = sizes[axis + 1..].iter().product();
    let mut rows = vec![Vec::new(); sizes[axis]];
    values.iter().enumerate().for_each(|(place, &value)| rows[place / stride % sizes[axis]].push(value));
    rows
}

/// The rows, or the columns where there are fewer, are orthogonal and of length `gain` in double precision, and to
/// rounding in single.
pub fn assert_semi_orthogonal(text: &str, parameter: &Parameter, gain: f64, tolerance: f64) {
    let initializer: Initializer = text.parse().unwrap();
    let double: Vec<f64> = initializer.draw_as(parameter, 3).unwrap();
    let single: Vec<f64> = initializer.draw(parameter, 3).unwrap().into_iter().map(f64::from).collect();
    for (values, tolerance) in [(double, tolerance), (single, 4e-7)] {
        let rows = units(&values, parameter);
        let columns = || (0..rows[0].len()).map(|column| rows.iter().map(|row| row[column]).collect()).collect();
        let short: Vec<Vec<f64>> = if rows.len() <= rows[0].len() { rows.clone() } else { columns() };
        for (i, one) in short.iter().enumerate() {
            for (j, other) in short.iter().enumerate() {
                let product: f64 = one.iter().zip(other).map(|(a, b)| a * b).sum();
                let error = product / (gain * gain) - if i == j { 1.0 } else { 0.0 };
                assert!(error.abs() < tolerance, "{text} {}: {i} {j}: {error:e}", parameter.shape);
            }
        }
    }
}

fn moments(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let values: Vec<f64> = values.collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, values.iter().map(|value| value * value).sum::<f64>() / count - mean * mean, count)
}

/// One draw has exactly the mean and variance of the facts, and keeps within their bounds. Of ±v in random signs the
/// mean is that of fair coins.
pub fn facts_hold(text: &str, parameter: &Parameter) {
    let facts = text.parse::<Initializer>().unwrap().facts(parameter).unwrap();
    let values: Vec<f64> = drawn(text, parameter).into_iter().map(f64::from).collect();
    let (mean, variance, count) = moments(values.iter().copied());
    let is_random = facts.distribution == "two values";
    let tolerance = if is_random { 4.5 * facts.std() / count.sqrt() } else { 1e-7 };
    assert!((mean - facts.mean).abs() < tolerance, "{text}: mean {mean}, not {}", facts.mean);
    let square = variance + mean * mean;
    assert!((square - facts.variance - facts.mean * facts.mean).abs() < 1e-6, "{text}: {square}");
    let (low, high) = (facts.bounds.0 as f32, facts.bounds.1 as f32);
    assert!(values.iter().all(|value| (low..=high).contains(&(*value as f32))), "{text}: bounds");
}

/// Mean and variance of every element over 4000 seeds are those of the facts, to 4.5 standard errors of what was drawn.
pub fn facts_hold_over_seeds(text: &str, parameter: &Parameter) {
    let initializer: Initializer = text.parse().unwrap();
    let facts = initializer.facts(parameter).unwrap();
    let draws: Vec<Vec<f64>> = (0..4000).map(|seed| initializer.draw_as(parameter, seed).unwrap()).collect();
    for place in 0..parameter.shape.elements() {
        let (mean, variance, count) = moments(draws.iter().map(|draw| draw[place]));
        assert!((mean - facts.mean).abs() < 4.5 * (variance / count).sqrt(), "{text} {place}: {mean}");
        let (square, spread, _) = moments(draws.iter().map(|draw| draw[place].powi(2)));
        assert!((square - facts.variance).abs() < 4.5 * (spread / count).sqrt(), "{text} {place}: {square}");
        let is_within = |value: f64| facts.bounds.0 <= value && value <= facts.bounds.1;
        assert!(draws.iter().all(|draw| is_within(draw[place])), "{text} {place}: bounds");
    }
}

/// Slices, and draws by any number of threads, are those of the whole.
pub fn slices_and_tasks_agree(text: &str, parameter: &Parameter) {
    let initializer: Initializer = text.parse().unwrap();
    let whole: Vec<f32> = initializer.draw(parameter, 5).unwrap();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(|| initializer.draw(parameter, 5).unwrap()) == whole, "{text} in {threads} threads");
    }
    for slice in ["1:3", ":,1:7", "2:6,3:5", "3,:,1:2"] {
        let slice: Slice = slice.parse().unwrap();
        let Ok(region): Result<Region, _> = slice.within(&parameter.shape) else { continue };
        let expected: Vec<f32> = region.runs().flatten().map(|place| whole[place]).collect();
        let found: Vec<f32> = initializer.draw_slice(parameter, 5, &slice).unwrap();
        assert!(found == expected && !found.is_empty(), "{text} {} [{slice}]", parameter.shape);
    }
}

#[test]
fn texts_round_trip() {
    for text in [
        "identity",
        "identity(gain=0.5, shift=3)",
        "identity(kernel=centre)",
        "hadamard",
        "hadamard(gain=1.4142135)",
        "hadamard(order=power_of_two)",
        "zero_hadamard(gain=1.4142135)",
        "looks_linear",
        "looks_linear(part=last, gain=2)",
        "givens",
        "givens(rounds=5)",
        "permuted_blocks(size=8, gain=0.1)",
        "gate_orthogonal(gates=3)",
    ] {
        assert_eq!(text.parse::<Initializer>().unwrap().to_string(), text);
    }
    let parsed = |text: &str| text.parse::<Initializer>().unwrap();
    assert_eq!(parsed("mirrored(first)"), parsed("looks_linear(part=first)"));
    let Initializer::Structured(by_activation) = parsed("hadamard(gain=relu)") else { panic!("another family") };
    assert!((by_activation.gain() - 2f64.sqrt()).abs() < 1e-14, "{}", by_activation.gain());
    assert_eq!(parsed("ZerO"), parsed("zero_hadamard"));
    assert_eq!(parsed("givens(4, 2)"), parsed("givens(rounds=4, gain=2)"));
}

#[test]
fn zero_is_not_taken_for_zeros() {
    let message = "zero".parse::<Initializer>().unwrap_err().to_string();
    assert!(message.contains("'zeros'") && message.contains("'zero_hadamard'"), "{message}");
}

#[test]
fn gains_out_of_range_are_refused() {
    for name in
        ["identity", "hadamard", "zero_hadamard", "looks_linear", "givens", "permuted_blocks", "gate_orthogonal"]
    {
        for gain in ["-1", "nan", "inf", "1e37"] {
            assert!(format!("{name}(gain={gain})").parse::<Initializer>().is_err(), "{name} {gain}");
        }
    }
}

#[test]
fn empty_tensors_are_drawn() {
    for name in
        ["identity", "hadamard", "zero_hadamard", "looks_linear", "givens", "permuted_blocks", "gate_orthogonal"]
    {
        for shape in ["0x0", "0x4", "4x0"] {
            for layout in ["dense", "dense_in_out"] {
                assert!(drawn(name, &parameter(shape, layout, 1)).is_empty(), "{name} {shape} {layout}");
            }
        }
    }
}
