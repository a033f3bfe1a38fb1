//! Uniform values.

/// Four values strictly between 0 and 1: ((word >> 9) + 1/2) · 2⁻²³.
///
/// The 2²³ values are exact in single precision and symmetric about 1/2, so the mean is exactly 1/2; neither
/// bound is ever met.
pub fn standard(words: [u32; 4]) -> [f32; 4] {
    const SCALE: f32 = 1.0 / (1u32 << 23) as f32;
    words.map(|word| ((word >> 9) as f32 + 0.5) * SCALE)
}

/// Four values between `low` and `high`: low + (high − low)·u, rounded, and never outside.
pub fn between(words: [u32; 4], low: f32, high: f32) -> [f32; 4] {
    standard(words).map(|u| (low + (high - low) * u).clamp(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extreme_words_stay_inside() {
        let [smallest, largest, ..] = standard([0, u32::MAX, 0, 0]);
        assert_eq!(smallest, 0.5 / 8_388_608.0);
        assert_eq!(1.0 - largest, smallest);
        let [low, high, ..] = between([0, u32::MAX, 0, 0], -0.1, 0.1);
        assert!(low >= -0.1 && high <= 0.1 && low == -high);
    }
}
