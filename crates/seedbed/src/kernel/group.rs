//! From a range of elements to groups of blocks, on the path that the processor has.

use super::lanes::portable::Portable;
use super::lanes::together::Together;
use super::lanes::{LARGEST_GROUP, Lanes};
use super::path::Path;
use crate::Stream;
use crate::philox::{RoundKeys, round_keys};

/// What becomes of a group of words.
pub trait Kernel<T> {
    /// Writes the elements of a group; `out` has its length.
    fn write<L: Lanes>(&self, lanes: L, words: [L::Words; 2], out: &mut [T]);
}

/// Where the words come from.
#[derive(Clone, Copy)]
struct Source {
    keys: RoundKeys,
    purpose: u32,
}

/// Fills `out` with the elements from `first` on.
pub fn fill<T: Copy + Default>(out: &mut [T], first: u64, stream: &Stream, purpose: u32, kernel: &impl Kernel<T>) {
    fill_on(Path::chosen(), out, first, stream, purpose, kernel);
}

/// As [`fill`], on one path.
pub fn fill_on<T: Copy + Default>(
    path: Path,
    out: &mut [T],
    first: u64,
    stream: &Stream,
    purpose: u32,
    kernel: &impl Kernel<T>,
) {
    let source = Source { keys: round_keys(stream.key()), purpose };
    #[cfg(target_arch = "x86_64")]
    {
        use super::lanes::{avx2::Avx2, avx512::Avx512};
        if path == Path::Avx512
            && let Some(lanes) = Avx512::detect()
        {
            // SAFETY: a value of the type exists only where the processor has the instructions
            return unsafe { groups_avx512(lanes, out, first, source, kernel) };
        }
        if path >= Path::Avx2
            && let Some(lanes) = Avx2::detect()
        {
            // SAFETY: as above
            return unsafe { groups_avx2(lanes, out, first, source, kernel) };
        }
    }
    let _ = path;
    groups(Portable, out, first, source, kernel);
}

/// [`groups`] compiled for 512 bits.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,f16c")]
fn groups_avx512<T: Copy + Default>(
    lanes: super::lanes::avx512::Avx512,
    out: &mut [T],
    first: u64,
    source: Source,
    kernel: &impl Kernel<T>,
) {
    groups(Together::<_, 4>(lanes), out, first, source, kernel);
}

/// [`groups`] compiled for 256 bits.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
fn groups_avx2<T: Copy + Default>(
    lanes: super::lanes::avx2::Avx2,
    out: &mut [T],
    first: u64,
    source: Source,
    kernel: &impl Kernel<T>,
) {
    groups(Together::<_, 3>(lanes), out, first, source, kernel);
}

/// Groups whose words are drawn before the first of them is used: draws wait for each other's multiplications, laws
/// for each other's polynomials, and apart each has more of its own kind to do in the meantime. They fit the first cache.
const AHEAD: usize = 16;

/// Whole groups go to their place, the parts at the ends of the range through a buffer.
///
/// Nothing here may be a closure: what is not inlined is not compiled for the path, and is slow.
#[inline(always)]
fn groups<T: Copy + Default, L: Lanes>(lanes: L, out: &mut [T], first: u64, source: Source, kernel: &impl Kernel<T>) {
    let length = 4 * L::BLOCKS;
    let (mut block, mut within) = (first / 4, (first % 4) as usize);
    let mut words = [[lanes.word(0); 2]; AHEAD];
    let mut buffer = [T::default(); LARGEST_GROUP];
    let mut rest = out;
    while !rest.is_empty() {
        let count = (within + rest.len()).div_ceil(length).min(AHEAD);
        for words in &mut words[..count] {
            *words = lanes.draw(block, source.purpose, &source.keys);
            block = block.wrapping_add(L::BLOCKS as u64);
        }
        for words in &words[..count] {
            let (now, later) = rest.split_at_mut(rest.len().min(length - within));
            if now.len() == length {
                kernel.write(lanes, *words, now);
            } else {
                kernel.write(lanes, *words, &mut buffer[..length]);
                now.copy_from_slice(&buffer[within..within + now.len()]);
            }
            (within, rest) = (0, later);
        }
    }
}
