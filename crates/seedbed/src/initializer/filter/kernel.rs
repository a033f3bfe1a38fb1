//! A weight seen as a convolution kernel: in each group, a matrix of output by input channels at every tap.

use super::Filter;
use crate::initializer::family::{Family, unsuited};
use crate::initializer::matrix::{combine, offsets};
use crate::slice::strides;
use crate::{AxisRole, Error, Parameter, Shape, Side};

/// Where channels and taps lie in the tensor.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    /// Groups that do not see each other.
    pub groups: usize,
    /// Output channels of one group.
    pub outputs: usize,
    /// Input channels of one group.
    pub inputs: usize,
    /// Size of each kernel axis.
    pub sizes: Vec<usize>,
    /// Elements of the tensor.
    pub elements: usize,
    spans: Side,
    output_places: Vec<usize>,
    input_places: Vec<usize>,
    tap_places: Vec<usize>,
    /// Role, size and stride of each axis.
    axes: Vec<(AxisRole, usize, usize)>,
}

/// Indices of an element, channels counted over all groups where their axis holds all, taps row-major.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Indices {
    pub output: usize,
    pub input: usize,
    pub tap: usize,
}

impl Kernel {
    /// # Errors
    /// A parameter without output, input and kernel axes, or axes that do not fit its shape.
    pub fn of(filter: &Filter, parameter: &Parameter) -> Result<Kernel, Error> {
        let refuse = || {
            let problem = "it needs the axes of a convolution: outputs, inputs and a kernel; give it such a layout";
            unsuited(filter.name(), parameter, problem)
        };
        let axes = parameter.axes.as_ref().ok_or_else(refuse)?;
        axes.fans(&parameter.shape)?; // axes, groups and shape agree from here on
        let sizes = parameter.shape.dimensions();
        let strides = strides(sizes);
        let places =
            |role| axes.of_role(role).fold(vec![0], |slow, axis| combine(&slow, &offsets(sizes[axis], strides[axis])));
        let counted = [AxisRole::Output, AxisRole::Input, AxisRole::Receptive];
        let is_whole = (0..sizes.len()).all(|axis| sizes[axis] == 1 || counted.contains(&axes.roles[axis]));
        if !is_whole || counted.iter().any(|role| !axes.roles.contains(role)) {
            return Err(refuse());
        }
        let (output_places, input_places) = (places(AxisRole::Output), places(AxisRole::Input));
        let share = |side, count: usize| if axes.spans_groups == side { count / axes.groups } else { count };
        Ok(Kernel {
            groups: axes.groups,
            outputs: share(Side::Output, output_places.len()),
            inputs: share(Side::Input, input_places.len()),
            sizes: axes.of_role(AxisRole::Receptive).map(|axis| sizes[axis]).collect(),
            elements: parameter.shape.elements(),
            spans: axes.spans_groups,
            tap_places: places(AxisRole::Receptive),
            output_places,
            input_places,
            axes: (0..sizes.len()).map(|axis| (axes.roles[axis], sizes[axis], strides[axis])).collect(),
        })
    }

    /// The same, refused where a group has fewer outputs than inputs.
    ///
    /// # Errors
    /// As [`Kernel::of`], or fewer outputs than inputs.
    pub fn widening(filter: &Filter, parameter: &Parameter) -> Result<Kernel, Error> {
        let kernel = Kernel::of(filter, parameter)?;
        if kernel.outputs >= kernel.inputs {
            return Ok(kernel);
        }
        let (outputs, inputs) = (kernel.outputs, kernel.inputs);
        let of_group = if kernel.groups > 1 { " of each group" } else { "" };
        let problem = format!(
            "{outputs} outputs{of_group} cannot hold {inputs} inputs without loss; it needs at least as many outputs \
             as inputs, and `orthogonal` takes any shape"
        );
        Err(unsuited(filter.name(), parameter, problem))
    }

    /// The kernel of one tap between the same channels.
    ///
    /// # Errors
    /// None for a kernel that is one.
    pub fn of_one_tap(filter: &Filter, parameter: &Parameter) -> Result<Kernel, Error> {
        let roles = parameter.axes.iter().flat_map(|axes| &axes.roles);
        let sizes = parameter.shape.dimensions().iter().zip(roles);
        let sizes = sizes.map(|(size, role)| if *role == AxisRole::Receptive { 1 } else { *size });
        Kernel::of(filter, &Parameter { shape: Shape::new(sizes.collect::<Vec<_>>())?, ..parameter.clone() })
    }

    /// Size of each axis of the tensor.
    pub fn dimensions(&self) -> Vec<usize> {
        self.axes.iter().map(|(_, size, _)| *size).collect()
    }

    /// Number of taps.
    pub fn taps(&self) -> usize {
        self.tap_places.len()
    }

    /// Place of an element in the tensor, its channels counted within the group.
    pub fn place(&self, group: usize, output: usize, input: usize, tap: usize) -> usize {
        let (output, input) = match self.spans {
            Side::Output => (group * self.outputs + output, input),
            Side::Input => (output, group * self.inputs + input),
        };
        self.output_places[output] + self.input_places[input] + self.tap_places[tap]
    }

    /// Indices of the element at a place.
    pub fn indices(&self, place: usize) -> Indices {
        let mut found = Indices { output: 0, input: 0, tap: 0 };
        for &(role, size, stride) in &self.axes {
            let index = match role {
                AxisRole::Output => &mut found.output,
                AxisRole::Input => &mut found.input,
                _ => &mut found.tap,
            };
            *index = *index * size + place / stride % size;
        }
        found
    }

    /// The tap whose index along an axis of some size is `index(size)`.
    pub fn tap_at(&self, index: impl Fn(usize) -> usize) -> usize {
        self.sizes.iter().fold(0, |tap, &size| tap * size + index(size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layout;

    fn kernel(shape: &str, layout: Layout, groups: usize) -> Kernel {
        let parameter = Parameter::laid_out("w", shape.parse().unwrap(), &layout, groups).unwrap();
        Kernel::of(&Filter::Dirac, &parameter).unwrap()
    }

    #[test]
    fn every_place_is_met_once_and_found_again() {
        for (shape, layout, groups, outputs, inputs) in [
            ("4x6x3x2", Layout::Convolution, 1, 4, 6),
            ("4x6x3x2", Layout::Convolution, 2, 2, 6),
            ("3x2x4x6", Layout::ConvolutionInOut, 3, 2, 4),
            ("4x6x3", Layout::TransposedConvolution, 1, 6, 4),
            ("4x6x3", Layout::TransposedConvolution, 2, 6, 2),
            ("2x3x5x4", Layout::Letters("ooir".to_owned()), 1, 6, 5),
        ] {
            let kernel = kernel(shape, layout, groups);
            assert_eq!((kernel.outputs, kernel.inputs), (outputs, inputs), "{shape}");
            let mut seen = vec![false; kernel.elements];
            for group in 0..groups {
                for (output, input) in (0..outputs).flat_map(|output| (0..inputs).map(move |input| (output, input))) {
                    for tap in 0..kernel.taps() {
                        let place = kernel.place(group, output, input, tap);
                        let found = kernel.indices(place);
                        assert_eq!((found.output % outputs, found.input % inputs, found.tap), (output, input, tap));
                        assert!(!std::mem::replace(&mut seen[place], true), "{shape} {place}");
                    }
                }
            }
            assert!(seen.into_iter().all(|met| met), "{shape}");
        }
    }

    #[test]
    fn taps_are_row_major() {
        let kernel = kernel("1x1x5x4", Layout::Convolution, 1);
        assert_eq!(kernel.sizes, [5, 4]);
        assert_eq!(kernel.tap_at(|size| (size - 1) / 2), 2 * 4 + 1);
    }

    #[test]
    fn what_is_no_kernel_is_refused() {
        for parameter in [
            Parameter::dense("layer1.weight", 3, 4).unwrap(),
            Parameter::norm_scale("layer1.weight", 4).unwrap(),
            Parameter::laid_out("layer1.weight", "4x3x2".parse().unwrap(), &"olr".parse().unwrap(), 1).unwrap(),
        ] {
            let message = Kernel::of(&Filter::Dirac, &parameter).unwrap_err().to_string();
            assert!(message.contains("layer1.weight") && message.contains("kernel"), "{message}");
        }
    }
}
