//! Dense layers and convolutions: `W x + b`.

use seedbed_network::graph::NodeIndex;

use super::state::{Element, Moments, Place, State, share};
use super::window::Window;

/// A dense layer (a window of one position) or a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Affine {
    pub weight: Element,
    pub bias: Element,
    /// Channels that one output sees.
    pub channels: f64,
    pub window: Window,
}

impl Affine {
    /// The pre-activations: Gaussian, each position by what its window sees.
    pub fn apply(&self, state: &State, origin: NodeIndex) -> State {
        let Affine { weight, bias, channels, window } = *self;
        let counts = window.sums(|_| 1.0);
        let same = window.sums(|place| state.places[place].same);
        let other = window.sums(|place| state.places[place].other);
        let means = window.sums(|place| state.places[place].mean);
        let covariances = state.moments().centred(state.average().mean);
        let places = (0..window.output.positions()).map(|place| {
            let sum = channels * means[place];
            let (one, two) = self.shared(counts[place], sum, &covariances);
            Place {
                mean: weight.mean * sum + bias.mean,
                same: weight.variance * channels * same[place] + bias.square() + one,
                other: weight.variance * channels * other[place] + bias.square() + two,
            }
        });
        let places: Vec<Place> = places.collect();
        let (near, near_other) = self.neighbours(state, &places, &covariances, &means);
        State { grid: window.output, places, near, near_other, gaussian: true, activated: None, origins: vec![origin] }
    }

    /// What all weights have in common multiplies the sum of the inputs: its share of the square and of the product of
    /// two examples.
    fn shared(&self, count: f64, sum: f64, covariances: &Moments) -> (f64, f64) {
        let Affine { weight, bias, channels, .. } = *self;
        let square = weight.mean * weight.mean;
        let crossed = 2.0 * weight.mean * bias.mean * sum + square * sum * sum;
        let of = |near: f64, far: f64| square * channels * count * (near + (count - 1.0) * far) + crossed;
        (of(covariances.same, covariances.elsewhere), of(covariances.other, covariances.other_elsewhere))
    }

    /// Cosines of neighbouring outputs: both see their inputs through the same weights, where both see any.
    fn neighbours(&self, state: &State, places: &[Place], covariances: &Moments, means: &[f64]) -> (f64, f64) {
        let Affine { weight, bias, channels, window } = *self;
        let root =
            |places: &[Place], first: usize, second: usize| (places[first].same * places[second].same).max(0.0).sqrt();
        let (mut pairs, mut through, mut size, mut counts, mut sums) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (first, second) in window.output.neighbours() {
            let seen = window.seen(first).zip(window.seen(second)).filter_map(|(first, second)| first.zip(second));
            for (first, second) in seen {
                through += root(&state.places, first, second);
                counts += 1.0;
            }
            size += root(places, first, second);
            sums += channels * (means[first] + means[second]) / 2.0;
            pairs += 1.0;
        }
        let (count, sum) = (share(counts, pairs), share(sums, pairs));
        let square = weight.mean * weight.mean;
        let crossed = 2.0 * weight.mean * bias.mean * sum + square * sum * sum + bias.square();
        let of = |cosine: f64, far: f64| {
            let product = weight.variance * channels * cosine * share(through, pairs);
            share(product + square * channels * count * count * far + crossed, share(size, pairs))
        };
        (of(state.near, covariances.elsewhere), of(state.near_other, covariances.other_elsewhere))
    }
}
