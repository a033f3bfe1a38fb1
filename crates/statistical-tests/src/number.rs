//! Number types as steps of a distribution function: which reals a number stands for.

use half::{bf16, f16};
use seedbed::{Element, F8E4M3, F8E5M2};

/// A number type that a law is drawn in.
pub trait Number: Element {
    /// The number as a double, exact.
    fn value(self) -> f64;

    /// The next number below and the next above, ±∞ where there is none.
    fn neighbours(self) -> (f64, f64);

    /// The reals that are rounded to this number: from half way to its lower neighbour to half way to its upper one.
    /// Within bounds, the outermost numbers also stand for what is rounded beyond a bound.
    fn cell(self, (low, high): (f64, f64)) -> (f64, f64) {
        let (value, (below, above)) = (self.value(), self.neighbours());
        let start = if below < low { f64::NEG_INFINITY } else { below + (value - below) / 2.0 };
        let end = if above > high { f64::INFINITY } else { value + (above - value) / 2.0 };
        (start, end)
    }
}

impl Number for f32 {
    fn value(self) -> f64 {
        f64::from(self)
    }

    fn neighbours(self) -> (f64, f64) {
        (f64::from(self.next_down()), f64::from(self.next_up()))
    }
}

/// A double stands for itself: its steps are too small to count.
impl Number for f64 {
    fn value(self) -> f64 {
        self
    }

    fn neighbours(self) -> (f64, f64) {
        (self, self)
    }
}

macro_rules! narrow {
    ($name:ident, $bits:ty) => {
        impl Number for $name {
            fn value(self) -> f64 {
                self.to_f64()
            }

            fn neighbours(self) -> (f64, f64) {
                const SIGN: $bits = 1 << (<$bits>::BITS - 1);
                // bits in the order of the numbers, both zeros at 0
                let size = i32::from(self.to_bits() & !SIGN);
                let order = if self.to_bits() & SIGN == 0 { size } else { -size };
                let at = |order: i32| {
                    let sign = if order < 0 { SIGN } else { 0 };
                    $name::from_bits(order.unsigned_abs() as $bits | sign).to_f64()
                };
                let (below, above) = (at(order - 1), at(order + 1));
                (
                    if below.is_nan() { f64::NEG_INFINITY } else { below },
                    if above.is_nan() { f64::INFINITY } else { above },
                )
            }
        }
    };
}

narrow!(bf16, u16);
narrow!(f16, u16);
narrow!(F8E4M3, u8);
narrow!(F8E5M2, u8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_by_hand() {
        assert_eq!(bf16::from_f64(1.0).neighbours(), (1.0 - 2f64.powi(-8), 1.0 + 2f64.powi(-7)));
        assert_eq!(f16::from_f64(-1.0).neighbours(), (-1.0 - 2f64.powi(-10), -1.0 + 2f64.powi(-11)));
        assert_eq!(f16::NEG_ZERO.neighbours(), (-(2f64.powi(-24)), 2f64.powi(-24)));
        assert_eq!(F8E4M3::from_f64(448.0).neighbours(), (416.0, f64::INFINITY));
        assert_eq!(F8E5M2::from_f64(1.0).neighbours(), (0.875, 1.25));
        assert_eq!(1f32.neighbours(), (1.0 - 2f64.powi(-24), 1.0 + 2f64.powi(-23)));
    }

    #[test]
    fn the_outermost_number_stands_for_all_beyond() {
        assert_eq!(F8E5M2::from_f64(1.0).cell((-1.1, 1.1)), (0.9375, f64::INFINITY));
        assert_eq!(F8E5M2::from_f64(1.0).cell((-1.25, 1.25)), (0.9375, 1.125));
    }
}
