//! The Hadamard matrices that there are here, and which rows and columns of one a weight takes.

use super::paley::Paley;

/// A Hadamard matrix: a Paley matrix, each entry of which is multiplied by Sylvester's matrix of order 2^bits, or
/// Sylvester's alone. Entry (i, j) of the latter is −1 to the number of bits that i and j have in common.
#[derive(Clone, Debug)]
pub struct Base {
    core: Option<Paley>,
    /// Bits of an index that belong to Sylvester's matrix.
    pub bits: u32,
}

impl Base {
    /// The matrix of an order, with the smallest Paley matrix that will do.
    pub fn of_order(order: usize) -> Option<Base> {
        let bits = order.checked_ilog2()?;
        if order.is_power_of_two() {
            return Some(Base { core: None, bits });
        }
        let of_bits = |bits: u32| Paley::of_order(order >> bits).map(|core| Base { core: Some(core), bits });
        (0..=order.trailing_zeros()).rev().find_map(of_bits)
    }

    /// The nearest orders below and above one that there is no matrix of.
    pub fn nearest_orders(order: usize) -> (usize, usize) {
        let exists = |order: &usize| Base::of_order(*order).is_some();
        let below = (1..order).rev().find(exists).unwrap_or(1);
        (below, (order + 1..=order.saturating_mul(2)).find(exists).unwrap_or(below))
    }

    /// Rows and columns.
    pub fn order(&self) -> usize {
        self.core.as_ref().map_or(1, Paley::order) << self.bits
    }

    /// Paley's matrix, unless the order is a power of two.
    pub fn core(&self) -> Option<&Paley> {
        self.core.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_of_real_layers() {
        for (order, bits) in [
            (1, 0),
            (2, 1),
            (4096, 12),
            (768, 6),   // 12 · 64
            (5120, 8),  // 20 · 256
            (11008, 1), // 5504 · 2: 5503 is a prime
            (14336, 9), // 28 · 512
            (576, 4),   // 36 · 16: 2 (17 + 1)
            (28, 0),    // 2 (13 + 1)
        ] {
            let base = Base::of_order(order).unwrap();
            assert_eq!((base.order(), base.bits), (order, bits));
        }
    }

    #[test]
    fn other_orders_have_neighbours() {
        assert_eq!(Base::nearest_orders(147), (144, 148));
        assert_eq!(Base::nearest_orders(3), (2, 4));
        assert_eq!(Base::nearest_orders(92), (88, 96));
        assert!(Base::of_order(0).is_none() && Base::of_order(30).is_none());
    }
}
