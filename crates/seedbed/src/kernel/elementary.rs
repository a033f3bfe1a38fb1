//! Logarithm, exponential, sine and cosine from exactly rounded operations alone, so that their bits are the same
//! everywhere. Single precision for the normal kernel, double for the rarer ones.

use std::f64::consts::{LN_2, LOG2_E, SQRT_2};

/// ln(1 + f) = f − f²/2 + f³ P(f) on [√½ − 1, √2 − 1]; P by a minimax fit of degree 8, error below 1e-9.
const LN_COEFFICIENTS: [f32; 9] = [
    0.333_333_1,
    -0.249_999_87,
    0.200_021_46,
    -0.166_692_17,
    0.142_200_2,
    -0.123_855_55,
    0.118_651_44,
    -0.117_806_85,
    0.069_210_04,
];
/// sin x = x + x³ S(x²) on ±π/4; S by a minimax fit of degree 3, error below 1e-11.
const SIN_COEFFICIENTS: [f32; 4] = [-0.166_666_67, 0.008_333_329, -0.000_198_393_35, 2.718_315_5e-6];
/// cos x = 1 − x²/2 + x⁴ C(x²) on ±π/4; C by a minimax fit of degree 3, error below 1e-12.
const COS_COEFFICIENTS: [f32; 4] = [0.041_666_668, -0.001_388_888_3, 2.479_952_1e-5, -2.721_039_3e-7];
/// 2π / 2³².
const RADIANS_PER_STEP: f32 = 1.462_918_1e-9;

fn polynomial<const N: usize>(coefficients: &[f32; N], x: f32) -> f32 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// ln((word + 1/2) · 2⁻³²), to about two units in the last place: also near 1, where the logarithm nears 0 and the
/// distance to 1 comes exactly from the integer.
pub fn ln_of_share(word: u32) -> f32 {
    const SCALE: f32 = 1.0 / 4_294_967_296.0;
    /// √½ · 2³², rounded up.
    const ROOT_HALF_SHARE: u32 = 0xb504_f334;
    let (f, exponent) = if word >= ROOT_HALF_SHARE {
        (-(!word as f32 + 0.5) * SCALE, 0.0)
    } else {
        let (mantissa, exponent) = split((word as f32 + 0.5) * SCALE);
        (mantissa - 1.0, exponent)
    };
    let square = f * f;
    let tail = square * f * polynomial(&LN_COEFFICIENTS, f) - 0.5 * square;
    // ln 2 in two parts: the first has so few bits that its product with the exponent is exact
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -0.000_212_194_44;
    exponent * LN_2_HIGH + (f + (tail + exponent * LN_2_LOW))
}

/// x = mantissa · 2^exponent with the mantissa in [√½, √2).
fn split(x: f32) -> (f32, f32) {
    /// Bits of √½: mantissas below it belong to the next lower exponent.
    const ROOT_HALF: u32 = 0x3f35_04f3;
    let shifted = x.to_bits().wrapping_sub(ROOT_HALF);
    let exponent = (shifted as i32) >> 23;
    let mantissa = f32::from_bits((shifted & 0x007f_ffff) + ROOT_HALF);
    (mantissa, exponent as f32)
}

/// Cosine and sine of 2π · `angle` / 2³², each to about two units in its last place. The reduction to ±π/4 is exact.
pub fn cos_sin(angle: u32) -> (f32, f32) {
    let quadrant = angle.wrapping_add(1 << 29) >> 30;
    let x = angle.wrapping_sub(quadrant << 30) as i32 as f32 * RADIANS_PER_STEP;
    let square = x * x;
    let sin = x + x * square * polynomial(&SIN_COEFFICIENTS, square);
    let cos = 1.0 - 0.5 * square + square * square * polynomial(&COS_COEFFICIENTS, square);
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

/// Density of the standard normal distribution.
pub fn normal_density(x: f64) -> f64 {
    const ONE_OVER_ROOT_TWO_PI: f64 = 0.398_942_280_401_432_7;
    ONE_OVER_ROOT_TWO_PI * exp_f64(-0.5 * x * x)
}

/// Φ(x) for x ≤ 0 with full relative precision: the series of Marsaglia (2004) near 0, Laplace's continued
/// fraction in the tail. For x > 0 it is 1 − Φ(−x).
pub fn normal_cdf(x: f64) -> f64 {
    /// Where the fraction with the terms below has converged, and the series has not yet lost digits.
    const TAIL: f64 = 2.5;
    const FRACTION_TERMS: u32 = 120;
    if x > 0.0 {
        1.0 - normal_cdf(-x)
    } else if x < -TAIL {
        let fraction = (1..=FRACTION_TERMS).rev().fold(-x, |below, term| -x + f64::from(term) / below);
        normal_density(x) / fraction
    } else {
        let (mut sum, mut term, mut odd) = (x, x, 1.0);
        while sum + term != sum {
            odd += 2.0;
            term *= x * x / odd;
            sum += term;
        }
        0.5 + normal_density(x) * sum
    }
}

/// Φ⁻¹(p) for p in (0, 1): algorithm AS 241, PPND16 (Wichura 1988), about 1e-16 relative.
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(&CENTRE, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-ln_f64(tail)).sqrt();
    let size = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    if q < 0.0 { -size } else { size }
}

/// Numerator and denominator of a rational function, lowest power first.
type Rational = ([f64; 8], [f64; 8]);

fn ratio((above, below): &Rational, x: f64) -> f64 {
    let value = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
    value(above) / value(below)
}

const CENTRE: Rational = (
    [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
);
const MIDDLE: Rational = (
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        0.000_774_545_014_278_341_4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        0.000_547_593_808_499_534_5,
        1.050_750_071_644_416_9e-9,
    ],
);
const FAR: Rational = (
    [
        6.657_904_643_501_104,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        0.599_832_206_555_887_9,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        0.000_786_869_131_145_613_2,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_445_8e-7,
        2.044_263_103_389_939_8e-15,
    ],
);

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

    #[test]
    fn normal_cdf_against_mpmath() {
        // mpmath.ncdf at 30 digits
        let table = [
            (-37.0, 5.725571222524577e-300),
            (-20.0, 2.7536241186062337e-89),
            (-8.0, 6.220960574271784e-16),
            (-3.0, 0.0013498980316300946),
            (-2.5, 0.006209665325776135),
            (-2.4, 0.008197535924596131),
            (-2.0, 0.02275013194817921),
            (-1.0, 0.15865525393145705),
            (-0.1, 0.460172162722971),
            (0.0, 0.5),
            (0.7, 0.758036347776927),
            (2.0, 0.9772498680518208),
            (5.0, 0.9999997133484281),
        ];
        for (x, expected) in table {
            let found = normal_cdf(x);
            assert!((found / expected - 1.0f64).abs() < 2e-14, "{x}: {found} {expected}");
        }
    }

    #[test]
    fn normal_quantile_against_mpmath() {
        // root of mpmath.ncdf at 30 digits
        let table = [
            (1e-300, -37.0470962993612),
            (1e-20, -9.262340089798407),
            (1e-09, -5.9978070150076865),
            (0.001, -3.0902323061678136),
            (0.0228, -1.99907721497177),
            (0.07, -1.4757910281791706),
            (0.08, -1.4050715603096327),
            (0.3, -0.5244005127080408),
            (0.5, 0.0),
            (0.9, 1.2815515655446006),
            (0.9772, 1.999077214971769),
            (0.999999, 4.753424308817087),
        ];
        for (p, expected) in table as [(f64, f64); 12] {
            let found: f64 = normal_quantile(p);
            assert!((found - expected).abs() < 1e-14 * expected.abs().max(1.0), "{p}: {found} {expected}");
        }
    }
}
