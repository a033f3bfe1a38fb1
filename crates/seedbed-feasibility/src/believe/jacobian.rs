//! The Jacobian of a draw: from the first hidden layer to the last, both before their activation, or from input to
//! output where there are not two hidden layers.

use seedbed_network::graph::{Network, NodeIndex, Operation};

use crate::singular::{SquaredSingularValues, matrix};

/// Rows beyond which a Jacobian is not computed: one takes about as long as a batch of as many examples.
pub const MOST_ROWS: usize = 1024;

/// The nodes between which a Jacobian is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    pub from: NodeIndex,
    pub to: NodeIndex,
    /// Numbers of `to`.
    pub rows: usize,
    /// Numbers of `from`.
    pub columns: usize,
    /// Whether both are hidden layers.
    pub hidden: bool,
}

/// The ends for a network; `None` where the Jacobian would be too large, or where an output depends on the other examples
/// of its batch.
pub fn ends(network: &Network) -> Option<Ends> {
    if network.nodes.iter().any(|node| matches!(node.operation, Operation::BatchNorm { .. })) {
        return None;
    }
    let weighted: Vec<NodeIndex> = network.weighted_layers().map(|(node, _)| node).collect();
    let (from, to, hidden) = match weighted.as_slice() {
        [first, .., last, _] => (*first, *last, true),
        _ => (0, network.nodes.len() - 1, false),
    };
    let elements = |node: NodeIndex| network.nodes[node].shape.elements();
    let (rows, columns) = (elements(to), elements(from));
    (rows.max(columns) <= MOST_ROWS).then_some(Ends { from, to, rows, columns, hidden })
}

/// Moments of the squared singular values of one Jacobian, and the singular values.
#[derive(Clone, Debug, PartialEq)]
pub struct Jacobian {
    /// Mean squared singular value; singular values count min(rows, columns).
    pub mean_square: f64,
    /// Variance of the squared singular values over their mean squared; NaN where all are 0.
    pub spread: f64,
    /// Row-major, kept for the spectrum.
    numbers: Vec<f32>,
    rows: usize,
}

impl Jacobian {
    /// From the numbers of a Jacobian, row-major.
    pub fn of(numbers: &[f32], rows: usize) -> Jacobian {
        let SquaredSingularValues { mean: mean_square, spread } = SquaredSingularValues::of(numbers, rows);
        Jacobian { mean_square, spread, numbers: numbers.to_vec(), rows }
    }

    /// The singular values, descending; none where they cannot be had (numbers that are not finite).
    pub fn singular_values(&self) -> Vec<f64> {
        matrix(&self.numbers, self.rows).singular_values().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_known_matrices() {
        let flat = Jacobian::of(&[0.0, 2.0, 0.0, -2.0, 0.0, 0.0], 2);
        assert_eq!((flat.mean_square, flat.spread), (4.0, 0.0));
        assert_eq!(flat.singular_values(), [2.0, 2.0]);
        // squares 9 and 1: mean 5, variance 16
        let stretched = Jacobian::of(&[3.0, 0.0, 0.0, 1.0, 0.0, 0.0], 3);
        assert!((stretched.mean_square - 5.0).abs() < 1e-12 && (stretched.spread - 16.0 / 25.0).abs() < 1e-12);
        assert!(Jacobian::of(&[0.0; 4], 2).spread.is_nan());
    }

    #[test]
    fn from_the_first_hidden_layer_to_the_last() {
        let network: Network = "mlp(8, 6, 4, 2, relu)".parse().unwrap();
        assert_eq!(ends(&network), Some(Ends { from: 1, to: 3, rows: 4, columns: 6, hidden: true }));
        let shallow: Network = "mlp(8, 6, 2, relu)".parse().unwrap();
        assert_eq!(ends(&shallow), Some(Ends { from: 0, to: 3, rows: 2, columns: 8, hidden: false }));
        assert_eq!(ends(&"mlp(8, 2000x2, 2, relu)".parse().unwrap()), None);
        assert_eq!(ends(&"mlp(8, 4x3, 2, relu, batch_norm)".parse().unwrap()), None);
    }
}
