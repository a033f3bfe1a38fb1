//! Closed forms, without branches: a loop over pairs turns into vector code.
//!
//! Each takes the variances a, b ≥ 0 and the covariance c, |c| ≤ √(ab) up to rounding; what is meant for other values
//! is not checked. All of them need ab − c² near |c| = √(ab), where the angle between two inputs is small: it is formed
//! as a(b − c) + c(a − c), exactly 0 at a = b = c, and turned into an angle by an arctangent. The arccosine of c/√(ab)
//! would lose half of the digits there.

use std::f64::consts::{FRAC_1_PI, FRAC_2_PI, FRAC_PI_2, FRAC_PI_4};

use super::Bivariate;

const HALF_OVER_PI: f64 = 0.5 * FRAC_1_PI;

/// φ(u) = u: E φφ = c and E φ′φ′ = 1.
#[inline(always)]
pub fn identity(_: f64, _: f64, c: f64) -> Bivariate {
    Bivariate { product: c, derivative_product: 1.0 }
}

/// φ(u) = max(u, 0), the arc-cosine kernel of degree 1 (Cho & Saul 2009): with θ the angle of the inputs,
/// cos θ = c/√(ab), E φφ = √(ab) (sin θ + (π − θ) cos θ)/2π and E φ′φ′ = (π − θ)/2π.
///
/// Where a or b is 0 there is no angle; θ = π/2 is taken, which is φ′(0) = 1/2.
#[inline(always)]
pub fn relu(a: f64, b: f64, c: f64) -> Bivariate {
    let Angle { sine, obtuse, .. } = Angle::of(a, b, c);
    let share = HALF_OVER_PI * obtuse;
    Bivariate { product: HALF_OVER_PI * sine + share * c, derivative_product: share }
}

/// φ(u) = u for u > 0, `slope`·u otherwise: (1 + s²) times the ReLU's at c less 2s times the ReLU's at −c; for φ′ plus.
#[inline(always)]
pub fn leaky_relu(slope: f64, a: f64, b: f64, c: f64) -> Bivariate {
    let Angle { sine, obtuse, acute } = Angle::of(a, b, c);
    let (same, opposite) = (1.0 + slope * slope, 2.0 * slope);
    Bivariate {
        product: HALF_OVER_PI * (same * (sine + obtuse * c) - opposite * (sine - acute * c)),
        derivative_product: HALF_OVER_PI * (same * obtuse + opposite * acute),
    }
}

/// φ(u) = max(u, 0)², the arc-cosine kernel of degree 2 (Cho & Saul 2009):
/// E φφ = (3 c √(ab − c²) + (π − θ)(ab + 2c²))/2π, and E φ′φ′ is 4 times the ReLU's E φφ.
#[inline(always)]
pub fn relu_squared(a: f64, b: f64, c: f64) -> Bivariate {
    let Angle { sine, obtuse, .. } = Angle::of(a, b, c);
    // the share is exactly 1/2 where there is no angle, which a sum multiplied by 1/2π at the end would not keep
    let (share, sine) = (HALF_OVER_PI * obtuse, HALF_OVER_PI * sine);
    Bivariate { product: 3.0 * c * sine + share * (a * b + 2.0 * c * c), derivative_product: 4.0 * (sine + share * c) }
}

/// φ(u) = erf u (Williams 1998): with D = (1 + 2a)(1 + 2b) − 4c², E φφ = (2/π) asin(2c/√((1 + 2a)(1 + 2b))) and
/// E φ′φ′ = (4/π)/√D.
#[inline(always)]
pub fn erf(a: f64, b: f64, c: f64) -> Bivariate {
    let root = (1.0 + 2.0 * (a + b) + 4.0 * determinant(a, b, c)).sqrt();
    Bivariate { product: FRAC_2_PI * arctangent(2.0 * c, root), derivative_product: 2.0 * FRAC_2_PI / root }
}

/// φ(u) = sin u: E φφ = e^(−(a+b)/2) sinh c and E φ′φ′ = e^(−(a+b)/2) cosh c.
#[inline(always)]
pub fn sin(a: f64, b: f64, c: f64) -> Bivariate {
    let size = c.abs();
    let half = 0.5 * (size - 0.5 * (a + b)).exp();
    let smaller = (-2.0 * size).exp_m1();
    Bivariate { product: (-half * smaller).copysign(c), derivative_product: half * (2.0 + smaller) }
}

/// φ(u) = u·Φ(u): with D = (1 + a)(1 + b) − c² and α = asin(c/√((1 + a)(1 + b))),
/// E φφ = c/4 + cα/2π + (ab√D + c²/√D)/(2π(1 + a)(1 + b)) and
/// E φ′φ′ = 1/4 + α/2π + (c/(1 + a) + c/(1 + b) + c/D)/(2π√D).
#[inline(always)]
pub fn gelu(a: f64, b: f64, c: f64) -> Bivariate {
    let (above_a, above_b) = (1.0 + a, 1.0 + b);
    let square = 1.0 + a + b + determinant(a, b, c);
    let root = square.sqrt();
    let (over_root, over_both) = (1.0 / root, 1.0 / (above_a * above_b));
    let share = 0.25 + HALF_OVER_PI * arctangent(c, root);
    let slopes = (above_a + above_b) * over_both + over_root * over_root;
    Bivariate {
        product: share * c + HALF_OVER_PI * over_both * (a * b * root + c * c * over_root),
        derivative_product: share + HALF_OVER_PI * c * slopes * over_root,
    }
}

/// The angle between two inputs.
struct Angle {
    /// √(ab − c²) = √(ab) sin θ.
    sine: f64,
    /// π − θ.
    obtuse: f64,
    /// θ.
    acute: f64,
}

impl Angle {
    #[inline(always)]
    fn of(a: f64, b: f64, c: f64) -> Angle {
        let sine = determinant(a, b, c).sqrt();
        let beyond = arctangent(c, sine);
        Angle { sine, obtuse: FRAC_PI_2 + beyond, acute: FRAC_PI_2 - beyond }
    }
}

/// ab − c², not negative, and exactly 0 at a = b = |c|.
#[inline(always)]
pub(super) fn determinant(a: f64, b: f64, c: f64) -> f64 {
    let c = c.abs();
    (a * (b - c) + c * (a - c)).max(0.0)
}

/// Minimax polynomial of atan(√z)/√z on 0 ≤ z ≤ tan²(π/8), error 1.3e-18, lowest power first.
const ARCTANGENT: [f64; 12] = [
    1.0,
    -0.333_333_333_333_331_2,
    0.199_999_999_999_408_9,
    -0.142_857_142_792_502_45,
    0.111_111_107_449_196_58,
    -0.090_908_968_090_640_27,
    0.076_920_453_309_022_25,
    -0.066_629_518_136_291_9,
    0.058_468_782_973_308_73,
    -0.050_351_024_566_015_52,
    0.037_965_257_453_865_93,
    -0.017_805_397_205_419_245,
];

/// tan(π/8) and tan(3π/8), where the ranges of the arctangent meet.
const EIGHTH: f64 = 0.414_213_562_373_095_03;
const THREE_EIGHTHS: f64 = 2.414_213_562_373_095;

/// atan(y/x) for x ≥ 0, in −π/2..π/2, and 0 at x = y = 0; the platform's arctangent is a call for each pair.
#[inline(always)]
fn arctangent(y: f64, x: f64) -> f64 {
    let size = y.abs();
    let (base, above, below) = if size <= EIGHTH * x {
        (0.0, size, x)
    } else if size <= THREE_EIGHTHS * x {
        (FRAC_PI_4, size - x, size + x)
    } else {
        (FRAC_PI_2, -x, size)
    };
    let tangent = above / below.max(f64::MIN_POSITIVE);
    let square = tangent * tangent;
    (base + tangent * polynomial(square)).copysign(y)
}

/// The polynomial by Estrin's scheme: terms side by side, so that no sum waits for all sums before it.
#[inline(always)]
fn polynomial(z: f64) -> f64 {
    let (square, fourth) = (z * z, (z * z) * (z * z));
    let pair = |index: usize| ARCTANGENT[index] + ARCTANGENT[index + 1] * z;
    let four = |index: usize| pair(index) + pair(index + 2) * square;
    four(0) + (four(4) + four(8) * fourth) * fourth
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    #[test]
    fn the_arctangent_is_the_platforms() {
        for x in [0.0, 1e-9, 0.3, 1.0, 700.0] {
            for index in -400..=400 {
                let y = f64::from(index) * 0.0123;
                let expected = if x == 0.0 && y == 0.0 { 0.0 } else { (y / x).atan() };
                assert!((arctangent(y, x) - expected).abs() <= 3e-16 * expected.abs().max(1e-300), "{y}/{x}");
            }
        }
    }

    #[test]
    fn equal_inputs_have_no_angle_and_opposite_ones_a_straight_one() {
        for a in [1e-6, 0.1, 1.733333333333, 1e9] {
            assert_eq!(relu(a, a, a).derivative_product, 0.5);
            assert!((relu(a, a, a).product / a - 0.5).abs() < 1e-15);
            assert_eq!(relu(a, a, -a), Bivariate { product: 0.0, derivative_product: 0.0 });
            assert_eq!(relu_squared(a, a, a).product / (a * a), 1.5);
            assert!((leaky_relu(0.2, a, a, -a).product / a + 0.2).abs() < 1e-15);
        }
    }

    #[test]
    fn small_angles_keep_their_digits() {
        // c = cos θ rounds, and 1 − c is then exact: θ from 2 asin √((1 − c)/2)
        for angle in [1e-7_f64, 1e-5, 1e-3] {
            let c = angle.cos();
            let exact = 2.0 * ((1.0 - c) / 2.0).sqrt().asin();
            let found = PI - 2.0 * PI * relu(1.0, 1.0, c).derivative_product;
            assert!((found - exact).abs() < 1e-15, "{found} against {exact}");
        }
    }

    #[test]
    fn large_variances_overflow_nothing() {
        for form in [relu, relu_squared, erf, sin, gelu] {
            let Bivariate { product, derivative_product } = form(1e6, 2e6, -1e6);
            assert!(product.is_finite() && derivative_product.is_finite());
        }
        // sinh(600) e^(−600) = 1/2
        assert!((sin(600.0, 600.0, 600.0).product - 0.5).abs() < 1e-15);
        assert!((sin(1.0, 1.0, 1e-9).product / 1e-9 - (-1f64).exp()).abs() < 1e-15);
    }
}
