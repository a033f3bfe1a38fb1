//! A block of Householder reflections, as one: H(0) H(1) … = 1 − V T Vᵀ (compact WY, Schreiber & Van Loan 1989).

use rayon::prelude::*;

use super::Draws;
use crate::kernel::gemm::{DEPTH, Operand, Packed, Scratch, Side, Sign, Tile, View, ViewMut, multiply};

/// Sizes up to which T is formed entry by entry, in double precision.
const PLAIN: usize = 32;
/// Columns of VᵀV that one thread computes at once, and rows of T that are multiplied at once.
const STRIP: usize = 64;
/// Independent sums of a dot product, so that it can run in vector lanes and still has one fixed order.
const LANES: usize = 8;

/// At most [`DEPTH`] reflections 1 − tau v vᵀ, each with the sign of R's diagonal.
#[derive(Debug)]
pub struct Reflections {
    pub tile: Tile,
    pub count: usize,
    pub signs: Vec<f32>,
    /// The rows of Vᵀ, packed to be multiplied by a matrix.
    pub across: Packed,
    /// The rows of V, likewise.
    pub along: Packed,
    /// T, upper triangular, in rows of [`DEPTH`].
    factor: Vec<f32>,
}

impl Reflections {
    /// Those of the vectors from `first` on, packed for the side of the products on which V stands.
    pub fn draw(draws: &Draws, first: usize, count: usize, side: Side, tile: Tile) -> Reflections {
        let length = draws.long - first;
        let mut vectors = vec![0.0f32; count * length];
        let one = |(step, vector): (usize, &mut [f32])| reflect(draws, first + step, &mut vector[step..]);
        let kinds: Vec<(f64, f32)> = if draws.is_small() {
            vectors.chunks_mut(length).enumerate().map(one).collect()
        } else {
            vectors.par_chunks_mut(length).enumerate().map(one).collect()
        };
        let across = View::of(&vectors, count, length, length);
        let packed = Packed::of(across, side, tile, !draws.is_small());
        let along = Packed::of(across.transposed(), side, tile, !draws.is_small());
        let taus: Vec<f64> = kinds.iter().map(|kind| kind.0).collect();
        let signs = kinds.iter().map(|kind| kind.1).collect();
        let mut this = Reflections { tile, count, signs, across: packed, along, factor: vec![0.0; count * DEPTH] };
        let products = this.products(across, side, draws.is_small());
        let mut factor = std::mem::take(&mut this.factor);
        let products = View::of(&products, count, count, DEPTH);
        let products = if side == Side::Left { products } else { products.transposed() };
        this.form(ViewMut::of(&mut factor, count, count, DEPTH), products, &taus);
        this.factor = factor;
        this
    }

    /// VᵀV above the diagonal, at least: row-major if V stands left, else its transpose.
    fn products(&self, across: View, side: Side, is_small: bool) -> Vec<f32> {
        let mut products = vec![0.0f32; self.count * DEPTH];
        let whole = ViewMut::of(&mut products, self.count, self.count, DEPTH);
        let mut rest = if side == Side::Left { whole } else { whole.transposed() };
        let mut strips = Vec::new();
        while rest.column_count() > 0 {
            let (strip, later) = {
                let width = rest.column_count().min(STRIP);
                rest.split_columns(width)
            };
            let last = self.count - later.column_count();
            strips.push((last, strip));
            rest = later;
        }
        let one = |scratch: &mut Scratch, (last, strip): (usize, ViewMut)| {
            let columns = across.rows(last - strip.column_count()..last).transposed();
            let (above, _) = strip.split_rows(last);
            let operands = (Operand::Packed(&self.across, 0), Operand::Plain(columns));
            multiply(self.tile, above, Sign::Plus, operands.0, operands.1, scratch);
        };
        if is_small {
            strips.into_iter().for_each(|strip| one(&mut Scratch::default(), strip));
        } else {
            strips.into_par_iter().for_each_init(Scratch::default, one);
        }
        products
    }

    /// T, from the products and the taus: the inverse of T has 1/tau on its diagonal and VᵀV above it (Puglisi 1992).
    fn form(&self, mut factor: ViewMut, products: View, taus: &[f64]) {
        let size = taus.len();
        if size <= PLAIN {
            return form_plainly(&mut factor, products, taus);
        }
        let half = size / 2;
        let (above, below) = factor.split_rows(half);
        let (mut first, mut between) = above.split_columns(half);
        let (_, mut second) = below.split_columns(half);
        self.form(first.again(), products.rows(0..half).columns(0..half), &taus[..half]);
        self.form(second.again(), products.rows(half..size).columns(half..size), &taus[half..]);
        let mut through = vec![0.0f32; half * (size - half)];
        let mut view = ViewMut::of(&mut through, half, size - half, size - half);
        let scratch = &mut Scratch::default();
        let corner = Operand::Plain(products.rows(0..half).columns(half..size));
        multiply(self.tile, view.again(), Sign::Plus, Operand::Plain(first.read()), corner, scratch);
        let operands = (Operand::Plain(view.read()), Operand::Plain(second.read()));
        multiply(self.tile, between.again(), Sign::Minus, operands.0, operands.1, scratch);
    }

    /// out = T W, strip by strip, without the zeros of T before the strip.
    pub fn turn(&self, shares: View, mut out: ViewMut, columns: usize, scratch: &mut Scratch) {
        let factor = View::of(&self.factor, self.count, self.count, DEPTH);
        for first in (0..self.count).step_by(STRIP) {
            let last = self.count.min(first + STRIP);
            let rows = Operand::Plain(factor.rows(first..last).columns(first..self.count));
            let shares = Operand::Plain(shares.rows(first..self.count));
            multiply(self.tile, out.part(first..last, 0..columns), Sign::Plus, rows, shares, scratch);
        }
    }
}

/// Draws vector `step` and makes it that of its reflection: the tau, and the sign of R's diagonal.
fn reflect(draws: &Draws, step: usize, vector: &mut [f32]) -> (f64, f32) {
    draws.vector(step, vector);
    let first = vector[0];
    let toward = if first < 0.0 { -1.0 } else { 1.0 };
    if vector.len() == 1 {
        return (0.0, toward);
    }
    let before = square(vector);
    // adding with the sign of the first entry loses no digits; R's diagonal gets the other sign
    vector[0] = (f64::from(first) + f64::from(toward) * before.sqrt()) as f32;
    let after = before - f64::from(first) * f64::from(first) + f64::from(vector[0]) * f64::from(vector[0]);
    // a vector of zeros, which no known name and seed draws, would reflect nothing
    (if after > 0.0 { 2.0 / after } else { 0.0 }, -toward)
}

/// The square of the vector's length, in eight interleaved sums, added in pairs at the end.
fn square(vector: &[f32]) -> f64 {
    let mut sums = [0.0f64; LANES];
    let lanes = vector.chunks_exact(LANES);
    let rest: f64 = lanes.remainder().iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    for entries in lanes {
        for (sum, &x) in sums.iter_mut().zip(entries) {
            *sum += f64::from(x) * f64::from(x);
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    (((a + e) + (b + f)) + ((c + g) + (d + h))) + rest
}

/// T row by row from the last: T(i) = tau(i) (e(i) − Σ over k > i of (VᵀV)(i, k) T(k)).
fn form_plainly(factor: &mut ViewMut, products: View, taus: &[f64]) {
    let mut rows = [[0.0f64; PLAIN]; PLAIN];
    for (row, &tau) in taus.iter().enumerate().rev() {
        let mut sums = [0.0f64; PLAIN];
        for (k, of_row) in rows.iter().enumerate().take(taus.len()).skip(row + 1) {
            let product = f64::from(products.at(row, k));
            sums.iter_mut().zip(of_row).for_each(|(sum, entry)| *sum -= product * entry);
        }
        sums[row] = 1.0;
        for (column, sum) in sums.iter().enumerate().take(taus.len()).skip(row) {
            rows[row][column] = tau * sum;
            factor.set(row, column, rows[row][column] as f32);
        }
    }
}
