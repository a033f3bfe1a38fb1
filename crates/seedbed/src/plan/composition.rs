//! How the elements of a tensor hang together, as plain data: what entropies, divergences and spectra are derived from.

use super::{AmongZeros, Law, Plan, Repeated};
use crate::{Region, Side};

/// How the elements of a tensor are distributed together, over draws.
///
/// ```
/// use seedbed::{Composition, Initializer, Law, Parameter};
/// let weight = Parameter::dense("layer1.weight", 50, 128)?;
/// let he = "he_normal".parse::<Initializer>()?.composition(&weight)?;
/// assert_eq!(he, Composition::Independent(Law::Normal { mean: 0.0, std: 0.2 }));
/// let orthogonal = "orthogonal(gain=2)".parse::<Initializer>()?.composition(&weight)?;
/// assert_eq!(orthogonal, Composition::Orthogonal { rows: 128, columns: 50, gain: 2.0 });
/// # Ok::<(), seedbed::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Composition {
    /// Independent elements of one law.
    Independent(Law),
    /// The same values in every draw.
    Fixed,
    /// gain · Q with Q uniform (Haar) over the matrices of this size whose rows or columns, whichever are fewer, are
    /// orthonormal.
    Orthogonal {
        /// Rows of the matrix: output units, or input units where the initializer says so.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
        /// Every singular value.
        gain: f64,
    },
    /// Each unit has so many weights that are not zero, at places that are equally likely, and they are N(0, std²).
    Sparse {
        /// Number of units.
        units: usize,
        /// Weights of a unit.
        weights: usize,
        /// Weights of a unit that are not zero.
        nonzeros: usize,
        /// Standard deviation of those.
        std: f64,
        /// What a unit is: an output with the weights into it, or an input with those out of it.
        per: Side,
    },
    /// The elements of a smaller tensor, each run of `inner` of them `copies` times in a row.
    Repeated {
        /// The smaller tensor.
        of: Box<Composition>,
        /// How often each element stands; at least 1.
        copies: usize,
        /// Elements of a run.
        inner: usize,
    },
    /// A smaller tensor among zeros.
    AmongZeros {
        /// The smaller tensor.
        of: Box<Composition>,
        /// Sizes of the smaller tensor: 1, or that of the tensor.
        small: Vec<usize>,
        /// Place of its first element.
        start: usize,
    },
    /// Parts that are independent of each other, and that are the tensor together.
    Parts(Vec<(Region, Composition)>),
    /// Any other law of elements that hang together.
    Dependent,
}

impl Plan {
    /// How the elements hang together.
    pub fn composition(&self) -> Composition {
        match self {
            Plan::Law(law) => Composition::Independent(*law),
            Plan::Pattern(pattern) => pattern.composition(),
            Plan::Whole(whole) => whole.composition(),
            Plan::Parts(parts) => {
                Composition::Parts(parts.iter().map(|(region, plan)| (region.clone(), plan.composition())).collect())
            }
            Plan::Repeated(Repeated { of, copies, inner }) => {
                Composition::Repeated { of: Box::new(of.composition()), copies: *copies, inner: *inner }
            }
            Plan::AmongZeros(AmongZeros { of, small, start, .. }) => {
                Composition::AmongZeros { of: Box::new(of.composition()), small: small.clone(), start: *start }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Initializer, Parameter};

    fn of(text: &str, parameter: &Parameter) -> Composition {
        text.parse::<Initializer>().unwrap().composition(parameter).unwrap()
    }

    #[test]
    fn every_kind_of_plan_says_how_its_elements_hang_together() {
        let weight = Parameter::dense("w", 8, 16).unwrap();
        let orthogonal = Composition::Orthogonal { rows: 16, columns: 8, gain: 1.0 };
        let sparse = |units, weights, std, per| Composition::Sparse { units, weights, nonzeros: 4, std, per };
        for (text, expected) in [
            ("zeros", Composition::Independent(Law::Constant { value: 0.0 })),
            ("torch:uniform_(a=-1, b=2)", Composition::Independent(Law::Uniform { low: -1.0, high: 2.0 })),
            ("orthogonal", orthogonal.clone()),
            ("identity", Composition::Fixed),
            ("zero_hadamard", Composition::Fixed),
            ("hadamard", Composition::Dependent),
            ("sparse(nonzeros=4)", sparse(16, 8, 0.5, Side::Output)),
            // 8 inputs of 4 weights, 16 outputs: 2 into an output on average
            ("sparse(nonzeros=4, per=input)", sparse(8, 16, 1.0 / 2f64.sqrt(), Side::Input)),
            ("givens(rounds=2)", Composition::Dependent),
        ] {
            assert_eq!(of(text, &weight), expected, "{text}");
        }
        let packed = weight.packed(vec![12, 4]).unwrap();
        let Composition::Parts(parts) = of("orthogonal", &packed) else { panic!("packed projections are parts") };
        assert_eq!(parts[1].1, Composition::Orthogonal { rows: 4, columns: 8, gain: 1.0 });
        assert_eq!(parts[1].0.elements(), 32);
    }

    #[test]
    fn smaller_tensors_within_larger_ones() {
        let kernel = Parameter::convolution("w", 8, 16, &[3, 3], 1).unwrap();
        for (text, size) in [("icnr(base=he_normal, scale=2)", 4), ("delta_orthogonal", 16 * 8)] {
            match of(text, &kernel) {
                Composition::Repeated { of, copies, .. } => {
                    assert!(matches!(*of, Composition::Independent(Law::Normal { .. })) && copies == size);
                }
                Composition::AmongZeros { of, small, start } => {
                    assert_eq!(*of, Composition::Orthogonal { rows: 16, columns: 8, gain: 1.0 });
                    assert_eq!((small.iter().product::<usize>(), start), (size, 4));
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
