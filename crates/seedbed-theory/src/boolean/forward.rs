//! One network on all Boolean inputs at once: a unit's outputs are one row of lanes.

use pulp::{Arch, Simd, WithSimd};
use seedbed::Activation;

/// Rows of a tile of a product.
const ROWS: usize = 5;
/// Vectors side by side in a tile.
const VECTORS: usize = 2;
/// Lanes are a multiple of the widest tile: two vectors of 16.
pub const LANE_BLOCK: usize = 32;

/// W x + b for `x` of `[inputs, lanes]`, but at least `floor` (0 for a ReLU, −∞ for none), into `[outputs, lanes]`.
///
/// Each sum starts from the bias and takes its terms in order, each by one fused multiply-add, so that the bits do not depend
/// on the width of the vectors.
pub fn affine(weight: &[f32], bias: &[f32], x: &[f32], lanes: usize, floor: f32, out: &mut [f32]) {
    Arch::new().dispatch(Affine { weight, bias, x, lanes, floor, out });
}

struct Affine<'a> {
    weight: &'a [f32],
    bias: &'a [f32],
    x: &'a [f32],
    lanes: usize,
    floor: f32,
    out: &'a mut [f32],
}

impl WithSimd for Affine<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let tile = VECTORS * S::F32_LANES;
        let outputs = self.bias.len();
        let inputs = self.x.len() / self.lanes;
        for lane in (0..self.lanes).step_by(tile) {
            let mut row = 0;
            while row + ROWS <= outputs {
                let place = Place { row, lane, inputs, lanes: self.lanes, floor: self.floor };
                tile_rows::<S, ROWS>(simd, place, self.weight, self.bias, self.x, self.out);
                row += ROWS;
            }
            let place = Place { row, lane, inputs, lanes: self.lanes, floor: self.floor };
            match outputs - row {
                4 => tile_rows::<S, 4>(simd, place, self.weight, self.bias, self.x, self.out),
                3 => tile_rows::<S, 3>(simd, place, self.weight, self.bias, self.x, self.out),
                2 => tile_rows::<S, 2>(simd, place, self.weight, self.bias, self.x, self.out),
                1 => tile_rows::<S, 1>(simd, place, self.weight, self.bias, self.x, self.out),
                _ => {}
            }
        }
    }
}

/// Where a tile lies.
#[derive(Clone, Copy)]
struct Place {
    row: usize,
    lane: usize,
    inputs: usize,
    lanes: usize,
    floor: f32,
}

/// `R` rows of the product on two vectors of lanes.
#[inline(always)]
fn tile_rows<S: Simd, const R: usize>(simd: S, place: Place, weight: &[f32], bias: &[f32], x: &[f32], out: &mut [f32]) {
    let Place { row, lane, inputs, lanes, floor } = place;
    let floor = simd.splat_f32s(floor);
    let width = VECTORS * S::F32_LANES;
    let mut sums: [[S::f32s; VECTORS]; R] = std::array::from_fn(|r| [simd.splat_f32s(bias[row + r]); VECTORS]);
    let weights: [&[f32]; R] = std::array::from_fn(|r| &weight[(row + r) * inputs..(row + r + 1) * inputs]);
    for input in 0..inputs {
        let (values, _) = S::as_simd_f32s(&x[input * lanes + lane..input * lanes + lane + width]);
        let values: [S::f32s; VECTORS] = std::array::from_fn(|v| values[v]);
        for (sums, weights) in sums.iter_mut().zip(&weights) {
            let weight = simd.splat_f32s(weights[input]);
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum = simd.mul_add_f32s(weight, value, *sum);
            }
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        let start = (row + r) * lanes + lane;
        let (vectors, _) = S::as_mut_simd_f32s(&mut out[start..start + width]);
        for (vector, sum) in vectors.iter_mut().zip(sums) {
            *vector = simd.max_f32s(sum, floor);
        }
    }
}

/// φ of each value, in place.
pub fn activate(activation: Activation, values: &mut [f32]) {
    match activation {
        Activation::Identity => {}
        Activation::Relu => values.iter_mut().for_each(|value| *value = value.max(0.0)),
        _ => values.iter_mut().for_each(|value| *value = activation.value(f64::from(*value)) as f32),
    }
}

/// (x − mean)/√(variance + ε) · scale + shift over the units, lane by lane.
pub fn normalize(values: &mut [f32], lanes: usize, scale: &[f32], shift: &[f32], epsilon: f64) {
    let units = values.len() / lanes;
    for lane in 0..lanes {
        let column = || values.iter().skip(lane).step_by(lanes).map(|value| f64::from(*value));
        let mean = column().sum::<f64>() / units as f64;
        let variance = column().map(|value| (value - mean).powi(2)).sum::<f64>() / units as f64;
        let factor = (variance + epsilon).sqrt().recip();
        for (unit, (scale, shift)) in scale.iter().zip(shift).enumerate() {
            let value = &mut values[unit * lanes + lane];
            *value = ((f64::from(*value) - mean) * factor) as f32 * scale + shift;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_sums_in_order() {
        let number = |index: usize| ((index * 7919 + 5) % 1009) as f32 / 504.5 - 1.0;
        for (inputs, outputs) in [(7, 40), (40, 40), (3, 1), (1, 13)] {
            let weight: Vec<f32> = (0..inputs * outputs).map(number).collect();
            let bias: Vec<f32> = (0..outputs).map(|index| number(index + 99)).collect();
            let x: Vec<f32> = (0..inputs * 128).map(|index| number(3 * index)).collect();
            let mut out = vec![0.0; outputs * 128];
            affine(&weight, &bias, &x, 128, 0.25, &mut out);
            for (index, found) in out.iter().enumerate() {
                let (row, lane) = (index / 128, index % 128);
                let term = |sum: f32, input: usize| weight[row * inputs + input].mul_add(x[input * 128 + lane], sum);
                assert_eq!(*found, (0..inputs).fold(bias[row], term).max(0.25), "{inputs} {outputs} {row} {lane}");
            }
        }
    }

    #[test]
    fn norms_have_mean_zero_and_variance_one() {
        let mut values = vec![1.0, 10.0, 2.0, 10.0, 6.0, 40.0];
        normalize(&mut values, 2, &[1.0, 1.0, 2.0], &[0.0, 0.0, 1.0], 0.0);
        // lane 0: 1, 2, 6 has mean 3 and variance 14/3
        let deviation = (14.0f32 / 3.0).sqrt();
        for (found, expected) in
            [(values[0], -2.0 / deviation), (values[2], -1.0 / deviation), (values[4], 6.0 / deviation + 1.0)]
        {
            assert!((found - expected).abs() < 1e-6);
        }
    }
}
