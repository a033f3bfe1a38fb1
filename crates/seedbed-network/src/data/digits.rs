//! The embedded handwritten digits.
//!
//! "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning
//! Repository, DOI 10.24432/C50P49, licensed CC BY 4.0. Embedded is its test part: 1797 images of 8x8
//! pixels from 0 to 16, stored as bytes, 64 pixels and a label to a row. Changed here: pixels are
//! standardized, and the rows are split anew.

use std::path::Path;

use super::standardize::{Scope, standardize};
use super::{DataError, Dataset, Split, split};

const BYTES: &[u8] = include_bytes!("../../assets/digits_1797x65_u8.bin");
const PIXELS: usize = 64;
const ROW: usize = PIXELS + 1;

/// The embedded handwritten digits: 1437 training and 360 test images of shape 1x8x8, 10 classes.
///
/// The split is fixed: rows in the order of a hash of their index (SplitMix64), the first four fifths
/// train. Each pixel has mean 0 and std 1 over the training part; a constant pixel is 0.
///
/// Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", 1998,
/// DOI 10.24432/C50P49, CC BY 4.0.
///
/// ```
/// let digits = seedbed_network::data::digits();
/// assert_eq!((digits.train.examples(), digits.test.examples()), (1437, 360));
/// assert_eq!(digits.example_shape.to_string(), "1x8x8");
/// ```
pub fn digits() -> Dataset {
    let (train, test) = split::four_fifths(BYTES.len() / ROW);
    read(&train, &test).expect("the embedded digits are sound; a test reads them")
}

fn read(train: &[usize], test: &[usize]) -> Result<Dataset, DataError> {
    let path = Path::new("digits");
    let pixels = |rows: &[usize]| -> Vec<u8> {
        split::rows(BYTES, ROW, rows).chunks_exact(ROW).flat_map(|row| row[..PIXELS].to_vec()).collect()
    };
    let labels = |rows: &[usize]| rows.iter().map(|row| u32::from(BYTES[row * ROW + PIXELS])).collect();
    let (train_inputs, test_inputs) = standardize(path, PIXELS, Scope::Feature, &pixels(train), &pixels(test))?;
    Ok(Dataset {
        name: "digits".to_owned(),
        example_shape: super::shape(path, vec![1, 8, 8])?,
        classes: 10,
        train: Split::classes(train_inputs, labels(train)),
        test: Split::classes(test_inputs, labels(test)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(labels: &[u32]) -> [usize; 10] {
        let mut counts = [0; 10];
        labels.iter().for_each(|&label| counts[label as usize] += 1);
        counts
    }

    #[test]
    fn labels_are_counted_as_published() {
        let data = digits();
        let (train, test) = (counts(data.train.labels()), counts(data.test.labels()));
        let both: Vec<usize> = train.iter().zip(test).map(|(a, b)| a + b).collect();
        assert_eq!(both, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert!(train.into_iter().chain(test).all(|count| count > 0));
    }

    #[test]
    fn each_pixel_is_standard_or_zero() {
        let data = digits();
        assert_eq!(data.train.inputs.len(), 1437 * data.example_shape.elements());
        assert_eq!(data.test.inputs.len(), 360 * 64);
        for pixel in 0..64 {
            let values: Vec<f64> = data.train.inputs.iter().skip(pixel).step_by(64).map(|&v| f64::from(v)).collect();
            let mean = values.iter().sum::<f64>() / 1437.0;
            let var = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 1437.0;
            assert!(mean.abs() < 1e-6, "{pixel}: {mean}");
            assert!((var - 1.0).abs() < 1e-5 || values.iter().all(|&v| v == 0.0), "{pixel}: {var}");
        }
    }

    #[test]
    fn the_digits_are_always_the_same() {
        let (first, second) = (digits(), digits());
        assert_eq!((first.train.inputs, first.test.labels()), (second.train.inputs, second.test.labels()));
    }
}
