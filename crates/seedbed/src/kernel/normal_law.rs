//! The standard normal law in double precision: density, distribution function and its inverse, from exactly rounded
//! operations alone.

use super::elementary::{exp_f64, ln_f64};

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
