//! The logarithm, sine and cosine of `kernel/elementary.rs` on lanes: the same operations in the same order.

use super::Lanes;
use crate::kernel::elementary::{
    COS_COEFFICIENTS, LN_2_HIGH, LN_2_LOW, LN_COEFFICIENTS_OF_MINUS, RADIANS_PER_STEP, ROOT_HALF, ROOT_HALF_SHARE,
    SHARE_SCALE, SIN_COEFFICIENTS,
};

/// The sum of the coefficients times powers of x.
#[inline(always)]
pub fn horner<L: Lanes, const N: usize>(lanes: L, coefficients: &[f32; N], x: L::Reals) -> L::Reals {
    let mut sum = lanes.real(coefficients[N - 1]);
    for power in (0..N - 1).rev() {
        sum = lanes.mul_add(sum, x, lanes.real(coefficients[power]));
    }
    sum
}

/// A polynomial of degree 6 by Estrin's scheme, whose steps wait little for each other.
#[inline(always)]
fn sextic<L: Lanes>(lanes: L, coefficients: [f32; 7], x: L::Reals, square: L::Reals) -> L::Reals {
    let [c0, c1, c2, c3, c4, c5, c6] = coefficients;
    let [c0, c1, c2, c3] = [lanes.real(c0), lanes.real(c1), lanes.real(c2), lanes.real(c3)];
    let [c4, c5, c6] = [lanes.real(c4), lanes.real(c5), lanes.real(c6)];
    let low = lanes.mul_add(lanes.mul_add(c3, x, c2), square, lanes.mul_add(c1, x, c0));
    let high = lanes.mul_add(c6, square, lanes.mul_add(c5, x, c4));
    lanes.mul_add(high, lanes.mul(square, square), low)
}

/// −2 ln((word + 1/2)·2⁻³²).
///
/// With h = −f, and powers of two moved from one factor to another, which changes no bit:
/// −2 ln(1 + f) = 2h + (h² + 2h³ P(−h)).
#[inline(always)]
pub fn minus_two_ln_of_share<L: Lanes>(lanes: L, word: L::Words) -> L::Reals {
    let near_one = lanes.at_least(word, lanes.word(ROOT_HALF_SHARE));
    let distance = lanes.of_unsigned(lanes.turn_where(near_one, word));
    let steps = lanes.add(distance, lanes.real(0.5));
    let (mantissa, exponent) = split(lanes, steps, 32);
    let near = lanes.mul(steps, lanes.real(SHARE_SCALE));
    let h = lanes.select(near_one, near, lanes.sub(lanes.real(1.0), mantissa));
    let exponent = lanes.zero_where(near_one, exponent);
    let square = lanes.mul(h, h);
    let tail = lanes.mul_add(lanes.mul(square, h), sextic(lanes, TWICE_LN_COEFFICIENTS_OF_MINUS, h, square), square);
    let rest = lanes.mul_add(exponent, lanes.real(-2.0 * LN_2_LOW), tail);
    let rest = lanes.mul_add(h, lanes.real(2.0), rest);
    lanes.mul_add(exponent, lanes.real(-2.0 * LN_2_HIGH), rest)
}

/// 2 P(−h), with P as for the logarithm.
const TWICE_LN_COEFFICIENTS_OF_MINUS: [f32; 7] = {
    let mut coefficients = LN_COEFFICIENTS_OF_MINUS;
    let mut power = 0;
    while power < coefficients.len() {
        coefficients[power] *= 2.0;
        power += 1;
    }
    coefficients
};

/// −ln x of positive normal numbers.
#[inline(always)]
pub fn minus_ln<L: Lanes>(lanes: L, x: L::Reals) -> L::Reals {
    let (mantissa, exponent) = split(lanes, x, 0);
    let h = lanes.sub(lanes.real(1.0), mantissa);
    let square = lanes.mul(h, h);
    let series = sextic(lanes, LN_COEFFICIENTS_OF_MINUS, h, square);
    let tail = lanes.mul_add(lanes.mul(square, h), series, lanes.mul(lanes.real(0.5), square));
    let rest = lanes.add(h, lanes.mul_add(exponent, lanes.real(-LN_2_LOW), tail));
    lanes.mul_add(exponent, lanes.real(-LN_2_HIGH), rest)
}

/// x·2^-scale = mantissa·2^exponent with the mantissa in [√½, √2).
#[inline(always)]
fn split<L: Lanes>(lanes: L, x: L::Reals, scale: u32) -> (L::Reals, L::Reals) {
    let shifted = lanes.sub_words(lanes.bits(x), lanes.word(ROOT_HALF + (scale << 23)));
    let exponent = lanes.of_signed(lanes.shift_right_signed(shifted, 23));
    let mantissa = lanes.add_words(lanes.and(shifted, lanes.word(0x007f_ffff)), lanes.word(ROOT_HALF));
    (lanes.of_bits(mantissa), exponent)
}

/// Cosine and sine of 2π·`angle`/2³².
#[inline(always)]
pub fn cos_sin<L: Lanes>(lanes: L, angle: L::Words) -> (L::Reals, L::Reals) {
    // the quadrant is the top two bits: the upper is the sine's sign, the lower says that sine and cosine change places
    let turned = lanes.add_words(angle, lanes.word(1 << 29));
    let quadrant = lanes.and(turned, lanes.word(0b11 << 30));
    let x = lanes.mul(lanes.of_signed(lanes.sub_words(angle, quadrant)), lanes.real(RADIANS_PER_STEP));
    let square = lanes.mul(x, x);
    let fourth = lanes.mul(square, square);
    let sin = lanes.mul_add(lanes.mul(x, square), horner(lanes, &SIN_COEFFICIENTS, square), x);
    let cos = lanes.mul_add(square, lanes.real(-0.5), lanes.real(1.0));
    let cos = lanes.mul_add(fourth, horner(lanes, &COS_COEFFICIENTS, square), cos);
    let lower_on_top = lanes.shift_left(turned, 1);
    let odd = lanes.top_bit(lower_on_top);
    let cos_sign = lanes.xor(lower_on_top, turned);
    (with_sign(lanes, lanes.select(odd, sin, cos), cos_sign), with_sign(lanes, lanes.select(odd, cos, sin), turned))
}

/// Negated where the top bit of `sign` is set.
#[inline(always)]
fn with_sign<L: Lanes>(lanes: L, x: L::Reals, sign: L::Words) -> L::Reals {
    lanes.of_bits(lanes.xor(lanes.bits(x), lanes.and(sign, lanes.word(1 << 31))))
}
