//! What a prior believes: each claim of its initializers beside theory and beside measurement, on the user's network.
//!
//! Draws are run on the user's data, forward, and backward from random directions of the outputs, so that nothing
//! depends on labels. Each measured quantity is a row: what is claimed, what theory says, the estimate over draws, and
//! whether it lies where a start that keeps the belief would lie. Where theory has no answer the row says so and the
//! measurement stands alone.

mod claims;
mod classes;
mod jacobian;
mod measure;
mod pictures;
pub mod record;
mod rows;
mod spectrum;
mod theory;
mod words;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use seedbed::Prior;
use seedbed_network::data::Dataset;
use seedbed_network::graph::Network;

use crate::error::FeasibilityError;
use crate::probe::PROBE_EXAMPLES;
use crate::record::{DataRecord, NetworkRecord};
use crate::study::{Observer, workers};
use measure::{Bench, Draw};
use record::{Beliefs, COMPARISON_SCHEMA, Comparison, SCHEMA};
use rows::Table;
use theory::Derivation;

/// With fewer draws no interval is worth its name.
pub const FEWEST_DRAWS: usize = 4;

/// Everything that determines the beliefs of a prior.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The network.
    pub network: &'r Network,
    /// The data; the first 256 training examples are used.
    pub data: &'r Dataset,
    /// The prior.
    pub prior: &'r Prior,
    /// Draws; at least [`FEWEST_DRAWS`].
    pub draws: usize,
    /// Seed of the first draw.
    pub seed: u64,
    /// Confidence of every interval, in (0, 1).
    pub confidence: f64,
}

impl Request<'_> {
    /// Refuses a request that cannot be run.
    ///
    /// # Errors
    /// Too few draws, a prior that cannot draw some parameter, or data that do not fit the network.
    pub fn check(&self) -> Result<(), FeasibilityError> {
        if self.draws < FEWEST_DRAWS {
            let wanted = format!("at least {FEWEST_DRAWS}: an interval needs draws");
            return Err(FeasibilityError::Setting { setting: "draws", found: self.draws.to_string(), wanted });
        }
        for parameter in &self.network.parameters {
            self.prior.initializer(parameter)?;
        }
        let (needed, found) = (self.network.input(), &self.data.example_shape);
        if needed.elements() != found.elements() {
            let (needs, has) = (needed.elements(), found.elements());
            return Err(FeasibilityError::DataMismatch {
                data: self.data.name.clone(),
                network: self.network.text.clone(),
                problem: format!("an example is {found} ({has} numbers), the network takes {needed} ({needs})"),
            });
        }
        if self.data.train.examples() < 2 {
            return Err(FeasibilityError::DataMismatch {
                data: self.data.name.clone(),
                network: self.network.text.clone(),
                problem: "it holds fewer than 2 training examples, and examples are compared".to_owned(),
            });
        }
        Ok(())
    }

    fn inputs(&self) -> &[f32] {
        let examples = self.data.train.examples().min(PROBE_EXAMPLES);
        &self.data.train.inputs[..examples * self.network.input().elements()]
    }
}

/// What one prior believes. The result depends on the request alone, not on `threads`.
///
/// ```
/// use seedbed_feasibility::believe::{Request, believe};
/// use seedbed_feasibility::study::Silent;
/// let network = "mlp(64, 32x4, 10, relu)".parse()?;
/// let data = seedbed_network::data::digits();
/// let prior = "glorot_uniform".parse()?;
/// let request = Request { network: &network, data: &data, prior: &prior, draws: 4, seed: 0, confidence: 0.95 };
/// let found = believe(&request, 1, &Silent)?;
/// let scale = found.rows.iter().find(|row| row.quantity == "forward variance ratio per layer").unwrap();
/// assert!((scale.theory.as_ref().unwrap().value - 0.5).abs() < 1e-9 && scale.held == Some(false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`Request::check`], or the interruption.
pub fn believe(request: &Request, threads: usize, observer: &dyn Observer) -> Result<Beliefs, FeasibilityError> {
    request.check()?;
    let bench = Bench::new(request.network, request.inputs(), request.seed)?;
    observer.begins(request.draws as u64);
    observer.stage("measuring draws");
    let places: Vec<usize> = (0..request.draws).collect();
    let draws: Vec<Draw> = workers::run(&places, threads, |&place| {
        if !observer.goes_on() {
            return Err(FeasibilityError::Interrupted);
        }
        let draw = bench.draw(request.prior, request.seed.wrapping_add(place as u64), place);
        observer.advanced(1);
        draw
    })?;
    observer.stage("deriving");
    let derivation = Derivation::new(request.network, request.prior, request.inputs(), threads)?;
    let table = Table { request, bench: &bench, draws: &draws, derivation: &derivation };
    let claims = claims::of_prior(request.network, request.prior)?;
    Ok(Beliefs {
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: String::new(),
        network: NetworkRecord::of(request.network),
        data: DataRecord::of(request.data),
        prior: request.prior.to_string(),
        draws: request.draws,
        seed: request.seed,
        confidence: request.confidence,
        notes: duplicates(request).into_iter().chain(derivation.notes()).collect(),
        rows: table.rows(&claims),
        signal: pictures::signal(&table),
        jacobian: pictures::jacobian(&table),
        phase: spectrum::phase(request.network, request.prior),
        functions: pictures::functions(request, threads),
    })
}

/// Priors side by side, on the same seeds.
pub fn compared(priors: Vec<Beliefs>) -> Comparison {
    Comparison { schema: COMPARISON_SCHEMA.to_owned(), priors }
}

/// Examples that repeat another, in words.
fn duplicates(request: &Request) -> Option<String> {
    let rows = request.inputs().chunks(request.network.input().elements());
    let bits = rows.map(|row| row.iter().map(|value| (value + 0.0).to_bits()).collect::<Vec<u32>>());
    let distinct: HashSet<Vec<u32>> = bits.collect();
    let all = request.inputs().len() / request.network.input().elements();
    let repeated = all - distinct.len();
    (repeated > 0).then(|| {
        format!(
            "{repeated} of the {all} examples repeat another: their kernel is singular, and cosines of pairs count them"
        )
    })
}
