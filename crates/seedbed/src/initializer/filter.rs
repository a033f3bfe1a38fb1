//! Convolution kernels that are filters.

use super::call::Call;
use super::catalogue::{Entry, claim};
use super::family::{Family, unsuited};
use crate::plan::{Formula, Plan};
use crate::slice::strides;
use crate::{AxisRole, Error, Parameter};

/// A convolution kernel that is a filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// 1 at the centre tap where the output channel is the input channel, 0 elsewhere.
    Dirac,
}

impl Family for Filter {
    const ENTRIES: &'static [Entry] = &[Entry {
        name: "dirac",
        aliases: &[],
        summary: "a convolution that passes its input through",
        formula: "w(out, in, tap) = 1 where in = out within the group and tap is the centre (size / 2), 0 elsewhere",
        arguments: &[],
        rationale: "A convolution that starts as the identity.",
        claims: &[claim("isometry", "the layer passes its input", "singular values of the Jacobian")],
        source: "Zagoruyko & Komodakis 2017 (DiracNets)",
        elsewhere: "PyTorch: the same, centre size / 2 for even kernels too; JAX's delta kernels are centred at \
                    (size - 1) / 2",
        example: "dirac",
    }];

    fn read(_: &Call) -> Result<Filter, Error> {
        Ok(Filter::Dirac)
    }

    fn name(&self) -> &'static str {
        match self {
            Filter::Dirac => "dirac",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let refuse = || unsuited(self.name(), parameter, "it needs one input, one output and a kernel axis");
        let Some(axes) = parameter.axes.clone() else { return Err(refuse()) };
        let only = |role| axes.of_role(role).next().filter(|_| axes.of_role(role).count() == 1);
        let (Some(output), Some(input)) = (only(AxisRole::Output), only(AxisRole::Input)) else { return Err(refuse()) };
        if !axes.roles.contains(&AxisRole::Receptive) {
            return Err(refuse());
        }
        let sizes = parameter.shape.dimensions().to_vec();
        let strides = strides(&sizes);
        let channels = [sizes[output], sizes[input]];
        let per_group = if axes.spans_groups == crate::Side::Output { channels[0] } else { channels[1] } / axes.groups;
        let value = move |place: usize| {
            let at = |axis: usize| place / strides[axis] % sizes[axis];
            let (mut out, mut into) = (at(output), at(input));
            if axes.spans_groups == crate::Side::Output {
                out %= per_group
            } else {
                into %= per_group
            }
            let is_centre = axes.of_role(AxisRole::Receptive).all(|axis| at(axis) == sizes[axis] / 2);
            if out == into && is_centre { 1.0 } else { 0.0 }
        };
        Ok(Plan::pattern(Formula { name: "dirac", elements: parameter.shape.elements(), value }))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Initializer, Parameter};

    /// torch.nn.init.dirac_(torch.empty(4, 2, 3), groups=2): ones at [0,0,1], [1,1,1], [2,0,1], [3,1,1].
    #[test]
    fn dirac_with_groups_as_in_torch() {
        let weight = Parameter::convolution("w", 4, 4, &[3], 2).unwrap();
        let values = Initializer::Filter(super::Filter::Dirac).draw(&weight, 0).unwrap();
        let ones: Vec<usize> = (0..24).filter(|&place| values[place] == 1.0).collect();
        assert_eq!(ones, [1, 10, 13, 22]);
        assert_eq!(values.iter().sum::<f32>(), 4.0);
    }
}
