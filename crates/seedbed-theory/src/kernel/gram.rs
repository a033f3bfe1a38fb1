//! Gram matrices: blocks of pairs, shared among threads.

use std::ops::Range;

use super::block::{Block, Pairing};
use super::pass;
use super::pool::{Buffers, Signal, share};
use super::{Kernel, Layout, Limits, Pairs, Place, Real, Step, Transform};
use crate::error::TheoryError;

/// Examples whose products with all others are computed at once.
pub(super) const STRIP: usize = 128;

/// Numbers of a batch of pairs: two kernels of it stay in the first cache.
const BATCH: usize = 1024;

/// NNGP and NTK of examples with examples.
#[derive(Clone, Debug, PartialEq)]
pub struct Gram<R> {
    rows: usize,
    columns: usize,
    nngp: Vec<R>,
    ntk: Vec<R>,
}

impl<R: Real> Gram<R> {
    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// K(x_row, x′_column); NaN outside the matrix.
    pub fn nngp(&self, row: usize, column: usize) -> f64 {
        self.entry(&self.nngp, row, column)
    }

    /// Θ(x_row, x′_column); NaN outside the matrix.
    pub fn ntk(&self, row: usize, column: usize) -> f64 {
        self.entry(&self.ntk, row, column)
    }

    fn entry(&self, matrix: &[R], row: usize, column: usize) -> f64 {
        let inside = row < self.rows && column < self.columns;
        if inside { matrix[row * self.columns + column].to_f64() } else { f64::NAN }
    }

    /// K, row after row.
    pub fn nngp_values(&self) -> &[R] {
        &self.nngp
    }

    /// Θ, row after row.
    pub fn ntk_values(&self) -> &[R] {
        &self.ntk
    }
}

/// Examples of a block: enough to fill a batch.
pub(super) fn block_examples(kernel: &Kernel) -> usize {
    let entries = |step: &Step| match step.place.pairs {
        Pairs::Same => step.place.pixels(),
        Pairs::All => step.place.pixels().saturating_mul(step.place.pixels()),
    };
    BATCH / kernel.steps.iter().map(entries).max().unwrap_or(1).clamp(1, BATCH)
}

impl Kernel {
    /// K and Θ of examples with themselves; `inputs` holds them one after the other.
    ///
    /// Half of the pairs are computed, the rest mirrored. Exactly symmetric; the values do not depend on the threads.
    ///
    /// # Errors
    /// Numbers that do not make up whole examples or are not finite, no threads, more memory than the limit.
    pub fn gram<R: Real>(&self, inputs: &[R], limits: &Limits) -> Result<Gram<R>, TheoryError> {
        let count = self.examples("the inputs", inputs)?;
        self.check_memory(count, count, size_of::<R>(), limits)?;
        let examples = Examples::new(self, inputs, limits.threads);
        let mut gram = self.fill(&examples, &examples, true, limits);
        share(limits.threads, vec![&mut gram.nngp, &mut gram.ntk], |matrix, _| mirror(matrix, count));
        Ok(gram)
    }

    /// K and Θ of each of `rows` with each of `columns`: test examples with training examples.
    ///
    /// # Errors
    /// As [`Kernel::gram`].
    pub fn cross<R: Real>(&self, rows: &[R], columns: &[R], limits: &Limits) -> Result<Gram<R>, TheoryError> {
        let (height, width) = (self.examples("the rows", rows)?, self.examples("the columns", columns)?);
        self.check_memory(height, width, size_of::<R>(), limits)?;
        let (left, right) = (Examples::new(self, rows, limits.threads), Examples::new(self, columns, limits.threads));
        Ok(self.fill(&left, &right, false, limits))
    }

    /// K(x, x) and Θ(x, x) of each example.
    ///
    /// # Errors
    /// As [`Kernel::gram`].
    pub fn own<R: Real>(&self, inputs: &[R], limits: &Limits) -> Result<Vec<[f64; 2]>, TheoryError> {
        let count = self.examples("the inputs", inputs)?;
        self.check_memory(count, 1, size_of::<R>(), limits)?;
        let outputs = Examples::new(self, inputs, limits.threads).outputs;
        Ok(outputs.iter().flat_map(|signal| signal.nngp.iter().zip(&signal.ntk).map(|(k, t)| [*k, *t])).collect())
    }

    fn examples<R: Real>(&self, what: &'static str, inputs: &[R]) -> Result<usize, TheoryError> {
        let each = self.inputs();
        if each == 0 || !inputs.len().is_multiple_of(each) {
            let needed = format!("an example of this network holds {each}");
            return Err(TheoryError::Size { what, found: inputs.len(), needed });
        }
        if let Some(found) = inputs.iter().find(|value| !value.to_f64().is_finite()) {
            let (found, allowed) = (format!("{found:?}"), "finite");
            return Err(TheoryError::Setting { setting: "an input", found, allowed });
        }
        Ok(inputs.len() / each)
    }

    fn fill<R: Real>(&self, left: &Examples<R>, right: &Examples<R>, symmetric: bool, limits: &Limits) -> Gram<R> {
        let (rows, columns) = (left.count, right.count);
        let mut gram =
            Gram { rows, columns, nngp: vec![R::default(); rows * columns], ntk: vec![R::default(); rows * columns] };
        let height = if self.is_dense_input() { STRIP } else { 1 };
        let strips =
            gram.nngp.chunks_mut((height * columns).max(1)).zip(gram.ntk.chunks_mut((height * columns).max(1)));
        let strips: Vec<_> = strips.enumerate().map(|(index, out)| (index * height, out)).collect();
        share(limits.threads, strips, |(first, (nngp, ntk)), buffers| {
            let from = if symmetric { first } else { 0 };
            let strip = Strip { kernel: self, left, right, rows: first..(first + height).min(rows), from, symmetric };
            strip.fill(nngp, ntk, buffers);
        });
        gram
    }
}

/// A run of left examples with all right ones from `from` on.
struct Strip<'s, R> {
    kernel: &'s Kernel,
    left: &'s Examples<'s, R>,
    right: &'s Examples<'s, R>,
    rows: Range<usize>,
    from: usize,
    symmetric: bool,
}

impl<R: Real> Strip<'_, R> {
    fn fill(&self, nngp: &mut [R], ntk: &mut [R], buffers: &mut Buffers) {
        let columns = self.right.count;
        let products = self.products();
        let width = columns - self.from;
        for (index, row) in self.rows.clone().enumerate() {
            let products = products.get(index * width..(index + 1) * width).unwrap_or_default();
            let mut first = if self.symmetric { row } else { 0 };
            while first < columns {
                let end = (first / self.right.each * self.right.each + self.right.each).min(columns);
                let input = self.input(row, first..end, products, buffers);
                let output = pass::row(self.kernel, input, &self.pairing(row, first..end), buffers);
                let out = index * columns + first..index * columns + end;
                copy(&output.nngp, &mut nngp[out.clone()]);
                copy(&output.ntk, &mut ntk[out]);
                buffers.keep_signal(output);
                first = end;
            }
        }
    }

    /// Products of the strip's vectors with all that follow.
    fn products(&self) -> Vec<R> {
        if !self.kernel.is_dense_input() {
            return Vec::new();
        }
        let depth = self.kernel.inputs();
        let left = &self.left.inputs[self.rows.start * depth..self.rows.end * depth];
        let right = &self.right.inputs[self.from * depth..];
        let mut products = vec![R::default(); self.rows.len() * (self.right.count - self.from)];
        R::products(left, right, depth, &mut products);
        products
    }

    fn input(&self, row: usize, columns: Range<usize>, products: &[R], buffers: &mut Buffers) -> Signal {
        let mut signal = buffers.signal(columns.len() * self.kernel.steps[0].place.entries());
        if self.kernel.is_dense_input() {
            let products = &products[columns.start - self.from..columns.end - self.from];
            let share = (self.kernel.inputs() as f64).recip();
            signal.nngp.iter_mut().zip(products).for_each(|(k, product)| *k = share * product.to_f64());
        } else {
            let entries = self.kernel.steps[0].place.entries();
            for (column, out) in columns.zip(signal.nngp.chunks_exact_mut(entries)) {
                image_products(self.kernel, self.left.example(row), self.right.example(column), out);
            }
        }
        signal
    }

    fn pairing(&self, row: usize, columns: Range<usize>) -> Pairing<'_> {
        let block = columns.start / self.right.each;
        let start = block * self.right.each;
        Pairing::Row {
            left: &self.left.blocks[row / self.left.each],
            left_place: row % self.left.each,
            right: &self.right.blocks[block],
            right_places: columns.start - start..columns.end - start,
            equal: (self.symmetric && columns.contains(&row)).then(|| row - columns.start),
        }
    }
}

/// Examples with what each is by itself.
struct Examples<'e, R> {
    inputs: &'e [R],
    size: usize,
    count: usize,
    /// Examples of a block.
    each: usize,
    blocks: Vec<Block>,
    /// The kernels of each example with itself at the output, block after block.
    outputs: Vec<Signal>,
}

impl<'e, R: Real> Examples<'e, R> {
    fn new(kernel: &Kernel, inputs: &'e [R], threads: usize) -> Examples<'e, R> {
        let (size, each) = (kernel.inputs(), block_examples(kernel));
        let mut done: Vec<(Signal, Block)> = Vec::new();
        let chunks: Vec<&[R]> = inputs.chunks(size * each).collect();
        done.resize_with(chunks.len(), Default::default);
        let tasks = done.iter_mut().zip(chunks).collect();
        share(threads, tasks, |(done, chunk): (&mut (Signal, Block), &[R]), buffers| {
            *done = own(kernel, chunk, buffers)
        });
        let (outputs, blocks) = done.into_iter().unzip();
        Examples { inputs, size, count: inputs.len() / size, each, blocks, outputs }
    }

    fn example(&self, index: usize) -> &[R] {
        &self.inputs[index * self.size..(index + 1) * self.size]
    }
}

/// Each example of a block with itself.
fn own<R: Real>(kernel: &Kernel, inputs: &[R], buffers: &mut Buffers) -> (Signal, Block) {
    let (size, place) = (kernel.inputs(), kernel.steps[0].place);
    let count = inputs.len() / size;
    let mut signal = buffers.signal(count * place.entries());
    let means_needed = kernel.steps.iter().any(|step| step.mean_needed);
    let mut means = Vec::new();
    for (example, out) in inputs.chunks_exact(size).zip(signal.nngp.chunks_exact_mut(place.entries())) {
        image_products(kernel, example, example, out);
        if !means_needed {
            continue;
        }
        let channels = size / place.pixels();
        means.extend((0..place.pixels()).map(|pixel| {
            let (first, step) = match layout(kernel) {
                Layout::ChannelsFirst => (pixel, place.pixels()),
                Layout::ChannelsLast => (pixel * channels, 1),
            };
            let values = example.iter().skip(first).step_by(step).take(channels);
            values.map(|value| value.to_f64()).sum::<f64>() / channels as f64
        }));
    }
    pass::own(kernel, signal, means, count, buffers)
}

/// Σ_c x_c[p] x′_c[p′]/channels; a vector is an image of one pixel.
fn image_products<R: Real>(kernel: &Kernel, left: &[R], right: &[R], out: &mut [f64]) {
    let Some(Step { transform: Transform::Input { channels, layout }, place, .. }) = kernel.steps.first() else {
        return;
    };
    let share = (*channels as f64).recip();
    let Place { pairs, .. } = *place;
    let pixels = place.pixels();
    if pixels == 1 {
        out[0] = share * product(left, right);
        return;
    }
    if *layout == Layout::ChannelsLast {
        return step_products(*channels, pairs, left, right, out);
    }
    for (left, right) in left.chunks_exact(pixels).zip(right.chunks_exact(pixels)) {
        match pairs {
            Pairs::Same => {
                for ((sum, left), right) in out.iter_mut().zip(left).zip(right) {
                    *sum += share * left.to_f64() * right.to_f64();
                }
            }
            Pairs::All => {
                for (out, left) in out.chunks_exact_mut(pixels).zip(left) {
                    let left = share * left.to_f64();
                    out.iter_mut().zip(right).for_each(|(sum, right)| *sum += left * right.to_f64());
                }
            }
        }
    }
}

/// x[t]·x′[t′]/channels of the steps of two sequences.
fn step_products<R: Real>(channels: usize, pairs: Pairs, left: &[R], right: &[R], out: &mut [f64]) {
    let share = (channels as f64).recip();
    let (left, right) = (left.chunks_exact(channels), right.chunks_exact(channels));
    match pairs {
        Pairs::Same => {
            let steps = out.iter_mut().zip(left).zip(right);
            steps.for_each(|((out, left), right)| *out = share * product(left, right));
        }
        Pairs::All => {
            for (out, left) in out.chunks_exact_mut(right.len()).zip(left) {
                let steps = out.iter_mut().zip(right.clone());
                steps.for_each(|(out, right)| *out = share * product(left, right));
            }
        }
    }
}

fn layout(kernel: &Kernel) -> Layout {
    match kernel.steps.first() {
        Some(Step { transform: Transform::Input { layout, .. }, .. }) => *layout,
        _ => Layout::ChannelsFirst,
    }
}

/// x·x′ by eight sums side by side.
fn product<R: Real>(left: &[R], right: &[R]) -> f64 {
    let mut sums = [0.0; 8];
    for (left, right) in left.chunks(8).zip(right.chunks(8)) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += left.to_f64() * right.to_f64();
        }
    }
    sums.iter().sum()
}

fn copy<R: Real>(from: &[f64], to: &mut [R]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = R::from_f64(*from));
}

/// Side of the squares that are mirrored at once: both lie in the first cache.
const SQUARE: usize = 32;

/// The lower triangle from the upper.
fn mirror<R: Real>(matrix: &mut [R], size: usize) {
    for top in (0..size).step_by(SQUARE) {
        for left in (0..=top).step_by(SQUARE) {
            for row in top..(top + SQUARE).min(size) {
                for column in left..(left + SQUARE).min(row) {
                    matrix[row * size + column] = matrix[column * size + row];
                }
            }
        }
    }
}
