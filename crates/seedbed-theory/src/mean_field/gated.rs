//! An LSTM unrolled in time: c′ = σ(f) c + σ(i) tanh g and h = σ(o) tanh c, each gate a Gaussian of h, the input and a
//! bias.
//!
//! Gates are products. At infinite width, with weights drawn anew at each step, the gates of a unit do not depend on its
//! cell, and g has no mean, so that E c′² = E σ(f)² E c² + E σ(i)² E tanh²g, and a gradient that stays in the cell loses
//! E σ(f)² of its mean square each step. E h² = E σ(o)² E tanh²c takes the cell as Gaussian, which it is only nearly. In a
//! real LSTM the weights are the same at each step; that makes the gates of a unit alike through time, and cells hold
//! more: after 10 steps at σ_w² = 2 and open forget gates a quarter more of E c² (simulated, 128 units).
//!
//! Source: Gilboa et al. (2019), "Dynamical isometry and a mean field theory of LSTMs and GRUs".

use seedbed::Activation::{Sigmoid, Tanh};
use seedbed::gain::{moments, moments_of};

use crate::error::{TheoryError, at_least_one, not_negative};

/// Variances and mean biases of an LSTM.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lstm {
    /// Variance of a recurrent weight times the number of units; the same for all gates. Not negative.
    pub weight_variance: f64,
    /// What the input adds to the variance of each gate at each step, biases' variance included. Not negative.
    pub input_variance: f64,
    /// Mean of the input gate's bias.
    pub input_bias: f64,
    /// Mean of the forget gate's bias.
    pub forget_bias: f64,
    /// Mean of the output gate's bias.
    pub output_bias: f64,
}

/// One step of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LstmStep {
    /// E c².
    pub cell_square: f64,
    /// E h².
    pub hidden_square: f64,
    /// E σ(f)²: what is left of a cell's mean square, and of a gradient's that stays in the cells.
    pub forget_square: f64,
}

impl Lstm {
    /// The first `steps` steps from c = h = 0.
    ///
    /// ```
    /// use seedbed_theory::mean_field::Lstm;
    /// let standard =
    ///     Lstm { weight_variance: 1.0, input_variance: 0.1, input_bias: 0.0, forget_bias: 0.0, output_bias: 0.0 };
    /// let open = Lstm { forget_bias: 3.0, ..standard };
    /// let kept = |lstm: Lstm| lstm.unroll(50).unwrap()[49].forget_square;
    /// assert!(kept(standard) < 0.3 && kept(open) > 0.89);
    /// ```
    ///
    /// # Errors
    /// No steps, a variance that is negative or not finite, or a bias that is not finite.
    pub fn unroll(&self, steps: usize) -> Result<Vec<LstmStep>, TheoryError> {
        at_least_one("number of steps", steps)?;
        let weight_variance = not_negative("weight variance", self.weight_variance)?;
        let input_variance = not_negative("input variance", self.input_variance)?;
        for bias in [self.input_bias, self.forget_bias, self.output_bias] {
            not_negative("size of a gate's bias", bias.abs())?;
        }
        let (mut cell_square, mut hidden_square) = (0.0, 0.0);
        let step = |_| {
            let q = weight_variance * hidden_square + input_variance;
            let forget_square = gate_square(self.forget_bias, q);
            let written = gate_square(self.input_bias, q) * moments(Tanh, q).mean_square;
            cell_square = forget_square * cell_square + written;
            hidden_square = gate_square(self.output_bias, q) * moments(Tanh, cell_square).mean_square;
            LstmStep { cell_square, hidden_square, forget_square }
        };
        Ok((0..steps).map(step).collect())
    }

    /// Steps within which a cell's mean square, and its gradient's, falls to 1/e: −1/ln E σ(f)² after `steps` steps.
    ///
    /// # Errors
    /// As [`Lstm::unroll`].
    pub fn memory_steps(&self, steps: usize) -> Result<f64, TheoryError> {
        let unrolled = self.unroll(steps)?;
        Ok(unrolled.last().map_or(0.0, |last| -1.0 / last.forget_square.ln()))
    }
}

/// E σ(z)² of a gate z ~ N(bias, q).
pub(crate) fn gate_square(bias: f64, q: f64) -> f64 {
    moments_of(|z| (Sigmoid.value(z + bias), Sigmoid.derivative(z + bias)), &[], q).mean_square
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed::{Initializer, Parameter};

    const STANDARD: Lstm =
        Lstm { weight_variance: 1.0, input_variance: 0.5, input_bias: 0.0, forget_bias: 1.0, output_bias: 0.0 };

    fn normals(name: &str, rows: usize, columns: usize, std: f64, seed: u64) -> Vec<f64> {
        let law: Initializer = format!("normal(std={std})").parse().unwrap();
        law.draw_as(&Parameter::dense(name, columns, rows).unwrap(), seed).unwrap()
    }

    /// E c² and E h² after each step of one draw, with recurrent weights drawn again every so many steps.
    fn simulate(lstm: &Lstm, n: usize, steps: usize, seed: u64, kept: usize) -> Vec<[f64; 2]> {
        let std = (lstm.weight_variance / n as f64).sqrt();
        let (mut cell, mut hidden) = (vec![0.0; n], vec![0.0; n]);
        (0..steps)
            .map(|step| {
                let gate = |index: usize, bias: f64| -> Vec<f64> {
                    let weights = normals(&format!("W{index} {}", step / kept), n, n, std, seed);
                    let noise = normals(&format!("{index} {step}"), n, 1, lstm.input_variance.sqrt(), seed);
                    let rows = weights.chunks(n).zip(noise);
                    rows.map(|(row, x)| row.iter().zip(&hidden).map(|(w, h)| w * h).sum::<f64>() + x + bias).collect()
                };
                let [input, forget, written, output] =
                    [(0, lstm.input_bias), (1, lstm.forget_bias), (2, 0.0), (3, lstm.output_bias)]
                        .map(|(index, bias)| gate(index, bias));
                for unit in 0..n {
                    let open = |gate: &[f64]| Sigmoid.value(gate[unit]);
                    cell[unit] = open(&forget) * cell[unit] + open(&input) * written[unit].tanh();
                }
                hidden = (0..n).map(|unit| Sigmoid.value(output[unit]) * cell[unit].tanh()).collect();
                [&cell, &hidden].map(|values| values.iter().map(|value| value * value).sum::<f64>() / n as f64)
            })
            .collect()
    }

    const WILD: Lstm = Lstm { weight_variance: 2.0, input_bias: -1.0, forget_bias: 2.0, ..STANDARD };

    /// Mean over draws of E c² and E h² at each step, with its standard error.
    fn measure(lstm: &Lstm, kept: usize) -> Vec<[(f64, f64); 2]> {
        let count = 40.0;
        let draws: Vec<Vec<[f64; 2]>> = (0..40).map(|seed| simulate(lstm, 128, 10, seed, kept)).collect();
        let of = |step: usize, place: usize| {
            let values: Vec<f64> = draws.iter().map(|draw| draw[step][place]).collect();
            let mean = values.iter().sum::<f64>() / count;
            (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0) / count).sqrt())
        };
        (0..10).map(|step| [of(step, 0), of(step, 1)]).collect()
    }

    #[test]
    fn cells_with_new_weights_at_each_step_do_what_is_predicted() {
        for lstm in [STANDARD, WILD] {
            for (expected, found) in lstm.unroll(10).unwrap().iter().zip(measure(&lstm, 1)) {
                for (expected, (mean, error)) in [expected.cell_square, expected.hidden_square].into_iter().zip(found) {
                    let allowed = 4.0 * error + 0.01 * expected;
                    assert!((mean - expected).abs() < allowed, "{mean} ± {error} for {expected}");
                }
            }
        }
    }

    #[test]
    fn cells_with_the_same_weights_hold_more() {
        let last = WILD.unroll(10).unwrap()[9].cell_square;
        let (found, _) = measure(&WILD, 10)[9][0];
        assert!(found > 1.15 * last && found < 1.3 * last, "{found} for {last}");
    }

    #[test]
    fn an_open_forget_gate_remembers() {
        // σ(4)² = 0.964 without noise: −1/ln of it
        let quiet = Lstm { weight_variance: 0.0, input_variance: 0.0, forget_bias: 4.0, ..STANDARD };
        let expected = -0.5 / (1.0 / (1.0 + (-4.0_f64).exp())).ln();
        assert!((quiet.memory_steps(5).unwrap() - expected).abs() < 1e-9);
        assert!(STANDARD.memory_steps(50).unwrap() < 3.0);
    }

    #[test]
    fn what_is_no_cell_is_refused() {
        assert!(STANDARD.unroll(0).is_err());
        assert!(Lstm { weight_variance: -1.0, ..STANDARD }.unroll(3).is_err());
        assert!(Lstm { forget_bias: f64::NAN, ..STANDARD }.memory_steps(3).is_err());
    }
}
