//! A prior solved from stated beliefs, as plain data: the JSON of `seedbed prior --beliefs … --json`.

use seedbed_network::graph::Network;
use seedbed_theory::beliefs::{Stated, solve};
use serde::{Deserialize, Serialize};

use super::{Measured, Request, measure};
use crate::error::FeasibilityError;
use crate::statistics::estimate::finite_or_null;

/// The schema name of [`Solution`].
pub const SCHEMA: &str = "seedbed.stated/1";

/// What was stated, the prior that has it, and what draws of it show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Solution {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The network's text.
    pub network: String,
    /// What was stated, as it was read.
    pub stated: Stated,
    /// The solved prior's text form.
    pub prior: String,
    /// Its initializer for each parameter, in execution order.
    pub parameters: Vec<Chosen>,
    /// The numbers that were solved for.
    pub solved: Vec<SolvedRecord>,
    /// Draws that were measured.
    pub draws: usize,
    /// Seed of the first draw; the others follow it.
    pub seed: u64,
    /// Confidence of every interval, such as 0.95.
    pub confidence: f64,
    /// Every stated belief beside theory and measurement.
    pub beliefs: Vec<Measured>,
    /// What was given up for what.
    pub trades: Vec<TradeRecord>,
    /// What stands against relying on it.
    pub warnings: Vec<String>,
}

/// The initializer of one parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The parameter.
    pub name: String,
    /// Its shape.
    pub shape: String,
    /// The initializer's text form, with its numbers.
    pub initializer: String,
}

/// A number that was solved for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SolvedRecord {
    /// Which one.
    pub number: String,
    /// Its value.
    #[serde(with = "finite_or_null")]
    pub value: f64,
    /// The equation that it solves.
    pub how: String,
    /// Where the equation is from.
    pub source: String,
}

/// A belief that was given up for another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TradeRecord {
    /// The key of the one that does not hold.
    pub given_up: String,
    /// What was stated of it.
    pub stated: f64,
    /// What it is instead, by theory.
    #[serde(with = "finite_or_null")]
    pub predicted: f64,
    /// The key of the one that came first.
    pub kept: String,
}

impl Solution {
    /// Whether every stated belief was met.
    pub fn is_met(&self) -> bool {
        self.beliefs.iter().all(|belief| belief.met)
    }
}

/// Solves for the prior that has what is stated, and measures it on draws. The result does not depend on `threads`.
///
/// ```
/// use seedbed_feasibility::stated::solution;
/// use seedbed_theory::beliefs::Stated;
/// let network = "mlp(16, 64x4, 8, tanh)".parse()?;
/// let found = solution(&network, &Stated::from_toml("output_std = 0.5")?, (64, 0), 0.95, 1)?;
/// assert!(found.is_met());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// What [`solve`] refuses, too few draws.
pub fn solution(
    network: &Network,
    stated: &Stated,
    (draws, seed): (usize, u64),
    confidence: f64,
    threads: usize,
) -> Result<Solution, FeasibilityError> {
    let answer = solve(network, stated)?;
    let request = Request { network, stated, answer: &answer, draws, seed, confidence };
    let beliefs = measure(&request, &answer.prior, threads)?;
    let chosen = network.parameters.iter().map(|parameter| {
        let (name, shape) = (parameter.name.clone(), parameter.shape.to_string());
        Ok(Chosen { name, shape, initializer: answer.prior.initializer(parameter)?.to_string() })
    });
    Ok(Solution {
        schema: SCHEMA.to_owned(),
        network: network.text.clone(),
        stated: stated.clone(),
        prior: answer.prior.to_string(),
        parameters: chosen.collect::<Result<_, FeasibilityError>>()?,
        solved: answer.solved.into_iter().map(SolvedRecord::from).collect(),
        draws,
        seed,
        confidence,
        beliefs,
        trades: answer.trades.into_iter().map(TradeRecord::from).collect(),
        warnings: answer.warnings,
    })
}

impl From<seedbed_theory::beliefs::Solved> for SolvedRecord {
    fn from(solved: seedbed_theory::beliefs::Solved) -> SolvedRecord {
        let seedbed_theory::beliefs::Solved { number, value, how, source } = solved;
        SolvedRecord { number: number.to_owned(), value, how, source: source.to_owned() }
    }
}

impl From<seedbed_theory::beliefs::Trade> for TradeRecord {
    fn from(trade: seedbed_theory::beliefs::Trade) -> TradeRecord {
        let seedbed_theory::beliefs::Trade { given_up, stated, predicted, kept } = trade;
        TradeRecord { given_up: given_up.key().to_owned(), stated, predicted, kept: kept.key().to_owned() }
    }
}
