//! Number types as a draw fills them.

use half::{bf16, f16};

use super::{Law, Pattern, Whole};
use crate::data_type::{DataType, F8E4M3, F8E5M2};
use crate::kernel::between::Between;
use crate::kernel::transformed::Transformed;
use crate::kernel::truncated_normal::TruncatedNormal;
use crate::kernel::{self, Output, double};
use crate::{Stream, purpose};

/// Elements drawn at once before they are rounded to a narrower type: they stay in the fastest cache.
const CHUNK: usize = 1024;

/// A number type that a draw can fill: `f32`, `f64`, `half::bf16`, `half::f16`, [`F8E4M3`] or [`F8E5M2`].
///
/// `f64` is drawn in double precision; the others are single-precision values rounded once to nearest even, and kept
/// within the initializer's bounds.
pub trait Element: Copy + Default + Send + Sync + sealed::Fill {
    /// Which type it is.
    const DATA_TYPE: DataType;
}

pub(super) mod sealed {
    use super::{Law, Pattern, Stream, Whole};

    /// How a type is filled; not for other crates.
    pub trait Fill: Sized {
        fn fill_law(out: &mut [Self], first: usize, law: &Law, stream: &Stream);
        fn fill_pattern(out: &mut [Self], first: usize, pattern: &dyn Pattern, stream: &Stream);
        fn fill_whole(out: &mut [Self], whole: &dyn Whole, stream: &Stream);
        fn write(values: &[Self], bytes: &mut Vec<u8>);
    }
}

impl Element for f32 {
    const DATA_TYPE: DataType = DataType::F32;
}

impl sealed::Fill for f32 {
    fn fill_law(out: &mut [f32], first: usize, law: &Law, stream: &Stream) {
        let first = first as u64;
        match *law {
            Law::Constant { value } => out.fill(value as f32),
            Law::Uniform { low, high } => fill_uniform(out, first, (low, high), stream),
            Law::Normal { mean, std } => fill_normal(out, first, mean, std, stream),
            Law::TruncatedNormal { mean, std, low, high } => {
                let cut = TruncatedNormal::new(mean, std, low, high);
                if !fill_between(out, first, &cut, stream) {
                    kernel::fill(out, first, stream, purpose::VALUES, |words| cut.values(words));
                }
            }
            Law::WrappedNormal { mean, std, wrap } => {
                kernel::normal(out, first, stream, purpose::VALUES, 0.0, 1.0);
                let (mean, std, wrap) = (mean as f32, std as f32, wrap as f32);
                out.iter_mut().for_each(|value| *value = mean + std * (*value % wrap));
            }
            Law::Transformed { transform, low, high } => {
                fill_from_double(out, first, &Transformed::new(transform, low, high), stream);
            }
        }
    }

    fn fill_pattern(out: &mut [f32], first: usize, pattern: &dyn Pattern, stream: &Stream) {
        pattern.fill(first, out, stream);
    }

    fn fill_whole(out: &mut [f32], whole: &dyn Whole, stream: &Stream) {
        whole.fill(out, stream);
    }

    fn write(values: &[f32], bytes: &mut Vec<u8>) {
        values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    }
}

impl Element for f64 {
    const DATA_TYPE: DataType = DataType::F64;
}

impl sealed::Fill for f64 {
    fn fill_law(out: &mut [f64], first: usize, law: &Law, stream: &Stream) {
        let first = first as u64;
        match *law {
            Law::Constant { value } => out.fill(value),
            Law::Uniform { low, high } => {
                double::fill(out, first, stream, |shares| shares.map(|u| (low + (high - low) * u).clamp(low, high)));
            }
            Law::Normal { mean, std } => {
                double::fill(out, first, stream, |shares| double::standard_normal(shares).map(|z| mean + std * z));
            }
            Law::TruncatedNormal { mean, std, low, high } => {
                let cut = TruncatedNormal::new(mean, std, low, high);
                double::fill(out, first, stream, |shares| shares.map(|u| cut.value_at(u)));
            }
            Law::WrappedNormal { mean, std, wrap } => {
                let wrapped = |shares| double::standard_normal(shares).map(|z| mean + std * (z % wrap));
                double::fill(out, first, stream, wrapped);
            }
            Law::Transformed { transform, low, high } => {
                let law = Transformed::new(transform, low, high);
                double::fill(out, first, stream, |shares| shares.map(|u| law.value_at(u)));
            }
        }
    }

    fn fill_pattern(out: &mut [f64], first: usize, pattern: &dyn Pattern, stream: &Stream) {
        pattern.fill_f64(first, out, stream);
    }

    fn fill_whole(out: &mut [f64], whole: &dyn Whole, stream: &Stream) {
        whole.fill_f64(out, stream);
    }

    fn write(values: &[f64], bytes: &mut Vec<u8>) {
        values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    }
}

/// The outermost numbers of a type between two bounds.
fn within<T: Element>((low, high): (f64, f64)) -> (f32, f32) {
    (T::DATA_TYPE.at_least(low) as f32, T::DATA_TYPE.at_most(high) as f32)
}

fn fill_normal<T: Output>(out: &mut [T], first: u64, mean: f64, std: f64, stream: &Stream) {
    kernel::normal(out, first, stream, purpose::VALUES, mean as f32, std as f32);
}

fn fill_uniform<T: Output + Element>(out: &mut [T], first: u64, bounds: (f64, f64), stream: &Stream) {
    kernel::uniform(out, first, stream, purpose::VALUES, within::<f32>(bounds), within::<T>(bounds));
}

/// `false` where too little of the law lies between the bounds for single precision.
fn fill_between<T: Output + Element>(out: &mut [T], first: u64, cut: &TruncatedNormal, stream: &Stream) -> bool {
    let law = Between::new(cut, within::<T>(cut.bounds()));
    law.inspect(|law| kernel::between(out, first, stream, purpose::VALUES, law)).is_some()
}

/// Draws in double precision, piece by piece, and rounds: the function may be so steep that a share of single
/// precision would not do.
fn fill_from_double(out: &mut [f32], first: u64, law: &Transformed, stream: &Stream) {
    let (low, high) = within::<f32>(law.bounds());
    let mut double = [0.0; CHUNK];
    for (place, chunk) in (first..).step_by(CHUNK).zip(out.chunks_mut(CHUNK)) {
        let double = &mut double[..chunk.len()];
        double::fill(double, place, stream, |shares| shares.map(|u| law.value_at(u)));
        chunk.iter_mut().zip(double).for_each(|(single, value)| *single = (*value as f32).max(low).min(high));
    }
}

/// A type narrower than single precision.
trait Narrow: Element {
    /// To nearest even.
    fn rounded(value: f32) -> Self;
}

/// Draws in single precision, piece by piece, and rounds.
fn fill_narrow<T: Narrow>(out: &mut [T], bounds: (f64, f64), mut fill: impl FnMut(usize, &mut [f32])) {
    let (low, high) = within::<T>(bounds);
    let mut single = [0.0; CHUNK];
    let mut first = 0;
    for chunk in out.chunks_mut(CHUNK) {
        let single = &mut single[..chunk.len()];
        fill(first, single);
        // rounding is monotone, and both ends are numbers of the narrow type: no value leaves them
        let inside = |value: f32| value.max(low).min(high);
        chunk.iter_mut().zip(single).for_each(|(narrow, value)| *narrow = T::rounded(inside(*value)));
        first += chunk.len();
    }
}

macro_rules! narrow {
    ($name:ident, $data_type:expr, $bytes:expr) => {
        impl Element for $name {
            const DATA_TYPE: DataType = $data_type;
        }

        impl Narrow for $name {
            fn rounded(value: f32) -> $name {
                $name::from_f32(value)
            }
        }

        impl sealed::Fill for $name {
            fn fill_law(out: &mut [$name], first: usize, law: &Law, stream: &Stream) {
                let place = first as u64;
                match *law {
                    Law::Normal { mean, std } => fill_normal(out, place, mean, std, stream),
                    Law::Uniform { low, high } => fill_uniform(out, place, (low, high), stream),
                    Law::TruncatedNormal { mean, std, low, high }
                        if fill_between(out, place, &TruncatedNormal::new(mean, std, low, high), stream) => {}
                    _ => {
                        let single = |offset, chunk: &mut [f32]| f32::fill_law(chunk, first + offset, law, stream);
                        fill_narrow(out, law.facts().bounds, single);
                    }
                }
            }

            fn fill_pattern(out: &mut [$name], first: usize, pattern: &dyn Pattern, stream: &Stream) {
                let single = |offset, chunk: &mut [f32]| pattern.fill(first + offset, chunk, stream);
                fill_narrow(out, (f64::NEG_INFINITY, f64::INFINITY), single);
            }

            fn fill_whole(out: &mut [$name], whole: &dyn Whole, stream: &Stream) {
                let mut values = vec![0.0; out.len()];
                whole.fill(&mut values, stream);
                out.iter_mut().zip(values).for_each(|(narrow, value)| *narrow = $name::from_f32(value));
            }

            fn write(values: &[$name], bytes: &mut Vec<u8>) {
                values.iter().for_each(|value| bytes.extend($bytes(*value)));
            }
        }
    };
}

narrow!(bf16, DataType::Bf16, bf16::to_le_bytes);
narrow!(f16, DataType::F16, f16::to_le_bytes);
narrow!(F8E4M3, DataType::F8E4M3, |value: F8E4M3| [value.to_bits()]);
narrow!(F8E5M2, DataType::F8E5M2, |value: F8E5M2| [value.to_bits()]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::transformed::Transform;

    fn drawn<T: Element>(law: Law) -> Vec<T> {
        let mut out = vec![T::default(); 5000];
        T::fill_law(&mut out, 3, &law, &Stream::new(11, "types"));
        out
    }

    const LAWS: [Law; 6] = [
        Law::Uniform { low: -0.1, high: 0.3 },
        Law::Normal { mean: 0.5, std: 2.0 },
        Law::TruncatedNormal { mean: 0.0, std: 0.02, low: -2.0, high: 1.0 },
        Law::WrappedNormal { mean: 0.0, std: 1.0, wrap: 2.0 },
        Law::Transformed { transform: Transform::Exponential, low: 0.001, high: 0.1 },
        Law::Transformed { transform: Transform::Logarithm, low: 1.0, high: 1e6 },
    ];

    #[test]
    fn halves_are_the_single_values_rounded() {
        for law in LAWS {
            let (low, high) = law.facts().bounds;
            let (low, high) = (DataType::Bf16.at_least(low) as f32, DataType::Bf16.at_most(high) as f32);
            for (half, single) in drawn::<bf16>(law).into_iter().zip(drawn::<f32>(law)) {
                assert_eq!(half, bf16::from_f32(single.clamp(low, high)));
            }
        }
    }

    #[test]
    fn double_precision_agrees_with_single() {
        for law in LAWS {
            for (double, single) in drawn::<f64>(law).into_iter().zip(drawn::<f32>(law)) {
                let wrapped = (double - f64::from(single)).abs() > 1.9; // a value at the edge may wrap in one only
                assert!((double - f64::from(single)).abs() < 4e-6 || wrapped, "{law:?}: {double} {single}");
            }
        }
    }

    #[test]
    fn no_type_leaves_the_bounds() {
        let law = Law::Uniform { low: -0.1, high: 0.1 };
        assert!(drawn::<f64>(law).iter().all(|value| value.abs() <= 0.1));
        assert!(drawn::<f32>(law).iter().all(|value| f64::from(*value).abs() <= 0.1));
        assert!(drawn::<bf16>(law).iter().all(|value| value.to_f64().abs() <= 0.1));
        assert!(drawn::<f16>(law).iter().all(|value| value.to_f64().abs() <= 0.1));
        assert!(drawn::<F8E4M3>(law).iter().all(|value| value.to_f64().abs() <= 0.1));
        assert!(drawn::<F8E5M2>(law).iter().all(|value| value.to_f64().abs() <= 0.1));
        // the nearest bf16 to 0.1 lies above it, so the clamp is what keeps the promise
        assert!(bf16::from_f64(0.1).to_f64() > 0.1);
    }
}
