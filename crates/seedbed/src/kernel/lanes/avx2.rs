//! Lanes of 256 bits.

use std::arch::x86_64::*;

use super::Lanes;
use crate::kernel::path::Path;

/// Eight lanes. A value exists only where the processor has AVX2, FMA and F16C.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    /// The proof, where the processor has the instructions.
    pub fn detect() -> Option<Avx2> {
        Path::Avx2.is_supported().then_some(Avx2(()))
    }
}

/// One line an operation, in the order of [`Lanes`].
macro_rules! operations {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $result:ty { $body:expr })*) => {
        $(#[inline(always)]
        fn $name(self, $($argument: $kind),*) -> $result {
            // SAFETY: `self` is the proof that the processor has these instructions; they touch no memory
            unsafe { $body }
        })*
    };
}

impl Lanes for Avx2 {
    const BLOCKS: usize = 4;
    type Words = __m256i;
    type Reals = __m256;
    /// All bits of a lane or none from a comparison; a selection looks at the top bit alone.
    type Mask = __m256;

    operations! {
        counters(block: u64) -> __m256i {
            _mm256_add_epi64(_mm256_set1_epi64x(block as i64), _mm256_setr_epi64x(0, 1, 2, 3))
        }
        multiply_wide(a: __m256i, b: __m256i) -> __m256i { _mm256_mul_epu32(a, b) }
        high_halves(a: __m256i) -> __m256i { _mm256_srli_epi64::<32>(a) }
        xor_three(a: __m256i, b: __m256i, c: __m256i) -> __m256i { _mm256_xor_si256(a, _mm256_xor_si256(b, c)) }
        beside(low: __m256i, high: __m256i) -> __m256i {
            _mm256_blend_epi32::<0b1010_1010>(low, _mm256_shuffle_epi32::<0b10_10_00_00>(high))
        }
        word(value: u32) -> __m256i { _mm256_set1_epi32(value as i32) }
        add_words(a: __m256i, b: __m256i) -> __m256i { _mm256_add_epi32(a, b) }
        sub_words(a: __m256i, b: __m256i) -> __m256i { _mm256_sub_epi32(a, b) }
        and(a: __m256i, b: __m256i) -> __m256i { _mm256_and_si256(a, b) }
        or(a: __m256i, b: __m256i) -> __m256i { _mm256_or_si256(a, b) }
        xor(a: __m256i, b: __m256i) -> __m256i { _mm256_xor_si256(a, b) }
        shift_left(a: __m256i, count: u32) -> __m256i { _mm256_sllv_epi32(a, _mm256_set1_epi32(count as i32)) }
        shift_right(a: __m256i, count: u32) -> __m256i { _mm256_srlv_epi32(a, _mm256_set1_epi32(count as i32)) }
        shift_right_signed(a: __m256i, count: u32) -> __m256i { _mm256_srav_epi32(a, _mm256_set1_epi32(count as i32)) }
        at_least(a: __m256i, b: __m256i) -> __m256 {
            _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_max_epu32(a, b), a))
        }
        top_bit(a: __m256i) -> __m256 { _mm256_castsi256_ps(a) }
        turn_where(mask: __m256, a: __m256i) -> __m256i { _mm256_xor_si256(_mm256_castps_si256(mask), a) }
        real(value: f32) -> __m256 { _mm256_set1_ps(value) }
        of_unsigned(a: __m256i) -> __m256 { from_unsigned(a) }
        of_signed(a: __m256i) -> __m256 { _mm256_cvtepi32_ps(a) }
        of_bits(a: __m256i) -> __m256 { _mm256_castsi256_ps(a) }
        bits(a: __m256) -> __m256i { _mm256_castps_si256(a) }
        add(a: __m256, b: __m256) -> __m256 { _mm256_add_ps(a, b) }
        sub(a: __m256, b: __m256) -> __m256 { _mm256_sub_ps(a, b) }
        mul(a: __m256, b: __m256) -> __m256 { _mm256_mul_ps(a, b) }
        mul_add(a: __m256, b: __m256, c: __m256) -> __m256 { _mm256_fmadd_ps(a, b, c) }
        div(a: __m256, b: __m256) -> __m256 { _mm256_div_ps(a, b) }
        sqrt(a: __m256) -> __m256 { _mm256_sqrt_ps(a) }
        lesser(a: __m256, b: __m256) -> __m256 { _mm256_min_ps(a, b) }
        greater(a: __m256, b: __m256) -> __m256 { _mm256_max_ps(a, b) }
        zero_where(mask: __m256, a: __m256) -> __m256 { _mm256_andnot_ps(mask, a) }
        select(mask: __m256, a: __m256, b: __m256) -> __m256 { _mm256_blendv_ps(b, a, mask) }
    }

    #[inline(always)]
    fn store_words(self, out: &mut [u32], group: [__m256i; 2]) {
        assert!(out.len() == 16);
        // SAFETY: `self` is the proof, and `out` has room for two vectors
        unsafe { store(out.as_mut_ptr().cast(), group) }
    }

    #[inline(always)]
    fn store_reals(self, out: &mut [f32], [first, second]: [__m256; 2]) {
        assert!(out.len() == 16);
        // SAFETY: as above
        unsafe { store(out.as_mut_ptr().cast(), [_mm256_castps_si256(first), _mm256_castps_si256(second)]) }
    }

    #[inline(always)]
    fn store_halves(self, out: &mut [u16], packed: __m256i) {
        assert!(out.len() == 16);
        // SAFETY: `self` is the proof, and `out` has room for a vector; its lanes are little-endian
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), packed) }
    }

    #[inline(always)]
    fn store_f16(self, out: &mut [u16], [first, second]: [__m256; 2]) {
        assert!(out.len() == 16);
        // SAFETY: `self` is the proof, and `out` has room for two half vectors
        unsafe { store_f16(out.as_mut_ptr().cast(), [_mm256_castps_si256(first), _mm256_castps_si256(second)]) }
    }
}

/// Writes two vectors rounded to half precision, lane by lane in turn.
///
/// # Safety
/// There must be room for two half vectors.
#[inline]
#[target_feature(enable = "avx2,f16c")]
unsafe fn store_f16(out: *mut __m128i, [first, second]: [__m256i; 2]) {
    let [low, high] = interleave(first, second);
    // SAFETY: the caller has room for two
    unsafe {
        _mm_storeu_si128(out, _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(_mm256_castsi256_ps(low)));
        _mm_storeu_si128(out.add(1), _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(_mm256_castsi256_ps(high)));
    }
}

/// Writes two vectors, lane by lane in turn.
///
/// # Safety
/// There must be room for two vectors.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store(out: *mut __m256i, [first, second]: [__m256i; 2]) {
    let [low, high] = interleave(first, second);
    // SAFETY: the caller has room for two
    unsafe {
        _mm256_storeu_si256(out, low);
        _mm256_storeu_si256(out.add(1), high);
    }
}

/// The lanes of two vectors in turn.
#[inline]
#[target_feature(enable = "avx2")]
fn interleave(first: __m256i, second: __m256i) -> [__m256i; 2] {
    // lanes 0 1 4 5 of the pairs, then 2 3 6 7
    let (outer, inner) = (_mm256_unpacklo_epi32(first, second), _mm256_unpackhi_epi32(first, second));
    [_mm256_permute2x128_si256::<0x20>(outer, inner), _mm256_permute2x128_si256::<0x31>(outer, inner)]
}

/// From the two halves of a word, each exact: their sum is then the only rounding.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn from_unsigned(a: __m256i) -> __m256 {
    let high = _mm256_cvtepi32_ps(_mm256_srli_epi32::<16>(a));
    let low = _mm256_cvtepi32_ps(_mm256_blend_epi16::<0b1010_1010>(a, _mm256_setzero_si256()));
    _mm256_fmadd_ps(high, _mm256_set1_ps(65536.0), low)
}
