//! Values given one by one.

use std::sync::Arc;

use super::family::unsuited;
use super::ranges::{FINITE, LARGEST};
use super::text::Number;
use super::{Initializer, family};
use crate::plan::{Composition, Facts, Pattern, Plan};
use crate::{Error, Parameter, Stream};

/// Given values: of the whole tensor, row-major, or of each index along one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The values; finite.
    pub values: Arc<[f64]>,
    /// The axis that they run along, the same for all indices of the others: from 0 on, or from -1 back. `None` for a
    /// value an element.
    pub axis: Option<i64>,
}

impl Array {
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.values.iter().find(|value| !(-LARGEST..=LARGEST).contains(*value)) {
            Some(value) => Err(family::out_of_range("constant", "value", value, FINITE)),
            None => Ok(()),
        }
    }

    /// `constant(value=[1, 2], axis=0)`.
    pub(super) fn write(&self) -> String {
        let values: Vec<String> = self.values.iter().map(|value| Number(*value).to_string()).collect();
        let axis = self.axis.map(|axis| format!(", axis={axis}")).unwrap_or_default();
        format!("constant(value=[{}]{axis})", values.join(", "))
    }

    /// Of the tensor as it is, packed or stacked weights included.
    pub(super) fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let sizes = parameter.shape.dimensions();
        let refuse = |problem: String| Err(unsuited(self.brief(), parameter, problem));
        let (needed, run) = match self.axis {
            None => (parameter.shape.elements(), 1),
            Some(axis) => {
                let rank = sizes.len() as i64;
                if !(-rank..rank).contains(&axis) {
                    return refuse(format!("there is no axis {axis} among {rank}"));
                }
                let axis = axis.rem_euclid(rank) as usize;
                (sizes[axis], sizes[axis + 1..].iter().product())
            }
        };
        if self.values.len() == needed {
            return Ok(Plan::pattern(Runs { values: self.values.clone(), run }));
        }
        let fits = sizes.iter().position(|size| *size == self.values.len()).filter(|_| self.axis.is_none());
        let advice = fits.map(|axis| format!("; axis={axis} has so many")).unwrap_or_default();
        refuse(format!("{} values for {needed} places{advice}", self.values.len()))
    }

    /// Its name for messages, however many values there are.
    fn brief(&self) -> String {
        const SHOWN: usize = 8;
        if self.values.len() <= SHOWN { self.write() } else { format!("constant of {} values", self.values.len()) }
    }
}

impl Initializer {
    /// Given values, one an element, row-major.
    ///
    /// ```
    /// use seedbed::{Initializer, Parameter};
    /// let bias = Parameter::norm_shift("head.bias", 3)?;
    /// assert_eq!(Initializer::values([0.5, -1.0, 2.0]).draw(&bias, 0)?, [0.5, -1.0, 2.0]);
    /// assert_eq!(Initializer::values([0.5, -1.0, 2.0]), "constant([0.5, -1, 2])".parse()?);
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    pub fn values(values: impl Into<Arc<[f64]>>) -> Initializer {
        Initializer::Array(Array { values: values.into(), axis: None })
    }

    /// Given values, one an index of an axis; the axis counts from 0 on, or from -1 back.
    ///
    /// ```
    /// use seedbed::{Initializer, Parameter};
    /// let weight = Parameter::dense("w", 2, 3)?;
    /// assert_eq!(Initializer::values_along(0, [7.0, 8.0, 9.0]).draw(&weight, 0)?, [7.0, 7.0, 8.0, 8.0, 9.0, 9.0]);
    /// assert_eq!(Initializer::values_along(-1, [7.0, 8.0]).draw(&weight, 0)?, [7.0, 8.0, 7.0, 8.0, 7.0, 8.0]);
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    pub fn values_along(axis: i64, values: impl Into<Arc<[f64]>>) -> Initializer {
        Initializer::Array(Array { values: values.into(), axis: Some(axis) })
    }
}

/// Each value for a run of places, over and over.
#[derive(Debug)]
struct Runs {
    values: Arc<[f64]>,
    run: usize,
}

impl Runs {
    fn fill_with<T: Copy>(&self, first: usize, out: &mut [T], rounded: impl Fn(f64) -> T) {
        let (mut place, mut rest) = (first, out);
        while !rest.is_empty() {
            let length = (self.run - place % self.run).min(rest.len());
            let (now, later) = rest.split_at_mut(length);
            now.fill(rounded(self.values[place / self.run % self.values.len()]));
            place += length;
            rest = later;
        }
    }
}

impl Pattern for Runs {
    fn fill(&self, first: usize, out: &mut [f32], _: &Stream) {
        self.fill_with(first, out, |value| value as f32);
    }

    fn fill_f64(&self, first: usize, out: &mut [f64], _: &Stream) {
        self.fill_with(first, out, |value| value);
    }

    fn facts(&self) -> Facts {
        let count = self.values.len().max(1) as f64;
        let mean = self.values.iter().sum::<f64>() / count;
        let variance = self.values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
        let bounds = self
            .values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
        Facts { distribution: "given values".to_owned(), mean, variance, bounds }
    }

    fn composition(&self) -> Composition {
        Composition::Fixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Slice;

    fn draw(text: &str, parameter: &Parameter) -> Result<Vec<f32>, Error> {
        text.parse::<Initializer>().unwrap().draw(parameter, 0)
    }

    #[test]
    fn values_of_the_whole_and_along_each_axis() {
        let weight = Parameter::convolution("w", 2, 3, &[2], 1).unwrap(); // 3x2x2
        let all = "constant([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])";
        assert_eq!(draw(all, &weight).unwrap(), (0u8..12).map(f32::from).collect::<Vec<_>>());
        let along = |axis: i64, values: &str| draw(&format!("constant({values}, axis={axis})"), &weight).unwrap();
        assert_eq!(along(0, "[1, 2, 3]"), [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0]);
        assert_eq!(along(1, "[1, 2]"), [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
        assert_eq!(along(-1, "[1, 2]"), [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
        assert_eq!(along(-3, "[1, 2, 3]"), along(0, "[1, 2, 3]"));
    }

    #[test]
    fn packed_weights_are_one_tensor() {
        let packed = Parameter::dense("w", 1, 4).unwrap().packed(vec![2, 2]).unwrap();
        assert_eq!(draw("constant([1, 2, 3, 4])", &packed).unwrap(), [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn texts_round_trip_and_slices_are_slices() {
        for text in ["constant(value=[1, -2.5, 1e-7])", "constant(value=[3], axis=-1)", "constant(value=[])"] {
            assert_eq!(text.parse::<Initializer>().unwrap().to_string(), text);
        }
        let weight = Parameter::dense("w", 7, 5).unwrap();
        let given: Initializer = "constant([1, 2, 3, 4, 5], axis=0)".parse().unwrap();
        let slice: Slice = "2:4,3:6".parse().unwrap();
        assert_eq!(given.draw_slice::<f64>(&weight, 0, &slice).unwrap(), [3.0, 3.0, 3.0, 4.0, 4.0, 4.0]);
        assert_eq!((given.element_mean(&weight).unwrap(), given.element_variance(&weight).unwrap()), (3.0, 2.0));
        assert!(draw("constant([])", &Parameter::dense("w", 0, 4).unwrap()).unwrap().is_empty());
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        let weight = Parameter::dense("head.weight", 4, 3).unwrap();
        let refused = |text: &str| draw(text, &weight).unwrap_err().to_string();
        for part in ["'head.weight' (3x4)", "3 values for 12 places", "axis=0 has so many"] {
            assert!(refused("constant([1, 2, 3])").contains(part), "{}", refused("constant([1, 2, 3])"));
        }
        assert!(refused("constant([1, 2], axis=2)").contains("no axis 2 among 2"));
        assert!(refused("constant([1, 2], axis=0)").contains("2 values for 3 places"));
        let parse = |text: &str| text.parse::<Initializer>().unwrap_err().to_string();
        assert!(parse("constant([1, 1e99])").contains("value"));
        assert!(parse("constant([1, two])").contains("numbers such as"));
        assert!(parse("constant(1, axis=0)").contains("a list"), "{}", parse("constant(1, axis=0)"));
        assert!(parse("constant([1], axis=first)").contains("axis"));
    }
}
