use super::*;
use crate::stand_in;
use crate::study::Silent;
use crate::study::store::TrialRecord;
use seedbed_network::data::digits;

/// An observer that wants no more.
struct Stopped;

impl Observer for Stopped {
    fn begins(&self, _: u64) {}
    fn stage(&self, _: &str) {}
    fn advanced(&self, _: u64) {}
    fn ended(&self, _: &TrialRecord) {}
    fn goes_on(&self) -> bool {
        false
    }
}

fn measured(text: &str, prior: &str, direction: Direction, rates: Rates) -> TransferRecord {
    let (network, data): (Network, Dataset) = (text.parse().unwrap(), digits());
    let prior = prior.parse().unwrap();
    let request = Request { rates, seeds: 3, examples: 32, ..Request::new(&network, &data, &prior, direction) };
    transfer(&request, 2, &Silent).unwrap()
}

const NETWORK: &str = "mlp(64, 32x2, 10, tanh)";

fn slope(record: &TransferRecord, optimizer: Option<&str>, layer: &str) -> f64 {
    let of = |slope: &&SlopeRecord| slope.optimizer.as_deref() == optimizer && slope.layer == layer;
    record.slopes.iter().find(of).unwrap().slope.as_ref().unwrap().value
}

/// Equal rates, variance 1/fan_in, one example and widths well above the inputs: with SGD −1/2, 1/2 and 1; with Adam 0, and
/// hidden and readout grow.
#[test]
fn the_standard_parametrization_fails_where_theory_says() {
    let network: Network = "mlp(8, 256x2, 4, tanh)".parse().unwrap();
    let data = stand_in::inputs_and_targets(&network, 1, 0).unwrap();
    let prior = "lecun_normal".parse().unwrap();
    let request = Request::new(&network, &data, &prior, Direction::Width);
    // small enough to be of first order
    let optimizers = vec![(Optimizer::SGD, 1e-3), (Optimizer::ADAM, 1e-5)];
    let request = Request { steps: 1, seeds: 24, factors: vec![1, 2, 4], optimizers, ..request };
    let record = transfer(&request, 2, &Silent).unwrap();
    let slopes = |optimizer| ["layer1", "layer2", "layer3"].map(|layer| slope(&record, Some(optimizer), layer));
    for (found, theory) in slopes("sgd").into_iter().zip([-0.5, 0.5, 1.0]) {
        assert!((found - theory).abs() < 0.15, "{found} for {theory}");
    }
    let adam = slopes("adam");
    assert!(adam[0].abs() < 0.15 && adam[1] > 0.4 && adam[2] > 0.8, "{adam:?}");
    let small = measured(NETWORK, "lecun_normal", Direction::Width, Rates::Same);
    assert!(!small.passed);
    assert!(small.slopes.iter().filter(|slope| !slope.passed).all(|slope| slope.quantity == Quantity::Change));
}

#[test]
fn the_maximal_update_parametrization_passes() {
    for prior in ["spectral", "{layer3.weight=zeros; *.weight=lecun_normal}"] {
        let record = measured(NETWORK, prior, Direction::Width, Rates::MaximalUpdate);
        let slopes: Vec<_> = record.slopes.iter().map(|slope| (&slope.optimizer, &slope.layer, &slope.slope)).collect();
        assert!(record.passed, "{prior}: {slopes:#?}");
    }
}

/// A readout of zeros is still at the start, and says so without a slope.
#[test]
fn what_is_still_has_no_slope() {
    let record = measured(NETWORK, "{layer3.weight=zeros; *.weight=lecun_normal}", Direction::Width, Rates::Same);
    let readout = &record.slopes[2];
    assert_eq!((readout.layer.as_str(), &readout.slope, readout.passed), ("layer3", &None, true));
    assert_eq!(readout.sizes, vec![Some(0.0); 4]);
}

/// With ReLU he_normal keeps sizes through depth, and lecun_normal loses a factor √2 a layer.
#[test]
fn depth_tells_a_critical_prior_from_one_that_fades() {
    let text = "mlp(64, 64x3, 10, relu)";
    let critical = measured(text, "he_normal", Direction::Depth, Rates::Same);
    assert_eq!((critical.factors.as_slice(), critical.direction.as_str()), (&[1, 2, 4][..], "depth"));
    let fading = measured(text, "lecun_normal", Direction::Depth, Rates::Same);
    let output = |record: &TransferRecord| slope(record, None, "layer4");
    assert!(output(&critical).abs() < 0.4 && output(&fading) < -1.0, "{} {}", output(&critical), output(&fading));
    assert!(!fading.passed);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (network, data): (Network, Dataset) = ("mlp(64, 8, 10, tanh)".parse().unwrap(), digits());
    let prior = "he_normal".parse().unwrap();
    let request = Request { seeds: 2, steps: 1, ..Request::new(&network, &data, &prior, Direction::Width) };
    let [one, three] = [1, 3].map(|threads| transfer(&request, threads, &Silent).unwrap());
    assert_eq!(one, three);
    assert!(matches!(transfer(&request, 1, &Stopped), Err(FeasibilityError::Interrupted)));
}

#[test]
fn bad_settings_are_refused_by_name() {
    let (network, data): (Network, Dataset) = (NETWORK.parse().unwrap(), digits());
    let prior = "he_normal".parse().unwrap();
    let request = Request::new(&network, &data, &prior, Direction::Width);
    let refused = |request: Request| transfer(&request, 1, &Silent).unwrap_err().to_string();
    assert!(refused(Request { factors: vec![2, 4], ..request.clone() }).contains("ascending from 1"));
    assert!(refused(Request { steps: 0, ..request.clone() }).contains("steps is 0"));
    assert!(refused(Request { seeds: 1, ..request.clone() }).contains("draws is 1"));
    let other: Network = "mlp(65, 8, 10, tanh)".parse().unwrap();
    assert!(refused(Request { network: &other, ..request.clone() }).contains("takes 65"));
    let flat: Network = "mlp(64, 32, 10, tanh)".parse().unwrap();
    let deep = Request { network: &flat, direction: Direction::Depth, ..request };
    assert!(refused(deep).contains("keeps its shape"));
}
