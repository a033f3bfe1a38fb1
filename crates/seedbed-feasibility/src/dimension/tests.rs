//! The intrinsic dimension of tasks where it is known.

use std::sync::atomic::{AtomicU64, Ordering};

use seedbed::{Prior, Shape};
use seedbed_network::data::{Dataset, Split, Targets};
use seedbed_network::graph::Network;

use super::*;
use crate::error::FeasibilityError;
use crate::study::store::TrialRecord;
use crate::study::{Observer, Silent};
use crate::trial::{Optimizer, Schedule};

/// The toy of Li et al. (2018), section 2: the sums of `groups` groups of 100 parameters each must be 1, 2, 3, …. The solutions
/// are a plane of codimension `groups`, which a random subspace of that dimension meets, and a smaller one does not.
fn sums(groups: usize) -> (Network, Dataset) {
    let width = 100 * groups;
    let inputs = (0..groups * width).map(|place| f32::from(u8::from(place % width / 100 == place / width))).collect();
    let targets = Targets::Numbers((1..=groups).map(|group| group as f32).collect());
    let train = Split { inputs, targets, targets_per_example: 1 };
    let test = Split { inputs: Vec::new(), targets: Targets::Numbers(Vec::new()), targets_per_example: 1 };
    let example_shape = Shape::new(vec![width]).unwrap();
    let data = Dataset { name: "sums".to_owned(), example_shape, classes: 1, train, test };
    (format!("mlp({width}, 1, identity)").parse().unwrap(), data)
}

fn priors(texts: &[&str]) -> Vec<Prior> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn training(optimizer: &str, batch: usize, steps: usize) -> Training {
    Training { optimizer: optimizer.parse().unwrap(), schedule: Schedule::CONSTANT, batch, steps }
}

fn digits_request<'r>(network: &'r Network, data: &'r Dataset, priors: &'r [Prior]) -> Request<'r> {
    Request {
        network,
        data,
        priors,
        goal: Goal::Share(0.9),
        training: Training { optimizer: Optimizer::MOMENTUM, ..training("momentum", 64, 60) },
        learning_rates: vec![0.03, 0.3],
        seeds: 2,
        seed: 3,
        from: 1,
        confidence: 0.95,
    }
}

#[test]
fn the_toy_has_as_many_dimensions_as_constraints() {
    for groups in [10, 4] {
        let (network, data) = sums(groups);
        let priors = priors(&["zeros", "lecun_normal"]);
        let request = Request {
            // one dimension short leaves (u·b)²/groups for a random unit vector u: below this in about one draw of 500
            goal: Goal::Loss(1e-5),
            training: training("momentum(momentum=0.99)", groups, 8000),
            learning_rates: vec![0.03, 0.3, 3.0],
            seeds: 6,
            seed: 0,
            from: 8,
            ..digits_request(&network, &data, &priors)
        };
        let found = measure(&request, 2, &Silent).unwrap();
        assert_eq!(found.parameters, 100 * groups + 1);
        for prior in &found.priors {
            for seed in &prior.seeds {
                assert_eq!((seed.dimension, seed.failed), (Some(groups), Some(groups - 1)), "{prior:?}");
            }
            let median = &prior.dimension;
            assert_eq!((median.value, median.low, median.high), (groups as f64, groups as f64, groups as f64));
        }
    }
}

#[test]
fn the_whole_space_is_trained_as_a_trial_is() {
    let (network, data) = ("mlp(64, 8, 10, relu)".parse::<Network>().unwrap(), seedbed_network::data::digits());
    let priors = priors(&["he_normal"]);
    let request = Request { seeds: 1, learning_rates: vec![0.03], ..digits_request(&network, &data, &priors) };
    let found = measure(&request, 1, &Silent).unwrap();
    let whole = &found.priors[0].seeds[0].attempts[0];
    let weights = priors[0].draw(&network.parameters, 3).unwrap();
    let plan = crate::trial::Plan {
        batch: 64,
        steps: 60,
        target_loss: 1e-6,
        ..crate::trial::Plan::default_with(Optimizer::MOMENTUM)
    };
    let trial = crate::trial::run(&network, &data, weights, &plan, 0.03, 3, &mut crate::trial::Unkept).unwrap();
    let last = trial.losses[50..].iter().map(|&loss| f64::from(loss)).sum::<f64>() / 10.0;
    assert_eq!(whole.dimension, found.parameters);
    assert!((whole.training_loss - last).abs() < 1e-6, "{} {last}", whole.training_loss);
    // a trial leaves out the last update, which moves few answers
    assert!((whole.performance - trial.test.accuracy).abs() < 0.02, "{whole:?} {:?}", trial.test);
}

#[test]
fn threads_change_nothing_and_all_progress_is_told() {
    let (network, data) = ("mlp(64, 8, 10, relu)".parse::<Network>().unwrap(), seedbed_network::data::digits());
    let priors = priors(&["he_normal", "normal(mean=0, std=0.001)"]);
    for goal in [Goal::Share(0.8), Goal::Loss(1.5)] {
        let request = Request { goal, ..digits_request(&network, &data, &priors) };
        let count = Counted::default();
        let found = measure(&request, 1, &count).unwrap();
        assert_eq!(found, measure(&request, 3, &Silent).unwrap());
        let [announced, done] = [&count.announced, &count.done].map(|count| count.load(Ordering::Relaxed));
        assert_eq!((announced, done), (done, announced));
        let steps = found.priors.iter().flat_map(|prior| &prior.seeds).flat_map(|seed| &seed.attempts);
        assert_eq!(found.steps, steps.map(|attempt| attempt.steps).sum::<u64>());
        assert!(found.priors.iter().all(PriorDimension::is_known), "{found:?}");
    }
}

#[test]
fn a_start_that_never_gets_there_is_above_the_whole_space() {
    let (network, data) = ("mlp(64, 8, 10, relu)".parse::<Network>().unwrap(), seedbed_network::data::digits());
    let priors = priors(&["normal(mean=0, std=100)", "he_normal"]);
    let request = Request { goal: Goal::Share(1.0), ..digits_request(&network, &data, &priors) };
    let found = measure(&request, 2, &Silent).unwrap();
    let far = &found.priors[0];
    assert_eq!((far.reached, far.is_known(), far.dimension.value), (0, false, f64::INFINITY));
    assert_eq!(far.seeds[0].failed, Some(found.parameters));
    assert!(far.whole.as_ref().unwrap().value < found.threshold.unwrap());
}

/// Training the whole space from zeros moves the last biases alone, since its units stay tied; random directions untie them.
#[test]
fn a_random_subspace_unties_what_the_whole_space_keeps_tied() {
    let (network, data) = ("mlp(64, 8, 10, relu)".parse::<Network>().unwrap(), seedbed_network::data::digits());
    let priors = priors(&["zeros", "he_normal"]);
    let found = measure(&digits_request(&network, &data, &priors), 2, &Silent).unwrap();
    let [zeros, he] = &found.priors[..] else { panic!("{found:?}") };
    for (prior, whole_gets_there) in [(zeros, false), (he, true)] {
        for seed in &prior.seeds {
            let whole = seed.attempts.iter().find(|attempt| attempt.dimension == found.parameters).unwrap();
            assert_eq!(whole.reached, whole_gets_there);
            assert!(seed.dimension.unwrap() < found.parameters);
        }
    }
    assert!(found.notes.iter().any(|note| note.starts_with("zeros: with 2 of 2 seeds")), "{:?}", found.notes);
    assert!(!found.notes.iter().any(|note| note.contains("he_normal")));
    assert!(found.notes.iter().any(|note| note.contains("2 seeds are too few")), "{:?}", found.notes);
}

#[test]
fn a_start_that_is_there_already_has_no_dimension_to_train() {
    let (network, data) = ("mlp(64, 8, 10, relu)".parse::<Network>().unwrap(), seedbed_network::data::digits());
    let priors = priors(&["zeros"]);
    // a constant answer to ten classes: ln 10 = 2.303
    let request = Request { goal: Goal::Loss(2.31), ..digits_request(&network, &data, &priors) };
    let found = measure(&request, 2, &Silent).unwrap();
    assert_eq!(found.priors[0].seeds.iter().map(|seed| seed.dimension).collect::<Vec<_>>(), [Some(0), Some(0)]);
    assert_eq!(found.priors[0].seeds[0].attempts.last().unwrap().learning_rate, None);
}

#[test]
fn a_loss_that_is_lost_gets_nowhere() {
    let (network, data) = ("mlp(64, 8, 10, relu)".parse::<Network>().unwrap(), seedbed_network::data::digits());
    let priors = priors(&["he_normal"]);
    let lost = Request { learning_rates: vec![1e30], ..digits_request(&network, &data, &priors) };
    let found = measure(&lost, 2, &Silent).unwrap();
    assert_eq!((found.threshold, found.priors[0].reached), (None, 0));
    assert!(found.notes[0].contains("no better than a constant answer"), "{:?}", found.notes);
    let found = measure(&Request { goal: Goal::Loss(0.5), ..lost }, 2, &Silent).unwrap();
    let seed = &found.priors[0].seeds[0];
    assert_eq!((seed.dimension, seed.failed), (None, Some(found.parameters)));
    // the rate that keeps its loss is chosen beside one that loses it
    let both = Request { learning_rates: vec![0.03, 1e30], ..digits_request(&network, &data, &priors) };
    let found = measure(&both, 2, &Silent).unwrap();
    let rates =
        found.priors[0].seeds.iter().flat_map(|seed| &seed.attempts).filter_map(|attempt| attempt.learning_rate);
    assert!(rates.into_iter().all(|rate| rate == 0.03) && found.priors[0].is_known());
}

#[test]
fn requests_out_of_range_and_interruptions() {
    let (network, data) = ("mlp(64, 8, 10, relu)".parse::<Network>().unwrap(), seedbed_network::data::digits());
    let priors = priors(&["he_normal"]);
    let fine = digits_request(&network, &data, &priors);
    for (request, part) in [
        (Request { goal: Goal::Share(2.0), ..fine.clone() }, "share is 2"),
        (Request { from: 0, ..fine.clone() }, "from is 0; it must be from 1 to the 610 parameters"),
        (Request { from: 611, ..fine.clone() }, "from is 611"),
        (Request { seeds: 0, ..fine.clone() }, "seeds is 0"),
        (Request { priors: &[], ..fine.clone() }, "priors is 0"),
        (Request { learning_rates: vec![0.1, 0.1], ..fine.clone() }, "ascending"),
        (Request { learning_rates: Vec::new(), ..fine.clone() }, "learning rate is []"),
        (Request { training: training("sgd", 0, 1), ..fine.clone() }, "batch is 0"),
    ] {
        let message = measure(&request, 1, &Silent).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
    let stopped = Counted { stops_after: 50, ..Counted::default() };
    assert!(matches!(measure(&fine, 2, &stopped), Err(FeasibilityError::Interrupted)));
    assert!(stopped.done.load(Ordering::Relaxed) < 60);
}

/// Counts what it is told, and stops where it is asked to.
struct Counted {
    announced: AtomicU64,
    done: AtomicU64,
    stops_after: u64,
}

impl Default for Counted {
    fn default() -> Counted {
        Counted { announced: AtomicU64::new(0), done: AtomicU64::new(0), stops_after: u64::MAX }
    }
}

impl Observer for Counted {
    fn begins(&self, steps: u64) {
        self.announced.store(steps, Ordering::Relaxed);
    }
    fn stage(&self, _: &str) {}
    fn advanced(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }
    fn ended(&self, _: &TrialRecord) {}
    fn goes_on(&self) -> bool {
        self.done.load(Ordering::Relaxed) < self.stops_after
    }
}
