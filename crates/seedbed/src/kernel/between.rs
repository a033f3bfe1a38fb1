//! Normal values between two bounds on lanes: the inverse distribution function in single precision, to about 4e-7 of
//! the value.
//!
//! The centre by a rational function of the distance from 1/2, the tails by algorithm AS 241, PPND7 (Wichura 1988). The
//! share below or above, whichever is less, comes from the integer with full relative precision, so no tail is lost to
//! the rounding of 1 − p.

use super::elementary::SHARE_SCALE;
#[cfg(test)]
use super::elementary::{horner, minus_ln};
use super::lanes::Lanes;
use super::lanes::elementary as vector;
use super::output::{Law, Output};
use super::truncated_normal::TruncatedNormal;
use crate::Stream;
use crate::kernel::group;

/// Least mass between the bounds: with it no share of 2⁻³³ of the mass leaves the range of the polynomials below, and
/// neighbouring words lie closer together than neighbouring values.
const LEAST_MASS: f64 = 0.125;
/// What is centre where there are tails: as Wichura has it.
const CENTRE: f32 = 0.425;
/// The largest |Φ(z) − 1/2| for which the centre's function holds: z = 2.004.
const NARROW: f64 = 0.4775;
/// In r = 0.21 − d² for d = Φ(z) − 1/2; z/d by a minimax fit, error below 8e-8, and 3e-7 with all roundings.
const CENTRE_SQUARE: f32 = 0.21;
const CENTRE_ABOVE: [f32; 5] = [3.776_947, 140.222_84, 1462.8928, 4106.0996, 1427.882];
const CENTRE_BELOW: [f32; 5] = [1.0, 41.811_638, 525.174_2, 2062.2717, 1661.0776];
/// In t = √(−ln q) − 1.6, for the probability q of the tail.
const TAIL_ABOVE: [f32; 4] = [1.423_437_3, 2.756_815_4, 1.306_728_5, 0.170_238_21];
const TAIL_BELOW: [f32; 3] = [1.0, 0.737_001_64, 0.120_211_33];
const TAIL_CENTRE: f32 = 1.6;

/// A normal law cut at two bounds that leave a good part of it.
#[derive(Clone, Copy, Debug)]
pub struct Between {
    mean: f32,
    std: f32,
    /// Φ at the middle of the mass, less 1/2.
    centre: f32,
    /// The mass between the bounds over 2³², for a step of the word.
    step: f32,
    below: f32,
    above: f32,
    within: (f32, f32),
    /// Whether the bounds leave the centre alone.
    is_narrow: bool,
}

impl Between {
    /// The law, unless too little of it lies between the bounds. Values stay within `within`, which lies within the bounds.
    pub fn new(cut: &TruncatedNormal, within: (f32, f32)) -> Option<Between> {
        if cut.mass() < LEAST_MASS || cut.is_mirrored() {
            return None;
        }
        let ((mean, std), below) = (cut.before(), cut.below());
        let above = (1.0 - below - cut.mass()).max(0.0);
        Some(Between {
            mean: mean as f32,
            std: std as f32,
            centre: (below + cut.mass() / 2.0 - 0.5) as f32,
            step: cut.mass() as f32 * SHARE_SCALE,
            below: below as f32,
            above: above as f32,
            within,
            is_narrow: below.min(above) >= 0.5 - NARROW,
        })
    }
}

/// Fills `out` with the elements from `first` on.
pub fn between<T: Output>(out: &mut [T], first: u64, stream: &Stream, purpose: u32, law: &Between) {
    if law.is_narrow {
        group::fill(out, first, stream, purpose, &Narrow(*law));
    } else {
        group::fill(out, first, stream, purpose, &Wide(*law));
    }
}

/// Bounds within the centre.
pub(super) struct Narrow(pub(super) Between);

/// Bounds beyond it.
pub(super) struct Wide(pub(super) Between);

impl Law for Narrow {
    #[inline(always)]
    fn values<L: Lanes>(&self, lanes: L, [first, second]: [L::Words; 2]) -> [L::Reals; 2] {
        [self.of(lanes, first), self.of(lanes, second)]
    }
}

impl Narrow {
    #[inline(always)]
    fn of<L: Lanes>(&self, lanes: L, words: L::Words) -> L::Reals {
        let d = self.0.distance(lanes, words);
        let [above, below] = centre(lanes, d);
        self.0.scaled(lanes, lanes.div(above, below))
    }
}

impl Law for Wide {
    #[inline(always)]
    fn values<L: Lanes>(&self, lanes: L, [first, second]: [L::Words; 2]) -> [L::Reals; 2] {
        [self.of(lanes, first), self.of(lanes, second)]
    }
}

impl Wide {
    #[inline(always)]
    fn of<L: Lanes>(&self, lanes: L, words: L::Words) -> L::Reals {
        let d = self.0.distance(lanes, words);
        let sign = lanes.and(lanes.bits(d), lanes.word(1 << 31));
        let is_low = lanes.at_least(lanes.bits(d), lanes.word(1 << 31));
        let size = lanes.of_bits(lanes.xor(lanes.bits(d), sign));

        // the share of the nearer tail, from the end that it lies at
        let steps = lanes.of_unsigned(lanes.turn_where(is_low, lanes.xor(words, lanes.word(!0))));
        let outside = lanes.select(is_low, lanes.real(self.0.below), lanes.real(self.0.above));
        let q = lanes.mul_add(lanes.add(steps, lanes.real(0.5)), lanes.real(self.0.step), outside);
        let t = lanes.sub(lanes.sqrt(vector::minus_ln(lanes, q)), lanes.real(TAIL_CENTRE));

        let ([above, below], is_tail) =
            (centre(lanes, size), lanes.at_least(lanes.bits(size), lanes.word(CENTRE.to_bits())));
        let above = lanes.select(is_tail, vector::horner(lanes, &TAIL_ABOVE, t), above);
        let below = lanes.select(is_tail, vector::horner(lanes, &TAIL_BELOW, t), below);
        let z = lanes.of_bits(lanes.xor(lanes.bits(lanes.div(above, below)), sign));
        self.0.scaled(lanes, z)
    }
}

impl Between {
    /// d = Φ(z) − 1/2.
    #[inline(always)]
    fn distance<L: Lanes>(&self, lanes: L, words: L::Words) -> L::Reals {
        let signed = lanes.of_signed(lanes.xor(words, lanes.word(1 << 31)));
        lanes.mul_add(lanes.add(signed, lanes.real(0.5)), lanes.real(self.step), lanes.real(self.centre))
    }

    #[inline(always)]
    fn scaled<L: Lanes>(&self, lanes: L, z: L::Reals) -> L::Reals {
        let value = lanes.mul_add(z, lanes.real(self.std), lanes.real(self.mean));
        lanes.lesser(lanes.real(self.within.1), lanes.greater(lanes.real(self.within.0), value))
    }
}

/// Numerator and denominator of z for the centre.
#[inline(always)]
fn centre<L: Lanes>(lanes: L, d: L::Reals) -> [L::Reals; 2] {
    let minus_d = lanes.of_bits(lanes.xor(lanes.bits(d), lanes.word(1 << 31)));
    let r = lanes.mul_add(d, minus_d, lanes.real(CENTRE_SQUARE));
    [lanes.mul(d, vector::horner(lanes, &CENTRE_ABOVE, r)), vector::horner(lanes, &CENTRE_BELOW, r)]
}

/// Four values, element by element: the plain definition.
#[cfg(test)]
pub fn plain(law: &Between, words: [u32; 4]) -> [f32; 4] {
    words.map(|word| {
        let d = ((word ^ 1 << 31) as i32 as f32 + 0.5).mul_add(law.step, law.centre);
        let z = if d.abs() >= CENTRE && !law.is_narrow {
            let (steps, outside) = if d.is_sign_negative() { (word, law.below) } else { (!word, law.above) };
            let t = minus_ln((steps as f32 + 0.5).mul_add(law.step, outside)).sqrt() - TAIL_CENTRE;
            (horner(&TAIL_ABOVE, t) / horner(&TAIL_BELOW, t)).copysign(d)
        } else {
            let r = d.mul_add(-d, CENTRE_SQUARE);
            d * horner(&CENTRE_ABOVE, r) / horner(&CENTRE_BELOW, r)
        };
        z.mul_add(law.std, law.mean).clamp(law.within.0, law.within.1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words all over, and thick at both ends and in the middle.
    fn words() -> impl Iterator<Item = u32> {
        let spread = (0..100_000u32).map(|step| step.wrapping_mul(42_949) ^ (step >> 3));
        let near = [0, (1 << 31) - 1000, u32::MAX - 1999];
        spread.chain(near.into_iter().flat_map(|start| (0..2000).map(move |step| start + step)))
    }

    #[test]
    fn agrees_with_double_precision() {
        for (low, high) in [(-2.0, 2.0), (-1.0, 3.0), (-6.7, 0.1), (0.0, 9.0), (-40.0, 40.0), (-0.2, 0.2), (-5.0, 5.0)]
        {
            let cut = TruncatedNormal::new(0.0, 1.0, low, high);
            let law = Between::new(&cut, (low as f32, high as f32)).unwrap();
            for word in words() {
                let (found, exact) =
                    (f64::from(plain(&law, [word; 4])[0]), cut.value_at((f64::from(word) + 0.5) / 4_294_967_296.0));
                // bounds that are not symmetric put an offset into d, whose rounding is 3e-8 of the probability; near 0
                // double precision itself has lost digits
                let offset = if law.centre == 0.0 { 1e-15 } else { 1.5e-7 };
                assert!(
                    (found - exact).abs() <= 6e-7 * exact.abs() + offset,
                    "{low} {high} {word:#x}: {found} for {exact}"
                );
            }
        }
    }

    #[test]
    fn bounds_hold_at_the_extreme_words() {
        for (mean, std, low, high) in [(0.0, 0.02, -2.0, 2.0), (1.0, 0.1, -3.0, 0.5), (0.3, 1.0, -0.1, 9.0)] {
            let cut = TruncatedNormal::new(mean, std, low, high);
            let law = Between::new(&cut, cut.single_bounds()).unwrap();
            for value in plain(&law, [0, 1, u32::MAX - 1, u32::MAX]).map(f64::from) {
                assert!(value >= mean + std * low && value <= mean + std * high, "{value}");
            }
        }
    }

    #[test]
    fn too_little_mass_is_left_to_double_precision() {
        for (low, high) in [(1.0, 1.1), (3.0, 8.0), (-0.05, 0.05)] {
            assert!(Between::new(&TruncatedNormal::new(0.0, 1.0, low, high), (0.0, 1.0)).is_none(), "{low} {high}");
        }
    }
}
