//! Philox4x32-10: a counter-based generator (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy
//! as 1, 2, 3"). The known-answer vectors of Random123 are its tests.

pub(crate) const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Golden ratio and √3 − 1, as 32-bit fractions.
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// The key of each round.
pub(crate) type RoundKeys = [[u32; 2]; ROUNDS];

/// Four random words for a counter under a key.
pub fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    philox4x32_10_with(counter, &round_keys(key))
}

/// The keys of all rounds, which many counters share.
pub(crate) fn round_keys(key: [u32; 2]) -> RoundKeys {
    let mut next = key;
    [(); ROUNDS].map(|()| {
        let now = next;
        next = [now[0].wrapping_add(KEY_STEPS[0]), now[1].wrapping_add(KEY_STEPS[1])];
        now
    })
}

/// [`philox4x32_10`] with the keys made before.
#[inline(always)]
pub(crate) fn philox4x32_10_with(counter: [u32; 4], keys: &RoundKeys) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = counter;
    for [left, right] in keys {
        let (high_a, low_a) = multiply(MULTIPLIERS[0], a);
        let (high_c, low_c) = multiply(MULTIPLIERS[1], c);
        (a, b, c, d) = (high_c ^ b ^ left, low_c, high_a ^ d ^ right, low_a);
    }
    [a, b, c, d]
}

fn multiply(one: u32, other: u32) -> (u32, u32) {
    let product = u64::from(one) * u64::from(other);
    ((product >> 32) as u32, product as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_random123() {
        assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32_10([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox4x32_10([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }
}
