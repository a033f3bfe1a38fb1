//! A linear map to learn from white inputs.

use seedbed::{Initializer, Parameter, Side};

use super::prototypes::standard_normal;
use super::sequence::check_examples;
use super::{DataError, Dataset, Split, Targets};

/// Real targets y = M x with M = U S Vᵀ of `size` x `size`: U and V Haar, S even from `low` to `high`.
///
/// The training inputs are normal numbers whitened, X = Z (ZᵀZ/n)^(-1/2) for `n` examples: their second moment is the
/// identity but for rounding, so that the mean squared error of a linear net W is |M - W|²/size on them and its gradient
/// descent that of the map alone. (Z (ZᵀZ)^(-1/2) is a Haar matrix of orthonormal columns: that is what is drawn.) The test
/// inputs are standard normal. A guess of 0 has mean squared error Σ s²/size.
///
/// Draws are those of `orthogonal` in double precision under the names `linear map inputs`, `linear map left` and
/// `linear map right`; the inputs depend on the number of training examples.
///
/// Source: Saxe, McClelland & Ganguli (2014), sections 1 and 3: learning of deep linear networks from white inputs.
///
/// ```
/// let data = seedbed_network::data::linear_map(0, 32, (0.5, 1.5), 2000, 500)?;
/// assert_eq!((data.is_regression(), data.train.targets_per_example), (true, 32));
/// # Ok::<(), seedbed_network::data::DataError>(())
/// ```
///
/// # Errors
/// No size, singular values that are negative, infinite or not ascending, fewer training examples than `size`, no test
/// examples.
pub fn linear_map(
    seed: u64,
    size: usize,
    (low, high): (f64, f64),
    train: usize,
    test: usize,
) -> Result<Dataset, DataError> {
    check(size, (low, high), train)?;
    check_examples("linear_map", train, test)?;
    let orthonormal = orthonormal("linear map inputs", train, size, seed)?;
    let white: Vec<f32> = orthonormal.iter().map(|value| (value * (train as f64).sqrt()) as f32).collect();
    let map = map(seed, size, (low, high))?;
    let split = |inputs: Vec<f32>| {
        let targets = Targets::Numbers(images(&map, &inputs, size));
        Split { inputs, targets, targets_per_example: size }
    };
    Ok(Dataset {
        name: format!("linear_map(size={size}, low={low}, high={high})"),
        example_shape: super::shape("linear_map".as_ref(), vec![size])?,
        classes: size,
        train: split(white),
        test: split(standard_normal("linear map test inputs", test, size, seed)?),
    })
}

/// M, row-major.
fn map(seed: u64, size: usize, (low, high): (f64, f64)) -> Result<Vec<f64>, DataError> {
    let left = orthonormal("linear map left", size, size, seed)?;
    let right = orthonormal("linear map right", size, size, seed)?;
    let step = if size > 1 { (high - low) / (size - 1) as f64 } else { 0.0 };
    let element = |place: usize| {
        let (row, column) = (&left[place / size * size..][..size], &right[place % size * size..][..size]);
        let terms = row.iter().zip(column).enumerate();
        terms.map(|(k, (u, v))| u * (low + step * k as f64) * v).sum::<f64>()
    };
    Ok((0..size * size).map(element).collect())
}

fn images(map: &[f64], inputs: &[f32], size: usize) -> Vec<f32> {
    let image = |row: &[f64], input: &[f32]| row.iter().zip(input).map(|(m, &x)| m * f64::from(x)).sum::<f64>() as f32;
    inputs.chunks(size).flat_map(|input| map.chunks(size).map(move |row| image(row, input))).collect()
}

/// A Haar matrix of orthonormal columns, row-major.
fn orthonormal(name: &str, rows: usize, columns: usize, seed: u64) -> Result<Vec<f64>, DataError> {
    let haar = Initializer::Orthogonal { gain: 1.0, columns: Side::Output };
    let draw = || haar.draw_as::<f64>(&Parameter::dense(name, columns, rows)?, seed);
    draw().map_err(|error| DataError::Argument { asked: name.to_owned(), problem: error.to_string() })
}

fn check(size: usize, (low, high): (f64, f64), train: usize) -> Result<(), DataError> {
    let wrong = |setting, found: String, wanted| Err(DataError::Task { task: "linear_map", setting, found, wanted });
    match () {
        () if size == 0 => wrong("size", "0".to_owned(), "at least 1"),
        () if !(low >= 0.0 && low <= high) => wrong("low", low.to_string(), "a number from 0 to high"),
        () if !(high > 0.0 && high <= 1e6) => wrong("high", high.to_string(), "a positive number up to 1e6"),
        () if train < size => {
            wrong("number of training examples", train.to_string(), "at least size: fewer inputs cannot be whitened")
        }
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second_moment(inputs: &[f32], size: usize) -> Vec<f64> {
        let examples = (inputs.len() / size) as f64;
        let mut moment = vec![0.0; size * size];
        for input in inputs.chunks(size) {
            for (place, value) in moment.iter_mut().enumerate() {
                *value += f64::from(input[place / size]) * f64::from(input[place % size]) / examples;
            }
        }
        moment
    }

    #[test]
    fn training_inputs_are_white_and_test_inputs_normal() {
        let data = linear_map(1, 12, (0.5, 1.5), 300, 20_000).unwrap();
        let off = |inputs: &[f32]| {
            let moment = second_moment(inputs, 12);
            let wanted = |place: usize| if place.is_multiple_of(13) { 1.0 } else { 0.0 };
            moment.iter().enumerate().map(|(place, m)| (m - wanted(place)).abs()).fold(0.0, f64::max)
        };
        assert!(off(&data.train.inputs) < 1e-6, "{}", off(&data.train.inputs));
        // 78 means of 20000 with standard deviation at most √2/√20000 = 0.01
        let test = off(&data.test.inputs);
        assert!(test > 1e-4 && test < 0.045, "{test}");
    }

    #[test]
    fn the_map_has_the_singular_values() {
        // sums of powers of the singular values 0.5, 0.7, ..., 1.5: of M Mᵀ and of its square
        let size = 6;
        let map = map(4, size, (0.5, 1.5)).unwrap();
        let gram = |i: usize, j: usize| (0..size).map(|k| map[i * size + k] * map[j * size + k]).sum::<f64>();
        let trace: f64 = (0..size).map(|i| gram(i, i)).sum();
        let squared: f64 = (0..size * size).map(|place| gram(place / size, place % size).powi(2)).sum();
        // 0.25 + 0.49 + 0.81 + 1.21 + 1.69 + 2.25, and the squares of these
        assert!((trace - 6.7).abs() < 1e-12 && (squared - 10.3414).abs() < 1e-12, "{trace} {squared}");
    }

    #[test]
    fn a_guess_of_zero_errs_by_the_mean_squared_singular_value() {
        let data = linear_map(2, 6, (0.5, 1.5), 100, 10).unwrap();
        let Targets::Numbers(targets) = &data.train.targets else { panic!("real targets") };
        let error = targets.iter().map(|&y| f64::from(y).powi(2)).sum::<f64>() / targets.len() as f64;
        assert!((error - 6.7 / 6.0).abs() < 1e-6, "{error}");
        let map = map(2, 6, (0.5, 1.5)).unwrap();
        assert_eq!(images(&map, &data.train.inputs[12..18], 6), targets[12..18]);
    }

    #[test]
    fn bad_settings_are_named() {
        let message = |size, values, train| linear_map(0, size, values, train, 5).unwrap_err().to_string();
        assert_eq!(message(0, (0.5, 1.5), 9), "linear_map: size is 0; it must be at least 1");
        assert!(message(3, (1.5, 0.5), 9).contains("low is 1.5"));
        assert!(message(3, (0.0, f64::INFINITY), 9).contains("high is inf"));
        assert!(message(30, (0.5, 1.5), 29).contains("number of training examples is 29"));
    }
}
