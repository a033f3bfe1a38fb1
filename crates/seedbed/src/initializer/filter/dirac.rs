//! A convolution that passes its input through.

use super::diagonal::Diagonal;
use super::kernel::Kernel;
use crate::initializer::catalogue::{Entry, claim};
use crate::plan::Plan;

pub(super) const ENTRY: Entry = Entry {
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
};

pub(super) fn plan(kernel: Kernel) -> Plan {
    let centre = kernel.tap_at(|size| size / 2);
    Plan::pattern(Diagonal { name: "dirac", kernel, taps: vec![(centre, 1.0)] })
}

#[cfg(test)]
mod tests {
    use crate::{Filter, Initializer, Parameter};

    /// torch.nn.init.dirac_(torch.empty(4, 2, 3), groups=2): ones at [0,0,1], [1,1,1], [2,0,1], [3,1,1].
    #[test]
    fn dirac_with_groups_as_in_torch() {
        let weight = Parameter::convolution("w", 4, 4, &[3], 2).unwrap();
        let values = Initializer::Filter(Filter::Dirac).draw(&weight, 0).unwrap();
        let ones: Vec<usize> = (0..24).filter(|&place| values[place] == 1.0).collect();
        assert_eq!(ones, [1, 10, 13, 22]);
        assert_eq!(values.iter().sum::<f32>(), 4.0);
    }

    /// torch.nn.init.dirac_(torch.empty(2, 3, 4, 5)).flatten().nonzero(): an even size has its centre at size / 2.
    #[test]
    fn even_sizes_as_in_torch() {
        let weight = Parameter::convolution("w", 3, 2, &[4, 5], 1).unwrap();
        let values = Initializer::Filter(Filter::Dirac).draw(&weight, 0).unwrap();
        let ones: Vec<usize> = (0..120).filter(|&place| values[place] != 0.0).collect();
        assert_eq!(ones, [12, 92]);
    }
}
