//! Slices: hyper-rectangles of a tensor, drawn without drawing the rest.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::{Error, Shape};

/// A range of indices along each axis of a tensor.
///
/// As text, one range an axis: `0:1024,:` is the first 1024 rows of a matrix, `:,7` its column 7. Axes left out at
/// the end are whole.
///
/// ```
/// use seedbed::{Initializer, Parameter, Slice};
/// let weight = Parameter::dense("layer1.weight", 4, 6)?;
/// let he: Initializer = "he_normal".parse()?;
/// let rows: Vec<f32> = he.draw_slice(&weight, 7, &"2:5".parse::<Slice>()?)?;
/// assert_eq!(rows, he.draw(&weight, 7)?[2 * 4..5 * 4]);
/// # Ok::<(), seedbed::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slice(Vec<Bounds>);

/// Start and end along one axis; an end of `None` is that of the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Bounds {
    start: usize,
    end: Option<usize>,
}

impl Slice {
    /// One range an axis.
    pub fn new(ranges: impl IntoIterator<Item = Range<usize>>) -> Slice {
        Slice(ranges.into_iter().map(|range| Bounds { start: range.start, end: Some(range.end) }).collect())
    }

    /// The whole of any tensor.
    pub fn whole() -> Slice {
        Slice(Vec::new())
    }

    /// The ranges within a tensor of `shape`, one an axis.
    ///
    /// # Errors
    /// More ranges than axes, or one that leaves its axis.
    pub fn within(&self, shape: &Shape) -> Result<Region, Error> {
        let sizes = shape.dimensions();
        let refuse = |problem: String| Error::Slice { slice: self.to_string(), shape: shape.to_string(), problem };
        if self.0.len() > sizes.len() {
            return Err(refuse(format!("it has {} ranges, and there are {} axes", self.0.len(), sizes.len())));
        }
        let range = |(axis, &size): (usize, &usize)| {
            let bounds = self.0.get(axis).copied().unwrap_or(Bounds { start: 0, end: None });
            let end = bounds.end.unwrap_or(size);
            if bounds.start > end || end > size {
                return Err(refuse(format!(
                    "{}:{end} does not lie within axis {axis}, which has {size}",
                    bounds.start
                )));
            }
            Ok(bounds.start..end)
        };
        let ranges = sizes.iter().enumerate().map(range).collect::<Result<_, _>>()?;
        Ok(Region { sizes: sizes.to_vec(), ranges })
    }
}

/// A slice of a tensor of known shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    sizes: Vec<usize>,
    ranges: Vec<Range<usize>>,
}

impl Region {
    /// A region of a tensor with these sizes; the ranges lie within them.
    pub(crate) fn new(sizes: Vec<usize>, ranges: Vec<Range<usize>>) -> Region {
        Region { sizes, ranges }
    }

    /// The range along each axis.
    pub fn ranges(&self) -> &[Range<usize>] {
        &self.ranges
    }

    /// Its shape.
    pub fn shape(&self) -> Vec<usize> {
        self.ranges.iter().map(ExactSizeIterator::len).collect()
    }

    /// Number of its elements.
    pub fn elements(&self) -> usize {
        self.shape().iter().product()
    }

    /// Number of elements of the tensor.
    pub(crate) fn whole_elements(&self) -> usize {
        self.sizes.iter().product()
    }

    /// The places of its elements in the tensor's memory, as contiguous runs in ascending order.
    pub fn runs(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let (outer, length) = self.split();
        let strides = strides(&self.sizes);
        let shape: Vec<usize> = self.ranges[..outer].iter().map(ExactSizeIterator::len).collect();
        let count: usize = if length == 0 { 0 } else { shape.iter().product() };
        let base: usize = self.ranges.iter().zip(&strides).map(|(range, stride)| range.start * stride).sum();
        (0..count).map(move |index| {
            let mut rest = index;
            let mut start = base;
            for axis in (0..outer).rev() {
                start += rest % shape[axis] * strides[axis];
                rest /= shape[axis];
            }
            start..start + length
        })
    }

    /// From its first place in the tensor's memory to its last; empty where it has no elements.
    pub(crate) fn span(&self) -> Range<usize> {
        let mut runs = self.runs();
        let first = runs.next().unwrap_or(0..0);
        first.start..runs.last().map_or(first.end, |last| last.end)
    }

    /// How many leading axes one run does not span, and the length of a run.
    fn split(&self) -> (usize, usize) {
        let mut length = 1;
        for axis in (0..self.sizes.len()).rev() {
            length *= self.ranges[axis].len();
            if self.ranges[axis].len() != self.sizes[axis] {
                return (axis, length);
            }
        }
        (0, length)
    }
}

/// A stretch of a tensor's memory that two regions share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Common {
    /// Its places in the tensor.
    pub places: Range<usize>,
    /// Elements of the one region before it.
    pub before_in_one: usize,
    /// Elements of the other region before it.
    pub before_in_other: usize,
}

/// What two regions, as runs in ascending order, have in common.
pub(crate) fn common(
    one: impl Iterator<Item = Range<usize>>,
    other: impl Iterator<Item = Range<usize>>,
) -> impl Iterator<Item = Common> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    let (mut before_in_one, mut before_in_other) = (0, 0);
    std::iter::from_fn(move || {
        loop {
            let (x, y) = (one.peek()?.clone(), other.peek()?.clone());
            let places = x.start.max(y.start)..x.end.min(y.end);
            let found = (!places.is_empty()).then(|| Common {
                before_in_one: before_in_one + places.start - x.start,
                before_in_other: before_in_other + places.start - y.start,
                places,
            });
            if x.end <= y.end {
                before_in_one += x.len();
                one.next();
            } else {
                before_in_other += y.len();
                other.next();
            }
            if found.is_some() {
                return found;
            }
        }
    })
}

/// Distance in memory between neighbours along each axis.
pub(crate) fn strides(sizes: &[usize]) -> Vec<usize> {
    (0..sizes.len()).map(|axis| sizes[axis + 1..].iter().product()).collect()
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = |bounds: &Bounds| match *bounds {
            Bounds { start: 0, end: None } => ":".to_owned(),
            Bounds { start, end: None } => format!("{start}:"),
            Bounds { start, end: Some(end) } => format!("{start}:{end}"),
        };
        f.write_str(&if self.0.is_empty() {
            ":".to_owned()
        } else {
            self.0.iter().map(range).collect::<Vec<_>>().join(",")
        })
    }
}

/// One range along the first axis.
impl From<Range<usize>> for Slice {
    fn from(range: Range<usize>) -> Slice {
        Slice::new(std::iter::once(range))
    }
}

impl FromStr for Slice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Slice, Error> {
        let refuse = || Error::Slice {
            slice: text.to_owned(),
            shape: "any".to_owned(),
            problem: "it must be one range an axis, such as 0:1024,: or 3,10:".to_owned(),
        };
        let number = |part: &str| part.trim().parse::<usize>().map_err(|_| refuse());
        let bounds = |part: &str| match part.split_once(':') {
            None => number(part).map(|at| Bounds { start: at, end: Some(at.saturating_add(1)) }),
            Some((start, end)) => {
                let start = if start.trim().is_empty() { 0 } else { number(start)? };
                let end = if end.trim().is_empty() { None } else { Some(number(end)?) };
                Ok(Bounds { start, end })
            }
        };
        if text.trim() == ":" {
            return Ok(Slice::whole());
        }
        text.split(',').map(bounds).collect::<Result<_, _>>().map(Slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(slice: &str, shape: &str) -> Vec<(usize, usize)> {
        let shape: Shape = shape.parse().unwrap();
        slice.parse::<Slice>().unwrap().within(&shape).unwrap().runs().map(|run| (run.start, run.end)).collect()
    }

    #[test]
    fn what_two_regions_share() {
        let found: Vec<_> = common([2..6, 8..9, 12..20].into_iter(), [0..3, 5..9, 13..14, 15..16].into_iter())
            .map(|Common { places, before_in_one, before_in_other }| (places, before_in_one, before_in_other))
            .collect();
        assert_eq!(found, [(2..3, 0, 2), (5..6, 3, 3), (8..9, 4, 6), (13..14, 6, 7), (15..16, 8, 8)]);
        assert_eq!(common(std::iter::once(0..3), std::iter::once(3..4)).next(), None);
    }

    #[test]
    fn runs_are_as_long_as_they_can_be() {
        assert_eq!(runs(":", "4x6"), [(0, 24)]);
        assert_eq!(runs("1:3", "4x6"), [(6, 18)]);
        assert_eq!(runs("1:3,:", "4x6"), [(6, 18)]);
        assert_eq!(runs("1:3,2:4", "4x6"), [(8, 10), (14, 16)]);
        assert_eq!(runs(":,5", "3x6"), [(5, 6), (11, 12), (17, 18)]);
        assert_eq!(runs("1,:,1:", "2x2x3"), [(7, 9), (10, 12)]);
        assert_eq!(runs("2:2", "4x6"), []);
        assert_eq!(runs(":", "scalar"), [(0, 1)]);
    }

    #[test]
    fn text_round_trips() {
        for text in [":", "0:1024,:", "3:,:,1:2"] {
            assert_eq!(text.parse::<Slice>().unwrap().to_string(), text);
        }
        assert_eq!("7".parse::<Slice>().unwrap().to_string(), "7:8");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |slice: &str, shape: &str| {
            slice.parse::<Slice>().and_then(|slice| slice.within(&shape.parse()?)).unwrap_err().to_string()
        };
        assert!(refused("0:5", "4x6").contains("0:5 does not lie within axis 0, which has 4"));
        assert!(refused("3:2", "4x6").contains("3:2"));
        assert!(refused(":,:,:", "4x6").contains("3 ranges"));
        assert!(refused("a:b", "4x6").contains("0:1024,:"));
        assert!(refused(&format!("{}", usize::MAX), "4").contains("axis 0"));
    }
}
