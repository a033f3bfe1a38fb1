//! Number types that weights are stored in.

mod eight_bit;

use std::fmt;
use std::str::FromStr;

pub use eight_bit::{F8E4M3, F8E5M2};
use half::{bf16, f16};

use crate::Error;

/// A number type.
///
/// Double precision is drawn in double precision, everything else in single precision; either value is rounded once
/// to nearest even, and then kept within the initializer's bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// IEEE single precision.
    F32,
    /// IEEE double precision. A draw agrees with the single-precision one to single precision.
    F64,
    /// The upper half of single precision.
    Bf16,
    /// IEEE half precision.
    F16,
    /// Eight bits, four of them exponent, without infinities; at most 448.
    F8E4M3,
    /// Eight bits, five of them exponent; at most 57344.
    F8E5M2,
}

impl DataType {
    /// All number types.
    pub const ALL: [DataType; 6] =
        [DataType::F32, DataType::F64, DataType::Bf16, DataType::F16, DataType::F8E4M3, DataType::F8E5M2];

    /// Bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            DataType::F64 => 8,
            DataType::F32 => 4,
            DataType::Bf16 | DataType::F16 => 2,
            DataType::F8E4M3 | DataType::F8E5M2 => 1,
        }
    }

    /// The largest finite number.
    pub fn largest(self) -> f64 {
        match self {
            DataType::F32 => f64::from(f32::MAX),
            DataType::F64 => f64::MAX,
            DataType::Bf16 => bf16::MAX.to_f64(),
            DataType::F16 => f16::MAX.to_f64(),
            DataType::F8E4M3 => F8E4M3::MAX.to_f64(),
            DataType::F8E5M2 => F8E5M2::MAX.to_f64(),
        }
    }

    /// The smallest positive number, subnormal ones included.
    pub fn smallest(self) -> f64 {
        match self {
            DataType::F32 => f64::from(f32::from_bits(1)),
            DataType::F64 => f64::from_bits(1),
            DataType::Bf16 => bf16::from_bits(1).to_f64(),
            DataType::F16 => f16::from_bits(1).to_f64(),
            DataType::F8E4M3 => F8E4M3::from_bits(1).to_f64(),
            DataType::F8E5M2 => F8E5M2::from_bits(1).to_f64(),
        }
    }

    /// The nearest number, ties to even, as a double.
    fn rounded(self, value: f64) -> f64 {
        match self {
            DataType::F32 => f64::from(value as f32),
            DataType::F64 => value,
            DataType::Bf16 => bf16::from_f64(value).to_f64(),
            DataType::F16 => f16::from_f64(value).to_f64(),
            DataType::F8E4M3 => F8E4M3::from_f64(value).to_f64(),
            DataType::F8E5M2 => F8E5M2::from_f64(value).to_f64(),
        }
    }

    /// The largest number of this type that is not above `bound`; −∞ and ∞ stay.
    pub(crate) fn at_most(self, bound: f64) -> f64 {
        -self.at_least(-bound)
    }

    /// The least number of this type that is not below `bound`; −∞ and ∞ stay.
    pub(crate) fn at_least(self, bound: f64) -> f64 {
        if bound.is_infinite() || self.rounded(bound) >= bound {
            return if bound.is_infinite() { bound } else { self.rounded(bound) };
        }
        // the nearest lies below: the next one up is what the middle of the gap to it rounds to, or just above
        let below = self.rounded(bound);
        let mut step = (bound - below).max(f64::MIN_POSITIVE);
        while self.rounded(below + step) <= below {
            step *= 2.0;
        }
        self.rounded(below + step)
    }

    /// The values in this type, little-endian, each rounded once.
    ///
    /// ```
    /// use seedbed::DataType;
    /// assert_eq!(DataType::Bf16.encode(&[1.0, -2.0]), [0x80, 0x3f, 0x00, 0xc0]);
    /// ```
    pub fn encode(self, values: &[f32]) -> Vec<u8> {
        match self {
            DataType::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            DataType::F64 => values.iter().flat_map(|value| f64::from(*value).to_le_bytes()).collect(),
            DataType::Bf16 => values.iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect(),
            DataType::F16 => values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
            DataType::F8E4M3 => values.iter().map(|value| F8E4M3::from_f32(*value).to_bits()).collect(),
            DataType::F8E5M2 => values.iter().map(|value| F8E5M2::from_f32(*value).to_bits()).collect(),
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DataType::F32 => "f32",
            DataType::F64 => "f64",
            DataType::Bf16 => "bf16",
            DataType::F16 => "f16",
            DataType::F8E4M3 => "f8_e4m3",
            DataType::F8E5M2 => "f8_e5m2",
        })
    }
}

impl FromStr for DataType {
    type Err = Error;

    fn from_str(text: &str) -> Result<DataType, Error> {
        let found = DataType::ALL.into_iter().find(|known| known.to_string() == text);
        found.ok_or_else(|| Error::UnknownDataType { asked: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_to_nearest_even() {
        // 1 + 2^-8 lies midway between two bf16 values: the even one, 1, is taken; 1 + 3·2^-8 goes up
        let encoded = DataType::Bf16.encode(&[1.003_906_3, 1.011_718_8]);
        assert_eq!(encoded, [0x80, 0x3f, 0x82, 0x3f]);
        assert_eq!(DataType::F16.encode(&[1.0 + 1.0 / 2048.0]), [0x00, 0x3c]);
    }

    #[test]
    fn widening_is_exact() {
        assert_eq!(DataType::F64.encode(&[0.1]), f64::from(0.1f32).to_le_bytes());
    }

    #[test]
    fn bounds_move_to_the_inside_by_one_step() {
        assert_eq!(DataType::F32.at_most(0.1), f64::from(0.1f32.next_down()));
        assert_eq!(DataType::F32.at_least(0.1), f64::from(0.1f32));
        assert_eq!(DataType::F32.at_least(-0.1), -f64::from(0.1f32.next_down()));
        let next = bf16::from_bits(bf16::from_f32(0.3).to_bits() + 1).to_f64();
        assert_eq!(
            DataType::Bf16.at_least(0.301),
            if bf16::from_f64(0.301).to_f64() < 0.301 { next } else { 0.30078125 }
        );
        assert_eq!(DataType::F16.at_least(0.5), 0.5);
        assert_eq!(DataType::F8E4M3.at_least(f64::NEG_INFINITY), f64::NEG_INFINITY);
        for data_type in [DataType::F32, DataType::Bf16, DataType::F16, DataType::F8E4M3, DataType::F8E5M2] {
            for index in 1..2000 {
                let bound = f64::from(index) * 0.0137 - 13.0;
                let (up, down) = (data_type.at_least(bound), data_type.at_most(bound));
                assert!(down <= bound && bound <= up && (up == down) == (data_type.rounded(bound) == bound));
                // nothing of the type lies between
                let middle = data_type.rounded(down + (up - down) / 2.0);
                assert!(middle == down || middle == up, "{data_type} {bound}");
            }
        }
    }

    #[test]
    fn ranges() {
        assert_eq!((DataType::F8E4M3.largest(), DataType::F8E4M3.smallest()), (448.0, 2f64.powi(-9)));
        assert_eq!((DataType::F8E5M2.largest(), DataType::F8E5M2.smallest()), (57344.0, 2f64.powi(-16)));
        assert_eq!((DataType::F16.largest(), DataType::F16.smallest()), (65504.0, 2f64.powi(-24)));
    }

    #[test]
    fn names_round_trip_and_an_unknown_one_is_named() {
        for data_type in DataType::ALL {
            assert_eq!(data_type.to_string().parse::<DataType>().unwrap(), data_type);
            assert_eq!(data_type.encode(&[1.0]).len(), data_type.bytes());
        }
        assert!("float32".parse::<DataType>().unwrap_err().to_string().contains("float32"));
    }
}
