//! Recurrent cells through time: the moments of the state after each step, for two sequences.
//!
//! At infinite width a pre-activation is Gaussian, with the moments of what the input and the state before give it. Each
//! gate of a unit has weights of its own, so that moments of products are products of moments:
//!
//! | cell | moments m of its state |
//! |---|---|
//! | rnn | m(h′) = m(φ(z)) |
//! | lstm | m(c′) = m(σ(f)) m(c) + m(σ(i)) m(tanh g), m(h′) = m(σ(o)) m(tanh c′) |
//! | gru | m(h′) = m(σ(z)) m(h) + m(1 − σ(z)) m(n), n = tanh of m(W x + b) + m(σ(r)) m(U h + b′) |
//!
//! What is written at different times is alike where inputs are, and adds up: 2 E σ(f) E σ(i) E c g for each step, where
//! E c g counts what is left of all that was written. A cell's c and a reset gate's product count as Gaussian, which they
//! are only nearly, and a unit's gates as independent through time; they are not, as weights are the same at each step, and
//! states hold up to a quarter more at σ_w² = 2 (see [`crate::mean_field::Lstm`]). A plain cell has none of this: there it
//! changes nothing that weights are the same (Yang 2019).
//!
//! Sources: Chen, Pennington & Schoenholz (2018); Gilboa et al. (2019).

use seedbed::Activation::{self, Sigmoid, Tanh};
use seedbed::quadrature::gaussian_expectation;
use seedbed_network::graph::{Cell, NodeIndex};

use super::state::{Element, Moments, Place, State, share};
use super::window::Grid;
use crate::bivariate::{bivariate, bivariate_of};

/// States whose moments differ by less than this share count as settled, and are not computed again.
const SETTLED: f64 = 1e-12;

/// What a cell's weights do, gate after gate as they are packed.
#[derive(Clone, Debug)]
pub struct Weights {
    /// fan_in E w² of the input's weights.
    pub input: f64,
    /// units E u² of the state's weights.
    pub recurrent: f64,
    /// Biases of the input's part.
    pub biases: Vec<Element>,
    /// Biases of the state's part.
    pub recurrent_biases: Vec<Element>,
}

/// The states through time.
pub struct Unrolled {
    /// At each step.
    states: Vec<(f64, Moments)>,
    /// E φ′² of a plain cell at each step.
    pub slopes: Vec<f64>,
}

impl Unrolled {
    /// The last state, or all of them.
    pub fn state(&self, every: bool, origin: NodeIndex) -> State {
        let place = |(mean, moments): &(f64, Moments)| Place { mean: *mean, same: moments.same, other: moments.other };
        let (_, last) = self.states.last().copied().unwrap_or((0.0, NOTHING));
        let kept = if every { &self.states[..] } else { &self.states[self.states.len().saturating_sub(1)..] };
        State {
            grid: Grid { height: kept.len(), width: 1 },
            places: kept.iter().map(place).collect(),
            near: share(last.elsewhere, last.same),
            near_other: share(last.other_elsewhere, last.same),
            gaussian: false,
            activated: None,
            origins: vec![origin],
        }
    }
}

/// The states of a cell over the steps of `input`, from a state of zeros.
pub fn unroll(cell: Cell, weights: &Weights, input: &State) -> Unrolled {
    let inputs = input.places.iter().map(|place| Moments {
        same: place.same,
        elsewhere: input.near * place.same,
        other: place.other,
        other_elsewhere: input.near_other * place.same,
    });
    let mut unrolled = Unrolled { states: Vec::new(), slopes: Vec::new() };
    let mut now = START;
    let mut before: Option<(Moments, Step)> = None;
    for input in inputs {
        if !before.is_some_and(|(x, step)| near(x, input) && step.settled(&now)) {
            before = Some((input, now));
            now = weights.step(cell, input, now);
        }
        unrolled.states.push((now.mean, now.hidden));
        unrolled.slopes.push(now.slope);
    }
    unrolled
}

/// The moments after one step.
#[derive(Clone, Copy)]
struct Step {
    hidden: Moments,
    /// c of an LSTM, h of the others.
    kept: Moments,
    mean: f64,
    slope: f64,
    /// Σ of the mean shares left of all that was written, up to this step and up to the one before.
    reach: [f64; 2],
}

impl Step {
    fn settled(&self, next: &Step) -> bool {
        let reach = (self.reach[0] - next.reach[0]).abs() <= SETTLED * next.reach[0];
        reach && near(self.hidden, next.hidden) && near(self.kept, next.kept)
    }
}

const START: Step = Step { hidden: NOTHING, kept: NOTHING, mean: 0.0, slope: 0.0, reach: [0.0; 2] };

/// A leaking store: s′ = keep · s + write · n.
struct Store {
    keep: Moments,
    keep_mean: f64,
    write: Moments,
    write_mean: f64,
    /// Products of keeping and writing.
    crossed: Moments,
}

impl Store {
    /// The moments of s′, from those of n and of s, and what the reach becomes.
    fn next(&self, new: Moments, before: &Step) -> (Moments, [f64; 2]) {
        let [reach, earlier] = before.reach;
        let plain = add(times(self.keep, before.kept), times(self.write, new));
        // E s n of one time, and of s a step earlier
        let at_once = |alike: f64, own: f64| self.keep_mean * alike * earlier + self.write_mean * own + alike * earlier;
        let met = Moments {
            same: 2.0 * new.elsewhere * reach,
            elsewhere: at_once(new.elsewhere, new.same),
            other: 2.0 * new.other_elsewhere * reach,
            other_elsewhere: at_once(new.other_elsewhere, new.other),
        };
        let mut next = add(plain, times(self.crossed, met));
        if reach == 0.0 {
            // the state before the first is 0
            (next.elsewhere, next.other_elsewhere) = (0.0, 0.0);
        }
        (next, [self.keep_mean * reach + self.write_mean, reach])
    }
}

impl Weights {
    fn step(&self, cell: Cell, input: Moments, before: Step) -> Step {
        let hidden = before.hidden;
        let gate = |place: usize| {
            let (mean, spread) = self.bias(place);
            (mean, add(add(scaled(self.input, input), scaled(self.recurrent, hidden)), all(spread)))
        };
        match cell {
            Cell::Rnn(activation) => {
                let (mean, z) = gate(0);
                let function = |z: f64| [activation.derivative(z + mean).powi(2), activation.value(z + mean)];
                let kinks: Vec<f64> = activation.kinks().iter().map(|kink| kink - mean).collect();
                let [slope, average] = gaussian_expectation(z.same, &kinks, function);
                let hidden = of(activation, mean, z);
                Step { hidden, kept: hidden, mean: average, slope, reach: [1.0, 1.0] }
            }
            Cell::Lstm => {
                let [(i, write), (f, keep), (g, new), (o, output)] = [0, 1, 2, 3].map(gate);
                let [keep_mean, write_mean] = [mean_open(f, keep.same), mean_open(i, write.same)];
                let store = Store {
                    keep: of(Sigmoid, f, keep),
                    keep_mean,
                    write: of(Sigmoid, i, write),
                    write_mean,
                    crossed: all(keep_mean * write_mean),
                };
                let (kept, reach) = store.next(of(Tanh, g, new), &before);
                let hidden = times(of(Sigmoid, o, output), of(Tanh, 0.0, kept));
                Step { hidden, kept, mean: 0.0, slope: 0.0, reach }
            }
            Cell::Gru => {
                let [(r, reset), (z, update)] = [0, 1].map(gate);
                let state = add(scaled(self.recurrent, hidden), all(self.recurrent_biases[2].square()));
                let seen = add(scaled(self.input, input), all(self.biases[2].variance));
                let new = of(Tanh, self.biases[2].mean, add(seen, times(of(Sigmoid, r, reset), state)));
                let (keep, keep_mean) = (of(Sigmoid, z, update), mean_open(z, update.same));
                let crossed = add(all(keep_mean), scaled(-1.0, keep));
                // E (1 − z)(1 − z′) = 1 − 2 E z + E z z′
                let write = add(all(1.0 - 2.0 * keep_mean), keep);
                let store = Store { keep, keep_mean, write, write_mean: 1.0 - keep_mean, crossed };
                let (kept, reach) = store.next(new, &before);
                Step { hidden: kept, kept, mean: 0.0, slope: 0.0, reach }
            }
        }
    }

    /// Mean and variance of a gate's two biases together.
    fn bias(&self, gate: usize) -> (f64, f64) {
        let (first, second) = (self.biases[gate], self.recurrent_biases[gate]);
        (first.mean + second.mean, first.variance + second.variance)
    }
}

/// E σ(z) of a gate.
fn mean_open(mean: f64, variance: f64) -> f64 {
    let [open] = gaussian_expectation(variance.max(0.0), &[], |z| [Sigmoid.value(z + mean)]);
    open
}

/// Second moments of an activation of a Gaussian with this mean and these covariances.
fn of(activation: Activation, mean: f64, covariances: Moments) -> Moments {
    let q = covariances.same.max(0.0);
    let kinks: Vec<f64> = activation.kinks().iter().map(|kink| kink - mean).collect();
    let function = |z: f64| (activation.value(z + mean), activation.derivative(z + mean));
    let [same] = gaussian_expectation(q, &kinks, |z| [function(z).0.powi(2)]);
    let product = |c: f64| match (c >= q, mean == 0.0) {
        (true, _) => same,
        (_, true) => bivariate(activation, q, q, c).product,
        _ => bivariate_of(function, &kinks, q, q, c).product,
    };
    Moments {
        same,
        elsewhere: product(covariances.elsewhere),
        other: product(covariances.other),
        other_elsewhere: product(covariances.other_elsewhere),
    }
}

const NOTHING: Moments = Moments { same: 0.0, elsewhere: 0.0, other: 0.0, other_elsewhere: 0.0 };

fn all(value: f64) -> Moments {
    Moments { same: value, elsewhere: value, other: value, other_elsewhere: value }
}

fn scaled(factor: f64, moments: Moments) -> Moments {
    times(all(factor), moments)
}

fn add(first: Moments, second: Moments) -> Moments {
    first.combine(second, |a, b| a + b)
}

fn times(first: Moments, second: Moments) -> Moments {
    first.combine(second, |a, b| a * b)
}

fn near(first: Moments, second: Moments) -> bool {
    let Moments { same, elsewhere, other, other_elsewhere } = first.combine(second, |a, b| (a - b).abs());
    same.max(elsewhere).max(other).max(other_elsewhere) <= SETTLED * first.same
}
