//! Standard normal values by the transform of Box & Muller (1958), in single precision.

use super::elementary::{cos_sin, ln_of_share};
use super::group;
use super::lanes::Lanes;
use super::lanes::elementary as vector;
use super::output::{Law, Output};
use crate::Stream;

/// Fills `out` with the elements from `first` on of the normal law with this mean and standard deviation, both finite.
///
/// mean + (std·r) cos θ and mean + (std·r) sin θ, with r and θ as in [`standard`] and the last two steps one rounding.
pub fn normal<T: Output>(out: &mut [T], first: u64, stream: &Stream, purpose: u32, mean: f32, std: f32) {
    group::fill(out, first, stream, purpose, &Normal { mean, std });
}

pub(super) struct Normal {
    pub(super) mean: f32,
    pub(super) std: f32,
}

impl Law for Normal {
    #[inline(always)]
    fn values<L: Lanes>(&self, lanes: L, [radius, angle]: [L::Words; 2]) -> [L::Reals; 2] {
        let (mean, std) = (lanes.real(self.mean), lanes.real(self.std));
        let r = lanes.mul(std, lanes.sqrt(vector::minus_two_ln_of_share(lanes, radius)));
        let (cos, sin) = vector::cos_sin(lanes, angle);
        [lanes.mul_add(r, cos, mean), lanes.mul_add(r, sin, mean)]
    }
}

/// Four normal values: the plain definition of [`normal()`].
#[cfg(test)]
pub fn scaled(words: [u32; 4], mean: f32, std: f32) -> [f32; 4] {
    let two = |radius, angle| {
        let (r, (cos, sin)) = (std * (-2.0 * ln_of_share(radius)).sqrt(), cos_sin(angle));
        [r.mul_add(cos, mean), r.mul_add(sin, mean)]
    };
    let ([first, second], [third, fourth]) = (two(words[0], words[1]), two(words[2], words[3]));
    [first, second, third, fourth]
}

/// Four standard normal values: words 0 and 1 give elements 0 and 1, words 2 and 3 give elements 2 and 3.
///
/// r = √(−2 ln u) with u = (word + 1/2)·2⁻³², θ = 2π·word/2³²; the first of a pair is r cos θ, the second r sin θ.
/// The largest possible size is √(−2 ln 2⁻³³) = 6.76.
pub fn standard(words: [u32; 4]) -> [f32; 4] {
    #[cfg(target_arch = "x86_64")]
    if super::path::Path::chosen() >= super::path::Path::Avx2 {
        // SAFETY: that path is only where the processor has fused multiply-adds
        return unsafe { standard_fused(words) };
    }
    standard_plain(words)
}

/// As [`standard_plain`], with the processor's fused multiply-add in place of a function that does the same.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "fma")]
fn standard_fused(words: [u32; 4]) -> [f32; 4] {
    standard_plain(words)
}

#[inline(always)]
fn standard_plain(words: [u32; 4]) -> [f32; 4] {
    let [first, second] = pair(words[0], words[1]);
    let [third, fourth] = pair(words[2], words[3]);
    [first, second, third, fourth]
}

#[inline(always)]
fn pair(radius: u32, angle: u32) -> [f32; 2] {
    let r = (-2.0 * ln_of_share(radius)).sqrt();
    let (cos, sin) = cos_sin(angle);
    [r * cos, r * sin]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_double_precision() {
        for step in 0..50_000u32 {
            let (radius, angle) = (step.wrapping_mul(85_899) ^ 0x55, step.wrapping_mul(2_654_435_769));
            let radius = if step % 7 == 0 { !(step / 7) } else { radius };
            let u_to_one = (f64::from(!radius) + 0.5) * 2f64.powi(-32);
            let theta = f64::from(angle) * std::f64::consts::TAU * 2f64.powi(-32);
            let r = (-2.0 * (-u_to_one).ln_1p()).sqrt();
            let close =
                |found: f32, exact: f64| (f64::from(found) - exact).abs() < 6.0 * 2f64.powi(-24) * exact.abs() + 1e-14;
            let [cos, sin] = pair(radius, angle);
            assert!(close(cos, r * theta.cos()), "{radius} {angle}");
            assert!(close(sin, r * theta.sin()), "{radius} {angle}");
        }
    }

    #[test]
    fn both_ways_to_multiply_and_add_give_the_same_bits() {
        for step in 0..20_000u32 {
            let words =
                [85_899, 2_654_435_769, 40_503, 3_266_489_917].map(|odd: u32| step.wrapping_mul(odd) ^ step << 7);
            assert_eq!(standard(words).map(f32::to_bits), standard_plain(words).map(f32::to_bits));
        }
    }

    #[test]
    fn the_extremes_are_finite() {
        // √(66 ln 2) and √(−2 ln(1 − 2⁻³³))
        assert!((f64::from(pair(0, 0)[0]) - 6.763_705_635).abs() < 1e-6);
        assert!((f64::from(pair(u32::MAX, 0)[0]) / 1.525_878_906_4e-5 - 1.0).abs() < 1e-6);
    }
}
