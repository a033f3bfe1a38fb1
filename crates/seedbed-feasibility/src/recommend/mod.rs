//! The main job: which prior should this network start from, on this data?
//!
//! 1. **Narrowing.** Theory, stated beliefs and two draws remove candidates before any is trained; see [`Narrowing`].
//! 2. **Search.** Every candidate that is left runs one trial at learning rates of a log grid, from the middle to the fastest (at
//!    all of them without narrowing; see [`Grid`]), to the full budget unless it is stalled at half of it; the two best rates of a candidate that solves get two more seeds. Each candidate
//!    keeps its own best rate. One that solves at none, with three seeds at its best, is not compared if others solve.
//!    If nothing solves, the candidates that were removed are tried after all.
//! 3. **Comparison.** Every candidate that is left runs the same paired seeds at its own rate: seed `s` means the same stream
//!    and the same data order for all. Search seeds are not used again.
//! 4. **Beliefs.** The same draws are probed before training.
//! 5. **Verdict.** By solved rate, then by steps to the target; ties are named.

mod candidates;
mod narrow;
mod reason;
mod trained;
mod verdict;

pub use candidates::default_candidates;
pub use narrow::{FEWEST_KEPT, Narrowing};

use std::sync::Mutex;
use std::time::Instant;

use blake2::digest::consts::U8;
use blake2::{Blake2b, Digest};
use seedbed::Prior;
use seedbed_network::data::{Dataset, Targets};
use seedbed_network::graph::Network;
use serde_json::json;

use crate::error::FeasibilityError;
use crate::probe;
use crate::record::{
    DataRecord, Ended, LossCurve, NetworkRecord, PriorRecord, Recommendation, SCHEMA, StageRecord, StudyRecord,
};
use crate::statistics;
use crate::study::search::{Grid, Search};
use crate::study::store::Store;
use crate::study::{Observer, Study, count_endings, loss_curve, times, workers};
use crate::trial::{Plan, fits};
use trained::Tried;

/// With fewer pairs no paired test reaches 0.05 (theory sheet, section 6: five give 0.0625 at best).
pub const FEWEST_SEEDS: usize = 6;

/// Everything that determines a recommendation.
#[derive(Clone, Debug)]
pub struct Request<'r> {
    /// The network.
    pub network: &'r Network,
    /// The data.
    pub data: &'r Dataset,
    /// The priors to compare.
    pub candidates: Vec<Prior>,
    /// How every trial is run.
    pub plan: Plan,
    /// Learning rates to search, ascending.
    pub learning_rates: Vec<f64>,
    /// Paired seeds in the comparison; at least [`FEWEST_SEEDS`].
    pub seeds: usize,
    /// The first of the paired seeds; the recommended weights are its draw.
    pub seed: u64,
    /// Confidence of every interval, in (0, 1).
    pub confidence: f64,
    /// What may remove candidates before they are tried. It decides which trials are run and not what they are, so it is no
    /// part of the [identity](Request::identity): a study that was narrowed goes on without.
    pub narrowing: Narrowing,
}

/// The default grid: 1e-4 to 1e-1 in steps of √10.
pub fn default_learning_rates() -> Vec<f64> {
    vec![1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1]
}

impl Request<'_> {
    /// Everything that determines the results, as JSON: two requests with one identity give the same trials.
    pub fn identity(&self) -> String {
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "network": self.network.text,
            "graph": graph_fingerprint(self.network),
            "data": self.data.name,
            "data_content": data_fingerprint(self.data),
            "candidates": self.candidates.iter().map(Prior::to_string).collect::<Vec<_>>(),
            "plan": self.plan,
            "learning_rates": self.learning_rates,
            "seeds": self.seeds,
            "seed": self.seed,
        })
        .to_string()
    }

    /// Refuses a request that cannot be run.
    ///
    /// # Errors
    /// Settings out of range, a prior that cannot draw some parameter, or data that do not fit the network.
    pub fn check(&self) -> Result<(), FeasibilityError> {
        let setting = |setting, found: String, wanted: &str| {
            Err(FeasibilityError::Setting { setting, found, wanted: wanted.to_owned() })
        };
        if self.seeds < FEWEST_SEEDS {
            return setting("seeds", self.seeds.to_string(), "at least 6: fewer pairs can support no claim");
        }
        self.plan.check()?;
        if self.candidates.is_empty() {
            return setting("candidates", "empty".to_owned(), "at least one prior");
        }
        let repeated = |place: &usize| self.candidates[..*place].contains(&self.candidates[*place]);
        if let Some(place) = (1..self.candidates.len()).find(repeated) {
            return setting("candidates", format!("{} twice", self.candidates[place]), "different priors");
        }
        let rates = &self.learning_rates;
        let ascending = rates.windows(2).all(|pair| pair[0] < pair[1]);
        if rates.is_empty() || !ascending || !rates.iter().all(|rate| rate.is_finite() && *rate > 0.0) {
            return setting("learning rates", format!("{rates:?}"), "positive numbers in ascending order");
        }
        for candidate in &self.candidates {
            for parameter in &self.network.parameters {
                candidate.initializer(parameter)?;
            }
        }
        fits(self.network, self.data)
    }

    /// The same with these candidates alone.
    fn of(&self, places: &[usize]) -> Self {
        Request { candidates: places.iter().map(|&place| self.candidates[place].clone()).collect(), ..self.clone() }
    }

    /// The paired seeds of the comparison.
    fn paired_seeds(&self) -> Vec<u64> {
        (0..self.seeds as u64).map(|offset| self.seed.wrapping_add(offset)).collect()
    }

    /// The search; its seeds follow the paired ones, so that no trial counts twice.
    fn search<'s>(&'s self, candidates: &'s [String]) -> Search<'s> {
        let first_seed = self.seed.wrapping_add(self.seeds as u64);
        let grid = if self.narrowing == Narrowing::None { Grid::Whole } else { Grid::FromTheMiddle };
        Search { candidates, learning_rates: &self.learning_rates, grid, first_seed }
    }
}

/// Narrows the candidates, measures what is left and decides.
///
/// Trials that `store` already holds are taken from it. The outcome depends on the request alone, apart from
/// `seconds`: not on `threads`, and not on interruptions.
///
/// # Errors
/// As [`Request::check`]; a store that cannot be written; or the interruption, with all finished trials kept.
pub fn recommend(
    request: &Request,
    store: Store,
    threads: usize,
    observer: &dyn Observer,
) -> Result<Recommendation, FeasibilityError> {
    request.check()?;
    let begun = Instant::now();
    let narrowed = narrow::narrow(request, threads, observer)?;
    let store = Mutex::new(store);
    let study =
        Study::new(&request.network.text, request.network, request.data, &request.plan, threads, observer, &store);
    let (mut stages, tried) = trained::run(request, &study, &narrowed)?;
    stages.splice(0..0, narrowed.stages);
    let probes = probes(request, threads, observer)?;
    let records = (request.candidates.iter().zip(&tried).zip(probes.chunks(request.seeds)))
        .map(|((prior, tried), probes)| prior_record(request, prior, tried, probes))
        .collect();
    let decided = verdict::decide(request, records, &tried);
    Ok(decided.into_recommendation(request, stages, begun.elapsed().as_secs_f64()))
}

/// The starts of every candidate, those that were removed too: a probe costs next to nothing, and shows why.
fn probes(
    request: &Request,
    threads: usize,
    observer: &dyn Observer,
) -> Result<Vec<probe::DrawProbe>, FeasibilityError> {
    observer.stage("probing the starts");
    workers::run(&candidate_by_seed(request, &request.paired_seeds()), threads, |&(candidate, seed)| {
        if !observer.goes_on() {
            return Err(FeasibilityError::Interrupted);
        }
        probe::draw(request.network, request.data, &request.candidates[candidate], seed)
    })
}

/// All pairs of a candidate and a seed, the seeds of one candidate together.
fn candidate_by_seed(request: &Request, seeds: &[u64]) -> Vec<(usize, u64)> {
    let of_candidate = |candidate| seeds.iter().map(move |&seed| (candidate, seed));
    (0..request.candidates.len()).flat_map(of_candidate).collect()
}

fn prior_record(request: &Request, prior: &Prior, tried: &Tried, probes: &[probe::DrawProbe]) -> PriorRecord {
    let trials = &tried.trials;
    let solved = trials.iter().filter(|trial| trial.ended == Ended::Solved).count();
    let times = times(trials, &request.plan);
    let accuracies: Vec<f64> = trials.iter().map(|trial| trial.test_accuracy).collect();
    PriorRecord {
        prior: prior.to_string(),
        rank: 0,
        removed_by: tried.removed.as_ref().map(|(stage, _)| *stage),
        tied: false,
        learning_rate: tried.searched.as_ref().map(|searched| searched.best),
        solved: statistics::wilson(solved, trials.len(), request.confidence),
        steps_to_target: statistics::kaplan_meier_median(&times, request.confidence),
        ended: count_endings(trials),
        test_accuracy: statistics::skewed_mean(&accuracies, request.confidence),
        learning_rates: tried.searched.as_ref().map_or_else(Vec::new, |searched| searched.tried.clone()),
        beliefs: probe::summary::beliefs(request.network, probes, request.confidence),
        signal: probe::summary::signal(probes, request.confidence),
        loss_curve: if trials.is_empty() { LossCurve::default() } else { loss_curve(trials, &request.plan) },
        why: String::new(),
    }
}

impl verdict::Decided {
    fn into_recommendation(self, request: &Request, stages: Vec<StageRecord>, seconds: f64) -> Recommendation {
        let verdict::Decided { priors, recommended, tied_with, sentences } = self;
        Recommendation {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: String::new(),
            network: NetworkRecord::of(request.network),
            data: DataRecord::of(request.data),
            study: StudyRecord {
                optimizer: request.plan.optimizer.to_string(),
                momentum: request.plan.optimizer.momentum(),
                batch: request.plan.batch,
                steps: request.plan.steps,
                target_loss: request.plan.target_loss,
                smoothing_steps: request.plan.smoothing_steps,
                seeds: request.seeds,
                seed: request.seed,
                learning_rates: request.learning_rates.clone(),
                confidence: request.confidence,
            },
            recommended,
            tied_with,
            verdict: sentences,
            seconds,
            stages,
            weights: None,
            priors,
        }
    }
}

/// Eight bytes that tell one graph from another.
pub(crate) fn graph_fingerprint(network: &Network) -> String {
    let text = format!("{:?}", (&network.nodes, &network.parameters));
    hexadecimal(Blake2b::<U8>::digest(text.as_bytes()).into())
}

/// Eight bytes that tell one data set from another.
pub(crate) fn data_fingerprint(data: &Dataset) -> String {
    let mut digest = Blake2b::<U8>::new();
    for split in [&data.train, &data.test] {
        split.inputs.iter().for_each(|value| digest.update(value.to_le_bytes()));
        match &split.targets {
            Targets::Classes(labels) => labels.iter().for_each(|label| digest.update(label.to_le_bytes())),
            Targets::Numbers(numbers) => numbers.iter().for_each(|number| digest.update(number.to_le_bytes())),
        }
    }
    hexadecimal(digest.finalize().into())
}

fn hexadecimal(digest: [u8; 8]) -> String {
    format!("{:016x}", u64::from_be_bytes(digest))
}
