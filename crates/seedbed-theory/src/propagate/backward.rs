//! The gradient's way back, position by position.

use seedbed_network::graph::Network;

use super::forward::{Return, Slopes, Step};
use super::window::{Grid, Window};

/// Mean squares of a gradient at each position, and what positions have in common.
#[derive(Clone, Debug)]
struct Gradient {
    squares: Vec<f64>,
    /// Mean product of the gradients at two positions; NaN where there is no theory of it.
    across: f64,
}

/// `None` where there is no theory.
type Map = Option<Gradient>;

impl Gradient {
    fn uniform(square: f64, across: f64, positions: usize) -> Gradient {
        Gradient { squares: vec![square; positions], across }
    }

    fn times(&self, factor: f64) -> Gradient {
        Gradient { squares: self.squares.iter().map(|square| factor * square).collect(), across: factor * self.across }
    }

    /// Times a slope at each position.
    fn slopes(&self, slopes: &Slopes) -> Gradient {
        let squares = self.squares.iter().zip(&slopes.squares).map(|(square, slope)| square * slope).collect();
        Gradient { squares, across: self.across * slopes.elsewhere }
    }

    /// Mean square of the sum over all positions.
    fn of_sum(&self) -> f64 {
        let count = self.squares.len() as f64;
        self.squares.iter().sum::<f64>() + if count > 1.0 { count * (count - 1.0) * self.across } else { 0.0 }
    }
}

/// Mean squared gradient of each node's output over that of the last node's.
pub fn walk(network: &Network, steps: &[Step]) -> Vec<Option<f64>> {
    let positions = |index: usize| Grid::of(network.nodes[index].shape.dimensions()).positions();
    let nothing = |index: usize| Some(Gradient::uniform(0.0, 0.0, positions(index)));
    let mut gradients: Vec<Map> = (0..steps.len()).map(nothing).collect();
    // the same times the slope of the activation there, which is another for what a maximum picked
    let mut passed = gradients.clone();
    if let Some(last) = steps.len().checked_sub(1) {
        // every output has a direction of its own
        gradients[last] = Some(Gradient::uniform(1.0, 0.0, positions(last)));
        passed[last] = times(&gradients[last], steps[last].slopes.as_ref());
    }
    for (place, (node, step)) in network.nodes.iter().zip(steps).enumerate().rev() {
        for &source in &node.inputs {
            let behind = back(&step.back, &gradients[place], &passed[place], positions(source));
            let slopes = match step.back {
                Return::Window { picked: Some(slope), .. } => {
                    Some(Slopes { squares: vec![slope; positions(source)], elsewhere: f64::NAN })
                }
                _ => steps[source].slopes.clone(),
            };
            add(&mut passed[source], &times(&behind, slopes.as_ref()));
            add(&mut gradients[source], &behind);
        }
    }
    let mean = |map: Gradient| map.squares.iter().sum::<f64>() / map.squares.len().max(1) as f64;
    gradients.into_iter().map(|map| map.map(mean).filter(|mean| !mean.is_nan())).collect()
}

/// What a step sends to its input.
fn back(step: &Return, gradient: &Map, passed: &Map, positions: usize) -> Map {
    let gradient = gradient.as_ref();
    match step {
        Return::Unknown => None,
        Return::Slope => passed.clone(),
        Return::Factor(factor) => gradient.map(|map| map.times(*factor)),
        Return::Factors(factors) => gradient.map(|map| {
            let elsewhere = factors.iter().sum::<f64>() / factors.len().max(1) as f64;
            map.slopes(&Slopes { squares: factors.clone(), elsewhere })
        }),
        // positions become units, and units have gradients of their own
        Return::Spread => {
            gradient.map(|map| Gradient::uniform(map.squares.first().copied().unwrap_or(0.0), 0.0, positions))
        }
        Return::All(factor) => gradient.map(|map| {
            let square = factor * map.of_sum();
            Gradient::uniform(square, square, positions)
        }),
        Return::Time { slopes, carry, enter } => gradient.map(|map| {
            let squares = through_time(&map.squares, slopes, *carry, *enter);
            Gradient { squares, across: f64::NAN }
        }),
        Return::Window { window, factor, picked } => gradient.map(|map| {
            let squares = window.back(&map.squares).into_iter().map(|value| factor * value).collect();
            Gradient { squares, across: factor * if picked.is_some() { f64::NAN } else { across(window, map) } }
        }),
    }
}

/// What two positions have in common behind a window.
fn across(window: &Window, map: &Gradient) -> f64 {
    match (window.kernel, window.output) {
        (Grid::POINT, _) => map.across,
        (kernel, Grid::POINT) if kernel == window.input => map.squares[0],
        _ => f64::NAN,
    }
}

/// From states, the last or all, to the inputs of a plain recurrent cell.
fn through_time(states: &[f64], slopes: &[f64], carry: f64, enter: f64) -> Vec<f64> {
    let missing = slopes.len().saturating_sub(states.len());
    let mut state = 0.0;
    let mut inputs = vec![0.0; slopes.len()];
    for (step, slope) in slopes.iter().enumerate().rev() {
        let own = step.checked_sub(missing).and_then(|place| states.get(place)).copied().unwrap_or(0.0);
        let behind = slope * (state + own);
        inputs[step] = enter * behind;
        state = carry * behind;
    }
    inputs
}

fn times(map: &Map, slopes: Option<&Slopes>) -> Map {
    Some(map.as_ref()?.slopes(slopes?))
}

/// Adds what comes from one more consumer; what is unknown stays so.
fn add(sum: &mut Map, more: &Map) {
    match (sum.as_mut(), more) {
        (Some(sum), Some(more)) => {
            sum.squares.iter_mut().zip(&more.squares).for_each(|(sum, more)| *sum += more);
            sum.across += more.across;
        }
        _ => *sum = None,
    }
}
