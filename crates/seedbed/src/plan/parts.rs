//! The weights that one tensor holds side by side: packed projections and stacked experts.

use std::ops::Range;

use crate::slice::Region;
use crate::{Axes, AxisRole, Error, Parameter, Shape};

/// One weight of several in a tensor.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Where it lies.
    pub region: Region,
    /// The weight by itself; its batch axes have size 1.
    pub parameter: Parameter,
}

/// The weights that a parameter holds: every index of its batch axes by every packed part, in that order. Empty when
/// it is one weight alone.
pub(crate) fn parts(parameter: &Parameter) -> Result<Vec<Part>, Error> {
    let Some(axes) = &parameter.axes else { return Ok(Vec::new()) };
    axes.fans(&parameter.shape)?;
    if axes.packed.is_empty() && !axes.roles.contains(&AxisRole::Batch) {
        return Ok(Vec::new());
    }
    let sizes = parameter.shape.dimensions();
    let whole: Vec<Range<usize>> = sizes.iter().map(|&size| 0..size).collect();
    let mut all = vec![whole];
    for axis in axes.of_role(AxisRole::Batch) {
        let single = |index: usize| index..index + 1;
        all = split(&all, axis, (0..sizes[axis]).map(single));
    }
    if let Some(axis) = axes.of_role(AxisRole::Output).next().filter(|_| !axes.packed.is_empty()) {
        let ends = axes.packed.iter().scan(0, |end, size| {
            *end += size;
            Some(*end - size..*end)
        });
        all = split(&all, axis, ends);
    }
    if all.len() == 1 && axes.packed.is_empty() {
        return Ok(Vec::new());
    }
    all.into_iter().map(|ranges| part(parameter, axes, sizes, ranges)).collect()
}

/// Every region cut along one axis.
fn split(
    regions: &[Vec<Range<usize>>],
    axis: usize,
    pieces: impl Iterator<Item = Range<usize>> + Clone,
) -> Vec<Vec<Range<usize>>> {
    let cut = |region: &Vec<Range<usize>>, piece| {
        let mut region = region.clone();
        region[axis] = piece;
        region
    };
    regions.iter().flat_map(|region| pieces.clone().map(move |piece| cut(region, piece))).collect()
}

fn part(parameter: &Parameter, axes: &Axes, sizes: &[usize], ranges: Vec<Range<usize>>) -> Result<Part, Error> {
    let shape = Shape::new(ranges.iter().map(ExactSizeIterator::len).collect())?;
    let axes = Axes { packed: Vec::new(), ..axes.clone() };
    let fans = Some(axes.fans(&shape)?);
    let parameter = Parameter { shape, axes: Some(axes), fans, ..parameter.clone() };
    Ok(Part { region: Region::new(sizes.to_vec(), ranges), parameter })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fans, Layout};

    #[test]
    fn an_ordinary_weight_has_no_parts() {
        assert!(parts(&Parameter::dense("w", 3, 4).unwrap()).unwrap().is_empty());
        assert!(parts(&Parameter::norm_scale("s", 3).unwrap()).unwrap().is_empty());
    }

    #[test]
    fn packed_projections_have_fans_of_their_own() {
        let qkv = Parameter::dense("w", 8, 16).unwrap().packed(vec![8, 4, 4]).unwrap();
        let found: Vec<_> = parts(&qkv).unwrap().into_iter().map(|part| part.parameter.fans.unwrap()).collect();
        let fans = |fan_out| Fans { fan_in: 8, fan_out };
        assert_eq!(found, [fans(8), fans(4), fans(4)]);
    }

    #[test]
    fn experts_and_packed_parts_together_cover_the_tensor_once() {
        let experts = Parameter::laid_out("w", "3x6x5".parse().unwrap(), &Layout::Experts, 1).unwrap();
        let parts = parts(&experts.packed(vec![2, 4]).unwrap()).unwrap();
        assert_eq!(parts.len(), 6);
        let mut places: Vec<usize> = parts.iter().flat_map(|part| part.region.runs().flatten()).collect();
        places.sort_unstable();
        assert_eq!(places, (0..90).collect::<Vec<_>>());
    }
}
