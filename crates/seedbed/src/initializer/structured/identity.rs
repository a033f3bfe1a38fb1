//! One value on a diagonal.

use super::IdentityKernel;
use super::lines::{self, Lines, Met, Recipe};
use crate::initializer::base::share;
use crate::initializer::catalogue::{Entry, GAIN, argument, claim};
use crate::initializer::matrix::{Centre, Matrix};
use crate::plan::{Composition, Facts, Plan};
use crate::{Error, Initializer, Parameter, Stream};

pub const ENTRY: Entry = Entry {
    name: "identity",
    aliases: &["eye"],
    summary: "a diagonal matrix",
    formula: "w(unit, input) = gain where unit = (input + shift) mod units, 0 elsewhere; input counts all the weights \
              into a unit, taps of a kernel included. With kernel=centre it counts input channels, at the tap \
              (size - 1) / 2 on each axis, and every group has a diagonal of its own",
    arguments: &[
        GAIN,
        argument("shift", Some("0"), "places that the outputs are turned by, the last ones to the front"),
        argument("kernel", Some("flat"), "flat or centre: which entries of a convolution's kernel are the diagonal"),
    ],
    rationale: "A layer that starts as the identity passes the signal and the gradient unchanged. With a shift it is a \
                cycle: a recurrent cell then keeps what it saw in another unit for every step.",
    claims: &[claim("isometry", "a square layer keeps every length", "singular values of the Jacobian")],
    source: "Le, Jaitly & Hinton 2015 (IRNN) for recurrent weights",
    elsewhere: "PyTorch eye_ has no gain, Keras and Haiku have one; all three take two axes only, and JAX has none. \
                Flux's identity_init is this one, of a kernel with kernel=centre; there its shift moves the tap too, and \
                a vector is 0. dirac has no gain and takes the tap size / 2, another one where the size is even",
    example: "identity",
};

/// The plan of one weight.
///
/// # Errors
/// A parameter without axes.
pub fn plan(
    initializer: &Initializer,
    parameter: &Parameter,
    gain: f64,
    shift: usize,
    kernel: IdentityKernel,
) -> Result<Plan, Error> {
    let matrix = match kernel {
        IdentityKernel::Flat => Matrix::of(initializer, parameter)?,
        IdentityKernel::Centre => Matrix::at_centre(initializer, parameter, Centre::Lower)?,
    };
    let units = if kernel == IdentityKernel::Flat { matrix.rows() } else { matrix.rows_in_group() };
    let diagonal = Diagonal::of(&matrix, units, parameter, gain, shift);
    Ok(lines::plan(matrix, diagonal))
}

/// One value on the diagonal of each run of so many units.
#[derive(Clone, Debug)]
pub struct Diagonal {
    /// Output units of a run.
    units: usize,
    runs: usize,
    /// Entries on each diagonal.
    length: usize,
    gain: f64,
    shift: usize,
    /// Elements of the tensor, those outside of the matrix included.
    elements: usize,
}

impl Diagonal {
    pub fn of(matrix: &Matrix, units: usize, parameter: &Parameter, gain: f64, shift: usize) -> Diagonal {
        Diagonal {
            units,
            runs: matrix.rows().checked_div(units).unwrap_or(0),
            length: units.min(matrix.columns()),
            gain,
            shift: shift.checked_rem(units).unwrap_or(0),
            elements: parameter.shape.elements(),
        }
    }
}

impl Recipe for Diagonal {
    type Drawn = Diagonal;

    fn draw(&self, _: &Stream, _: &Met) -> Diagonal {
        self.clone()
    }

    fn facts(&self) -> Facts {
        let density = share((self.runs * self.length) as f64, self.elements as f64);
        let mean = self.gain * density;
        Facts {
            distribution: "diagonal".to_owned(),
            mean,
            variance: self.gain * mean - mean * mean,
            bounds: (0.0, self.gain),
        }
    }

    fn composition(&self) -> Composition {
        Composition::Fixed
    }
}

impl Lines for Diagonal {
    fn row(&self, row: usize, mut put: impl FnMut(usize, f64)) {
        let input = (row % self.units + self.units - self.shift) % self.units;
        if input < self.length {
            put(input, self.gain);
        }
    }

    fn column(&self, column: usize, mut put: impl FnMut(usize, f64)) {
        if column < self.length {
            let unit = (column + self.shift) % self.units;
            (0..self.runs).for_each(|run| put(run * self.units + unit, self.gain));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::initializer::structured::tests::{drawn, facts_hold, parameter, slices_and_tasks_agree};

    fn ones(text: &str, shape: &str, layout: &str, groups: usize) -> Vec<usize> {
        let values = drawn(text, &parameter(shape, layout, groups));
        assert!(values.iter().all(|value| [0.0, 1.0].contains(value)));
        (0..values.len()).filter(|&place| values[place] == 1.0).collect()
    }

    /// By Flux 0.14: circshift(identity_init(3, 5), 1), and the same turned on its side.
    #[test]
    fn matrices_by_hand() {
        assert_eq!(ones("identity", "3x5", "dense", 1), [0, 6, 12]);
        assert_eq!(ones("identity(shift=1)", "3x5", "dense", 1), [2, 5, 11]);
        assert_eq!(ones("identity(shift=4)", "3x5", "dense", 1), [2, 5, 11]);
        assert_eq!(ones("identity(shift=1)", "5x3", "dense", 1), [3, 7, 11]);
        assert_eq!(ones("identity(shift=1)", "3x5", "dense_in_out", 1), [1, 7, 13]);
        assert_eq!(drawn("identity(gain=2.5)", &parameter("2x2", "dense", 1)), [2.5, 0.0, 0.0, 2.5]);
    }

    /// Flux: identity_init(3, 3, 2, 2) has ones at [2, 2, 1, 1] and [2, 2, 2, 2], counted from 1.
    #[test]
    fn kernels_by_hand() {
        let centre = "identity(kernel=centre)";
        assert_eq!(ones(centre, "2x2x3x3", "convolution", 1), [4, 31]);
        assert_eq!(ones(centre, "3x3x2x2", "convolution_in_out", 1), [16, 19]);
        // an even kernel: tap 1 of 4, where dirac takes tap 2
        assert_eq!(ones(centre, "2x2x4", "convolution", 1), [1, 13]);
        assert_eq!(ones("dirac", "2x2x4", "convolution", 1), [2, 14]);
        assert_eq!(ones("identity(shift=1, kernel=centre)", "2x2x3", "convolution", 1), [4, 7]);
        // groups, as dirac_(groups=2) of PyTorch; transposed, each group's inputs feed its own outputs
        assert_eq!(ones(centre, "4x2x3", "convolution", 2), ones("dirac", "4x2x3", "convolution", 2));
        assert_eq!(ones(centre, "4x2x1", "transposed_convolution", 2), [0, 3, 4, 7]);
        // flat: torch.eye(4, 6).reshape(4, 2, 3), whatever the groups
        assert_eq!(ones("identity", "4x2x3", "convolution", 2), [0, 7, 14, 21]);
    }

    #[test]
    fn facts_are_those_of_the_draw() {
        for (shape, layout, groups) in
            [("7x4", "dense", 1), ("4x7", "dense_in_out", 1), ("6x2x3x3", "convolution", 2), ("8x9", "dense", 1)]
        {
            for kernel in ["flat", "centre"] {
                let text = format!("identity(gain=3, shift=2, kernel={kernel})");
                facts_hold(&text, &parameter(shape, layout, groups));
                slices_and_tasks_agree(&text, &parameter(shape, layout, groups));
            }
        }
    }
}
