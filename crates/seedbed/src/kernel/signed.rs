//! Values of two kinds, picked by the bits of words.

use super::path::Path;

/// Fills `out` with `minus` where a bit is set and with `plus` elsewhere: bit `from` of the first word is the first
/// element's, and each word counts from its lowest bit on.
pub fn signed<T: Copy>(words: &[u32], from: usize, out: &mut [T], plus: T, minus: T) {
    #[cfg(target_arch = "x86_64")]
    if Path::chosen() >= Path::Avx2 {
        // SAFETY: the path is chosen only where the processor has it
        return unsafe { signed_avx2(words, from, out, plus, minus) };
    }
    pick(words, from, out, plus, minus);
}

/// [`pick`] compiled for 256 bits.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn signed_avx2<T: Copy>(words: &[u32], from: usize, out: &mut [T], plus: T, minus: T) {
    pick(words, from, out, plus, minus);
}

#[inline(always)]
fn pick<T: Copy>(words: &[u32], from: usize, out: &mut [T], plus: T, minus: T) {
    let (head, whole) = out.split_at_mut(out.len().min((32 - from) % 32));
    let (first, rest) = words.split_at(usize::from(!head.is_empty()).min(words.len()));
    for (bit, value) in head.iter_mut().enumerate() {
        *value = if first[0] >> (from + bit) & 1 == 1 { minus } else { plus };
    }
    for (word, values) in rest.iter().zip(whole.chunks_mut(32)) {
        // a chunk of known length is compiled to vectors
        if let Ok(values) = <&mut [T; 32]>::try_from(&mut *values) {
            for (bit, value) in values.iter_mut().enumerate() {
                *value = if word & 1 << bit != 0 { minus } else { plus };
            }
        } else {
            for (bit, value) in values.iter_mut().enumerate() {
                *value = if word & 1 << bit != 0 { minus } else { plus };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::bit;

    #[test]
    fn every_part_is_the_part_of_the_whole() {
        let words: Vec<u32> = (1..=4u32).map(|word| word.wrapping_mul(0x9E37_79B9)).collect();
        for from in 0..128 {
            for last in from..=128 {
                let mut out = vec![0.0; last - from];
                signed(&words[from / 32..last.div_ceil(32)], from % 32, &mut out, 1.5, -1.5);
                let expected = (from..last).map(|place| if bit(&words, place) { -1.5 } else { 1.5 });
                assert!(out.iter().copied().eq(expected), "{from}..{last}");
            }
        }
    }
}
