//! The shape of a tensor.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Text of the shape without axes.
const SCALAR: &str = "scalar";

/// Sizes of a tensor's axes, row-major; the number of elements fits a `usize`.
///
/// ```
/// let shape: seedbed::Shape = "64x3x3".parse()?;
/// assert_eq!((shape.rank(), shape.elements()), (3, 576));
/// # Ok::<(), seedbed::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shape(Vec<usize>);

impl Shape {
    /// A shape from the sizes of its axes; no axis makes a scalar, an axis of size 0 an empty tensor.
    ///
    /// # Errors
    /// More elements than a `usize` counts.
    pub fn new(dimensions: Vec<usize>) -> Result<Shape, Error> {
        // the nonzero sizes alone must fit, so that no product on the way overflows
        let nonzero = dimensions.iter().filter(|&&size| size > 0);
        let fits = nonzero.copied().try_fold(1usize, usize::checked_mul).is_some();
        let shape = Shape(dimensions);
        let problem = "it has more elements than this machine can count".to_owned();
        if fits { Ok(shape) } else { Err(Error::Shape { shape: shape.to_string(), problem }) }
    }

    /// The sizes of the axes.
    pub fn dimensions(&self) -> &[usize] {
        &self.0
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// Number of elements: the product of the sizes.
    pub fn elements(&self) -> usize {
        self.0.iter().product()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(SCALAR);
        }
        let sizes: Vec<String> = self.0.iter().map(usize::to_string).collect();
        f.write_str(&sizes.join("x"))
    }
}

impl FromStr for Shape {
    type Err = Error;

    fn from_str(text: &str) -> Result<Shape, Error> {
        if text.trim() == SCALAR {
            return Ok(Shape(Vec::new()));
        }
        let size = |part: &str| part.trim().parse::<usize>().ok();
        let sizes: Option<Vec<usize>> = text.split('x').map(size).collect();
        let problem = "it must be whole numbers joined by 'x', such as 512x256".to_owned();
        sizes.ok_or(Error::Shape { shape: format!("'{text}'"), problem }).and_then(Shape::new)
    }
}

impl TryFrom<String> for Shape {
    type Error = Error;

    fn try_from(text: String) -> Result<Shape, Error> {
        text.parse()
    }
}

impl From<Shape> for String {
    fn from(shape: Shape) -> String {
        shape.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for text in ["7", "512x256", "64x3x3x3", "0x4", "scalar"] {
            assert_eq!(text.parse::<Shape>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_shape_is_refused() {
        for text in ["", "3x", "3,4", "-1x2", "2x2.5"] {
            assert!(text.parse::<Shape>().is_err(), "{text}");
        }
        assert_eq!(Shape::new(Vec::new()).unwrap().elements(), 1);
        assert!(Shape::new(vec![usize::MAX, 2]).is_err());
        assert!(Shape::new(vec![usize::MAX, 2, 0]).is_err());
    }
}
