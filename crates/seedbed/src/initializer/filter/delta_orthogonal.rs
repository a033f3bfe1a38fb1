//! Orthogonal at the centre tap, 0 elsewhere.

use super::Filter;
use super::kernel::Kernel;
use crate::initializer::base::share;
use crate::initializer::catalogue::{BACKWARD, Entry, FORWARD, GAIN, SYMMETRY_BROKEN, claim};
use crate::initializer::orthogonal::{haar, haar_f64};
use crate::plan::{AmongZeros, Composition, Facts, Plan, Whole};
use crate::{Error, Parameter, Stream};

pub(super) const ENTRY: Entry = Entry {
    name: "delta_orthogonal",
    aliases: &[],
    summary: "a convolution that turns each position's channels and looks at no neighbour",
    formula: "w(out, in, centre) = gain Q(out, in), Q with orthonormal columns, Haar, one for each group; 0 at all \
              other taps; centre = (size - 1) / 2 rounded down; outputs >= inputs",
    arguments: &[GAIN],
    rationale: "Every length is kept, with any stride-1 padding, and no spatial mode decays with depth: a plain net of \
                10,000 convolutions trains from it.",
    claims: &[
        claim("isometry", "all singular values of the layer are equal", "singular values of the Jacobian"),
        FORWARD,
        BACKWARD,
        SYMMETRY_BROKEN,
    ],
    source: "Xiao et al. 2018, algorithm 2",
    elsewhere: "JAX, TensorFlow 1: the same law without groups. PyTorch and Keras have none",
    example: "delta_orthogonal",
};

/// One matrix a group at the centre tap; drawn by itself, so that nothing else as large as the kernel is needed.
pub(super) fn plan(filter: &Filter, parameter: &Parameter, gain: f64) -> Result<Plan, Error> {
    let kernel = Kernel::widening(filter, parameter)?;
    let centre = kernel.tap_at(|size| size.saturating_sub(1) / 2);
    let start = if kernel.elements == 0 { 0 } else { kernel.place(0, 0, 0, centre) };
    let point = Kernel::of_one_tap(filter, parameter)?;
    Ok(Plan::AmongZeros(AmongZeros {
        name: "orthogonal at the centre tap",
        small: point.dimensions(),
        sizes: kernel.dimensions(),
        of: Box::new(Plan::whole(Centre { point, gain })),
        start,
    }))
}

/// gain · Q for each group of a kernel of one tap.
#[derive(Debug)]
struct Centre {
    point: Kernel,
    gain: f64,
}

impl Centre {
    /// Puts each group's matrix in its place; `draw` makes the one that starts at an element of the stream.
    fn scatter<T: Copy>(&self, out: &mut [T], draw: impl Fn(u64) -> Vec<T>) {
        for group in 0..if out.is_empty() { 0 } else { self.point.groups } {
            let matrix = draw((group * self.point.outputs * self.point.inputs) as u64);
            for (output, row) in matrix.chunks_exact(self.point.inputs).enumerate() {
                for (input, value) in row.iter().enumerate() {
                    out[self.point.place(group, output, input, 0)] = *value;
                }
            }
        }
    }
}

impl Whole for Centre {
    fn fill(&self, out: &mut [f32], stream: &Stream) {
        self.scatter(out, |first| haar(self.point.outputs, self.point.inputs, stream, first, self.gain));
    }

    fn fill_f64(&self, out: &mut [f64], stream: &Stream) {
        self.scatter(out, |first| haar_f64(self.point.outputs, self.point.inputs, stream, first, self.gain));
    }

    /// The squares of a group sum to gain² · inputs.
    fn facts(&self) -> Facts {
        Facts {
            distribution: "orthogonal".to_owned(),
            mean: 0.0,
            variance: share(self.gain * self.gain, self.point.outputs as f64),
            bounds: (-self.gain, self.gain),
        }
    }

    /// Of one group; of several it is a matrix a group.
    fn composition(&self) -> Composition {
        match self.point.groups {
            1 => Composition::Orthogonal { rows: self.point.outputs, columns: self.point.inputs, gain: self.gain },
            _ => Composition::Dependent,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Initializer, Layout, Parameter, Slice};

    fn draw(parameter: &Parameter, gain: f64) -> Vec<f32> {
        format!("delta_orthogonal(gain={gain})").parse::<Initializer>().unwrap().draw(parameter, 3).unwrap()
    }

    /// Without groups, the centre is the draw of a dense orthogonal weight of the same name.
    #[test]
    fn the_centre_is_orthogonal_and_the_rest_zero() {
        for (shape, layout, centre) in [
            ("6x4x3x4", Layout::Convolution, 4 + 1), // even sizes: the lower of the two middles
            ("3x4x4x6", Layout::ConvolutionInOut, 4 + 1),
            ("6x4x5", Layout::Convolution, 2),
            ("4x6x2x2x2", Layout::TransposedConvolution, 0),
        ] {
            let parameter = Parameter::laid_out("w", shape.parse().unwrap(), &layout, 1).unwrap();
            let dense = Parameter::dense("w", 4, 6).unwrap();
            let matrix = "orthogonal(gain=2)".parse::<Initializer>().unwrap().draw(&dense, 3).unwrap();
            let values = draw(&parameter, 2.0);
            let taps = values.len() / 24;
            for (place, value) in values.into_iter().enumerate() {
                let (output, input, tap) = match layout {
                    Layout::Convolution => (place / taps / 4, place / taps % 4, place % taps),
                    Layout::ConvolutionInOut => (place % 6, place / 6 % 4, place / 24),
                    _ => (place / taps % 6, place / taps / 6, place % taps),
                };
                let expected = if tap == centre { matrix[output * 4 + input] } else { 0.0 };
                assert_eq!(value, expected, "{shape} {place}");
            }
        }
    }

    #[test]
    fn every_group_has_a_matrix_of_its_own() {
        let values = draw(&Parameter::convolution("w", 6, 9, &[3], 3).unwrap(), 1.0);
        let column = |group: usize, input: usize| -> Vec<f64> {
            (0..3).map(|output| f64::from(values[((3 * group + output) * 2 + input) * 3 + 1])).collect()
        };
        let product = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
        for group in 0..3 {
            let (first, second) = (column(group, 0), column(group, 1));
            assert!((product(&first, &first) - 1.0).abs() < 1e-6 && product(&first, &second).abs() < 1e-6);
            assert_ne!(first, column((group + 1) % 3, 0));
        }
    }

    #[test]
    fn the_variance_is_exact() {
        let parameter = Parameter::convolution("w", 8, 12, &[3, 3], 2).unwrap();
        let initializer: Initializer = "delta_orthogonal(gain=2)".parse().unwrap();
        let values = initializer.draw(&parameter, 3).unwrap();
        let square = values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / values.len() as f64;
        assert!((square - initializer.element_variance(&parameter).unwrap()).abs() < 1e-7);
        assert_eq!(initializer.element_variance(&parameter).unwrap(), 4.0 / 54.0);
    }

    #[test]
    fn what_cannot_keep_every_length_is_refused() {
        let refused = |parameter: Parameter| {
            "delta_orthogonal".parse::<Initializer>().unwrap().draw(&parameter, 0).unwrap_err().to_string()
        };
        let narrow = refused(Parameter::convolution("stem.weight", 8, 4, &[3, 3], 1).unwrap());
        assert!(narrow.contains("'stem.weight' (4x8x3x3): 4 outputs cannot hold 8 inputs"), "{narrow}");
        let grouped = refused(Parameter::convolution("w", 8, 4, &[3], 2).unwrap());
        assert!(grouped.contains("2 outputs of each group cannot hold 4 inputs"), "{grouped}");
        assert!(refused(Parameter::dense("w", 4, 4).unwrap()).contains("kernel"));
    }

    #[test]
    fn a_large_kernel_is_the_same_in_any_slice_and_type() {
        for (shape, layout) in [("128x96x5x7", Layout::Convolution), ("5x7x96x128", Layout::ConvolutionInOut)] {
            let parameter = Parameter::laid_out("w", shape.parse().unwrap(), &layout, 1).unwrap();
            let initializer: Initializer = "delta_orthogonal".parse().unwrap();
            let whole = initializer.draw(&parameter, 2).unwrap();
            assert_eq!(whole.iter().filter(|value| **value != 0.0).count(), 96 * 128);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            assert!(pool.install(|| initializer.draw(&parameter, 2).unwrap()) == whole);
            let halves: Vec<half::bf16> = initializer.draw_as(&parameter, 2).unwrap();
            assert!(halves.iter().zip(&whole).all(|(half, single)| *half == half::bf16::from_f32(*single)));
            for text in ["2:4,1:3", ":,:,2:3", "1:4,0:3,1:4,2:5"] {
                let slice: Slice = text.parse().unwrap();
                let region = slice.within(&parameter.shape).unwrap();
                let expected: Vec<f32> = region.runs().flatten().map(|place| whole[place]).collect();
                assert!(initializer.draw_slice::<f32>(&parameter, 2, &slice).unwrap() == expected, "{shape} {text}");
            }
        }
    }

    #[test]
    fn jax_means_the_same() {
        let kernel = Parameter::laid_out("w", "4x3x4x6".parse().unwrap(), &Layout::ConvolutionInOut, 1).unwrap();
        let jax = "jax:delta_orthogonal(scale=2)".parse::<Initializer>().unwrap();
        assert_eq!(jax.draw(&kernel, 3).unwrap(), draw(&kernel, 2.0));
    }

    #[test]
    fn an_empty_kernel_is_empty() {
        assert!(draw(&Parameter::convolution("w", 4, 4, &[0, 3], 1).unwrap(), 1.0).is_empty());
    }
}
