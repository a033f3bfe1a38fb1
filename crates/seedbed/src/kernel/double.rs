//! Values in double precision.
//!
//! A share of 52 bits: the element's word of the ordinary stream above 20 bits of its word under the purpose
//! [`purpose::LOW_WORDS`]. The upper bits are those of the single-precision draw, so the two agree to single
//! precision.

use std::f64::consts::FRAC_PI_2;

use super::BLOCK;
use super::elementary::ln_f64;
use crate::stream::{Stream, purpose};

/// Fills `out` with the elements from `first` on: four shares, each strictly between 0 and 1, go through `values`
/// together.
pub fn fill(out: &mut [f64], first: u64, stream: &Stream, values: impl Fn([f64; BLOCK]) -> [f64; BLOCK]) {
    let mut element = first;
    let mut rest = out;
    while !rest.is_empty() {
        let (block, within) = (element / BLOCK as u64, (element % BLOCK as u64) as usize);
        let count = (BLOCK - within).min(rest.len());
        let high = stream.block(block, purpose::VALUES);
        let low = stream.block(block, purpose::LOW_WORDS);
        let drawn = values(std::array::from_fn(|index| share(high[index], low[index])));
        let (now, later) = rest.split_at_mut(count);
        now.copy_from_slice(&drawn[within..within + count]);
        element += count as u64;
        rest = later;
    }
}

/// (52 bits + 1/2) · 2⁻⁵², exact.
pub fn share(high: u32, low: u32) -> f64 {
    let bits = u64::from(high) << 20 | u64::from(low >> 12);
    (bits as f64 + 0.5) / (1u64 << 52) as f64
}

/// Four standard normal values by the transform of Box & Muller (1958): shares 0 and 1 give values 0 and 1, shares 2
/// and 3 values 2 and 3.
pub fn standard_normal(shares: [f64; BLOCK]) -> [f64; BLOCK] {
    let pair = |radius: f64, angle: f64| {
        let r = (-2.0 * ln_f64(radius)).sqrt();
        let (cos, sin) = cos_sin(angle);
        [r * cos, r * sin]
    };
    let ([first, second], [third, fourth]) = (pair(shares[0], shares[1]), pair(shares[2], shares[3]));
    [first, second, third, fourth]
}

/// Cosine and sine of 2π · `turn`, for a turn in [0, 1): an exact reduction to ±π/4, then Taylor's series, whose next
/// terms lie below 1e-17.
pub fn cos_sin(turn: f64) -> (f64, f64) {
    let quarters = turn * 4.0;
    let quadrant = (quarters + 0.5).floor();
    let x = (quarters - quadrant) * FRAC_PI_2;
    let square = x * x;
    // sin x = x (1 − x²/(2·3) (1 − x²/(4·5) (…))), cos x likewise
    let nested = |start: i32| {
        let term = |n: i32| square / f64::from((start + 2 * n) * (start + 2 * n + 1));
        (0..9).rev().fold(1.0, |inner, n| 1.0 - term(n) * inner)
    };
    let (sin, cos) = (x * nested(2), nested(1));
    match quadrant as i32 {
        1 => (-sin, cos),
        2 => (-cos, -sin),
        3 => (sin, -cos),
        _ => (cos, sin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circle_against_the_platform() {
        for step in 0..100_000 {
            let turn = f64::from(step) / 100_000.0;
            let (cos, sin) = cos_sin(turn);
            let angle = turn * std::f64::consts::TAU;
            assert!((cos - angle.cos()).abs() < 1e-15 && (sin - angle.sin()).abs() < 1e-15, "{turn}");
        }
    }

    #[test]
    fn shares_stay_inside() {
        assert_eq!(share(0, 0), 0.5 / (1u64 << 52) as f64);
        assert!(share(u32::MAX, u32::MAX) < 1.0);
    }

    #[test]
    fn any_slice_is_the_slice_of_the_whole() {
        let stream = Stream::new(3, "weight");
        let mut whole = [0.0; 41];
        fill(&mut whole, 0, &stream, standard_normal);
        for (first, last) in [(0, 41), (1, 2), (3, 9), (4, 8), (6, 41)] {
            let mut part = vec![0.0; last - first];
            fill(&mut part, first as u64, &stream, standard_normal);
            assert_eq!(part, whole[first..last]);
        }
    }
}
