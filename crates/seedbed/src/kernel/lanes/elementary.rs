//! The logarithm, sine and cosine of `kernel/elementary.rs` on lanes: the same operations in the same order.

use super::Lanes;
use crate::kernel::elementary::{
    COS_COEFFICIENTS, LN_2_HIGH, LN_2_LOW, LN_COEFFICIENTS, RADIANS_PER_STEP, ROOT_HALF, ROOT_HALF_SHARE, SHARE_SCALE,
    SIN_COEFFICIENTS,
};

#[inline(always)]
pub fn polynomial<L: Lanes, const N: usize>(lanes: L, coefficients: &[f32; N], x: L::Reals) -> L::Reals {
    let mut sum = lanes.real(coefficients[N - 1]);
    for power in (0..N - 1).rev() {
        sum = lanes.add(lanes.mul(sum, x), lanes.real(coefficients[power]));
    }
    sum
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
    let (mantissa, exponent) = split(lanes, steps);
    let near = lanes.mul(steps, lanes.real(SHARE_SCALE));
    let h = lanes.select(near_one, near, lanes.sub(lanes.real(1.0), mantissa));
    let exponent = lanes.zero_where(near_one, exponent);
    let square = lanes.mul(h, h);
    let cubic = lanes.mul(lanes.mul(square, h), polynomial(lanes, &LN_COEFFICIENTS_OF_MINUS, h));
    let tail = lanes.add(cubic, square);
    let rest = lanes.add(tail, lanes.mul(exponent, lanes.real(-2.0 * LN_2_LOW)));
    let rest = lanes.add(lanes.add(h, h), rest);
    lanes.add(lanes.mul(exponent, lanes.real(-2.0 * LN_2_HIGH)), rest)
}

/// 2 P(−h), with P as for the logarithm.
const LN_COEFFICIENTS_OF_MINUS: [f32; 9] = {
    let mut coefficients = LN_COEFFICIENTS;
    let mut power = 0;
    while power < 9 {
        coefficients[power] *= if power % 2 == 0 { 2.0 } else { -2.0 };
        power += 1;
    }
    coefficients
};

/// x·2⁻³² = mantissa·2^exponent with the mantissa in [√½, √2).
#[inline(always)]
fn split<L: Lanes>(lanes: L, x: L::Reals) -> (L::Reals, L::Reals) {
    const SCALE_BITS: u32 = 32 << 23;
    let shifted = lanes.sub_words(lanes.bits(x), lanes.word(ROOT_HALF + SCALE_BITS));
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
    let sin = lanes.mul(lanes.mul(x, square), polynomial(lanes, &SIN_COEFFICIENTS, square));
    let sin = lanes.add(x, sin);
    let cos = lanes.mul(lanes.mul(square, square), polynomial(lanes, &COS_COEFFICIENTS, square));
    let cos = lanes.add(lanes.sub(lanes.real(1.0), lanes.mul(lanes.real(0.5), square)), cos);
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
