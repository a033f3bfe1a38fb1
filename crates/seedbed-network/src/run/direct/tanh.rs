//! The hyperbolic tangent from additions, products and one quotient, so that a compiler makes vector code of it and its bits are
//! the same on every machine: tanh |x| = e/(e + 2) with e = exp(2|x|) − 1.
//!
//! 2|x| = k ln 2 + r with |r| ≤ ln(2)/2, and e = 2^k (exp(r) − 1) + (2^k − 1), with exp(r) − 1 by its series. Within three units in
//! the last place.

use std::f64::consts::LOG2_E;

/// From here on 2|x| gives a tangent of 1.
const SATURATED: f64 = 44.0;
/// Added and taken away again, it rounds to a whole number, which its lowest bits then hold: 1.5 · 2⁵².
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts; products of the first with k are exact.
const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
/// 1/2!, …, 1/13!.
const SERIES: [f64; 12] = inverse_factorials();

#[inline(always)]
pub fn double(x: f64) -> f64 {
    let twice = 2.0 * x.abs();
    // a comparison, which keeps NaN
    let twice = if twice > SATURATED { SATURATED } else { twice };
    let rounded = twice * LOG2_E + ROUNDER;
    let whole = rounded - ROUNDER;
    let rest = (twice - whole * LN_2[0]) - whole * LN_2[1];
    let power = f64::from_bits(rounded.to_bits().wrapping_add(1023) << 52);
    let mut sum = SERIES[11];
    for term in (0..11).rev() {
        sum = sum * rest + SERIES[term];
    }
    let grown = power * (rest + rest * rest * sum) + (power - 1.0);
    (grown / (grown + 2.0)).copysign(x)
}

const SATURATED_SINGLE: f32 = 20.0;
/// 1.5 · 2²³.
const ROUNDER_SINGLE: f32 = 12_582_912.0;
const LN_2_SINGLE: [f32; 2] = [0.693_359_4, -0.000_212_194_44];

#[inline(always)]
pub fn single(x: f32) -> f32 {
    let twice = 2.0 * x.abs();
    let twice = if twice > SATURATED_SINGLE { SATURATED_SINGLE } else { twice };
    let rounded = twice * LOG2_E as f32 + ROUNDER_SINGLE;
    let whole = rounded - ROUNDER_SINGLE;
    let rest = (twice - whole * LN_2_SINGLE[0]) - whole * LN_2_SINGLE[1];
    let power = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    let mut sum = SERIES[5] as f32;
    for term in (0..5).rev() {
        sum = sum * rest + SERIES[term] as f32;
    }
    let grown = power * (rest + rest * rest * sum) + (power - 1.0);
    (grown / (grown + 2.0)).copysign(x)
}

const fn inverse_factorials() -> [f64; 12] {
    let (mut terms, mut factorial, mut place) = ([0.0; 12], 1.0, 0);
    while place < 12 {
        factorial *= (place + 2) as f64;
        terms[place] = 1.0 / factorial;
        place += 1;
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed::Activation;

    /// Both signs, from denormal to beyond saturation, thick around 0 to 25.
    fn places() -> impl Iterator<Item = f64> {
        let fine = (0..400_000).map(|place| f64::from(place) * 6.283e-5);
        let scales = (-320..3).map(|power| 1.37 * 10f64.powi(power));
        fine.chain(scales).flat_map(|x| [x, -x])
    }

    #[test]
    fn within_three_units_of_libm() {
        for x in places() {
            let (found, expected) = (double(x), libm::tanh(x));
            let unit = f64::from_bits(expected.abs().to_bits() + 1) - expected.abs();
            assert!((found - expected).abs() <= 3.0 * unit, "tanh({x}) is {expected}, found {found}");
            // the libm of single precision is itself off by a unit, so against the double one
            let single_x = x as f32;
            let (found, expected) = (single(single_x), libm::tanh(f64::from(single_x)));
            let rounded = (expected as f32).abs();
            let unit = f64::from(f32::from_bits(rounded.to_bits() + 1) - rounded);
            assert!((f64::from(found) - expected).abs() <= 3.0 * unit, "tanh({x}) is {expected}, found {found}");
        }
    }

    #[test]
    fn ends_and_what_is_not_a_number() {
        // Wolfram: tanh(1/2) = 0.46211715726000975850231848364…
        assert!((double(0.5) - 0.462_117_157_260_009_76).abs() < 1e-16);
        assert_eq!((double(f64::INFINITY), single(f32::NEG_INFINITY)), (1.0, -1.0));
        assert_eq!((double(-0.0).to_bits(), single(-0.0).to_bits()), ((-0.0f64).to_bits(), (-0.0f32).to_bits()));
        assert!(double(f64::NAN).is_nan() && single(f32::NAN).is_nan());
    }

    #[test]
    fn it_falls_nowhere_by_more_than_a_unit() {
        let mut last = [-1.0f64, -1.0];
        for place in -300_000..300_000 {
            let x = f64::from(place) * 1e-4;
            let found = [double(x), f64::from(single(x as f32))];
            assert!(found[0] >= last[0] - f64::EPSILON && found[1] >= last[1] - f64::from(f32::EPSILON), "{x}");
            last = found;
        }
    }

    #[test]
    fn vector_code_has_the_same_bits() {
        use super::super::elementwise::forward;
        let wide: Vec<f64> = places().collect();
        let narrow: Vec<f32> = wide.iter().map(|&x| x as f32).collect();
        let (found, single_found) = (forward(Activation::Tanh, &wide), forward(Activation::Tanh, &narrow));
        assert!(wide.iter().zip(&found).all(|(&x, found)| double(x).to_bits() == found.to_bits()));
        assert!(narrow.iter().zip(&single_found).all(|(&x, found)| single(x).to_bits() == found.to_bits()));
    }
}
