//! Convolution as a product with patches: a row of the patches is what the kernel sees at one place.
//!
//! With channels last, a patch is as many runs of memory as the kernel is high. Examples go in groups whose patches stay in
//! the second cache.

use seedbed::{Parameter, Shape};

use super::Real;
use super::dense::{add_rows, matrix, multiply};
use super::layout::transpose;
use crate::graph::{Node, Operation, ParameterIndex};

/// Elements of the patches of a group of examples.
const GROUP_ELEMENTS: usize = 1 << 15;

/// The sizes of a convolution of one group.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    stride: usize,
    padding: usize,
    /// Channels, height and width of the input.
    input: [usize; 3],
    /// Channels, height and width of the output.
    output: [usize; 3],
    /// Height and width.
    kernel: [usize; 2],
}

impl Convolution {
    /// The convolution of a node.
    pub fn of(node: &Node, input: &Shape, parameters: &[Parameter]) -> Convolution {
        let Operation::Convolution { weight, stride, padding, .. } = node.operation else {
            unreachable!("{:?} is no convolution", node.operation)
        };
        let (&[channels, height, width], &[units, rows, columns], &[_, _, kernel_height, kernel_width]) =
            (input.dimensions(), node.shape.dimensions(), parameters[weight].shape.dimensions())
        else {
            unreachable!("building gives a convolution images and a kernel")
        };
        Convolution {
            stride,
            padding,
            input: [channels, height, width],
            output: [units, rows, columns],
            kernel: [kernel_height, kernel_width],
        }
    }

    /// Patches · Wᵀ + b.
    pub fn forward<R: Real>(&self, input: &[R], weight: &[R], bias: &[R]) -> Vec<R> {
        let (units, patch) = (self.output[0], self.patch());
        let weight = transpose(weight, self.input[0], self.kernel_pixels());
        let weight = matrix(&weight, [units, patch]).transpose();
        let mut out = bias.repeat(input.len() / self.input_elements() * self.places());
        let mut patches = Patches::of(self);
        for (input, out) in self.groups(input).zip(out.chunks_mut(self.group() * self.places() * units)) {
            let places = out.len() / units;
            multiply(out, [places, units], matrix(patches.gather(input), [places, patch]), weight);
        }
        out
    }

    /// Adds `δᵀ · patches` and `Σ δ` to the gradients of weight and bias.
    pub fn parameters<R: Real>(
        &self,
        input: &[R],
        above: &[R],
        gradients: &mut [Vec<R>],
        (weight, bias): (ParameterIndex, ParameterIndex),
    ) {
        let (units, patch) = (self.output[0], self.patch());
        let mut sum = vec![R::zero(); units * patch];
        let mut patches = Patches::of(self);
        for (input, above) in self.groups(input).zip(above.chunks(self.group() * self.places() * units)) {
            let places = above.len() / units;
            let above = matrix(above, [places, units]).transpose();
            multiply(&mut sum, [units, patch], above, matrix(patches.gather(input), [places, patch]));
        }
        let sum = transpose(&sum, self.kernel_pixels(), self.input[0]);
        gradients[weight].iter_mut().zip(sum).for_each(|(gradient, one)| *gradient += one);
        add_rows(&mut gradients[bias], above);
    }

    /// `δ W`, each patch added where it was taken.
    pub fn backward<R: Real>(&self, weight: &[R], above: &[R]) -> Vec<R> {
        let (units, patch) = (self.output[0], self.patch());
        let weight = transpose(weight, self.input[0], self.kernel_pixels());
        let mut below = vec![R::zero(); above.len() / (units * self.places()) * self.input_elements()];
        let mut patches = Patches::of(self);
        let groups = above.chunks(self.group() * self.places() * units);
        for (above, below) in groups.zip(below.chunks_mut(self.group() * self.input_elements())) {
            let places = above.len() / units;
            let slopes = patches.cleared(places * patch);
            multiply(slopes, [places, patch], matrix(above, [places, units]), matrix(&weight, [units, patch]));
            patches.scatter(below);
        }
        below
    }

    fn groups<'i, R>(&self, input: &'i [R]) -> impl Iterator<Item = &'i [R]> {
        input.chunks(self.group() * self.input_elements())
    }

    /// Examples at once.
    fn group(&self) -> usize {
        (GROUP_ELEMENTS / (self.places() * self.patch())).max(1)
    }

    /// Elements of a patch: kernel height × kernel width × channels.
    fn patch(&self) -> usize {
        self.kernel_pixels() * self.input[0]
    }

    fn kernel_pixels(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Places of an example that the kernel is put to.
    fn places(&self) -> usize {
        self.output[1] * self.output[2]
    }

    fn input_elements(&self) -> usize {
        self.input.iter().product()
    }
}

/// The patches of a group of examples, and one padded example.
struct Patches<'c, R> {
    convolution: &'c Convolution,
    padded: Vec<R>,
    patches: Vec<R>,
}

impl<'c, R: Real> Patches<'c, R> {
    fn of(convolution: &'c Convolution) -> Self {
        let [channels, height, width] = convolution.input;
        let around = 2 * convolution.padding;
        let padded = vec![R::zero(); (height + around) * (width + around) * channels];
        Patches { convolution, padded, patches: Vec::new() }
    }

    /// The patches of some examples.
    fn gather(&mut self, input: &[R]) -> &[R] {
        let convolution = self.convolution;
        self.patches.clear();
        for example in input.chunks_exact(convolution.input_elements()) {
            for (row, pixels) in example.chunks_exact(self.row()).enumerate() {
                let start = self.padded_row(row);
                self.padded[start..start + pixels.len()].copy_from_slice(pixels);
            }
            let patches = &mut self.patches;
            let padded = &self.padded;
            convolution.runs(|start, length| patches.extend_from_slice(&padded[start..start + length]));
        }
        &self.patches
    }

    /// Zeros in place of patches.
    fn cleared(&mut self, elements: usize) -> &mut [R] {
        self.patches.clear();
        self.patches.resize(elements, R::zero());
        &mut self.patches
    }

    /// Adds up the patches, each element where it was taken.
    fn scatter(&mut self, below: &mut [R]) {
        let convolution = self.convolution;
        let of_one = convolution.places() * convolution.patch();
        for (place, example) in below.chunks_exact_mut(convolution.input_elements()).enumerate() {
            self.padded.fill(R::zero());
            let mut rest = &self.patches[place * of_one..];
            let padded = &mut self.padded;
            convolution.runs(|start, length| {
                let (run, later) = rest.split_at(length);
                padded[start..start + length].iter_mut().zip(run).for_each(|(sum, &one)| *sum += one);
                rest = later;
            });
            let row_elements = self.row();
            for (row, pixels) in example.chunks_exact_mut(row_elements).enumerate() {
                let start = self.padded_row(row);
                pixels.copy_from_slice(&self.padded[start..start + row_elements]);
            }
        }
    }

    /// Elements of a row of the input.
    fn row(&self) -> usize {
        self.convolution.input[2] * self.convolution.input[0]
    }

    /// Where a row of the input starts in the padded one.
    fn padded_row(&self, row: usize) -> usize {
        let &Convolution { padding, input: [channels, _, width], .. } = self.convolution;
        ((row + padding) * (width + 2 * padding) + padding) * channels
    }
}

impl Convolution {
    /// Visits the runs of memory of a padded example that its patches are made of, in order: start and length.
    fn runs(&self, mut visit: impl FnMut(usize, usize)) {
        let &Convolution { stride, padding, input: [channels, _, width], output: [_, rows, columns], kernel } = self;
        let (length, row_elements) = (kernel[1] * channels, (width + 2 * padding) * channels);
        for row in 0..rows {
            for column in 0..columns {
                for inner in 0..kernel[0] {
                    visit((row * stride + inner) * row_elements + column * stride * channels, length);
                }
            }
        }
    }
}
