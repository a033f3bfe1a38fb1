//! A trial under way, kept in the study's file so that a kill loses little of it.

use std::time::{Duration, Instant};

use super::Study;
use super::store::TrialKey;
use crate::error::FeasibilityError;
use crate::trial::{Keeper, State};

/// A trial runs at least this many times as long as keeping it took before it is kept again.
const RUNNING_PER_KEEPING: u32 = 20;

/// Keeps one trial of a study.
pub struct Keeping<'k> {
    study: &'k Study<'k>,
    key: &'k TrialKey,
    begun: Instant,
    /// Seconds that it had run before this process took it up.
    seconds_before: f64,
    last: Instant,
    /// What the store asks for.
    every: Duration,
    /// That, or longer where keeping takes long.
    pause: Duration,
}

impl<'k> Keeping<'k> {
    /// From now.
    pub fn begin(study: &'k Study<'k>, key: &'k TrialKey) -> Result<Self, FeasibilityError> {
        let now = Instant::now();
        let every = study.with_store(|store| Ok(store.keep_every()))?;
        Ok(Keeping { study, key, begun: now, seconds_before: 0.0, last: now, every, pause: every })
    }

    /// How long the trial has run, over all processes.
    pub fn wall_seconds(&self) -> f64 {
        self.seconds_before + self.begun.elapsed().as_secs_f64()
    }

    fn keep(&mut self, state: &State) -> Result<(), FeasibilityError> {
        let asked = Instant::now();
        let seconds = self.wall_seconds();
        self.study.with_store(|store| store.keep(self.study.task, self.key, state, seconds))?;
        self.last = Instant::now();
        if !self.every.is_zero() {
            self.pause = self.every.max(RUNNING_PER_KEEPING * (self.last - asked));
        }
        Ok(())
    }
}

impl Keeper for Keeping<'_> {
    fn recall(&mut self, state: &mut State) -> Result<bool, FeasibilityError> {
        let recalled = self.study.with_store(|store| store.recall(self.study.task, self.key, state))?;
        let Some(seconds) = recalled else { return Ok(false) };
        self.seconds_before = seconds;
        self.study.observer.advanced(state.losses.len() as u64);
        Ok(true)
    }

    fn between(&mut self, state: &State) -> Result<(), FeasibilityError> {
        self.study.observer.advanced(1);
        let goes_on = self.study.observer.goes_on();
        if !goes_on || self.last.elapsed() >= self.pause {
            self.keep(state)?;
        }
        if goes_on { Ok(()) } else { Err(FeasibilityError::Interrupted) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU64, Ordering};

    use seedbed_network::graph::Network;

    use super::*;
    use crate::study::Observer;
    use crate::study::store::{Opened, Phase, Store, TrialRecord};
    use crate::trial::{Optimizer, Plan};

    /// Lets so many steps happen.
    struct Stops {
        after: u64,
        steps: AtomicU64,
    }

    impl Stops {
        fn after(after: u64) -> Stops {
            Stops { after, steps: AtomicU64::new(0) }
        }
    }

    impl Observer for Stops {
        fn begins(&self, _: u64) {}
        fn stage(&self, _: &str) {}
        fn advanced(&self, steps: u64) {
            self.steps.fetch_add(steps, Ordering::Relaxed);
        }
        fn ended(&self, _: &TrialRecord) {}
        fn goes_on(&self) -> bool {
            self.steps.load(Ordering::Relaxed) < self.after
        }
    }

    fn timeless(records: Vec<TrialRecord>) -> Vec<TrialRecord> {
        records.into_iter().map(|record| TrialRecord { wall_seconds: 0.0, ..record }).collect()
    }

    #[test]
    fn an_interrupted_study_loses_no_step_and_ends_as_the_whole_one() {
        let network: Network = "mlp(64, 16x2, 10, relu, dropout(0.1))".parse().unwrap();
        let data = seedbed_network::data::digits();
        let plan = Plan { steps: 60, target_loss: 1.0, measured: true, ..Plan::default_with(Optimizer::ADAM) };
        let key = |seed, learning_rate| TrialKey {
            prior: "lsuv(he_normal)".to_owned(),
            phase: Phase::Paired,
            seed,
            learning_rate,
        };
        let keys = [key(0, 1e-2), key(0, 1e-5), key(1, 1e-2), key(1, 1e-5)];
        let folder = tempfile::tempdir().unwrap();
        let store = |name: &str| Store::open(&folder.path().join(name), "{}").unwrap();
        let run = |store: Store, threads: usize, observer: &Stops| {
            let store = Mutex::new(store);
            Study::new("task", &network, &data, &plan, threads, observer, &store).trials(&keys)
        };
        let watch = Stops::after(u64::MAX);
        let whole = timeless(run(store("whole.db").0, 2, &watch).unwrap());
        assert_eq!(watch.steps.load(Ordering::Relaxed), 4 * 60, "all progress is told");
        // each time two steps at most are done beyond those of the time before: one a thread
        for (threads, stride) in [(1, 7), (2, 11)] {
            let name = format!("{threads}.db");
            let mut times = 0;
            let found = loop {
                times += 1;
                match run(store(&name).0, threads, &Stops::after(times * stride)) {
                    Ok(found) => break found,
                    Err(error) => assert!(matches!(error, FeasibilityError::Interrupted), "{error}"),
                }
                let Opened::Same { under_way, .. } = store(&name).1 else { panic!("nothing was kept") };
                assert!(under_way >= 1);
            };
            assert_eq!(timeless(found), whole);
            assert!(times > 10, "{times}");
        }
    }

    #[test]
    fn a_trial_is_kept_as_often_as_the_store_says() {
        let network: Network = "mlp(64, 8, 10, relu)".parse().unwrap();
        let data = seedbed_network::data::digits();
        let plan = Plan { steps: 30, ..Plan::default_with(Optimizer::MOMENTUM) };
        let key = TrialKey { prior: "he_normal".to_owned(), phase: Phase::Paired, seed: 0, learning_rate: 1e-5 };
        let kept = |every: Duration| {
            let folder = tempfile::tempdir().unwrap();
            let (mut store, _) = Store::open(&folder.path().join("study.db"), "{}").unwrap();
            store.set_keep_every(every);
            let store = Mutex::new(store);
            let study = Study::new("task", &network, &data, &plan, 1, &crate::study::Silent, &store);
            let mut keeping = Keeping::begin(&study, &key).unwrap();
            let mut times = 0;
            let mut state = State::begin(&plan, 0.1, vec![vec![0.0; 4]]);
            keeping.recall(&mut state).unwrap();
            for _ in 0..10 {
                state.losses.push(1.0);
                keeping.between(&state).unwrap();
                let mut found = State::begin(&plan, 0.1, vec![vec![0.0; 4]]);
                study.with_store(|store| store.recall("task", &key, &mut found)).unwrap();
                times += usize::from(found.losses.len() == state.losses.len());
            }
            times
        };
        assert_eq!([kept(Duration::ZERO), kept(Duration::from_secs(3600))], [10, 0]);
    }
}
