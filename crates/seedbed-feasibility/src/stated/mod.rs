//! Stated beliefs, measured: draws of a prior on the engine, and each belief's number beside the stated one.
//!
//! A belief is *met* where the estimate over draws lies within [`ALLOWED`] of what was stated. The inputs are
//! independent normal numbers of the stated mean square, others in every draw.

mod inputs;
mod memory;
mod quantity;
mod record;

use seedbed::Prior;
use seedbed_network::graph::Network;
use seedbed_network::run::{Batch, Runner};
use seedbed_theory::beliefs::{ALLOWED, Answer, Belief, Stated};
use serde::{Deserialize, Serialize};

use crate::error::FeasibilityError;
use crate::statistics::estimate::finite_or_null;
use crate::statistics::{Estimate, jackknife};
use crate::study::workers;
use inputs::Inputs;
use quantity::Quantity;

pub use record::{Chosen, SCHEMA, Solution, SolvedRecord, TradeRecord, solution};

/// With fewer draws no interval is worth its name.
pub const FEWEST_DRAWS: usize = 4;

/// What is measured, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The network.
    pub network: &'r Network,
    /// What was stated.
    pub stated: &'r Stated,
    /// The solved prior and where its signals settle.
    pub answer: &'r Answer,
    /// Draws; at least [`FEWEST_DRAWS`].
    pub draws: usize,
    /// Seed of the first draw.
    pub seed: u64,
    /// Confidence of every interval, in (0, 1).
    pub confidence: f64,
}

/// One belief: stated, predicted for the solved prior, and measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Its key.
    pub belief: String,
    /// What its number is.
    pub meaning: String,
    /// What was stated, as a number.
    pub stated: f64,
    /// What theory says of the solved prior.
    #[serde(with = "finite_or_null")]
    pub predicted: f64,
    /// What draws show.
    pub measured: Estimate,
    /// Whether the estimate is within a tenth of what was stated.
    pub met: bool,
}

/// Measures every stated belief on draws of a prior, which may be another than the solved one. The result does not depend
/// on `threads`.
///
/// ```
/// use seedbed_feasibility::stated::{Request, measure};
/// use seedbed_theory::beliefs::{Stated, solve};
/// let network = "mlp(16, 64x4, 8, tanh)".parse()?;
/// let stated = Stated::from_toml("output_std = 0.5")?;
/// let answer = solve(&network, &stated)?;
/// let request = Request { network: &network, stated: &stated, answer: &answer, draws: 16, seed: 0, confidence: 0.95 };
/// assert!(measure(&request, &answer.prior, 1)?[0].met);
/// assert!(!measure(&request, &"he_normal".parse()?, 1)?[0].met);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Too few draws, or a prior that cannot draw some parameter.
pub fn measure(request: &Request, prior: &Prior, threads: usize) -> Result<Vec<Measured>, FeasibilityError> {
    if request.draws < FEWEST_DRAWS {
        let wanted = format!("at least {FEWEST_DRAWS}: an interval needs draws");
        return Err(FeasibilityError::Setting { setting: "draws", found: request.draws.to_string(), wanted });
    }
    let inputs = Inputs::of(request, prior)?;
    let quantities: Vec<Quantity> =
        request.answer.beliefs.iter().map(|held| Quantity::of(held.belief, request, &inputs)).collect();
    let places: Vec<u64> = (0..request.draws as u64).collect();
    let draws = workers::run(&places, threads, |&place| {
        draw(request, prior, &inputs, &quantities, request.seed.wrapping_add(place))
    })?;
    let measured = request.answer.beliefs.iter().zip(&quantities).enumerate().map(|(place, (held, quantity))| {
        let samples: Vec<Vec<f64>> = draws.iter().map(|draw| draw[place].clone()).collect();
        let measured = jackknife(&samples, |mean| quantity.of_means(mean), request.confidence);
        Measured {
            belief: held.belief.key().to_owned(),
            meaning: held.belief.meaning().to_owned(),
            stated: held.stated,
            predicted: held.predicted,
            met: is_met(held.belief, held.stated, measured.value),
            measured,
        }
    });
    Ok(measured.collect())
}

fn is_met(belief: Belief, stated: f64, measured: f64) -> bool {
    match belief {
        // of an isometry nothing is too much
        Belief::Isometry => measured <= (1.0 + ALLOWED) * stated,
        _ => (measured - stated).abs() <= ALLOWED * stated.abs(),
    }
}

/// The sums that one draw adds to each quantity.
fn draw(
    request: &Request,
    prior: &Prior,
    inputs: &Inputs,
    quantities: &[Quantity],
    seed: u64,
) -> Result<Vec<Vec<f64>>, FeasibilityError> {
    let network = request.network;
    let weights = prior.draw(&network.parameters, seed)?;
    let examples = inputs.draw(network, seed)?;
    let answers = inputs.examples() * network.answers();
    let labels: Vec<u32> = (0..answers).map(|row| (row % network.classes()) as u32).collect();
    let trace = Runner::new(network).trace(&weights, &Batch::classes(&examples, &labels))?;
    quantities.iter().map(|quantity| quantity.sums(network, &weights, &trace, inputs, seed)).collect()
}
