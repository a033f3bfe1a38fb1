//! Slopes and verdicts, as plain data.

use serde::{Deserialize, Serialize};

use super::measure::Sizes;
use super::{Direction, Request};
use crate::statistics::{Estimate, mean};

/// Version of the record.
pub const SCHEMA: &str = "seedbed.transfer/1";

/// What transfer in one direction came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// The network at factor 1.
    pub network: String,
    /// The prior.
    pub prior: String,
    /// Name of the data.
    pub data: String,
    /// `width` or `depth`.
    pub direction: String,
    /// Factors that the network grew by.
    pub factors: Vec<usize>,
    /// What became of the learning rates: `same` or `mup`.
    pub rates: String,
    /// Steps of training.
    pub steps: usize,
    /// Draws.
    pub seeds: usize,
    /// The first seed.
    pub seed: u64,
    /// Examples in the batch.
    pub examples: usize,
    /// A slope within so much of 0 passes.
    pub bound: f64,
    /// One a quantity, a layer and an optimizer.
    pub slopes: Vec<SlopeRecord>,
    /// Whether every slope passes.
    pub passed: bool,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Mean |z| before training.
    Size,
    /// Mean |z_k − z_0| after the last step.
    Change,
}

/// One slope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlopeRecord {
    /// What was measured.
    pub quantity: Quantity,
    /// The layer, by its name at factor 1.
    pub layer: String,
    /// `sgd` or `adam`; `None` before training.
    pub optimizer: Option<String>,
    /// Learning rate at factor 1; `None` before training.
    pub learning_rate: Option<f64>,
    /// Mean over the draws, one a factor; `None` where a run overflowed.
    pub sizes: Vec<Option<f64>>,
    /// d ln(size)/d ln(factor), over the draws; `None` where the layer is still, and has no logarithm.
    pub slope: Option<Estimate>,
    /// The least slope that passes; `None` where a layer may shrink as it likes: the output before training, as in the
    /// maximal update parametrization.
    pub lowest: Option<f64>,
    /// The largest slope that passes.
    pub highest: f64,
    /// Whether it does; a layer that is still at every size passes.
    pub passed: bool,
}

/// Sets the draws together; `all` has a factor's index with each.
pub fn summarize(request: &Request, all: &[(usize, Sizes)]) -> TransferRecord {
    let names: Vec<&str> = request.network.weighted_layers().map(|(_, node)| node.name.as_str()).collect();
    let mut slopes = Vec::new();
    for (layer, name) in names.iter().enumerate() {
        let table = by_factor(request, all, |sizes| sizes.start[layer]);
        let may_shrink = layer + 1 == names.len() && request.direction == Direction::Width;
        slopes.push(slope(request, Quantity::Size, name, None, &table, may_shrink));
    }
    for (place, optimizer) in request.optimizers.iter().enumerate() {
        for (layer, name) in names.iter().enumerate() {
            let table = by_factor(request, all, |sizes| sizes.changes[place][request.steps - 1][layer]);
            slopes.push(slope(request, Quantity::Change, name, Some(optimizer), &table, false));
        }
    }
    TransferRecord {
        schema: SCHEMA.to_owned(),
        network: request.network.text.clone(),
        prior: request.prior.to_string(),
        data: request.data.name.clone(),
        direction: request.direction.name().to_owned(),
        factors: request.factors.clone(),
        rates: request.rates.name().to_owned(),
        steps: request.steps,
        seeds: request.seeds,
        seed: request.seed,
        examples: request.data.train.examples().min(request.examples),
        bound: request.bound,
        passed: slopes.iter().all(|slope| slope.passed),
        slopes,
    }
}

/// One list a factor, with one entry a draw.
fn by_factor(request: &Request, all: &[(usize, Sizes)], quantity: impl Fn(&Sizes) -> f64) -> Vec<Vec<f64>> {
    let of = |factor: usize| all.iter().filter(|(own, _)| *own == factor).map(|(_, sizes)| quantity(sizes)).collect();
    (0..request.factors.len()).map(of).collect()
}

fn slope(
    request: &Request,
    quantity: Quantity,
    layer: &str,
    optimizer: Option<&(crate::trial::Optimizer, f64)>,
    table: &[Vec<f64>],
    may_shrink: bool,
) -> SlopeRecord {
    let logarithms: Vec<f64> = request.factors.iter().map(|factor| (*factor as f64).ln()).collect();
    let still = table.iter().flatten().all(|size| *size == 0.0);
    let of_draw = |draw: usize| {
        let sizes: Vec<f64> = table.iter().map(|sizes| sizes[draw].ln()).collect();
        least_squares(&logarithms, &sizes)
    };
    let slopes: Vec<f64> = (0..request.seeds).map(of_draw).collect();
    let estimate = (!still)
        .then(|| Estimate { method: "student_t of least squares".to_owned(), ..mean(&slopes, request.confidence) });
    // NaN, of a run that overflowed or of a layer that is still at some factors alone, passes nowhere
    let lowest = (!may_shrink).then_some(-request.bound);
    let passes = |slope: &Estimate| slope.value <= request.bound && lowest.is_none_or(|lowest| slope.value >= lowest);
    let average =
        |sizes: &Vec<f64>| Some(sizes.iter().sum::<f64>() / sizes.len() as f64).filter(|size| size.is_finite());
    SlopeRecord {
        quantity,
        layer: layer.to_owned(),
        optimizer: optimizer.map(|(optimizer, _)| optimizer.to_string()),
        learning_rate: optimizer.map(|(_, rate)| *rate),
        sizes: table.iter().map(average).collect(),
        passed: estimate.as_ref().is_none_or(passes),
        slope: estimate,
        lowest,
        highest: request.bound,
    }
}

/// Slope of the straight line through the points, Σ (x − x̄)(y − ȳ)/Σ (x − x̄)².
fn least_squares(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (x_mean, y_mean) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let products: f64 = x.iter().zip(y).map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    let squares: f64 = x.iter().map(|x| (x - x_mean) * (x - x_mean)).sum();
    products / squares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_squares_matches_numpy() {
        assert!((least_squares(&[0.0, 1.0, 2.0], &[1.0, 3.0, 5.0]) - 2.0).abs() < 1e-15);
        // numpy.polyfit([0, 1, 2, 4], [1, 0, 2, 5], 1)[0]
        assert!((least_squares(&[0.0, 1.0, 2.0, 4.0], &[1.0, 0.0, 2.0, 5.0]) - 1.142857142857143).abs() < 1e-12);
    }
}
