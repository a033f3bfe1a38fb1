//! Pooling over windows that do not overlap, channels last.

use seedbed::Shape;

use super::Real;

/// Windows of `size × size`; what they do not cover at the right and below is left out.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    size: usize,
    channels: usize,
    height: usize,
    width: usize,
}

impl Pool {
    /// Over images of a shape.
    pub fn of(size: usize, input: &Shape) -> Pool {
        let [channels, height, width] = *input.dimensions() else { unreachable!("building pools images alone") };
        Pool { size, channels, height, width }
    }

    /// Mean of each window.
    pub fn average<R: Real>(&self, input: &[R]) -> Vec<R> {
        let share = R::of(1.0 / (self.size * self.size) as f64);
        let mut out = self.outputs(input.len(), R::zero());
        self.each(input.len(), |from, to| {
            let sums = &mut out[to..to + self.channels];
            sums.iter_mut().zip(&input[from..]).for_each(|(sum, &value)| *sum += share * value);
        });
        out
    }

    /// Its gradient: the same share to every element of a window.
    pub fn average_backward<R: Real>(&self, above: &[R]) -> Vec<R> {
        let share = R::of(1.0 / (self.size * self.size) as f64);
        let mut below = self.inputs(above.len());
        self.each(below.len(), |from, to| {
            let slopes = &mut below[from..from + self.channels];
            slopes.iter_mut().zip(&above[to..]).for_each(|(slope, &value)| *slope = share * value);
        });
        below
    }

    /// Largest element of each window; NaN where it has one.
    pub fn max<R: Real>(&self, input: &[R]) -> Vec<R> {
        let mut out = self.outputs(input.len(), R::neg_infinity());
        self.each(input.len(), |from, to| {
            let largest = &mut out[to..to + self.channels];
            largest.iter_mut().zip(&input[from..]).for_each(|(largest, &value)| {
                if value > *largest || value.is_nan() {
                    *largest = value;
                }
            });
        });
        out
    }

    /// Its gradient: all to the first of the largest.
    pub fn max_backward<R: Real>(&self, input: &[R], output: &[R], above: &[R]) -> Vec<R> {
        let mut left = above.to_vec();
        let mut below = self.inputs(above.len());
        self.each(input.len(), |from, to| {
            for channel in 0..self.channels {
                if input[from + channel] == output[to + channel] {
                    below[from + channel] = std::mem::replace(&mut left[to + channel], R::zero());
                }
            }
        });
        below
    }

    /// What becomes of a small change of the input: that of the first of the largest.
    pub fn max_along<R: Real>(&self, input: &[R], output: &[R], along: &[R]) -> Vec<R> {
        let mut out = self.outputs(input.len(), R::zero());
        let mut taken = vec![false; out.len()];
        self.each(input.len(), |from, to| {
            for channel in 0..self.channels {
                let (from, to) = (from + channel, to + channel);
                if input[from] == output[to] && !std::mem::replace(&mut taken[to], true) {
                    out[to] = along[from];
                }
            }
        });
        out
    }

    /// Visits every covered pixel of every image: where its channels start, and where those of its window do.
    fn each(&self, elements: usize, mut visit: impl FnMut(usize, usize)) {
        let &Pool { size, channels, height, width } = self;
        let (rows, columns) = (height / size, width / size);
        for image in 0..elements / (channels * height * width) {
            for row in 0..rows * size {
                for column in 0..columns * size {
                    let window = (image * rows + row / size) * columns + column / size;
                    visit(((image * height + row) * width + column) * channels, window * channels);
                }
            }
        }
    }

    fn outputs<R: Real>(&self, inputs: usize, value: R) -> Vec<R> {
        let images = inputs / (self.channels * self.height * self.width);
        vec![value; images * self.windows() * self.channels]
    }

    fn inputs<R: Real>(&self, outputs: usize) -> Vec<R> {
        let images = outputs / (self.windows() * self.channels);
        vec![R::zero(); images * self.height * self.width * self.channels]
    }

    fn windows(&self) -> usize {
        (self.height / self.size) * (self.width / self.size)
    }
}
