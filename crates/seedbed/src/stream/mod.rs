//! Streams: the random words of one parameter, addressed by element.
//!
//! A stream is keyed by (seed, parameter name), so that no order of creation, thread or shard can change a
//! value. The specification, enough to re-create every word elsewhere:
//!
//! - key: BLAKE2b with digest size 8 over the UTF-8 name, keyed with the seed's 8 little-endian bytes; the digest
//!   read as two little-endian `u32`
//! - counter: (block low, block high, purpose, 0)
//! - words: Philox4x32-10 of the counter under the key; block `b` serves elements 4b to 4b+3

pub mod philox;
mod shuffle;

use blake2::Blake2bMac;
use blake2::digest::consts::U8;
use blake2::digest::{FixedOutput, KeyInit, Update};
pub(crate) use shuffle::bit;

/// What the words of a parameter's stream are for. Uses with different numbers are independent of each other.
pub mod purpose {
    /// Values of elements.
    pub const VALUES: u32 = 0;
    /// Choice of positions.
    pub const POSITIONS: u32 = 1;
    /// The low halves of double-precision words, whose high halves are those of [`VALUES`].
    pub const LOW_WORDS: u32 = 2;
    /// Imaginary parts and phases of complex elements.
    pub const IMAGINARY: u32 = 3;
    /// Random signs.
    pub const SIGNS: u32 = 4;
    /// Random permutations.
    pub const PERMUTATION: u32 = 5;
    /// Rotation angles.
    pub const ANGLES: u32 = 6;
    /// Keys of the streams of a parameter's parts.
    pub const PARTS: u32 = 7;
    /// The random matrix that a weight's singular values are sketched with.
    pub const SKETCH: u32 = 8;
}

/// The random words of one parameter.
///
/// ```
/// use seedbed::Stream;
/// let stream = Stream::new(7, "layer1.weight");
/// assert_eq!(stream.block(3, 0), Stream::new(7, "layer1.weight").block(3, 0));
/// assert_ne!(stream.block(3, 0), Stream::new(7, "layer2.weight").block(3, 0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream of the parameter called `name` under `seed`.
    pub fn new(seed: u64, name: &str) -> Stream {
        Stream { key: key(seed, name) }
    }

    /// The Philox key.
    pub fn key(&self) -> [u32; 2] {
        self.key
    }

    /// The stream of part `index` of the parameter, where a tensor holds several weights side by side that each need
    /// a matrix of their own: its key is the first two words of block `index` under [`purpose::PARTS`].
    pub fn part(&self, index: u64) -> Stream {
        let [left, right, ..] = self.block(index, purpose::PARTS);
        Stream { key: [left, right] }
    }

    /// Four words. [`purpose`] separates independent uses of one parameter's stream; callers with streams of their own
    /// are free in it.
    pub fn block(&self, index: u64, purpose: u32) -> [u32; 4] {
        philox::philox4x32_10([index as u32, (index >> 32) as u32, purpose, 0], self.key)
    }
}

fn key(seed: u64, name: &str) -> [u32; 2] {
    let digest: [u8; 8] = match Blake2bMac::<U8>::new_from_slice(&seed.to_le_bytes()) {
        Ok(mut keyed) => {
            keyed.update(name.as_bytes());
            keyed.finalize_fixed().into()
        }
        Err(_) => unreachable!("BLAKE2b takes keys of up to 64 bytes"),
    };
    let [a, b, c, d, e, f, g, h] = digest;
    [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_agree_with_hashlib() {
        // Python: hashlib.blake2b(name.encode(), digest_size=8, key=seed.to_bytes(8, "little")).hexdigest()
        assert_eq!(Stream::new(0, "").key(), [0xd8ffafc3, 0x3c1b4fbf]);
        assert_eq!(Stream::new(0, "weight").key(), [0xb4adb6d8, 0x4483fb62]);
        assert_eq!(Stream::new(7, "layer1.weight").key(), [0x02ec21e1, 0x1dc4ed3c]);
        assert_eq!(Stream::new(18446744073709551615, "naïve.τ").key(), [0xd0fc7b2c, 0xf0efefb1]);
    }
}
