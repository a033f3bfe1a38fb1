//! Logarithm, exponential, sine and cosine from exactly rounded operations alone (the fused multiply-add is one), so
//! that their bits are the same everywhere. Single precision for the normal kernel, double for the rarer ones.

use std::f64::consts::{LN_2, LOG2_E, SQRT_2};

/// ln(1 + f) = f − f²/2 + f³ P(f) on [√½ − 1, √2 − 1]; P by a minimax fit of degree 6, error of the logarithm below 4e-8
/// of it.
pub(super) const LN_COEFFICIENTS: [f32; 7] =
    [0.333_339_1, -0.250_013_35, 0.199_631, -0.165_776_52, 0.149_145_08, -0.142_669_32, 0.087_004_006];
/// P(−h).
pub(super) const LN_COEFFICIENTS_OF_MINUS: [f32; 7] = {
    let mut coefficients = LN_COEFFICIENTS;
    let mut power = 1;
    while power < coefficients.len() {
        coefficients[power] = -coefficients[power];
        power += 2;
    }
    coefficients
};
/// ln 2 in two parts: the first has so few bits that its product with the exponent is exact.
pub(super) const LN_2_HIGH: f32 = 0.693_359_4;
pub(super) const LN_2_LOW: f32 = -0.000_212_194_44;
/// 2⁻³².
pub(super) const SHARE_SCALE: f32 = 1.0 / 4_294_967_296.0;
/// √½ · 2³², rounded up.
pub(super) const ROOT_HALF_SHARE: u32 = 0xb504_f334;
/// Bits of √½: mantissas below it belong to the next lower exponent.
pub(super) const ROOT_HALF: u32 = 0x3f35_04f3;
/// sin x = x + x³ S(x²) on ±π/4; S by a minimax fit of degree 2, error below 4e-9 of the sine.
pub(super) const SIN_COEFFICIENTS: [f32; 3] = [-0.166_666_55, 0.008_332_189, -0.000_195_182_92];
/// cos x = 1 − x²/2 + x⁴ C(x²) on ±π/4; C by a minimax fit of degree 2, error below 2e-10 of the cosine.
pub(super) const COS_COEFFICIENTS: [f32; 3] = [0.041_666_646, -0.001_388_731, 2.443_232_7e-5];
/// 2π / 2³².
pub(super) const RADIANS_PER_STEP: f32 = 1.462_918_1e-9;

/// The sum of the coefficients times powers of x.
#[inline(always)]
pub(super) fn horner<const N: usize>(coefficients: &[f32; N], x: f32) -> f32 {
    let mut sum = coefficients[N - 1];
    for power in (0..N - 1).rev() {
        sum = sum.mul_add(x, coefficients[power]);
    }
    sum
}

/// A polynomial of degree 6 by Estrin's scheme, whose steps wait little for each other.
#[inline(always)]
fn sextic([c0, c1, c2, c3, c4, c5, c6]: [f32; 7], x: f32, square: f32) -> f32 {
    let low = c3.mul_add(x, c2).mul_add(square, c1.mul_add(x, c0));
    let high = c6.mul_add(square, c5.mul_add(x, c4));
    high.mul_add(square * square, low)
}

/// ln((word + 1/2) · 2⁻³²), to about two units in the last place: also near 1, where the logarithm nears 0 and the
/// distance to 1 comes exactly from the integer.
#[inline(always)]
pub fn ln_of_share(word: u32) -> f32 {
    let (f, exponent) = if word >= ROOT_HALF_SHARE {
        (-(!word as f32 + 0.5) * SHARE_SCALE, 0.0)
    } else {
        let (mantissa, exponent) = split((word as f32 + 0.5) * SHARE_SCALE);
        (mantissa - 1.0, exponent)
    };
    let square = f * f;
    let tail = (square * f).mul_add(sextic(LN_COEFFICIENTS, f, square), -0.5 * square);
    exponent.mul_add(LN_2_HIGH, f + exponent.mul_add(LN_2_LOW, tail))
}

/// −ln x of a positive normal number, to about two units in the last place for x up to 1/2.
#[cfg(test)]
pub fn minus_ln(x: f32) -> f32 {
    let (mantissa, exponent) = split(x);
    let h = 1.0 - mantissa;
    let square = h * h;
    let tail = (square * h).mul_add(sextic(LN_COEFFICIENTS_OF_MINUS, h, square), 0.5 * square);
    exponent.mul_add(-LN_2_HIGH, h + exponent.mul_add(-LN_2_LOW, tail))
}

/// x = mantissa · 2^exponent with the mantissa in [√½, √2).
#[inline(always)]
fn split(x: f32) -> (f32, f32) {
    let shifted = x.to_bits().wrapping_sub(ROOT_HALF);
    let exponent = (shifted as i32) >> 23;
    let mantissa = f32::from_bits((shifted & 0x007f_ffff) + ROOT_HALF);
    (mantissa, exponent as f32)
}

/// Cosine and sine of 2π · `angle` / 2³², each to about two units in its last place. The reduction to ±π/4 is exact.
#[inline(always)]
pub fn cos_sin(angle: u32) -> (f32, f32) {
    let quadrant = angle.wrapping_add(1 << 29) >> 30;
    let x = angle.wrapping_sub(quadrant << 30) as i32 as f32 * RADIANS_PER_STEP;
    let square = x * x;
    let sin = (x * square).mul_add(horner(&SIN_COEFFICIENTS, square), x);
    let cos = (square * square).mul_add(horner(&COS_COEFFICIENTS, square), square.mul_add(-0.5, 1.0));
    match quadrant {
        0 => (cos, sin),
        1 => (-sin, cos),
        2 => (-cos, -sin),
        _ => (sin, -cos),
    }
}

/// The natural logarithm of a positive normal number in double precision, to about two units in the last place.
///
/// ln m = 2 artanh s with s = (m − 1)/(m + 1), |s| ≤ 0.172, as a series to s²³.
pub fn ln_f64(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) as i64 - 1023) as f64;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if mantissa > SQRT_2 {
        mantissa *= 0.5;
        exponent += 1.0;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let series = (0..12).rev().fold(0.0, |sum, term| sum * square + 1.0 / f64::from(2 * term + 1));
    exponent * LN_2 + 2.0 * s * series
}

/// The exponential in double precision, to about two units in the last place; 0 below −708.
pub fn exp_f64(x: f64) -> f64 {
    if x < -708.0 {
        return 0.0;
    }
    /// ln 2 in two parts, the first with 21 zero bits at its end.
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let exponent = (x * LOG2_E + 0.5).floor();
    let rest = (x - exponent * LN_2_HIGH) - exponent * LN_2_LOW;
    let series = (1..=14).rev().fold(1.0, |sum, term| 1.0 + sum * rest / f64::from(term));
    series * f64::from_bits(((exponent as i64 + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words all over the range, and thick near both ends and √½.
    fn words() -> impl Iterator<Item = u32> {
        let spread = (0..200_000u32).map(|step| step.wrapping_mul(21_475) ^ (step >> 3));
        let near = [0, 0x7fff_0000, 0xb504_f334 - 1000, u32::MAX - 1999];
        spread.chain(near.into_iter().flat_map(|start| (0..2000).map(move |step| start + step)))
    }

    #[test]
    fn logarithm_against_the_platform() {
        let exact = |word: u32| match word {
            0..0x8000_0000 => ((f64::from(word) + 0.5) * 2f64.powi(-32)).ln(),
            _ => (-(f64::from(!word) + 0.5) * 2f64.powi(-32)).ln_1p(),
        };
        for word in words() {
            let error = f64::from(ln_of_share(word)) / exact(word) - 1.0;
            assert!(error.abs() < 4.0 * 2f64.powi(-24), "{word:#x}: {error:e}");
        }
    }

    #[test]
    fn circle_against_the_platform() {
        for angle in words() {
            let exact = f64::from(angle) * std::f64::consts::TAU / 2f64.powi(32);
            let (cos, sin) = cos_sin(angle);
            // relative, up to what double precision itself loses near a zero
            let close =
                |found: f32, exact: f64| (f64::from(found) - exact).abs() < 5.0 * 2f64.powi(-24) * exact.abs() + 1e-15;
            assert!(close(cos, exact.cos()), "cos {angle:#x}");
            assert!(close(sin, exact.sin()), "sin {angle:#x}");
        }
    }

    #[test]
    fn double_precision_against_the_platform() {
        for step in 1..20_000 {
            let x = f64::from(step) * 3.7e-3;
            assert!((ln_f64(x) - x.ln()).abs() <= 4e-16 * x.ln().abs().max(1.0), "ln {x}");
            assert!((exp_f64(-x) / (-x).exp() - 1.0).abs() < 1e-15, "exp -{x}");
            assert!((exp_f64(x / 10.0) / (x / 10.0).exp() - 1.0).abs() < 1e-15, "exp {x}");
        }
        assert!((ln_f64(1e-300) - 1e-300f64.ln()).abs() < 1e-12);
    }
}
