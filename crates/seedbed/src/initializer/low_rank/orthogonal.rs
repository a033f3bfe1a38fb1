//! A and B in complementary halves of the rank's space, so that B A = 0 and neither is 0.

use crate::initializer::matrix::Matrix;
use crate::initializer::orthogonal::haar_f64;
use crate::kernel::{self, double};
use crate::plan::{Facts, Whole};
use crate::{Stream, purpose};

/// The name of the streams that shared orthogonal matrices come from; the basis is their seed.
const BASIS_STREAM: &str = "lora_orthogonal";

/// Which factor of an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Factor {
    /// `[rank, in]`.
    A,
    /// `[out, rank]`.
    B,
}

/// std · Σ over k of g(unit, k) q(k), with q the rows of one half of a Haar matrix and g(unit, k) the stream's normal
/// element `unit · rank / 2 + k`. A unit is a column of A or a row of B.
#[derive(Debug)]
pub(super) struct Orthogonal {
    pub matrix: Matrix,
    pub factor: Factor,
    pub basis: u64,
    pub std: f64,
}

impl Orthogonal {
    /// The size that A and B share.
    pub fn rank(&self) -> usize {
        if self.factor == Factor::A { self.matrix.rows() } else { self.matrix.columns() }
    }

    fn units(&self) -> usize {
        if self.factor == Factor::A { self.matrix.columns() } else { self.matrix.rows() }
    }

    /// Every second row of Q times std, in rows; of A the first, third and so on, of B the others.
    fn half(&self) -> Vec<Vec<f64>> {
        let rank = self.rank();
        let q = haar_f64(rank, rank, &Stream::new(self.basis, BASIS_STREAM), 0, self.std);
        q.chunks_exact(rank.max(1))
            .skip(usize::from(self.factor == Factor::B))
            .step_by(2)
            .map(<[f64]>::to_vec)
            .collect()
    }

    /// Gives every entry, in double precision, to `set` with its place; coordinates hold rank / 2 values a unit.
    fn combine(&self, coordinates: &[f64], mut set: impl FnMut(usize, f64)) {
        let half = self.half();
        let mut sum = vec![0.0; self.rank()];
        for (unit, shares) in coordinates.chunks_exact(half.len().max(1)).enumerate() {
            sum.fill(0.0);
            for (share, row) in shares.iter().zip(&half) {
                sum.iter_mut().zip(row).for_each(|(sum, q)| *sum += share * q);
            }
            for (index, value) in sum.iter().enumerate() {
                let (row, column) = if self.factor == Factor::A { (index, unit) } else { (unit, index) };
                set(self.matrix.place(row, column), *value);
            }
        }
    }
}

impl Whole for Orthogonal {
    fn fill(&self, out: &mut [f32], stream: &Stream) {
        let mut drawn = vec![0.0f32; self.units() * self.rank() / 2];
        kernel::normal(&mut drawn, 0, stream, purpose::VALUES, 0.0, 1.0);
        let coordinates: Vec<f64> = drawn.into_iter().map(f64::from).collect();
        self.combine(&coordinates, |place, value| out[place] = value as f32);
    }

    fn fill_f64(&self, out: &mut [f64], stream: &Stream) {
        let mut coordinates = vec![0.0; self.units() * self.rank() / 2];
        double::fill(&mut coordinates, 0, stream, double::standard_normal);
        self.combine(&coordinates, |place, value| out[place] = value);
    }

    /// Over all entries the rows of the half have squares that sum to rank / 2, so half the variance each.
    fn facts(&self) -> Facts {
        Facts {
            distribution: "normal in half of the rank's space".to_owned(),
            mean: 0.0,
            variance: self.std * self.std / 2.0,
            bounds: (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Initializer, Parameter};

    fn pair(rank: usize, basis: [u64; 2]) -> (Vec<f64>, Vec<f64>) {
        let (a, b) = (Parameter::dense("lora_A", 40, rank).unwrap(), Parameter::dense("lora_B", rank, 30).unwrap());
        let text = |factor: &str, basis: u64| format!("lora_{factor}_orthogonal(basis={basis})");
        let draw = |text: String, parameter: &Parameter| text.parse::<Initializer>().unwrap().draw_as(parameter, 1);
        (draw(text("a", basis[0]), &a).unwrap(), draw(text("b", basis[1]), &b).unwrap())
    }

    fn largest_of_product(rank: usize, basis: [u64; 2]) -> f64 {
        let (a, b) = pair(rank, basis);
        let entry = |row: usize, column: usize| (0..rank).map(|k| b[row * rank + k] * a[k * 40 + column]).sum::<f64>();
        (0..30)
            .flat_map(|row| (0..40).map(move |column| (row, column)))
            .map(|(r, c)| entry(r, c).abs())
            .fold(0.0, f64::max)
    }

    #[test]
    fn the_adapter_changes_nothing_and_neither_factor_is_zero() {
        for rank in [2, 8, 16] {
            assert!(largest_of_product(rank, [3, 3]) < 1e-15);
            assert!(largest_of_product(rank, [3, 4]) > 1e-3, "another basis is another half");
        }
    }

    #[test]
    fn the_variance_is_that_of_the_facts() {
        let a = Parameter::dense("lora_A", 5000, 16).unwrap();
        let initializer: Initializer = "lora_a_orthogonal".parse().unwrap();
        let values = initializer.draw(&a, 1).unwrap();
        let square = values.iter().map(|value| f64::from(value * value)).sum::<f64>() / values.len() as f64;
        // 40 000 independent squares: 0.7 % standard error
        assert!((square / initializer.element_variance(&a).unwrap() - 1.0).abs() < 0.03, "{square}");
    }
}
