//! A batch of pairs of examples through the graph.

use pulp::{Arch, Simd, WithSimd};
use seedbed::Activation;
use seedbed::gain::moments;

use super::activation::activate;
use super::block::{Block, Left, Marginal, Pairing, diagonal};
use super::convolution::{average, between, sum_taps};
use super::pool::{Buffers, Signal};
use super::series::Series;
use super::{Kernel, Pairs, Place, Step, Transform, Variances};
use crate::bivariate::has_closed_form;

/// The signal at the output, for pairs that start as `input`.
pub fn row(kernel: &Kernel, input: Signal, pairing: &Pairing, buffers: &mut Buffers) -> Signal {
    Pass { kernel, pairing, own: Block::default(), buffers }.run(input, None)
}

/// Each of `examples` examples with itself: the signal at the output and the marginals on the way. `means` are the means over
/// channels of the examples' pixels.
pub fn own(kernel: &Kernel, input: Signal, means: Vec<f64>, examples: usize, buffers: &mut Buffers) -> (Signal, Block) {
    let pairing = Pairing::Own { examples };
    let mut pass = Pass { kernel, pairing: &pairing, own: Block::default(), buffers };
    let output = pass.run(input, Some(means));
    (output, pass.own)
}

struct Pass<'p> {
    kernel: &'p Kernel,
    pairing: &'p Pairing<'p>,
    /// The marginals found so far, where examples are paired with themselves.
    own: Block,
    buffers: &'p mut Buffers,
}

impl Pass<'_> {
    fn run(&mut self, input: Signal, mut means: Option<Vec<f64>>) -> Signal {
        let steps = &self.kernel.steps;
        let mut signals: Vec<Option<Signal>> = Vec::with_capacity(steps.len());
        let mut all_means: Vec<Vec<f64>> = Vec::new();
        let mut input = Some(input);
        for (index, step) in steps.iter().enumerate() {
            if let Some(first) = means.as_mut() {
                let mean = self.mean(step, &all_means, first);
                all_means.push(mean);
                self.own.nodes.push(None);
                self.expand(index, step);
            }
            let mut signal = match step.inputs.first() {
                None => input.take().unwrap_or_default(),
                Some(&source) if is_last_use(steps, source, index) => signals[source].take().unwrap_or_default(),
                Some(&source) => self.copy(signals[source].as_ref()),
            };
            if let Transform::Add { crossed } = step.transform {
                signal = self.add(step, signal, &mut signals, crossed, index);
            } else {
                signal = self.apply(index, step, signal);
            }
            self.settle(index, step, &mut signal, all_means.last());
            signals.push(Some(signal));
        }
        signals.pop().flatten().unwrap_or_default()
    }

    fn copy(&mut self, signal: Option<&Signal>) -> Signal {
        let Some(signal) = signal else { return Signal::default() };
        let mut copy = self.buffers.dirty_signal(signal.nngp.len());
        copy.nngp.copy_from_slice(&signal.nngp);
        copy.ntk.copy_from_slice(&signal.ntk);
        copy
    }

    /// The marginals of both sides at a node.
    fn marginals(&self, node: usize) -> [&Marginal; 2] {
        let (left, right) = match self.pairing {
            Pairing::Own { .. } => (&self.own, &self.own),
            Pairing::Row { left, right, .. } => (*left, *right),
        };
        let found = [left, right].map(|block| block.nodes.get(node).and_then(Option::as_ref));
        let [Some(left), Some(right)] = found else {
            unreachable!("the plan marks the nodes whose marginals are used")
        };
        [left, right]
    }

    /// Keeps the variances of examples paired with themselves, or takes them over for the pair that is one such.
    fn settle(&mut self, index: usize, step: &Step, signal: &mut Signal, mean: Option<&Vec<f64>>) {
        if !(step.moments_needed || step.mean_needed) {
            return;
        }
        let (entries, pixels) = (step.place.entries(), step.place.pixels());
        match self.pairing {
            Pairing::Own { examples } => {
                let starts = (0..*examples).map(|pair| pair * entries);
                let variance = starts.flat_map(|start| diagonal(step.place).map(move |entry| start + entry));
                let variance = variance.map(|entry| signal.nngp[entry]).collect();
                let mean = mean.filter(|mean| mean.iter().any(|value| *value != 0.0)).cloned().unwrap_or_default();
                self.own.nodes[index] = Some(Marginal { variance, mean, series: None });
            }
            Pairing::Row { equal: Some(pair), left_place, .. } => {
                let [left, _] = self.marginals(index);
                let variance = &left.variance[left_place * pixels..(left_place + 1) * pixels];
                for (entry, variance) in diagonal(step.place).zip(variance) {
                    signal.nngp[pair * entries + entry] = *variance;
                }
            }
            Pairing::Row { .. } => {}
        }
    }

    /// The expansion of an activation without a closed form, at the variances of its input.
    fn expand(&mut self, index: usize, step: &Step) {
        let Transform::Activation(activation) = step.transform else { return };
        if has_closed_form(activation) {
            return;
        }
        let [input, _] = self.marginals(step.inputs[0]);
        let series = Some(Series::of(activation, &input.variance));
        self.own.nodes[index] = Some(Marginal { series, ..Marginal::default() });
    }

    fn apply(&mut self, index: usize, step: &Step, mut signal: Signal) -> Signal {
        match &step.transform {
            Transform::Input { .. } | Transform::Add { .. } => {}
            Transform::Affine(variances) => affine(*variances, &mut signal),
            Transform::Convolution { window, variances } => {
                let (from, to) = (self.kernel.steps[step.inputs[0]].place, step.place);
                let mut room = self.buffers.dirty(between(from, to));
                signal = self.each_pair(from, to, signal, |input, out| {
                    sum_taps(*window, from, to, input, &mut room, out);
                });
                self.buffers.keep(room);
                let weight = variances.weight / (window.height * window.width) as f64;
                affine(Variances { weight, ..*variances }, &mut signal);
            }
            Transform::Activation(activation) => {
                let variances = self.marginals(step.inputs[0]);
                let expanded = if has_closed_form(*activation) { variances } else { self.marginals(index) };
                activate(*activation, step.place, self.pairing, variances, expanded, &mut signal);
            }
            Transform::AveragePool { size } => {
                let (from, to) = (self.kernel.steps[step.inputs[0]].place, step.place);
                signal = self.each_pair(from, to, signal, |input, out| average(*size, from, to, input, out));
            }
            Transform::Flatten => {
                let from = self.kernel.steps[step.inputs[0]].place;
                if from.pixels() > 1 {
                    signal = self.each_pair(from, step.place, signal, |input, out| {
                        out[0] = diagonal(from).map(|entry| input[entry]).sum::<f64>() / from.pixels() as f64;
                    });
                }
            }
            Transform::AverageSteps => signal = self.average_all(step, signal),
            Transform::Attention { value, output } => {
                let mut looked = self.average_all(step, signal);
                for variances in [value, output] {
                    affine(*variances, &mut looked);
                }
                signal = self.each_pair(POINT, step.place, looked, |input, out| out.fill(input[0]));
            }
            Transform::Position { variance } => {
                let entries = step.place.entries();
                for values in [&mut signal.nngp, &mut signal.ntk] {
                    for pair in values.chunks_exact_mut(entries) {
                        diagonal(step.place).for_each(|entry| pair[entry] += variance);
                    }
                }
            }
            Transform::LayerNorm { scale_square, epsilon, each } => {
                self.normalize(step, *scale_square, *epsilon, *each, &mut signal);
            }
        }
        signal
    }

    /// The mean over all pairs of positions.
    fn average_all(&mut self, step: &Step, signal: Signal) -> Signal {
        let from = self.kernel.steps[step.inputs[0]].place;
        let share = (from.entries() as f64).recip();
        self.each_pair(from, POINT, signal, |input, out| out[0] = share * input.iter().sum::<f64>())
    }

    /// Applies a change of size to both kernels of each pair.
    fn each_pair(
        &mut self,
        from: Place,
        to: Place,
        signal: Signal,
        mut change: impl FnMut(&[f64], &mut [f64]),
    ) -> Signal {
        let mut out = self.buffers.dirty_signal(self.pairing.count() * to.entries());
        for (input, out) in [(&signal.nngp, &mut out.nngp), (&signal.ntk, &mut out.ntk)] {
            for (input, out) in input.chunks_exact(from.entries()).zip(out.chunks_exact_mut(to.entries())) {
                change(input, out);
            }
        }
        self.buffers.keep_signal(signal);
        out
    }

    /// K₁ + K₂ + m₁ m₂′ + m₂ m₁′, where both have means.
    fn add(
        &mut self,
        step: &Step,
        mut first: Signal,
        signals: &mut [Option<Signal>],
        crossed: bool,
        index: usize,
    ) -> Signal {
        let source = step.inputs[1];
        if let Some(second) = &signals[source] {
            for (sum, value) in [(&mut first.nngp, &second.nngp), (&mut first.ntk, &second.ntk)] {
                sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += value);
            }
        }
        if is_last_use(&self.kernel.steps, source, index)
            && let Some(done) = signals[source].take()
        {
            self.buffers.keep_signal(done);
        }
        if crossed {
            let ([left1, right1], [left2, right2]) = (self.marginals(step.inputs[0]), self.marginals(source));
            self.pairing.runs(step.place, |entries, left, right| {
                for (offset, sum) in first.nngp[entries].iter_mut().enumerate() {
                    let (left, right) = (place(&left, offset), right.start + offset);
                    *sum += mean(left1, left) * mean(right2, right) + mean(left2, left) * mean(right1, right);
                }
            });
        }
        first
    }

    /// (K − m M′ − M m′ + m m′) · scale² / √((v + ε)(v′ + ε)), with M the mean over units of a pixel and m, v the mean and the
    /// variance over units and pixels, or over the units of each pixel.
    fn normalize(&self, step: &Step, scale_square: f64, epsilon: f64, each: bool, signal: &mut Signal) {
        let [left_marginal, right_marginal] = self.marginals(step.inputs[0]);
        let pixels = if each { 1 } else { step.place.pixels() };
        self.pairing.runs(step.place, |entries, left, right| {
            for (offset, entry) in entries.enumerate() {
                let (left, right) = (place(&left, offset), right.start + offset);
                let [(first, v_first), (second, v_second)] =
                    [whole(left_marginal, left / pixels, pixels), whole(right_marginal, right / pixels, pixels)];
                let factor = scale_square / ((v_first + epsilon) * (v_second + epsilon)).sqrt();
                let shift = first * second - first * mean(right_marginal, right) - mean(left_marginal, left) * second;
                signal.nngp[entry] = (signal.nngp[entry] + shift) * factor;
                signal.ntk[entry] *= factor;
            }
        });
    }

    /// The mean over units at each pixel of each example.
    fn mean(&self, step: &Step, before: &[Vec<f64>], first: &mut Vec<f64>) -> Vec<f64> {
        let count = self.pairing.count() * step.place.pixels();
        if !self.kernel.steps.iter().any(|step| step.mean_needed) {
            return Vec::new();
        }
        match &step.transform {
            Transform::Input { .. } => std::mem::take(first),
            Transform::Affine(_) | Transform::Convolution { .. } | Transform::Attention { .. } => vec![0.0; count],
            Transform::Position { .. } => before[step.inputs[0]].clone(),
            Transform::Activation(activation) => {
                let [input, _] = self.marginals(step.inputs[0]);
                input.variance.iter().map(|variance| activation_mean(*activation, *variance)).collect()
            }
            Transform::Add { .. } => before[step.inputs[0]]
                .iter()
                .zip(&before[step.inputs[1]])
                .map(|(first, second)| first + second)
                .collect(),
            Transform::AveragePool { size } => {
                let from = self.kernel.steps[step.inputs[0]].place;
                let images = before[step.inputs[0]].chunks_exact(from.pixels());
                images.flat_map(|image| window_means(*size, from, step.place, image)).collect()
            }
            Transform::Flatten | Transform::AverageSteps => {
                let pixels = self.kernel.steps[step.inputs[0]].place.pixels();
                before[step.inputs[0]]
                    .chunks_exact(pixels)
                    .map(|image| image.iter().sum::<f64>() / pixels as f64)
                    .collect()
            }
            Transform::LayerNorm { scale_square, epsilon, each } => {
                let [input, _] = self.marginals(step.inputs[0]);
                let pixels = if *each { 1 } else { step.place.pixels() };
                let normalized = |(place, value): (usize, &f64)| {
                    let (mean, variance) = whole(input, place / pixels, pixels);
                    (value - mean) * (scale_square / (variance + epsilon)).sqrt()
                };
                before[step.inputs[0]].iter().enumerate().map(normalized).collect()
            }
        }
    }
}

/// A vector.
const POINT: Place = Place { height: 1, width: 1, pairs: Pairs::Same };

/// K ← σ_w² K + σ_b², Θ ← σ_w² Θ + K.
fn affine(variances: Variances, signal: &mut Signal) {
    Arch::new().dispatch(Affine { variances, signal });
}

struct Affine<'s> {
    variances: Variances,
    signal: &'s mut Signal,
}

impl WithSimd for Affine<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Variances { weight, bias } = self.variances;
        for (value, slope) in self.signal.nngp.iter_mut().zip(&mut self.signal.ntk) {
            *value = weight * *value + bias;
            *slope = weight * *slope + *value;
        }
    }
}

fn is_last_use(steps: &[Step], source: usize, user: usize) -> bool {
    !steps.iter().skip(user + 1).any(|step| step.inputs.contains(&source))
}

fn place(left: &Left, offset: usize) -> usize {
    match left {
        Left::One(place) => *place,
        Left::Each(places) => places.start + offset,
    }
}

fn mean(marginal: &Marginal, place: usize) -> f64 {
    marginal.mean.get(place).copied().unwrap_or(0.0)
}

/// Mean and variance over the units and pixels of one example.
fn whole(marginal: &Marginal, example: usize, pixels: usize) -> (f64, f64) {
    let places = example * pixels..(example + 1) * pixels;
    let mean = marginal.mean.get(places.clone()).map_or(0.0, |means| means.iter().sum::<f64>() / pixels as f64);
    let square = marginal.variance[places].iter().sum::<f64>() / pixels as f64;
    (mean, square - mean * mean)
}

fn activation_mean(activation: Activation, variance: f64) -> f64 {
    moments(activation, variance).mean
}

fn window_means(size: usize, from: Place, to: Place, image: &[f64]) -> Vec<f64> {
    if from.pixels() == 1 {
        return image.to_vec();
    }
    let mut means = vec![0.0; to.pixels()];
    for (pixel, value) in image.iter().enumerate() {
        let (row, column) = (pixel / from.width / size, pixel % from.width / size);
        if row < to.height && column < to.width {
            means[row * to.width + column] += value / (size * size) as f64;
        }
    }
    means
}
