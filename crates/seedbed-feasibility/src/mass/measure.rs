//! The solution mass of priors on a network and data: which method, what else follows from its solutions.

use seedbed::{Prior, Stream};
use seedbed_network::data::{Dataset, Targets};
use seedbed_network::graph::Network;
use seedbed_network::run::{Batch, Runner};

use super::combined::{agreement, log_mass};
use super::event::{Event, NetworkLandscape, Target};
use super::pac_bayes::error_bound;
use super::record::{LevelRecord, MassRecord, PriorMass, RepeatRecord, SCHEMA};
use super::splitting::{Run, Settings, splitting};
use super::within::{Budget, within};
use super::{Direct, direct};
use crate::error::FeasibilityError;
use crate::statistics::{Estimate, mean, spearman};
use crate::study::Observer;

/// Draws that `auto` looks at before it chooses, beside the samples.
const PILOT: usize = 1000;
/// Hits that direct sampling should have: a relative standard error of a tenth.
const ENOUGH_HITS: f64 = 100.0;
/// Hits in the pilot without which a forecast of more is worth nothing.
const PILOT_HITS: usize = 5;
/// Solutions whose test error is measured, in all.
const TESTED: usize = 200;
/// δ of the bound on the error.
const DELTA: f64 = 0.05;
/// R̂ above which runs are said not to agree (Gelman et al. 2013, section 11.4).
const AGREE: f64 = 1.1;

/// How the mass is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Directly where a pilot of 1000 draws promises 100 hits among the samples, or no move is known; else by splitting.
    #[default]
    Auto,
    /// Guess and check.
    Direct,
    /// Subset simulation.
    Splitting,
}

/// What to measure.
#[derive(Clone, Debug)]
pub struct Request<'r> {
    /// The network.
    pub network: &'r Network,
    /// The data; its training part is what a solution must meet the target on.
    pub data: &'r Dataset,
    /// The priors; at least one.
    pub priors: &'r [Prior],
    /// What counts as a solution.
    pub target: Target,
    /// How.
    pub method: Method,
    /// Draws of direct sampling; at least 1.
    pub samples: usize,
    /// How splitting is done; its seed is [`seed`](Self::seed).
    pub settings: Settings,
    /// A budget of training, for the share that becomes a solution.
    pub budget: Option<Budget>,
    /// The seed.
    pub seed: u64,
    /// Confidence of the intervals.
    pub confidence: f64,
}

impl Request<'_> {
    /// Refuses a request that cannot be run.
    ///
    /// # Errors
    /// Settings out of range, data that do not fit, a prior that cannot draw some parameter, or one that splitting cannot move.
    pub fn check(&self) -> Result<(), FeasibilityError> {
        let event = Event::new(self.network, self.data, self.target)?;
        self.settings.check()?;
        self.budget.iter().try_for_each(Budget::check)?;
        let refuse = |setting, found: &str, wanted: &str| {
            Err(FeasibilityError::Setting { setting, found: found.to_owned(), wanted: wanted.to_owned() })
        };
        if self.samples == 0 {
            return refuse("samples", "0", "at least 1");
        }
        if self.priors.is_empty() {
            return refuse("priors", "empty", "at least one prior");
        }
        for prior in self.priors {
            for parameter in &self.network.parameters {
                prior.initializer(parameter)?.facts(parameter)?;
            }
            if self.method == Method::Splitting {
                NetworkLandscape::new(&event, prior)?;
            }
        }
        Ok(())
    }

    fn settings(&self) -> Settings {
        Settings { seed: self.seed, ..self.settings }
    }

    /// What the observer is told of.
    fn work(&self) -> u64 {
        let sampling = match self.method {
            Method::Direct => self.samples as u64,
            Method::Splitting => self.settings.work(),
            Method::Auto => PILOT as u64 + self.settings.work().max(self.samples as u64),
        };
        let training = self.budget.map_or(0, |budget| (budget.draws * budget.steps) as u64);
        self.priors.len() as u64 * (sampling + training)
    }
}

/// The data with the first so many training examples alone.
///
/// # Errors
/// None, or more than there are.
pub fn first_examples(mut data: Dataset, examples: usize) -> Result<Dataset, FeasibilityError> {
    let all = data.train.examples();
    if examples == 0 || examples > all {
        let (found, wanted) = (examples.to_string(), format!("from 1 to the {all} training examples of {}", data.name));
        return Err(FeasibilityError::Setting { setting: "examples", found, wanted });
    }
    data.train.inputs.truncate(data.train.inputs.len() / all * examples);
    let targets = examples * data.train.targets_per_example;
    match &mut data.train.targets {
        Targets::Classes(labels) => labels.truncate(targets),
        Targets::Numbers(numbers) => numbers.truncate(targets),
    }
    Ok(data)
}

/// Measures the mass under every prior. The result does not depend on `threads`.
///
/// # Errors
/// As [`Request::check`], or the interruption when the observer says so.
pub fn measure(request: &Request, threads: usize, observer: &dyn Observer) -> Result<MassRecord, FeasibilityError> {
    request.check()?;
    let event = Event::new(request.network, request.data, request.target)?;
    observer.begins(request.work());
    let at_work = AtWork { request, event: &event, threads, observer };
    let priors = request.priors.iter().map(|prior| at_work.prior(prior)).collect::<Result<Vec<_>, _>>()?;
    Ok(MassRecord {
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        network: request.network.text.clone(),
        data: request.data.name.clone(),
        examples: request.data.train.examples(),
        target: request.target.in_words(),
        seed: request.seed,
        confidence: request.confidence,
        prediction: prediction(&priors, request.confidence),
        priors,
    })
}

/// Whether the mass ranks the priors as training does.
fn prediction(priors: &[PriorMass], confidence: f64) -> Option<Estimate> {
    let solved: Vec<f64> = priors.iter().filter_map(|prior| prior.solved_within.as_ref()).map(|e| e.value).collect();
    let masses: Vec<f64> = priors.iter().map(|prior| prior.log_mass_nats.value).collect();
    (priors.len() > 1 && solved.len() == priors.len()).then(|| spearman(&masses, &solved, confidence))
}

/// What every prior is measured with.
struct AtWork<'w> {
    request: &'w Request<'w>,
    event: &'w Event<'w>,
    threads: usize,
    observer: &'w dyn Observer,
}

impl AtWork<'_> {
    fn prior(&self, prior: &Prior) -> Result<PriorMass, FeasibilityError> {
        let request = self.request;
        let mut found = match (request.method, self.landscape(prior)?) {
            (Method::Direct, _) => self.directly(prior)?,
            (_, None) => {
                let mut found = self.directly(prior)?;
                found.notes.push("no move is known for this prior, so it was sampled directly".to_owned());
                found
            }
            (Method::Auto, Some(_)) if self.is_likely(prior)? => self.directly(prior)?,
            (_, Some(landscape)) => self.by_splitting(prior, &landscape)?,
        };
        if self.event.is_exact_fit() && !found.zero_hits {
            found.error_bound = Some(self.bound(&found.log_mass_nats));
        }
        if let Some(budget) = &request.budget {
            self.observer.stage(&format!("training draws of {prior}"));
            let (seed, data) = ((request.seed, request.confidence), (request.network, request.data));
            found.solved_within = Some(within(data, self.event, prior, budget, seed, self.threads, self.observer)?);
        }
        Ok(found)
    }

    /// The prior's coordinates, unless its draws cannot be moved and the method is free.
    fn landscape(&self, prior: &Prior) -> Result<Option<NetworkLandscape<'_>>, FeasibilityError> {
        match NetworkLandscape::new(self.event, prior) {
            Ok(landscape) => Ok(Some(landscape)),
            Err(FeasibilityError::NoMove { .. }) if self.request.method != Method::Splitting => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a pilot promises enough hits. Its draws are not used again.
    fn is_likely(&self, prior: &Prior) -> Result<bool, FeasibilityError> {
        self.observer.stage(&format!("a pilot of {prior}"));
        let hits = self.draws(prior, PILOT, "solution mass, pilot")?.hits.len();
        Ok(hits >= PILOT_HITS && (hits * self.request.samples) as f64 / PILOT as f64 >= ENOUGH_HITS)
    }

    fn draws(&self, prior: &Prior, count: usize, name: &str) -> Result<Direct, FeasibilityError> {
        let loss = |draw| self.event.loss(&self.drawn(prior, draw, name)?);
        direct(count, self.event.threshold(), loss, self.threads, self.observer)
    }

    /// Draw number `draw` of a sequence of this name.
    fn drawn(&self, prior: &Prior, draw: usize, name: &str) -> Result<Vec<Vec<f32>>, FeasibilityError> {
        let [low, high, ..] = Stream::new(self.request.seed, name).block(draw as u64, 0);
        Ok(prior.draw(&self.request.network.parameters, u64::from(high) << 32 | u64::from(low))?)
    }

    fn directly(&self, prior: &Prior) -> Result<PriorMass, FeasibilityError> {
        const NAME: &str = "solution mass, direct";
        self.observer.stage(&format!("draws of {prior}"));
        let found = self.draws(prior, self.request.samples, NAME)?;
        let tested = found.hits.iter().take(TESTED).map(|&draw| self.drawn(prior, draw, NAME).map(|w| vec![w]));
        let tested = tested.collect::<Result<Vec<_>, _>>()?;
        Ok(PriorMass {
            hits: found.hits.len(),
            evaluations: found.draws as u64,
            test_error: self.test_error(&tested)?,
            ..blank(prior, "direct", found.log_mass(self.request.confidence))
        })
    }

    fn by_splitting(&self, prior: &Prior, landscape: &NetworkLandscape) -> Result<PriorMass, FeasibilityError> {
        self.observer.stage(&format!("splitting {prior}"));
        let settings = self.request.settings();
        let runs = splitting(landscape, self.event.threshold(), &settings, self.threads, self.observer)?;
        let each = TESTED / runs.len().clamp(1, TESTED);
        let tested = runs.iter().map(|run| spaced(run, each).map(|(point, _)| landscape.weights(point)).collect());
        let tested: Vec<Vec<Vec<Vec<f32>>>> = tested.collect();
        let (agreed, mass) = (agreement(&runs), log_mass(&runs, settings.particles, self.request.confidence));
        let mut notes = Vec::new();
        if agreed.r_hat > AGREE {
            notes.push(format!(
                "the runs do not agree on their solutions (R-hat {:.2}); more --particles or --moves make them",
                agreed.r_hat
            ));
        }
        let without = runs.iter().filter(|run| run.log_mass == f64::NEG_INFINITY).count();
        if without > 0 {
            notes.push(format!("{without} of {} runs found no solution", runs.len()));
        }
        Ok(PriorMass {
            hits: runs.iter().map(|run| run.solutions.len()).sum(),
            evaluations: runs.iter().map(|run| run.evaluations).sum(),
            r_hat: Some(agreed.r_hat).filter(|value| value.is_finite()),
            effective_samples: Some(agreed.effective_samples).filter(|value| value.is_finite()),
            test_error: self.test_error(&tested)?,
            repeats: runs.iter().map(repeat).collect(),
            notes,
            ..blank(prior, "splitting", mass)
        })
    }

    /// Mean share of wrong test answers over independent groups of solutions.
    fn test_error(&self, groups: &[Vec<Vec<Vec<f32>>>]) -> Result<Option<Estimate>, FeasibilityError> {
        let test = &self.request.data.test;
        if test.examples() == 0 || self.request.data.is_regression() {
            return Ok(None);
        }
        let runner = Runner::new(self.request.network);
        let batch = Batch::of(test, 0..test.examples());
        let mut errors = Vec::new();
        for group in groups.iter().filter(|group| !group.is_empty()) {
            let accuracies: Result<Vec<f64>, _> =
                group.iter().map(|weights| runner.evaluate(weights, &batch).map(|found| found.accuracy)).collect();
            let accuracies = accuracies?;
            errors.push(1.0 - accuracies.iter().sum::<f64>() / accuracies.len() as f64);
        }
        Ok((!errors.is_empty()).then(|| mean(&errors, self.request.confidence)))
    }

    fn bound(&self, log_mass: &Estimate) -> Estimate {
        let at = |log_mass| error_bound(log_mass, self.request.data.train.examples(), DELTA);
        // the smaller the mass, the weaker the bound
        Estimate::new(at(log_mass.value), at(log_mass.high), at(log_mass.low), log_mass.n, "langford_seeger")
    }
}

/// So many solutions of a run, evenly spaced.
fn spaced(run: &Run, count: usize) -> impl Iterator<Item = &(Vec<f64>, f64)> {
    let all = run.solutions.len();
    (0..count.min(all)).map(move |index| &run.solutions[index * all / count.min(all)])
}

fn repeat(run: &Run) -> RepeatRecord {
    let level = |level: &super::splitting::Level| LevelRecord {
        loss: level.loss,
        share: level.share,
        kept: level.kept,
        step: level.step,
    };
    let log_mass_nats = Some(run.log_mass).filter(|log| log.is_finite());
    RepeatRecord { log_mass_nats, levels: run.levels.iter().map(level).collect() }
}

fn blank(prior: &Prior, method: &str, nats: Estimate) -> PriorMass {
    let bits = |nats: f64| nats / std::f64::consts::LN_2;
    PriorMass {
        prior: prior.to_string(),
        method: method.to_owned(),
        log_mass_bits: Estimate::new(bits(nats.value), bits(nats.low), bits(nats.high), nats.n, &nats.method),
        zero_hits: nats.value == f64::NEG_INFINITY,
        log_mass_nats: nats,
        hits: 0,
        evaluations: 0,
        repeats: Vec::new(),
        r_hat: None,
        effective_samples: None,
        solved_within: None,
        test_error: None,
        error_bound: None,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Silent;

    fn ask<'r>(network: &'r Network, data: &'r Dataset, priors: &'r [Prior], method: Method) -> Request<'r> {
        let settings = Settings { particles: 200, moves: 5, repeats: 6, ..Settings::DEFAULT };
        let target = Target::ExactFit;
        Request {
            network,
            data,
            priors,
            target,
            method,
            samples: 4000,
            settings,
            budget: None,
            seed: 0,
            confidence: 0.95,
        }
    }

    fn digits(examples: usize) -> Dataset {
        first_examples(seedbed_network::data::digits(), examples).unwrap()
    }

    /// Both methods give one mass on a real network, for independent, orthogonal and sparse weights.
    #[test]
    fn splitting_agrees_with_guessing() {
        let network: Network = "mlp(64, 4, 10, tanh)".parse().unwrap();
        let data = digits(2);
        let texts = ["glorot_uniform", "orthogonal", "sparse(nonzeros=3)"];
        let priors: Vec<Prior> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let direct = measure(&ask(&network, &data, &priors, Method::Direct), 2, &Silent).unwrap();
        let split = measure(&ask(&network, &data, &priors, Method::Splitting), 2, &Silent).unwrap();
        for (one, other) in direct.priors.iter().zip(&split.priors) {
            let (value, error) = (one.log_mass_nats.value, one.log_mass_nats.high - one.log_mass_nats.low);
            assert!((value - other.log_mass_nats.value).abs() < error + 0.3, "{one:?} {other:?}");
            assert!(one.hits > 20 && one.test_error.is_some() && other.error_bound.is_some());
        }
    }

    #[test]
    fn threads_change_nothing_and_auto_chooses() {
        let network: Network = "mlp(64, 4, 10, tanh)".parse().unwrap();
        let priors = ["glorot_uniform".parse().unwrap()];
        let (one, six) = (digits(1), digits(6));
        let likely = measure(&ask(&network, &one, &priors, Method::Auto), 1, &Silent).unwrap();
        assert_eq!(likely.priors[0].method, "direct");
        let rare = |threads| measure(&ask(&network, &six, &priors, Method::Auto), threads, &Silent).unwrap();
        assert_eq!(rare(1).priors[0].method, "splitting");
        assert_eq!(rare(1), rare(3));
    }

    #[test]
    fn a_budget_gives_the_solved_share_and_its_rank_correlation() {
        let network: Network = "mlp(64, 16, 10, tanh)".parse().unwrap();
        let data = digits(3);
        let priors: Vec<Prior> = ["zeros", "glorot_normal"].map(|text| text.parse().unwrap()).into();
        let budget = Budget { steps: 60, optimizer: crate::trial::Optimizer::SGD, learning_rate: 0.1, draws: 5 };
        let request = Request { budget: Some(budget), ..ask(&network, &data, &priors, Method::Direct) };
        let found = measure(&Request { samples: 500, ..request }, 2, &Silent).unwrap();
        let shares = found.priors.iter().map(|prior| prior.solved_within.as_ref().unwrap().value);
        assert_eq!(shares.collect::<Vec<_>>(), [0.0, 1.0]);
        assert!(found.priors[0].zero_hits && found.priors[0].log_mass_nats.high < -4.0);
        assert_eq!(found.prediction.unwrap().n, 2);
    }

    #[test]
    fn what_cannot_be_moved_is_sampled_or_refused() {
        let network: Network = "mlp(64, 8, 10, tanh)".parse().unwrap();
        let data = digits(1);
        let priors = ["{layer1.weight=givens(rounds=1); *=he_normal}".parse().unwrap()];
        let refused = ask(&network, &data, &priors, Method::Splitting).check().unwrap_err().to_string();
        assert!(refused.contains("givens") && refused.contains("'layer1.weight'"), "{refused}");
        let found = measure(&ask(&network, &data, &priors, Method::Auto), 2, &Silent).unwrap();
        assert_eq!((found.priors[0].method.as_str(), found.priors[0].notes.len()), ("direct", 1));
    }
}
