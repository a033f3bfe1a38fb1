//! The two eight-bit floating-point types of the OCP specification (OFP8, 2023), as stored by safetensors and
//! PyTorch (`float8_e4m3fn`, `float8_e5m2`).

/// The layout of an eight-bit type.
struct Format {
    mantissa_bits: i32,
    bias: i32,
    largest: f64,
    /// What a number too large becomes.
    overflow: u8,
    not_a_number: u8,
}

const E4M3: Format = Format { mantissa_bits: 3, bias: 7, largest: 448.0, overflow: 0x7f, not_a_number: 0x7f };
const E5M2: Format = Format { mantissa_bits: 2, bias: 15, largest: 57344.0, overflow: 0x7c, not_a_number: 0x7f };

impl Format {
    /// Rounds once to nearest even. A number that rounds beyond the largest becomes NaN (e4m3) or infinity (e5m2).
    fn encode(&self, value: f64) -> u8 {
        let sign = if value.is_sign_negative() { 0x80 } else { 0 };
        if value.is_nan() {
            return sign | self.not_a_number;
        }
        let size = value.abs();
        let exponent = exponent(size).max(1 - self.bias);
        let step = power_of_two(exponent - self.mantissa_bits);
        // exact: a power of two scales, and `size` beyond any step is huge and stays so
        let rounded = (size / step).round_ties_even() * step;
        if rounded > self.largest {
            return sign | self.overflow;
        }
        sign | self.code(rounded)
    }

    /// The code of a number that the format holds.
    fn code(&self, size: f64) -> u8 {
        let exponent = exponent(size).max(1 - self.bias);
        let steps = (size / power_of_two(exponent - self.mantissa_bits)) as i32;
        let implicit = 1 << self.mantissa_bits;
        // a subnormal number has steps below the implicit bit and the exponent field 0
        (((exponent + self.bias - 1) * implicit) + steps) as u8
    }

    fn decode(&self, bits: u8) -> f64 {
        let sign = if bits & 0x80 == 0 { 1.0 } else { -1.0 };
        let code = i32::from(bits & 0x7f);
        if code > i32::from(self.code(self.largest)) {
            let is_infinite = bits & 0x7f == self.overflow && self.overflow != self.not_a_number;
            return if is_infinite { sign * f64::INFINITY } else { f64::NAN };
        }
        let implicit = 1 << self.mantissa_bits;
        let (field, fraction) = (code / implicit, code % implicit);
        let steps = if field == 0 { fraction } else { implicit + fraction };
        sign * f64::from(steps) * power_of_two(field.max(1) - self.bias - self.mantissa_bits)
    }
}

/// Exponent of a finite double; that of 0 is very small.
fn exponent(size: f64) -> i32 {
    ((size.to_bits() >> 52) as i32) - 1023
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

macro_rules! eight_bit {
    ($name:ident, $format:expr, $about:literal) => {
        #[doc = $about]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name(u8);

        impl $name {
            /// The largest finite number.
            pub const MAX: $name = $name(match $format.overflow {
                0x7f => 0x7e,
                _ => 0x7b,
            });

            /// From its bits.
            pub fn from_bits(bits: u8) -> $name {
                $name(bits)
            }

            /// Its bits.
            pub fn to_bits(self) -> u8 {
                self.0
            }

            /// The nearest number, ties to even.
            pub fn from_f32(value: f32) -> $name {
                $name($format.encode(f64::from(value)))
            }

            /// The nearest number, ties to even.
            pub fn from_f64(value: f64) -> $name {
                $name($format.encode(value))
            }

            /// Its value.
            pub fn to_f64(self) -> f64 {
                $format.decode(self.0)
            }
        }
    };
}

eight_bit!(F8E4M3, E4M3, "Sign, 4 exponent bits, 3 mantissa bits; largest 448, no infinity.");
eight_bit!(F8E5M2, E5M2, "Sign, 5 exponent bits, 2 mantissa bits; largest 57344.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_its_own_rounding() {
        for bits in 0..=255u8 {
            let (first, second) = (F8E4M3::from_bits(bits), F8E5M2::from_bits(bits));
            if first.to_f64().is_finite() {
                assert_eq!(F8E4M3::from_f64(first.to_f64()), first);
            }
            if second.to_f64().is_finite() {
                assert_eq!(F8E5M2::from_f64(second.to_f64()), second);
            }
        }
        assert!(F8E4M3::from_bits(0x7f).to_f64().is_nan());
        assert_eq!(F8E5M2::from_bits(0xfc).to_f64(), f64::NEG_INFINITY);
    }

    /// The nearest code by search, ties to the even one.
    #[test]
    fn rounding_is_to_the_nearest_even() {
        for step in -4000..4000 {
            let value = f64::from(step) * 0.00119 * f64::from(step % 97).abs();
            let distance = |bits: u8| (F8E4M3::from_bits(bits).to_f64() - value).abs();
            let codes = (0..=255u8).filter(|&bits| distance(bits).is_finite());
            let nearest = codes.min_by(|&a, &b| distance(a).total_cmp(&distance(b)).then((a & 1).cmp(&(b & 1))));
            let found = F8E4M3::from_f64(value);
            assert_eq!(found.to_f64(), F8E4M3::from_bits(nearest.unwrap()).to_f64(), "{value}");
        }
    }

    #[test]
    fn values_by_hand() {
        // 1.0625 lies midway between 1 and 1.125: the even code is that of 1
        assert_eq!(F8E4M3::from_f64(1.0625).to_f64(), 1.0);
        assert_eq!(F8E4M3::from_f64(1.1875).to_f64(), 1.25);
        assert_eq!(F8E4M3::from_f64(464.0).to_f64(), 448.0);
        assert!(F8E4M3::from_f64(464.1).to_f64().is_nan());
        assert_eq!(F8E5M2::from_f64(61440.0).to_f64(), f64::INFINITY);
        assert_eq!(F8E5M2::from_f64(-1e-9).to_bits(), 0x80);
        assert_eq!(F8E4M3::from_f64(2f64.powi(-10)).to_f64(), 0.0);
        assert_eq!(F8E4M3::from_f64(1.5 * 2f64.powi(-9)).to_f64(), 2f64.powi(-8));
    }
}
