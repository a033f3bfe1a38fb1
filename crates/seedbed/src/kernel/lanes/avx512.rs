//! Lanes of 512 bits.

use std::arch::x86_64::*;

use super::Lanes;
use crate::kernel::path::Path;

/// Sixteen lanes. A value exists only where the processor has AVX-512 F, DQ, BW and VL.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Avx512 {
    /// The proof, where the processor has the instructions.
    pub fn detect() -> Option<Avx512> {
        Path::Avx512.is_supported().then_some(Avx512(()))
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

impl Lanes for Avx512 {
    const BLOCKS: usize = 8;
    type Words = __m512i;
    type Reals = __m512;
    type Mask = __mmask16;

    operations! {
        counters(block: u64) -> __m512i {
            _mm512_add_epi64(_mm512_set1_epi64(block as i64), _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7))
        }
        multiply_wide(a: __m512i, b: __m512i) -> __m512i { _mm512_mul_epu32(a, b) }
        high_halves(a: __m512i) -> __m512i { _mm512_srli_epi64::<32>(a) }
        xor_three(a: __m512i, b: __m512i, c: __m512i) -> __m512i { _mm512_ternarylogic_epi64::<0x96>(a, b, c) }
        beside(low: __m512i, high: __m512i) -> __m512i {
            _mm512_mask_shuffle_epi32::<0b10_10_00_00>(low, 0xaaaa, high)
        }
        word(value: u32) -> __m512i { _mm512_set1_epi32(value as i32) }
        add_words(a: __m512i, b: __m512i) -> __m512i { _mm512_add_epi32(a, b) }
        sub_words(a: __m512i, b: __m512i) -> __m512i { _mm512_sub_epi32(a, b) }
        and(a: __m512i, b: __m512i) -> __m512i { _mm512_and_si512(a, b) }
        or(a: __m512i, b: __m512i) -> __m512i { _mm512_or_si512(a, b) }
        xor(a: __m512i, b: __m512i) -> __m512i { _mm512_xor_si512(a, b) }
        shift_left(a: __m512i, count: u32) -> __m512i { _mm512_sllv_epi32(a, _mm512_set1_epi32(count as i32)) }
        shift_right(a: __m512i, count: u32) -> __m512i { _mm512_srlv_epi32(a, _mm512_set1_epi32(count as i32)) }
        shift_right_signed(a: __m512i, count: u32) -> __m512i { _mm512_srav_epi32(a, _mm512_set1_epi32(count as i32)) }
        at_least(a: __m512i, b: __m512i) -> __mmask16 { _mm512_cmpge_epu32_mask(a, b) }
        top_bit(a: __m512i) -> __mmask16 { _mm512_movepi32_mask(a) }
        turn_where(mask: __mmask16, a: __m512i) -> __m512i {
            _mm512_mask_ternarylogic_epi32::<0x55>(a, mask, a, a)
        }
        real(value: f32) -> __m512 { _mm512_set1_ps(value) }
        of_unsigned(a: __m512i) -> __m512 { _mm512_cvtepu32_ps(a) }
        of_signed(a: __m512i) -> __m512 { _mm512_cvtepi32_ps(a) }
        of_bits(a: __m512i) -> __m512 { _mm512_castsi512_ps(a) }
        bits(a: __m512) -> __m512i { _mm512_castps_si512(a) }
        add(a: __m512, b: __m512) -> __m512 { _mm512_add_ps(a, b) }
        sub(a: __m512, b: __m512) -> __m512 { _mm512_sub_ps(a, b) }
        mul(a: __m512, b: __m512) -> __m512 { _mm512_mul_ps(a, b) }
        mul_add(a: __m512, b: __m512, c: __m512) -> __m512 { _mm512_fmadd_ps(a, b, c) }
        div(a: __m512, b: __m512) -> __m512 { _mm512_div_ps(a, b) }
        sqrt(a: __m512) -> __m512 { _mm512_sqrt_ps(a) }
        lesser(a: __m512, b: __m512) -> __m512 { _mm512_min_ps(a, b) }
        greater(a: __m512, b: __m512) -> __m512 { _mm512_max_ps(a, b) }
        zero_where(mask: __mmask16, a: __m512) -> __m512 { _mm512_maskz_mov_ps(!mask, a) }
        select(mask: __mmask16, a: __m512, b: __m512) -> __m512 { _mm512_mask_mov_ps(b, mask, a) }
    }

    #[inline(always)]
    fn store_words(self, out: &mut [u32], group: [__m512i; 2]) {
        assert!(out.len() == 32);
        // SAFETY: `self` is the proof, and `out` has room for two vectors
        unsafe { store(out.as_mut_ptr().cast(), group) }
    }

    #[inline(always)]
    fn store_reals(self, out: &mut [f32], [first, second]: [__m512; 2]) {
        assert!(out.len() == 32);
        // SAFETY: as above
        unsafe { store(out.as_mut_ptr().cast(), [_mm512_castps_si512(first), _mm512_castps_si512(second)]) }
    }

    #[inline(always)]
    fn store_halves(self, out: &mut [u16], packed: __m512i) {
        assert!(out.len() == 32);
        // SAFETY: `self` is the proof, and `out` has room for a vector; its lanes are little-endian
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), packed) }
    }

    #[inline(always)]
    fn store_f16(self, out: &mut [u16], [first, second]: [__m512; 2]) {
        assert!(out.len() == 32);
        // SAFETY: `self` is the proof, and `out` has room for two half vectors
        unsafe { store_f16(out.as_mut_ptr().cast(), [_mm512_castps_si512(first), _mm512_castps_si512(second)]) }
    }
}

/// Writes two vectors rounded to half precision, lane by lane in turn.
///
/// # Safety
/// There must be room for two half vectors.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store_f16(out: *mut __m256i, [first, second]: [__m512i; 2]) {
    let [low, high] = interleave(first, second);
    // SAFETY: the caller has room for two
    unsafe {
        _mm256_storeu_si256(
            out,
            _mm512_cvtps_ph::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(_mm512_castsi512_ps(low)),
        );
        _mm256_storeu_si256(
            out.add(1),
            _mm512_cvtps_ph::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(_mm512_castsi512_ps(high)),
        );
    }
}

/// Writes two vectors, lane by lane in turn.
///
/// # Safety
/// There must be room for two vectors.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store(out: *mut __m512i, [first, second]: [__m512i; 2]) {
    let [low, high] = interleave(first, second);
    // SAFETY: the caller has room for two
    unsafe {
        _mm512_storeu_si512(out, low);
        _mm512_storeu_si512(out.add(1), high);
    }
}

/// The lanes of two vectors in turn.
#[inline]
#[target_feature(enable = "avx512f")]
fn interleave(first: __m512i, second: __m512i) -> [__m512i; 2] {
    let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    [_mm512_permutex2var_epi32(first, low, second), _mm512_permutex2var_epi32(first, high, second)]
}
