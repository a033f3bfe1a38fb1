//! One draw of one network: sizes at the start, and changes while it trains.

use seedbed::{Parameter, Prior};
use seedbed_network::graph::{Network, origin};
use seedbed_network::run::{Batch, Noise, Runner};

use super::{Rates, Request};
use crate::error::FeasibilityError;
use crate::trial::{Optimizer, Updates};

/// What one draw shows; every list has one entry a weighted layer of the network at factor 1. Of a layer that is repeated,
/// the last copy speaks.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// Mean |z| of each layer before training.
    pub start: Vec<f64>,
    /// Mean |z_k − z_0| of each layer: by optimizer, by step.
    pub changes: Vec<Vec<Vec<f64>>>,
}

/// Draws `network` with the seed and trains it with each of the optimizers.
pub fn run(
    request: &Request,
    network: &Network,
    seed: u64,
    goes_on: &dyn Fn() -> bool,
) -> Result<Sizes, FeasibilityError> {
    let weights = draw(request.prior, network, seed)?;
    let batch = Batch::of(&request.data.train, 0..request.examples);
    let layers = last_copies(request.network, network);
    let outputs = |weights: &[Vec<f32>]| -> Result<Vec<Vec<f32>>, FeasibilityError> {
        let mut trace = Runner::new(network).trace(weights, &batch)?;
        Ok(layers.iter().map(|&node| std::mem::take(&mut trace.outputs[node])).collect())
    };
    let start = outputs(&weights)?;
    let mut changes = Vec::new();
    for &(optimizer, learning_rate) in &request.optimizers {
        let factors = rate_factors(request.rates, optimizer, request.network, network);
        let mut now = weights.clone();
        let mut updates = Updates::new(optimizer, learning_rate, &now).with_factors(factors);
        let mut steps = Vec::new();
        for step in 0..request.steps {
            if !goes_on() {
                return Err(FeasibilityError::Interrupted);
            }
            let step = Runner::new(network).training_step(&now, &batch, Noise { seed, step })?;
            updates.apply(&mut now, step.gradients);
            let moved = outputs(&now)?;
            steps.push(moved.iter().zip(&start).map(|(now, before)| mean_distance(now, before)).collect());
        }
        changes.push(steps);
    }
    Ok(Sizes { start: start.iter().map(|z| mean_size(z)).collect(), changes })
}

/// The prior's rules are for the names of the network at factor 1: a copy is drawn by the rule of its origin.
fn draw(prior: &Prior, network: &Network, seed: u64) -> Result<Vec<Vec<f32>>, FeasibilityError> {
    let draw = |parameter: &Parameter| {
        let known = Parameter { name: origin(&parameter.name), ..parameter.clone() };
        prior.initializer(&known)?.draw(parameter, seed)
    };
    Ok(network.parameters.iter().map(draw).collect::<Result<_, _>>()?)
}

/// For each weighted layer of `small`, the node of its last copy in `grown`.
fn last_copies(small: &Network, grown: &Network) -> Vec<usize> {
    let last = |name: &str| grown.weighted_layers().filter(|(_, node)| origin(&node.name) == name).last();
    small.weighted_layers().filter_map(|(_, node)| last(&node.name)).map(|(node, _)| node).collect()
}

/// What the learning rate of each parameter is multiplied by.
fn rate_factors(rates: Rates, optimizer: Optimizer, small: &Network, grown: &Network) -> Vec<f32> {
    let factor = |parameter: &Parameter| {
        let name = origin(&parameter.name);
        let Some(before) = small.parameters.iter().find(|known| known.name == name) else { return 1.0 };
        let (inputs, outputs) = growth(before, parameter);
        match (rates, optimizer) {
            (Rates::Same, _) => 1.0,
            (Rates::MaximalUpdate, Optimizer::Sgd { .. }) => (outputs / inputs) as f32,
            (Rates::MaximalUpdate, Optimizer::Adam(_) | Optimizer::AdamW(_) | Optimizer::RmsProp { .. }) => {
                (1.0 / inputs) as f32
            }
        }
    };
    grown.parameters.iter().map(factor).collect()
}

/// How much the fans have grown; a vector is a weight from one input that is always 1.
fn growth(before: &Parameter, after: &Parameter) -> (f64, f64) {
    let ratio = |after: usize, before: usize| after as f64 / before as f64;
    match (before.fans, after.fans) {
        (Some(before), Some(after_fans)) if after.role.is_weight() => {
            (ratio(after_fans.fan_in, before.fan_in), ratio(after_fans.fan_out, before.fan_out))
        }
        _ => (1.0, ratio(after.shape.elements(), before.shape.elements())),
    }
}

fn mean_size(z: &[f32]) -> f64 {
    z.iter().map(|z| f64::from(z.abs())).sum::<f64>() / z.len() as f64
}

fn mean_distance(now: &[f32], before: &[f32]) -> f64 {
    let distance = |(now, before): (&f32, &f32)| (f64::from(*now) - f64::from(*before)).abs();
    now.iter().zip(before).map(distance).sum::<f64>() / now.len() as f64
}
