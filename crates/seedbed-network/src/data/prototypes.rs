//! Classes that are normal noise around a centre each.

use seedbed::{Initializer, Parameter};

use super::sequence::check_examples;
use super::{DataError, Dataset, Split};

/// Standard normal numbers, row-major: those of `Initializer::Normal` for a parameter of this name, so element `i` depends
/// on (seed, name, i) alone.
pub(super) fn standard_normal(name: &str, rows: usize, columns: usize, seed: u64) -> Result<Vec<f32>, DataError> {
    let draw = || Initializer::Normal { mean: 0.0, std: 1.0 }.draw(&Parameter::dense(name, columns, rows)?, seed);
    draw().map_err(|error| DataError::Argument { asked: name.to_owned(), problem: error.to_string() })
}

/// Examples around one centre a class: x = centre(class) + noise z, both centre and z standard normal in each feature.
///
/// Example `i`, counted through the training part and then the test part, is of class `i mod classes`. Centres are drawn
/// under the name `prototype centres`, z under `prototype noise`; more examples never change those there are. The mean
/// square of a feature is 1 + noise².
///
/// The protocol in which He's and Glorot's scales are told apart at 30 layers (features 64, classes 10, noise 0.5), after
/// He, Zhang, Ren & Sun (2015), section 2.2.
///
/// ```
/// let data = seedbed_network::data::prototypes(0, (64, 10), 0.5, 2000, 500)?;
/// assert_eq!((data.example_shape.to_string(), data.classes, data.test.examples()), ("64".to_owned(), 10, 500));
/// # Ok::<(), seedbed_network::data::DataError>(())
/// ```
///
/// # Errors
/// No features, fewer than 2 classes, negative or infinite noise, fewer training examples than classes, no test examples.
pub fn prototypes(
    seed: u64,
    (features, classes): (usize, usize),
    noise: f64,
    train: usize,
    test: usize,
) -> Result<Dataset, DataError> {
    check(features, classes, noise, train)?;
    check_examples("prototypes", train, test)?;
    let centres = standard_normal("prototype centres", classes, features, seed)?;
    let mut inputs = standard_normal("prototype noise", train.saturating_add(test), features, seed)?;
    for (example, values) in inputs.chunks_mut(features).enumerate() {
        let centre = &centres[example % classes * features..][..features];
        values.iter_mut().zip(centre).for_each(|(value, centre)| *value = centre + noise as f32 * *value);
    }
    let labels: Vec<u32> = (0..inputs.len() / features).map(|example| (example % classes) as u32).collect();
    let (tested, (trained, asked)) = (inputs.split_off(train * features), (inputs, labels[..train].to_vec()));
    Ok(Dataset {
        name: format!("prototypes(features={features}, classes={classes}, noise={noise})"),
        example_shape: super::shape("prototypes".as_ref(), vec![features])?,
        classes,
        train: Split::classes(trained, asked),
        test: Split::classes(tested, labels[train..].to_vec()),
    })
}

fn check(features: usize, classes: usize, noise: f64, train: usize) -> Result<(), DataError> {
    let wrong = |setting, found: String, wanted| Err(DataError::Task { task: "prototypes", setting, found, wanted });
    match () {
        () if features == 0 => wrong("features", "0".to_owned(), "at least 1"),
        () if classes < 2 => wrong("classes", classes.to_string(), "at least 2"),
        () if !(0.0..=1e6).contains(&noise) => wrong("noise", noise.to_string(), "a number from 0 to 1e6"),
        () if train < classes => wrong("number of training examples", train.to_string(), "at least one of each class"),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_lie_around_their_centres() {
        let data = prototypes(3, (50, 4), 0.5, 4000, 40).unwrap();
        let centres = standard_normal("prototype centres", 4, 50, 3).unwrap();
        let mut squares = [0.0f64; 2];
        for (example, &label) in data.train.inputs.chunks(50).zip(data.train.labels()) {
            let centre = &centres[label as usize * 50..][..50];
            for (value, centre) in example.iter().zip(centre) {
                squares[0] += f64::from(value - centre).powi(2) / 200_000.0;
                squares[1] += f64::from(*centre).powi(2) / 200_000.0;
            }
        }
        // the noise's variance 1/4: standard deviation √(2/200000)/4 = 0.0008; that of 200 centre coordinates: 0.1
        assert!((squares[0] - 0.25).abs() < 4.0 * 0.0008, "{squares:?}");
        assert!((squares[1] - 1.0).abs() < 4.0 * 0.1, "{squares:?}");
        assert_eq!(data.train.labels()[..6], [0, 1, 2, 3, 0, 1]);
    }

    #[test]
    fn more_examples_change_none() {
        let (few, many) = (prototypes(5, (8, 3), 0.5, 6, 3).unwrap(), prototypes(5, (8, 3), 0.5, 7, 9).unwrap());
        let both = [few.train.inputs, few.test.inputs].concat();
        assert_eq!(both[..56], many.train.inputs[..]);
        assert_eq!(both[56..], many.test.inputs[..16]);
        assert_ne!(prototypes(6, (8, 3), 0.5, 6, 3).unwrap().train.inputs[..], both[..48]);
    }

    #[test]
    fn bad_settings_are_named() {
        let message = |shape, noise, train| prototypes(0, shape, noise, train, 5).unwrap_err().to_string();
        assert_eq!(message((0, 3), 0.5, 9), "prototypes: features is 0; it must be at least 1");
        assert_eq!(message((3, 1), 0.5, 9), "prototypes: classes is 1; it must be at least 2");
        assert_eq!(message((3, 3), -1.0, 9), "prototypes: noise is -1; it must be a number from 0 to 1e6");
        assert!(message((3, 3), f64::NAN, 9).contains("noise is NaN"));
        assert!(message((3, 9), 0.5, 8).contains("number of training examples is 8"));
    }
}
