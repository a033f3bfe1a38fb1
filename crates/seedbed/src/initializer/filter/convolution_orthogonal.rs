//! Kernels whose circular convolution keeps every length.
//!
//! A product of factors P + (1 − P) z, with P a projection and z a shift by one along an axis, is unitary at every
//! frequency, for |z| = 1 there (Kautsky & Turcajova 1995). A kernel of size k along an axis takes k − 1 of them, each
//! with a P of its own; a matrix with orthonormal rows before them takes the inputs to the outputs.
//!
//! To re-create one elsewhere, with n outputs and m inputs of a group: H is the m x n Haar matrix of the stream's
//! elements from 0 on, and factor f has C, the n x r Haar matrix of those from m n + f n² on, where r of the n words
//! of elements f n to f n + n − 1 under [`purpose::SIGNS`] have their top bit 0; P = C Cᵀ. The factors follow one
//! another in rounds: one of each axis that is not yet full. The kernel is gain · H times the product, transposed.
//! Group g starts its elements g (m n + F n²) later, and its words g F n later, with F the number of factors.

use super::kernel::Kernel;
use super::polynomial::{Polynomial, Projection, Real};
use crate::initializer::base::share;
use crate::initializer::catalogue::{BACKWARD, Entry, FORWARD, GAIN, SYMMETRY_BROKEN, claim};
use crate::plan::{Facts, Whole};
use crate::{Stream, purpose};

pub(super) const ENTRY: Entry = Entry {
    name: "convolution_orthogonal",
    aliases: &["conv_orthogonal"],
    summary: "a convolution over all taps that keeps every length, where the input is padded circularly",
    formula: "K(z) = gain H ∏ (P + (1 - P) z(axis)), size - 1 factors an axis; H Haar with orthonormal rows, each P a \
              projection on a Haar subspace of Binomial(outputs, 1/2) dimensions; outputs >= inputs",
    arguments: &[GAIN],
    rationale: "Exactly norm-preserving as delta_orthogonal, but it mixes neighbours: the taps along an axis have mean \
                squares in the ratios of a binomial law.",
    claims: &[
        claim("isometry", "all singular values of the circular layer are equal", "singular values of the Jacobian"),
        FORWARD,
        BACKWARD,
        SYMMETRY_BROKEN,
    ],
    source: "Xiao et al. 2018, algorithm 1; Kautsky & Turcajova 1995",
    elsewhere: "TensorFlow 1: ConvolutionOrthogonal1D, 2D and 3D, the same law, for kernels of equal sizes without \
                groups. No other library has it",
    example: "convolution_orthogonal",
};

/// gain · H ∏ (P + (1 − P) z) for each group.
#[derive(Debug)]
pub(super) struct ConvolutionOrthogonal {
    pub kernel: Kernel,
    pub gain: f64,
}

impl ConvolutionOrthogonal {
    /// The axis of each factor.
    fn factors(&self) -> Vec<usize> {
        let sizes = &self.kernel.sizes;
        let rounds = sizes.iter().max().map_or(0, |largest| largest.saturating_sub(1));
        (0..rounds).flat_map(|round| (0..sizes.len()).filter(move |&axis| sizes[axis] > round + 1)).collect()
    }

    fn fill_all<T: Real>(&self, out: &mut [T], stream: &Stream) {
        if out.is_empty() {
            return;
        }
        let kernel = &self.kernel;
        for group in 0..kernel.groups {
            for (tap, block) in self.group(group, stream).into_iter().enumerate() {
                for (input, row) in block.chunks_exact(kernel.outputs).enumerate() {
                    for (output, value) in row.iter().enumerate() {
                        out[kernel.place(group, output, input, tap)] = *value;
                    }
                }
            }
        }
    }

    /// The matrices of one group, inputs by outputs, one a tap.
    fn group<T: Real>(&self, group: usize, stream: &Stream) -> Vec<Vec<T>> {
        let (rows, size) = (self.kernel.inputs, self.kernel.outputs);
        let factors = self.factors();
        let first = (group * (rows * size + factors.len() * size * size)) as u64;
        let start = T::haar(rows, size, stream, first, self.gain);
        let mut product = Polynomial::constant(start, self.kernel.sizes.len());
        for (index, &axis) in factors.iter().enumerate() {
            let rank = heads(stream, (group * factors.len() + index) * size, size);
            let first = first + (rows * size + index * size * size) as u64;
            let basis = T::haar(size, rank, stream, first, 1.0);
            product = product.times(&Projection::new(basis, size, rank), axis);
        }
        product.coefficients
    }
}

/// How many of `count` words, from element `first` on, have their top bit 0.
fn heads(stream: &Stream, first: usize, count: usize) -> usize {
    let word = |element: usize| stream.block(element as u64 / 4, purpose::SIGNS)[element % 4];
    (first..first + count).filter(|&element| word(element) >> 31 == 0).count()
}

impl Whole for ConvolutionOrthogonal {
    fn fill(&self, out: &mut [f32], stream: &Stream) {
        self.fill_all(out, stream);
    }

    fn fill_f64(&self, out: &mut [f64], stream: &Stream) {
        self.fill_all(out, stream);
    }

    /// By Parseval the squares of a group sum to gain² · inputs, as at each frequency.
    fn facts(&self) -> Facts {
        Facts {
            distribution: "orthogonal at every frequency".to_owned(),
            mean: 0.0,
            variance: share(self.gain * self.gain, (self.kernel.outputs * self.kernel.taps()) as f64),
            bounds: (-self.gain, self.gain),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::super::kernel::Kernel;
    use crate::{Filter, Initializer, Layout, Parameter};

    /// Kernels of one to three axes, equal and unequal, square and widening, with groups, in several layouts.
    fn kernels() -> Vec<Parameter> {
        [
            ("6x6x3", Layout::Convolution, 1),
            ("5x3x4", Layout::Convolution, 1),
            ("8x4x3x3", Layout::Convolution, 1),
            ("5x5x1x4", Layout::Convolution, 1),
            ("6x2x3x2", Layout::Convolution, 2),
            ("3x2x2x4x6", Layout::ConvolutionInOut, 1),
            ("4x3x3x3", Layout::TransposedConvolution, 2),
            ("7x1x3x3", Layout::Convolution, 7),
            ("24x24x5x5", Layout::Convolution, 1),
        ]
        .into_iter()
        .map(|(shape, layout, groups)| Parameter::laid_out("w", shape.parse().unwrap(), &layout, groups).unwrap())
        .collect()
    }

    fn draw(parameter: &Parameter, gain: f64, seed: u64) -> Vec<f64> {
        let initializer: Initializer = format!("convolution_orthogonal(gain={gain})").parse().unwrap();
        initializer.draw(parameter, seed).unwrap().into_iter().map(f64::from).collect()
    }

    fn kernel(parameter: &Parameter) -> Kernel {
        Kernel::of(&Filter::ConvolutionOrthogonal { gain: 1.0 }, parameter).unwrap()
    }

    /// Every index below the sizes, row-major.
    fn grid(sizes: &[usize]) -> Vec<Vec<usize>> {
        sizes.iter().fold(vec![Vec::new()], |slow, &size| {
            let longer = |start: &Vec<usize>| {
                let start = start.clone();
                (0..size).map(move |index| start.iter().copied().chain([index]).collect())
            };
            slow.iter().flat_map(longer).collect()
        })
    }

    /// Σ over taps of K e^(−i angle · tap), as real and imaginary parts, outputs by inputs.
    fn fourier(kernel: &Kernel, values: &[f64], group: usize, angles: &[f64]) -> [Vec<f64>; 2] {
        let mut block = [(); 2].map(|()| vec![0.0; kernel.outputs * kernel.inputs]);
        for (tap, index) in grid(&kernel.sizes).iter().enumerate() {
            let angle: f64 = index.iter().zip(angles).map(|(index, angle)| *index as f64 * angle).sum();
            for entry in 0..kernel.outputs * kernel.inputs {
                let value = values[kernel.place(group, entry / kernel.inputs, entry % kernel.inputs, tap)];
                block[0][entry] += value * angle.cos();
                block[1][entry] -= value * angle.sin();
            }
        }
        block
    }

    /// The largest entry of BᴴB − gain².
    fn error(kernel: &Kernel, [real, imaginary]: &[Vec<f64>; 2], gain: f64) -> f64 {
        let n = kernel.inputs;
        let entry = |i: usize, j: usize| {
            let rows = 0..kernel.outputs;
            let pairs = rows
                .map(|row| ((real[row * n + i], imaginary[row * n + i]), (real[row * n + j], imaginary[row * n + j])));
            let product = pairs.map(|((a, b), (c, d))| (a * c + b * d, a * d - b * c));
            let (re, im) = product.fold((0.0, 0.0), |(re, im), (x, y)| (re + x, im + y));
            (re - if i == j { gain * gain } else { 0.0 }).hypot(im)
        };
        (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).fold(0.0, f64::max)
    }

    #[test]
    fn every_frequency_is_orthogonal() {
        for parameter in kernels() {
            let (kernel, values) = (kernel(&parameter), draw(&parameter, 1.5, 2));
            // a circle longer than the kernel along each axis
            let circles: Vec<usize> = kernel.sizes.iter().map(|size| size + 2).collect();
            for frequency in grid(&circles) {
                let angles: Vec<f64> =
                    frequency.iter().zip(&circles).map(|(k, n)| TAU * *k as f64 / *n as f64).collect();
                for group in 0..kernel.groups {
                    let error = error(&kernel, &fourier(&kernel, &values, group, &angles), 1.5);
                    assert!(error < 3e-6, "{} {frequency:?}: {error}", parameter.shape);
                }
            }
        }
    }

    #[test]
    fn a_circular_convolution_keeps_the_length() {
        for parameter in kernels() {
            let (kernel, values) = (kernel(&parameter), draw(&parameter, 1.0, 4));
            let circles: Vec<usize> = kernel.sizes.iter().map(|size| size + 1).collect();
            let positions = grid(&circles);
            let taps = grid(&kernel.sizes);
            let signal = |channel: usize, position: usize| ((channel * 31 + position * 17) % 23) as f64 - 11.3;
            let from = |position: &[usize], tap: &[usize]| {
                let at = position.iter().zip(tap).zip(&circles).map(|((at, tap), size)| ((at + tap) % size, size));
                at.fold(0, |place, (index, size)| place * size + index)
            };
            for group in 0..kernel.groups {
                let inputs = (0..kernel.inputs).flat_map(|input| (0..positions.len()).map(move |at| (input, at)));
                let before: f64 = inputs.map(|(input, at)| signal(input, at).powi(2)).sum();
                let output = |output: usize, position: &[usize]| {
                    let pairs =
                        taps.iter().enumerate().flat_map(|tap| (0..kernel.inputs).map(move |input| (tap, input)));
                    let term = |((tap, index), input): ((usize, &Vec<usize>), usize)| {
                        values[kernel.place(group, output, input, tap)] * signal(input, from(position, index))
                    };
                    pairs.map(term).sum::<f64>()
                };
                let outputs = (0..kernel.outputs).flat_map(|channel| positions.iter().map(move |at| (channel, at)));
                let after: f64 = outputs.map(|(channel, at)| output(channel, at).powi(2)).sum();
                assert!((after / before - 1.0).abs() < 1e-6, "{}: {}", parameter.shape, after / before);
            }
        }
    }

    #[test]
    fn a_kernel_of_one_tap_is_orthogonal() {
        let dense = Parameter::dense("w", 4, 6).unwrap();
        let one_tap = Parameter::convolution("w", 4, 6, &[1, 1], 1).unwrap();
        let orthogonal = "orthogonal(gain=2)".parse::<Initializer>().unwrap().draw(&dense, 3).unwrap();
        let values = draw(&one_tap, 2.0, 3);
        assert_eq!(values, orthogonal.into_iter().map(f64::from).collect::<Vec<_>>());
    }

    /// Mean of some samples, and its distance from the expected one in standard errors.
    fn standard_errors(samples: &[f64], expected: f64) -> (f64, f64) {
        let n = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / n;
        let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / n;
        (mean, ((mean - expected) / (variance / n).sqrt()).abs())
    }

    fn draws(parameter: &Parameter, count: u64) -> Vec<Vec<f64>> {
        (0..count).map(|seed| draw(parameter, 1.0, seed)).collect()
    }

    #[test]
    fn no_sign_is_preferred() {
        let parameter = Parameter::convolution("w", 2, 3, &[3, 2], 1).unwrap();
        let draws = draws(&parameter, 20_000);
        for place in 0..parameter.shape.elements() {
            for power in [1, 3] {
                let samples: Vec<f64> = draws.iter().map(|values| values[place].powi(power)).collect();
                let (mean, errors) = standard_errors(&samples, 0.0);
                assert!(errors < 4.5, "E w^{power} at {place}: {mean}");
            }
        }
    }

    /// Each P is 1/2 on average, and paths to one tap do not interfere on average: the mean squares of the taps along
    /// an axis of size k are C(k − 1, t) / 2^(k − 1) of the whole, which is the number of inputs.
    #[test]
    fn taps_carry_binomial_shares() {
        let parameter = Parameter::convolution("w", 2, 3, &[4, 3], 1).unwrap();
        let (kernel, draws) = (kernel(&parameter), draws(&parameter, 20_000));
        for (tap, index) in grid(&kernel.sizes).iter().enumerate() {
            let share = [1.0, 3.0, 3.0, 1.0][index[0]] / 8.0 * [1.0, 2.0, 1.0][index[1]] / 4.0;
            let square = |values: &Vec<f64>| {
                (0..6).map(|entry| values[kernel.place(0, entry / 2, entry % 2, tap)].powi(2)).sum::<f64>()
            };
            let (mean, errors) = standard_errors(&draws.iter().map(square).collect::<Vec<_>>(), 2.0 * share);
            assert!(errors < 4.5, "{index:?}: {mean}, not {}", 2.0 * share);
        }
    }

    /// TensorFlow 1's ConvolutionOrthogonal2D for a kernel [3, 3, 2, 3], re-made in NumPy: means and standard errors
    /// of 200,000 draws.
    #[test]
    fn fourth_moments_are_those_of_tensorflow() {
        let parameter = Parameter::convolution("w", 2, 3, &[3, 3], 1).unwrap();
        let (kernel, draws) = (kernel(&parameter), draws(&parameter, 20_000));
        let at = |tap: usize, values: &[f64]| -> Vec<f64> {
            (0..6).map(|entry| values[kernel.place(0, entry / 2, entry % 2, tap)]).collect()
        };
        let fourth = |tap: usize, values: &[f64]| at(tap, values).iter().map(|w| w.powi(4)).sum::<f64>() / 6.0;
        let square = |tap: usize, values: &[f64]| at(tap, values).iter().map(|w| w * w).sum::<f64>();
        type Moment<'m> = (&'m str, Box<dyn Fn(&[f64]) -> f64 + 'm>, f64, f64);
        let moments: [Moment; 4] = [
            ("w⁴ of the centre", Box::new(|values| fourth(4, values)), 0.024_706, 7.3e-5),
            ("w⁴ of a corner", Box::new(|values| fourth(0, values)), 0.005_086, 3.5e-5),
            ("(Σ w²)² of the centre", Box::new(|values| square(4, values).powi(2)), 0.397_22, 1.21e-3),
            ("Σ w² of both", Box::new(|values| square(0, values) * square(4, values)), 0.044_59, 2.3e-4),
        ];
        for (name, moment, expected, its_error) in &moments {
            let samples: Vec<f64> = draws.iter().map(|values| moment(values)).collect();
            let (mean, errors) = standard_errors(&samples, *expected);
            let own_error = (mean - expected).abs() / errors;
            assert!((mean - expected).abs() < 4.5 * own_error.hypot(*its_error), "{name}: {mean}, not {expected}");
        }
    }
}
