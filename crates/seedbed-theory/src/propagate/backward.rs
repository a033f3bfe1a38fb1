//! The gradient's way back, position by position.

use seedbed_network::graph::Network;

use super::forward::{Return, Step};
use super::window::Grid;

/// A mean square at each position; `None` where there is no theory.
type Map = Option<Vec<f64>>;

/// Mean squared gradient of each node's output over that of the last node's.
pub fn walk(network: &Network, steps: &[Step]) -> Vec<Option<f64>> {
    let positions = |index: usize| Grid::of(network.nodes[index].shape.dimensions()).positions();
    let mut gradients: Vec<Map> = (0..steps.len()).map(|index| Some(vec![0.0; positions(index)])).collect();
    // the same times the slope of the activation there, which is another for what a maximum picked
    let mut passed = gradients.clone();
    if let Some(last) = steps.len().checked_sub(1) {
        gradients[last] = Some(vec![1.0; positions(last)]);
        passed[last] = times(&gradients[last], &steps[last].slope_squares);
    }
    for (place, (node, step)) in network.nodes.iter().zip(steps).enumerate().rev() {
        for &source in &node.inputs {
            let behind = back(&step.back, &gradients[place], &passed[place], positions(source));
            let slopes = match step.back {
                Return::Window { picked: Some(slope), .. } => Some(vec![slope; positions(source)]),
                _ => steps[source].slope_squares.clone(),
            };
            add(&mut passed[source], &times(&behind, &slopes));
            add(&mut gradients[source], &behind);
        }
    }
    let mean = |map: Vec<f64>| map.iter().sum::<f64>() / map.len().max(1) as f64;
    gradients.into_iter().map(|map| map.map(mean)).collect()
}

/// What a step sends to its input.
fn back(step: &Return, gradient: &Map, passed: &Map, positions: usize) -> Map {
    match step {
        Return::Unknown => None,
        Return::Slope => passed.clone(),
        Return::Factor(factor) => gradient.as_ref().map(|map| map.iter().map(|value| factor * value).collect()),
        Return::Spread => gradient.as_ref().map(|map| vec![map.first().copied().unwrap_or(0.0); positions]),
        Return::Window { window, factor, .. } => {
            gradient.as_ref().map(|map| window.back(map).into_iter().map(|value| factor * value).collect())
        }
    }
}

fn times(map: &Map, factors: &Map) -> Map {
    let (map, factors) = (map.as_ref()?, factors.as_ref()?);
    Some(map.iter().zip(factors).map(|(value, factor)| value * factor).collect())
}

/// Adds what comes from one more consumer; what is unknown stays so.
fn add(sum: &mut Map, more: &Map) {
    match (sum.as_mut(), more) {
        (Some(sum), Some(more)) => sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more),
        _ => *sum = None,
    }
}
