//! Convolution and pooling of kernels: sums over windows that slide over both pixels of a pair together.

use pulp::{Arch, Simd, WithSimd};

use super::{Pairs, Place, Window};

/// Sums over the taps of `window`, zeros outside; `between` is room for one axis done, and is left dirty.
///
/// K′(p, p′) = Σ_o K(p·stride + o, p′·stride + o), one axis after the other, since all taps weigh alike.
pub fn sum_taps(window: Window, from: Place, to: Place, input: &[f64], between: &mut [f64], out: &mut [f64]) {
    let rows =
        Slide { taps: window.height, stride: window.stride, padding: window.padding, from: from.height, to: to.height };
    let columns = Slide { taps: window.width, from: from.width, to: to.width, ..rows };
    Arch::new().dispatch(SumTaps { rows, columns, pairs: from.pairs, input, between, out });
}

/// A type and no closure, so that the loops are inlined into the code for the widest vectors at hand.
struct SumTaps<'s> {
    rows: Slide,
    columns: Slide,
    pairs: Pairs,
    input: &'s [f64],
    between: &'s mut [f64],
    out: &'s mut [f64],
}

impl WithSimd for SumTaps<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let SumTaps { rows, columns, pairs, input, between, out } = self;
        match pairs {
            Pairs::Same => {
                rows.slide(1, columns.from, input, between);
                columns.slide(rows.to, 1, between, out);
            }
            Pairs::All => {
                rows.slide_both(1, columns.from, columns.from, input, between);
                columns.slide_both(rows.to, rows.to, 1, between, out);
            }
        }
    }
}

/// Room that [`sum_taps`] needs between the axes.
pub fn between(from: Place, to: Place) -> usize {
    match from.pairs {
        Pairs::Same => to.height * from.width,
        Pairs::All => (to.height * from.width).pow(2),
    }
}

/// A window along one axis.
#[derive(Clone, Copy)]
struct Slide {
    taps: usize,
    stride: usize,
    padding: usize,
    from: usize,
    to: usize,
}

impl Slide {
    /// The outputs that tap `tap` reaches from inside the image.
    #[inline(always)]
    fn reached(self, tap: usize) -> std::ops::Range<usize> {
        let first = self.padding.saturating_sub(tap).div_ceil(self.stride);
        let end = (self.from + self.padding).saturating_sub(tap).div_ceil(self.stride).min(self.to);
        first..end.max(first)
    }

    /// Whether three taps at step 1 keep the size: by far the most common window, summed in one go.
    #[inline(always)]
    fn is_three(self) -> bool {
        (self.taps, self.stride, self.padding) == (3, 1, 1) && self.from >= 2
    }

    /// `[from, inner]` to `[to, inner]` by three taps.
    #[inline(always)]
    fn three(self, inner: usize, input: &[f64], out: &mut [f64]) {
        let last = (self.from - 1) * inner;
        for ((sum, one), other) in out[..inner].iter_mut().zip(&input[..inner]).zip(&input[inner..]) {
            *sum = one + other;
        }
        let middle = out[inner..last].iter_mut().zip(&input[..last - inner]).zip(&input[inner..last]);
        for (((sum, before), here), after) in middle.zip(&input[2 * inner..]) {
            *sum = before + here + after;
        }
        for ((sum, one), other) in out[last..].iter_mut().zip(&input[last - inner..last]).zip(&input[last..]) {
            *sum = one + other;
        }
    }

    /// `[outer, from, inner]` to `[outer, to, inner]`.
    #[inline(always)]
    fn slide(self, outer: usize, inner: usize, input: &[f64], out: &mut [f64]) {
        if self.is_three() {
            let size = self.from * inner;
            for (input, out) in input.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
                self.three(inner, input, out);
            }
            return;
        }
        out.fill(0.0);
        let (input_size, out_size) = (self.from * inner, self.to * inner);
        for index in 0..outer {
            let input = &input[index * input_size..(index + 1) * input_size];
            let out = &mut out[index * out_size..(index + 1) * out_size];
            for tap in 0..self.taps {
                self.tap(tap, inner, input, out);
            }
        }
    }

    #[inline(always)]
    fn tap(self, tap: usize, inner: usize, input: &[f64], out: &mut [f64]) {
        let reached = self.reached(tap);
        if reached.is_empty() {
            return;
        }
        if self.stride == 1 {
            let first = (reached.start + tap - self.padding) * inner;
            let out = &mut out[reached.start * inner..reached.end * inner];
            return add(out, &input[first..first + reached.len() * inner]);
        }
        for place in reached {
            let from = (place * self.stride + tap - self.padding) * inner;
            add(&mut out[place * inner..(place + 1) * inner], &input[from..from + inner]);
        }
    }

    /// `[outer, from, middle, from, inner]` to `[outer, to, middle, to, inner]`, both axes by the same tap.
    #[inline(always)]
    fn slide_both(self, outer: usize, middle: usize, inner: usize, input: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let (input_size, out_size) = (self.from * inner, self.to * inner);
        for index in 0..outer {
            for tap in 0..self.taps {
                for place in self.reached(tap) {
                    let from = (index * self.from + place * self.stride + tap - self.padding) * middle;
                    let to = (index * self.to + place) * middle;
                    for step in 0..middle {
                        let input = &input[(from + step) * input_size..(from + step + 1) * input_size];
                        self.tap(tap, inner, input, &mut out[(to + step) * out_size..(to + step + 1) * out_size]);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn add(out: &mut [f64], values: &[f64]) {
    for (sum, value) in out.iter_mut().zip(values) {
        *sum += value;
    }
}

/// Means over windows of `size` by `size`: K′(q, q′) = mean of K(p, p′) over p in the window of q and p′ in that of q′.
pub fn average(size: usize, from: Place, to: Place, input: &[f64], out: &mut [f64]) {
    let share = ((size * size) as f64).powi(2).recip();
    for first in 0..to.pixels() {
        match to.pairs {
            Pairs::Same => out[first] = share * window_sum(size, from, to, (first, first), input),
            Pairs::All => {
                for second in 0..to.pixels() {
                    out[first * to.pixels() + second] = share * window_sum(size, from, to, (first, second), input);
                }
            }
        }
    }
}

/// Sum over the pairs of pixels of two windows.
fn window_sum(size: usize, from: Place, to: Place, windows: (usize, usize), input: &[f64]) -> f64 {
    if from.pixels() == 1 {
        return input[0];
    }
    let corner = |window: usize| (window / to.width * size) * from.width + window % to.width * size;
    let (first, second) = (corner(windows.0), corner(windows.1));
    let mut total = 0.0;
    for step in 0..size * size {
        let left = first + step / size * from.width + step % size;
        for row in 0..size {
            let start = left * from.pixels() + second + row * from.width;
            total += input[start..start + size].iter().sum::<f64>();
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(height: usize, width: usize, pairs: Pairs) -> Place {
        Place { height, width, pairs }
    }

    fn numbers(count: usize) -> Vec<f64> {
        (0..count).map(|index| ((index * 37 + 11) % 101) as f64 - 50.0).collect()
    }

    /// The definition, entry by entry.
    fn by_definition(window: Window, from: Place, to: Place, input: &[f64]) -> Vec<f64> {
        let pixel = |height: usize, width: usize, row: usize, column: usize| {
            let row = (height * window.stride + row).checked_sub(window.padding).filter(|&row| row < from.height)?;
            let column = (width * window.stride + column).checked_sub(window.padding).filter(|&c| c < from.width)?;
            Some(row * from.width + column)
        };
        let mut out = vec![0.0; to.pixels() * to.pixels()];
        for (index, sum) in out.iter_mut().enumerate() {
            let (first, second) = (index / to.pixels(), index % to.pixels());
            for tap in 0..window.height * window.width {
                let (row, column) = (tap / window.width, tap % window.width);
                let left = pixel(first / to.width, first % to.width, row, column);
                let right = pixel(second / to.width, second % to.width, row, column);
                if let (Some(left), Some(right)) = (left, right) {
                    *sum += input[left * from.pixels() + right];
                }
            }
        }
        out
    }

    #[test]
    fn sliding_both_pixels_is_the_definition() {
        for (height, width, taps, stride, padding) in
            [(4, 5, 3, 1, 1), (5, 4, 3, 2, 1), (6, 6, 2, 1, 0), (5, 5, 5, 1, 2), (7, 3, 3, 3, 0), (2, 2, 3, 1, 2)]
        {
            let window = Window { height: taps, width: taps, stride, padding };
            let side = |length: usize| (length + 2 * padding - taps) / stride + 1;
            let from = place(height, width, Pairs::All);
            let to = place(side(height), side(width), Pairs::All);
            let input = numbers(from.entries());
            let (mut room, mut out) = (vec![9.0; between(from, to)], vec![9.0; to.entries()]);
            sum_taps(window, from, to, &input, &mut room, &mut out);
            let expected = by_definition(window, from, to, &input);
            assert_eq!(out, expected, "{window:?}");

            let same = |whole: &[f64], place: Place| -> Vec<f64> {
                (0..place.pixels()).map(|pixel| whole[pixel * (place.pixels() + 1)]).collect()
            };
            let (near, far) = (Place { pairs: Pairs::Same, ..from }, Place { pairs: Pairs::Same, ..to });
            let (mut room, mut out) = (vec![9.0; between(near, far)], vec![9.0; far.entries()]);
            sum_taps(window, near, far, &same(&input, from), &mut room, &mut out);
            assert_eq!(out, same(&expected, to), "{window:?}");
        }
    }

    #[test]
    fn averages_over_windows_leave_the_rest_out() {
        let (from, to) = (place(5, 4, Pairs::All), place(2, 2, Pairs::All));
        let input = numbers(from.entries());
        let mut out = vec![0.0; to.entries()];
        average(2, from, to, &input, &mut out);
        // windows 1 (rows 0, 1; columns 2, 3) and 2 (rows 2, 3; columns 0, 1)
        let (first, second) = ([2, 3, 6, 7], [8, 9, 12, 13]);
        let pairs = first.iter().flat_map(|left| second.iter().map(move |right| left * 20 + right));
        assert_eq!(out[4 + 2], pairs.map(|entry| input[entry]).sum::<f64>() / 16.0);
    }
}
