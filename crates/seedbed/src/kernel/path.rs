//! Which instructions the kernels use: chosen once, from what the processor has. The values do not depend on it.

use std::sync::OnceLock;

/// A width of the kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    /// Plain Rust, on every machine.
    Scalar,
    /// 256 bits: AVX2, FMA and F16C.
    Avx2,
    /// 512 bits: AVX-512 F, DQ, BW and VL.
    Avx512,
}

/// Every path, narrow to wide.
pub const PATHS: [Path; 3] = [Path::Scalar, Path::Avx2, Path::Avx512];

impl Path {
    /// Whether this processor has it.
    #[cfg(target_arch = "x86_64")]
    pub fn is_supported(self) -> bool {
        match self {
            Path::Scalar => true,
            Path::Avx2 => {
                is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")
            }
            Path::Avx512 => {
                Path::Avx2.is_supported()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
            }
        }
    }

    /// Whether this processor has it.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn is_supported(self) -> bool {
        self == Path::Scalar
    }

    /// The widest supported path, or what the environment variable `SEEDBED_VECTOR` (`scalar`, `avx2` or `avx512`)
    /// allows: that path, or the widest supported below it.
    pub fn chosen() -> Path {
        static CHOSEN: OnceLock<Path> = OnceLock::new();
        *CHOSEN.get_or_init(|| Path::at_most(widest_allowed(std::env::var("SEEDBED_VECTOR").ok().as_deref())))
    }

    fn at_most(widest: Path) -> Path {
        let supported = PATHS.into_iter().filter(|path| *path <= widest && path.is_supported());
        supported.max().unwrap_or(Path::Scalar)
    }
}

fn widest_allowed(setting: Option<&str>) -> Path {
    match setting {
        Some("scalar") => Path::Scalar,
        Some("avx2") => Path::Avx2,
        _ => Path::Avx512,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_an_upper_limit() {
        assert_eq!(widest_allowed(Some("scalar")), Path::Scalar);
        assert_eq!(widest_allowed(Some("avx2")), Path::Avx2);
        assert_eq!(widest_allowed(None), Path::Avx512);
        assert_eq!(Path::at_most(Path::Scalar), Path::Scalar);
        assert!(Path::at_most(Path::Avx2) <= Path::Avx2);
        assert!(PATHS.into_iter().all(|path| path.is_supported() == (Path::at_most(path) == path)));
    }
}
