//! Data: examples with labels, in a training and a test part, standardized and ready to feed.
//!
//! [`digits`] are built in; [`read`] takes whatever a [`Source`] names: a folder with IDX files, a CSV
//! file, a NumPy file. Tables are standardized feature by feature, images by one mean and one standard
//! deviation over all training pixels, since pixels share a unit and those at the border are almost
//! constant. Where a file has no test part, a fixed fifth of the rows is set aside. [`Synthetic`] data are made from a seed
//! and left as they are: [`adding`] and [`copy`] are sequences, [`prototypes`] classes, [`linear_map`] a regression. Not
//! here: downloading, augmentation, batches.
//!
//! ```
//! use seedbed_network::data::{Source, read};
//!
//! let data = read(&Source::parse("digits", None)?)?;
//! assert_eq!((data.classes, data.train.examples()), (10, 1437));
//! # Ok::<(), seedbed_network::data::DataError>(())
//! ```

mod csv;
mod digits;
mod error;
mod idx;
mod labels;
mod linear_map;
mod numpy;
mod prototypes;
mod sequence;
mod source;
mod split;
mod standardize;
mod synthetic;

use std::path::Path;

use seedbed::Shape;

pub use digits::digits;
pub use error::DataError;
pub use linear_map::linear_map;
pub use prototypes::prototypes;
pub use sequence::{adding, adding_example, copy, copy_example};
pub use source::{KINDS, Source};
pub use synthetic::{Synthetic, Task};

/// Examples and what is asked of each: a class, a class at each step, or real numbers.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// What to call the data: `digits`, the name of the file or folder, or the text of made data.
    pub name: String,
    /// Shape of one example: `features` for tables, `channels x height x width` for images, `time x features` for
    /// sequences.
    pub example_shape: Shape,
    /// Number of classes; labels are 0 to `classes - 1`. Of real targets, how many there are for one example.
    pub classes: usize,
    /// Examples to train on.
    pub train: Split,
    /// Examples to test on; every class in it is in the training part too.
    pub test: Split,
}

/// One part of a dataset.
#[derive(Clone, Debug)]
pub struct Split {
    /// Inputs, row-major: example after example. Finite.
    pub inputs: Vec<f32>,
    /// What is asked, example after example.
    pub targets: Targets,
    /// Targets of one example: 1, or one a step, or as many as there are real numbers.
    pub targets_per_example: usize,
}

/// What is asked of a network.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// The class.
    Classes(Vec<u32>),
    /// Real numbers. Finite.
    Numbers(Vec<f32>),
}

impl Split {
    /// Examples of one class each.
    pub fn classes(inputs: Vec<f32>, labels: Vec<u32>) -> Split {
        Split { inputs, targets: Targets::Classes(labels), targets_per_example: 1 }
    }

    /// Number of examples.
    pub fn examples(&self) -> usize {
        let targets = match &self.targets {
            Targets::Classes(labels) => labels.len(),
            Targets::Numbers(numbers) => numbers.len(),
        };
        targets / self.targets_per_example.max(1)
    }

    /// The classes; none where the targets are real.
    pub fn labels(&self) -> &[u32] {
        match &self.targets {
            Targets::Classes(labels) => labels,
            Targets::Numbers(_) => &[],
        }
    }
}

impl Dataset {
    /// Whether the targets are real numbers, which a network meets by least squares.
    pub fn is_regression(&self) -> bool {
        matches!(self.train.targets, Targets::Numbers(_))
    }
}

/// Reads the data that a source names.
///
/// # Errors
/// A file that cannot be read, is cut short or too long, holds missing or infinite numbers, or labels
/// that are no classes; see [`DataError`].
pub fn read(source: &Source) -> Result<Dataset, DataError> {
    match source {
        Source::Digits => Ok(digits()),
        Source::Idx { folder } => idx::read(folder),
        Source::Csv { file, label } => csv::read(file, label.as_deref()),
        Source::Npy { file, label } => numpy::read_npy(file, label.as_deref()),
        Source::Npz { file } => numpy::read_npz(file),
        Source::Synthetic(synthetic) => synthetic.make(),
    }
}

/// The shape of one example, which must hold at least one number.
fn shape(path: &Path, dimensions: Vec<usize>) -> Result<Shape, DataError> {
    let format = |found: String| DataError::Format {
        path: path.to_owned(),
        what: "the shape of one example",
        expected: "at least one number in all".to_owned(),
        found,
    };
    let shape = Shape::new(dimensions).map_err(|error| format(error.to_string()))?;
    if shape.elements() == 0 { Err(format(shape.to_string())) } else { Ok(shape) }
}
