//! Standard normal values by the transform of Box & Muller (1958), in single precision.

use super::elementary::{cos_sin, ln};

/// Four standard normal values: words 0 and 1 give elements 0 and 1, words 2 and 3 give elements 2 and 3.
///
/// r = √(−2 ln u) with u = (word + 1/2)·2⁻³², θ = 2π·word/2³²; the first of a pair is r cos θ, the second r sin θ.
/// The largest possible size is √(−2 ln 2⁻³³) = 6.76.
pub fn standard(words: [u32; 4]) -> [f32; 4] {
    let [first, second] = pair(words[0], words[1]);
    let [third, fourth] = pair(words[2], words[3]);
    [first, second, third, fourth]
}

fn pair(radius: u32, angle: u32) -> [f32; 2] {
    const SCALE: f32 = 1.0 / 4_294_967_296.0;
    let u = (radius as f32 + 0.5) * SCALE;
    // u rounds to 1 for the largest words, and ln 1 is 0: the root never sees a negative number
    let r = (-2.0 * ln(u)).max(0.0).sqrt();
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
            let u = (f64::from(radius) + 0.5) * 2f64.powi(-32);
            let theta = f64::from(angle) * std::f64::consts::TAU * 2f64.powi(-32);
            let r = (-2.0 * u.ln()).sqrt();
            let [cos, sin] = pair(radius, angle);
            // near u = 1 the root magnifies the rounding of u
            let tolerance = 1e-6 * r.max(1.0) + 6e-8 / r.max(2e-4);
            assert!((f64::from(cos) - r * theta.cos()).abs() < tolerance, "{radius} {angle}");
            assert!((f64::from(sin) - r * theta.sin()).abs() < tolerance, "{radius} {angle}");
        }
    }

    #[test]
    fn the_extremes_are_finite() {
        assert!((pair(0, 0)[0] - 6.763_7).abs() < 1e-3);
        assert_eq!(pair(u32::MAX, 123)[0], 0.0);
    }
}
