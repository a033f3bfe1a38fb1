//! Number types that weights are stored in.

use std::fmt;
use std::str::FromStr;

use half::{bf16, f16};

use crate::Error;

/// A number type. Every value is drawn in single precision and rounded once, to nearest even.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// IEEE single precision.
    F32,
    /// IEEE double precision: the single-precision value, widened exactly.
    F64,
    /// The upper half of single precision.
    Bf16,
    /// IEEE half precision.
    F16,
}

impl DataType {
    /// Bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            DataType::F32 => 4,
            DataType::F64 => 8,
            DataType::Bf16 | DataType::F16 => 2,
        }
    }

    /// The values in this type, little-endian.
    ///
    /// ```
    /// use seedbed::DataType;
    /// assert_eq!(DataType::Bf16.encode(&[1.0, -2.0]), [0x80, 0x3f, 0x00, 0xc0]);
    /// ```
    pub fn encode(self, values: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(values.len() * self.bytes());
        match self {
            DataType::F32 => values.iter().for_each(|value| bytes.extend(value.to_le_bytes())),
            DataType::F64 => values.iter().for_each(|value| bytes.extend(f64::from(*value).to_le_bytes())),
            DataType::Bf16 => values.iter().for_each(|value| bytes.extend(bf16::from_f32(*value).to_le_bytes())),
            DataType::F16 => values.iter().for_each(|value| bytes.extend(f16::from_f32(*value).to_le_bytes())),
        }
        bytes
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DataType::F32 => "f32",
            DataType::F64 => "f64",
            DataType::Bf16 => "bf16",
            DataType::F16 => "f16",
        })
    }
}

impl FromStr for DataType {
    type Err = Error;

    fn from_str(text: &str) -> Result<DataType, Error> {
        let all = [DataType::F32, DataType::F64, DataType::Bf16, DataType::F16];
        let found = all.into_iter().find(|known| known.to_string() == text);
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
    fn an_unknown_type_is_named() {
        assert!("float32".parse::<DataType>().unwrap_err().to_string().contains("float32"));
        assert_eq!("bf16".parse::<DataType>().unwrap(), DataType::Bf16);
    }
}
