//! The intrinsic dimension of priors on a network and data.

use std::collections::{BTreeMap, BTreeSet};

use seedbed::Prior;
use seedbed_network::data::Dataset;
use seedbed_network::graph::Network;

use super::goal::{Goal, Yardstick};
use super::projection::Projection;
use super::record::{AttemptRecord, DimensionRecord, PriorDimension, SCHEMA, SeedDimension};
use super::search::{RESOLUTION, Search};
use super::train::{Runs, Space, Trained, Training};
use crate::error::FeasibilityError;
use crate::statistics::{Estimate, mean, median};
use crate::study::{Observer, workers};
use crate::trial::fits;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Request<'r> {
    /// The network.
    pub network: &'r Network,
    /// The data.
    pub data: &'r Dataset,
    /// The priors; at least one.
    pub priors: &'r [Prior],
    /// What counts as getting there.
    pub goal: Goal,
    /// How every run is trained.
    pub training: Training,
    /// Learning rates, ascending and positive; every dimension has the one that comes to the lowest training loss, so that one
    /// which suits the whole space does not decide over small subspaces.
    pub learning_rates: Vec<f64>,
    /// Seeds; at least 1, and at least 6 for an interval with two ends at 95 %.
    pub seeds: usize,
    /// The first of them.
    pub seed: u64,
    /// The dimension to begin with; from 1 to the number of parameters. It changes the cost, and which dimensions are tried.
    pub from: usize,
    /// Confidence of the intervals.
    pub confidence: f64,
}

impl Request<'_> {
    /// D: the number of trainable parameters.
    pub fn parameters(&self) -> usize {
        self.network.parameters.iter().map(|parameter| parameter.shape.elements()).sum()
    }

    /// Refuses a request that cannot be run.
    ///
    /// # Errors
    /// Settings out of range, data that do not fit the network or cannot be told apart, a prior that cannot draw some parameter.
    pub fn check(&self) -> Result<(), FeasibilityError> {
        let refuse = |setting, found: String, wanted: String| Err(FeasibilityError::Setting { setting, found, wanted });
        self.goal.check()?;
        fits(self.network, self.data)?;
        let Training { batch, steps, .. } = self.training;
        for (setting, found) in
            [("steps", steps), ("batch", batch), ("seeds", self.seeds), ("priors", self.priors.len())]
        {
            if found == 0 {
                return refuse(setting, "0".to_owned(), "at least 1".to_owned());
            }
        }
        if self.data.train.examples() == 0 {
            return refuse("training examples", "0".to_owned(), "at least 1".to_owned());
        }
        let parameters = self.parameters();
        if !(1..=parameters).contains(&self.from) {
            return refuse("from", self.from.to_string(), format!("from 1 to the {parameters} parameters"));
        }
        let rates = &self.learning_rates;
        let ascending = rates.windows(2).all(|pair| pair[0] < pair[1]);
        if rates.is_empty() || !ascending || !rates.iter().all(|rate| rate.is_finite() && *rate > 0.0) {
            return refuse("learning rate", format!("{rates:?}"), "positive numbers in ascending order".to_owned());
        }
        for prior in self.priors {
            for parameter in &self.network.parameters {
                prior.initializer(parameter)?.facts(parameter)?;
            }
        }
        Ok(())
    }

    /// Steps of one dimension with one seed.
    fn steps_of_attempt(&self) -> u64 {
        (self.learning_rates.len() * self.training.steps) as u64
    }

    /// Dimensions tried of one prior and seed, at most.
    fn most_tries(&self) -> usize {
        Search::new(self.from, self.parameters()).most_tries() + usize::from(self.goal.loss().is_none())
    }
}

/// Finds the dimension for every prior and seed. The result does not depend on `threads`.
///
/// # Errors
/// As [`Request::check`], or the interruption when the observer says so.
pub fn measure(
    request: &Request,
    threads: usize,
    observer: &dyn Observer,
) -> Result<DimensionRecord, FeasibilityError> {
    request.check()?;
    let yardstick = Yardstick::new(request.data);
    let runs = Runs {
        network: request.network,
        data: request.data,
        training: &request.training,
        yardstick: &yardstick,
        target_loss: request.goal.loss(),
    };
    let at_work = AtWork { request, runs: &runs, parameters: request.parameters(), threads, observer };
    let searches = (request.priors.len() * request.seeds) as u64;
    observer.begins(searches * request.most_tries() as u64 * request.steps_of_attempt());
    let mut quests = at_work.quests();
    let wholes = at_work.wholes(&mut quests)?;
    let threshold = match request.goal {
        Goal::Loss(most) => Some(most),
        Goal::Share(share) => threshold(share, &wholes, yardstick.constant),
    };
    if let Some(threshold) = threshold {
        at_work.judge(&mut quests, threshold);
        at_work.search(&mut quests, threshold)?;
    }
    Ok(at_work.record(quests, wholes, threshold))
}

/// A share of the best whole-space performance; `None` if that is no better than a constant answer.
fn threshold(share: f64, wholes: &[Estimate], constant: f64) -> Option<f64> {
    let best = wholes.iter().map(|whole| whole.value).fold(f64::NEG_INFINITY, f64::max);
    (best > constant).then_some(share * best)
}

/// What every search is run with.
struct AtWork<'w> {
    request: &'w Request<'w>,
    runs: &'w Runs<'w>,
    parameters: usize,
    threads: usize,
    observer: &'w dyn Observer,
}

/// The search of one prior with one seed.
struct Quest {
    prior: usize,
    seed: u64,
    search: Search,
    attempts: Vec<AttemptRecord>,
}

impl AtWork<'_> {
    fn quests(&self) -> Vec<Quest> {
        let search = Search::new(self.request.from, self.parameters);
        let seeds = (0..self.request.seeds as u64).map(|place| self.request.seed.wrapping_add(place));
        let of_prior = |prior| seeds.clone().map(move |seed| Quest { prior, seed, search, attempts: Vec::new() });
        (0..self.request.priors.len()).flat_map(of_prior).collect()
    }

    /// Trains the whole space where a share of it is asked for: the mean performance of each prior.
    fn wholes(&self, quests: &mut [Quest]) -> Result<Vec<Estimate>, FeasibilityError> {
        if self.request.goal.loss().is_some() {
            return Ok(Vec::new());
        }
        let asked: Vec<(usize, usize)> = (0..quests.len()).map(|quest| (quest, self.parameters)).collect();
        self.observer.stage(&format!("the whole space of {} parameters", self.parameters));
        for ((quest, _), attempt) in asked.iter().zip(self.attempts(quests, &asked)?) {
            quests[*quest].attempts.push(attempt);
        }
        let of_prior = |prior| {
            let own = quests.iter().filter(|quest| quest.prior == prior);
            let found: Vec<f64> = own.flat_map(|quest| &quest.attempts).map(|whole| whole.performance).collect();
            mean(&found, self.request.confidence)
        };
        Ok((0..self.request.priors.len()).map(of_prior).collect())
    }

    /// Says of the whole spaces that were trained which got there.
    fn judge(&self, quests: &mut [Quest], threshold: f64) {
        for attempt in quests.iter_mut().flat_map(|quest| &mut quest.attempts) {
            attempt.reached = attempt.performance >= threshold;
        }
    }

    /// Rounds in which every search that is not at its end tries one dimension.
    fn search(&self, quests: &mut [Quest], threshold: f64) -> Result<(), FeasibilityError> {
        let by_loss = self.request.goal.loss().is_some();
        loop {
            let open = quests.iter().enumerate().filter_map(|(place, quest)| Some((place, quest.search.next()?)));
            let mut asked: Vec<(usize, usize)> = open.collect();
            if asked.is_empty() {
                return Ok(());
            }
            // a whole space that was trained already
            asked.retain(|&(place, dimension)| {
                let quest = &mut quests[place];
                let known = quest.attempts.iter().find(|attempt| attempt.dimension == dimension);
                let Some(reached) = known.map(|attempt| attempt.reached) else { return true };
                quest.search.tell(dimension, reached);
                self.gone(quest);
                false
            });
            self.observer.stage(&stage(&asked));
            for ((place, dimension), mut attempt) in asked.iter().zip(self.attempts(quests, &asked)?) {
                let quest = &mut quests[*place];
                attempt.reached = if by_loss { attempt.reached } else { attempt.performance >= threshold };
                quest.search.tell(*dimension, attempt.reached);
                quest.attempts.push(attempt);
                self.gone(quest);
            }
        }
    }

    /// Tells the observer what a search that has ended does not need.
    fn gone(&self, quest: &Quest) {
        if quest.search.next().is_none() {
            let tries = quest.attempts.iter().filter(|attempt| attempt.dimension > 0).count();
            let left = self.request.most_tries().saturating_sub(tries) as u64;
            self.observer.advanced(left * self.request.steps_of_attempt());
        }
    }

    /// Trains these dimensions of these searches at every learning rate; every run is a task of its own.
    fn attempts(&self, quests: &[Quest], asked: &[(usize, usize)]) -> Result<Vec<AttemptRecord>, FeasibilityError> {
        let subspaces = self.subspaces(quests, asked)?;
        let rates = &self.request.learning_rates;
        let rates_of = |dimension: usize| if dimension == 0 { &rates[..1] } else { &rates[..] };
        let tasks: Vec<(usize, usize, f64)> = asked
            .iter()
            .flat_map(|&(quest, dimension)| rates_of(dimension).iter().map(move |&rate| (quest, dimension, rate)))
            .collect();
        let mut trained = workers::run(&tasks, self.threads, |&(place, dimension, rate)| {
            let quest = &quests[place];
            let space = match subspaces.get(&(quest.seed, dimension)) {
                Some(projection) => Space::Random(projection),
                None if dimension == 0 => Space::Point,
                None => Space::Whole,
            };
            self.run(quest, space, rate)
        })?
        .into_iter();
        let attempt = |&(_, dimension): &(usize, usize)| {
            let runs = rates_of(dimension).iter().copied().zip(&mut trained).collect();
            best(dimension, runs)
        };
        Ok(asked.iter().map(attempt).collect())
    }

    /// The subspaces asked for that are neither a point nor everything; one a seed and dimension, whatever the prior.
    fn subspaces(
        &self,
        quests: &[Quest],
        asked: &[(usize, usize)],
    ) -> Result<BTreeMap<(u64, usize), Projection>, FeasibilityError> {
        let wanted = asked.iter().map(|&(place, dimension)| (quests[place].seed, dimension));
        let wanted = wanted.filter(|(_, dimension)| *dimension > 0 && *dimension < self.parameters);
        let wanted: Vec<(u64, usize)> = wanted.collect::<BTreeSet<_>>().into_iter().collect();
        let made = workers::run(&wanted, self.threads, |&(seed, dimension)| {
            Projection::new(seed, self.parameters, dimension)
        })?;
        Ok(wanted.into_iter().zip(made).collect())
    }

    fn run(&self, quest: &Quest, space: Space, rate: f64) -> Result<Trained, FeasibilityError> {
        let start = self.request.priors[quest.prior].draw(&self.request.network.parameters, quest.seed)?;
        let goes_on = || {
            self.observer.advanced(1);
            self.observer.goes_on()
        };
        let trained = self.runs.train(start, space, rate, quest.seed, &goes_on)?;
        if !matches!(space, Space::Point) {
            self.observer.advanced((self.request.training.steps - trained.steps) as u64);
        }
        Ok(trained)
    }

    fn record(&self, quests: Vec<Quest>, wholes: Vec<Estimate>, threshold: Option<f64>) -> DimensionRecord {
        let Request { network, data, goal, training, learning_rates, seed, confidence, .. } = self.request;
        let Yardstick { constant, name, .. } = self.runs.yardstick;
        let mut priors: Vec<PriorDimension> = Vec::new();
        for (place, prior) in self.request.priors.iter().enumerate() {
            let own = quests.iter().filter(|quest| quest.prior == place).map(Quest::record).collect();
            priors.push(self.prior(prior, wholes.get(place).cloned(), own));
        }
        let (share, in_words) = match goal {
            Goal::Loss(most) => (None, format!("a training loss of at most {most}")),
            Goal::Share(share) => (Some(*share), format!("{share} of the best {name} of the whole space")),
        };
        DimensionRecord {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            network: network.text.clone(),
            data: data.name.clone(),
            examples: data.train.examples(),
            parameters: self.parameters,
            training: training.clone(),
            learning_rates: learning_rates.clone(),
            goal: in_words,
            performance: name.clone(),
            share,
            threshold,
            constant: *constant,
            resolution: RESOLUTION,
            seed: *seed,
            confidence: *confidence,
            steps: priors.iter().map(|prior| prior.steps).sum(),
            notes: self.notes(&priors, threshold),
            priors,
        }
    }

    fn prior(&self, prior: &Prior, whole: Option<Estimate>, seeds: Vec<SeedDimension>) -> PriorDimension {
        let dimensions: Vec<f64> =
            seeds.iter().map(|seed| seed.dimension.map_or(f64::INFINITY, |dimension| dimension as f64)).collect();
        PriorDimension {
            prior: prior.to_string(),
            whole,
            dimension: median(&dimensions, self.request.confidence),
            reached: dimensions.iter().filter(|dimension| dimension.is_finite()).count(),
            steps: seeds.iter().flat_map(|seed| &seed.attempts).map(|attempt| attempt.steps).sum(),
            seeds,
        }
    }

    fn is_only_in_subspaces(&self, seed: &SeedDimension) -> bool {
        let whole = seed.attempts.iter().find(|attempt| attempt.dimension == self.parameters);
        seed.dimension.is_some() && whole.is_some_and(|whole| !whole.reached)
    }

    fn notes(&self, priors: &[PriorDimension], threshold: Option<f64>) -> Vec<String> {
        let Yardstick { constant, name, .. } = self.runs.yardstick;
        let mut notes = Vec::new();
        match threshold {
            None => notes.push(format!(
                "training the whole space is no better than a constant answer ({name} {constant:.2}), so there is nothing to \
                 reach: more --steps or other --learning-rate may help"
            )),
            Some(threshold) if self.request.goal.loss().is_none() && threshold <= *constant => notes.push(format!(
                "a constant answer already reaches the goal ({name} {constant:.2} against {threshold:.2})"
            )),
            Some(_) => {}
        }
        for prior in priors {
            let only_in_subspaces = prior.seeds.iter().filter(|seed| self.is_only_in_subspaces(seed)).count();
            if only_in_subspaces > 0 {
                notes.push(format!(
                    "{}: with {only_in_subspaces} of {} seeds a random subspace gets there and the whole space does not; the \
                     directions of a random subspace untie units that are alike",
                    prior.prior,
                    prior.seeds.len()
                ));
            }
        }
        if priors.iter().any(|prior| prior.is_known() && !prior.dimension.low.is_finite()) {
            notes.push(format!(
                "{} seeds are too few for an interval at {:.0} %: 6 are enough for 95 %",
                self.request.seeds,
                100.0 * self.request.confidence
            ));
        }
        notes
    }
}

impl Quest {
    fn record(&self) -> SeedDimension {
        SeedDimension {
            seed: self.seed,
            dimension: self.search.reached(),
            failed: self.search.failed(),
            attempts: self.attempts.clone(),
        }
    }
}

/// The rate that reached the loss asked for in the fewest steps, else the one with the lowest training loss; of equals the
/// smallest.
fn best(dimension: usize, runs: Vec<(f64, Trained)>) -> AttemptRecord {
    let steps = runs.iter().map(|(_, run)| run.steps as u64).sum();
    let standing = |run: &Trained| if run.reached_loss { (0, run.steps as f64) } else { (1, run.training_loss) };
    let chosen = runs.iter().min_by(|(_, one), (_, other)| {
        let (one, other) = (standing(one), standing(other));
        one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
    });
    AttemptRecord {
        dimension,
        learning_rate: chosen.map(|(rate, _)| *rate).filter(|_| dimension > 0),
        training_loss: chosen.map_or(f64::INFINITY, |(_, run)| run.training_loss),
        performance: chosen.map_or(f64::NEG_INFINITY, |(_, run)| run.performance),
        reached: chosen.is_some_and(|(_, run)| run.reached_loss),
        steps,
    }
}

/// What a round does, in words.
fn stage(asked: &[(usize, usize)]) -> String {
    let dimensions = || asked.iter().map(|(_, dimension)| *dimension);
    match (dimensions().min(), dimensions().max()) {
        (Some(least), Some(most)) if least < most => format!("subspaces of {least} to {most} dimensions"),
        (Some(1), _) => "subspaces of 1 dimension".to_owned(),
        (Some(only), _) => format!("subspaces of {only} dimensions"),
        _ => "searches at their end".to_owned(),
    }
}
