//! What is known of a node's output, and what each kind of step does to it.

use seedbed::Activation;
use seedbed::quadrature::gaussian_expectation;
use seedbed_network::graph::NodeIndex;

use super::Signal;
use super::window::{Grid, Window};
use crate::bivariate::{bivariate, bivariate_of};

/// Positions whose moments differ by less than this share count as equal, and are computed once.
const SAME: f64 = 1e-12;

/// Moments of one position of an image, over units and draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// E x.
    pub mean: f64,
    /// E x².
    pub same: f64,
    /// E x₁x₂ of the two examples.
    pub other: f64,
}

impl Place {
    fn combine(self, second: Place, f: impl Fn(f64, f64) -> f64) -> Place {
        Place { mean: f(self.mean, second.mean), same: f(self.same, second.same), other: f(self.other, second.other) }
    }

    fn is(&self, other: &Place) -> bool {
        let allowed = SAME * self.same;
        let near = self.combine(*other, |first, second| (first - second).abs());
        near.same <= allowed && near.other <= allowed && near.mean <= allowed.sqrt() * SAME.sqrt()
    }
}

/// Second moments of a unit, the mean over positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// The value with itself.
    pub same: f64,
    /// With another position of the same example.
    pub elsewhere: f64,
    /// With the same position of the other example.
    pub other: f64,
    /// With another position of the other example.
    pub other_elsewhere: f64,
}

impl Moments {
    /// A function of each.
    pub fn combine(self, second: Moments, f: impl Fn(f64, f64) -> f64) -> Moments {
        Moments {
            same: f(self.same, second.same),
            elsewhere: f(self.elsewhere, second.elsewhere),
            other: f(self.other, second.other),
            other_elsewhere: f(self.other_elsewhere, second.other_elsewhere),
        }
    }

    /// A product of two examples, the mean over all pairs of `positions` positions.
    pub fn between_examples(self, positions: usize) -> f64 {
        let part = 1.0 / positions.max(1) as f64;
        part * self.other + (1.0 - part) * self.other_elsewhere
    }

    /// The covariances, given the mean.
    pub fn centred(self, mean: f64) -> Moments {
        let centred = |moment: f64| moment - mean * mean;
        Moments {
            same: centred(self.same).max(0.0),
            elsewhere: centred(self.elsewhere),
            other: centred(self.other),
            other_elsewhere: centred(self.other_elsewhere),
        }
    }
}

/// A Gaussian pre-activation and the activation on it, which a maximum needs.
#[derive(Clone, Copy, Debug)]
pub struct Activated {
    pub activation: Activation,
    pub mean: f64,
    pub covariances: Moments,
}

/// What is known of a node's output.
#[derive(Clone, Debug)]
pub struct State {
    pub grid: Grid,
    pub places: Vec<Place>,
    /// E x x′/√(E x² E x′²) of two positions.
    pub near: f64,
    /// E x₁x₂′/√(E x² E x′²) of two positions, one of each example.
    pub near_other: f64,
    /// Whether each unit is Gaussian over draws.
    pub gaussian: bool,
    /// What it was before the activation, if it is one of Gaussians.
    pub activated: Option<Activated>,
    /// The nodes whose random weights it comes from last.
    pub origins: Vec<NodeIndex>,
}

/// part/whole, and 0 for 0/0.
pub fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

impl State {
    /// The same moments everywhere.
    pub fn uniform(grid: Grid, mean: f64, moments: Moments, origins: Vec<NodeIndex>) -> State {
        let Moments { same, elsewhere, other, other_elsewhere } = moments;
        State {
            grid,
            places: vec![Place { mean, same, other }; grid.positions()],
            near: share(elsewhere, same),
            near_other: share(other_elsewhere, same),
            gaussian: false,
            activated: None,
            origins,
        }
    }

    pub fn signal(&self) -> Signal {
        let Place { mean, same, other } = self.average();
        Signal { mean, mean_square: same, correlation: if same > 0.0 { other / same } else { 1.0 } }
    }

    /// The mean over positions.
    pub fn average(&self) -> Place {
        let nothing = Place { mean: 0.0, same: 0.0, other: 0.0 };
        let part = 1.0 / self.places.len().max(1) as f64;
        self.places.iter().fold(nothing, |sum, place| sum.combine(*place, |sum, more| sum + part * more))
    }

    /// The second moments, the mean over positions.
    pub fn moments(&self) -> Moments {
        let Place { same, other, .. } = self.average();
        Moments { same, elsewhere: self.near * same, other, other_elsewhere: self.near_other * same }
    }

    /// Something of each position, computed once for equal ones.
    fn each<T: Copy>(&self, of: impl Fn(Place) -> T) -> Vec<T> {
        let mut known: Vec<(Place, T)> = Vec::new();
        let find = |place: &Place| match known.iter().find(|(other, _)| other.is(place)) {
            Some((_, found)) => *found,
            None => {
                let found = of(*place);
                known.push((*place, found));
                found
            }
        };
        self.places.iter().map(find).collect()
    }

    /// E φ′² of an activation on this, by position.
    pub fn slope_squares(&self, activation: Activation) -> Vec<f64> {
        self.each(|place| {
            let kinks = shifted(activation, place.mean);
            let slope = |z: f64| [activation.derivative(z + place.mean).powi(2)];
            let [square] = gaussian_expectation((place.same - place.mean * place.mean).max(0.0), &kinks, slope);
            square
        })
    }

    /// E φ′φ′ of an activation on two positions of this.
    pub fn slope_product(&self, activation: Activation) -> f64 {
        let Place { mean, same, .. } = self.average();
        let (variance, covariance) = (same - mean * mean, self.moments().elsewhere - mean * mean);
        if self.grid == Grid::POINT || covariance >= variance {
            let squares = self.slope_squares(activation);
            return squares.iter().sum::<f64>() / squares.len().max(1) as f64;
        }
        if mean == 0.0 {
            return bivariate(activation, variance, variance, covariance).derivative_product;
        }
        let function = |z: f64| (activation.value(z + mean), activation.derivative(z + mean));
        bivariate_of(function, &shifted(activation, mean), variance, variance, covariance).derivative_product
    }

    /// φ of it, taken as Gaussian.
    pub fn activate(&self, activation: Activation) -> State {
        let places = self.each(|place| {
            let gaussian = Shifted::of(activation, place);
            let [mean, same] = gaussian.moments();
            Place { mean, same, other: gaussian.product(place.other, same) }
        });
        let (average, moments) = (self.average(), self.moments());
        let (mut near, mut near_other) = (1.0, 1.0);
        if self.grid.positions() > 1 {
            let gaussian = Shifted::of(activation, average);
            let [_, same] = gaussian.moments();
            near = share(gaussian.product(moments.elsewhere, same), same);
            near_other = share(gaussian.product(moments.other_elsewhere, same), same);
        }
        let covariances = moments.centred(average.mean);
        let activated = self.gaussian.then_some(Activated { activation, mean: average.mean, covariances });
        State { places, near, near_other, gaussian: false, activated, ..self.clone() }
    }

    /// The sum with a signal of independent weights: products of the two are products of their means.
    pub fn plus(&self, second: &State) -> State {
        let crossed = |a: &Place, b: &Place| 2.0 * a.mean * b.mean;
        let sum = |(a, b): (&Place, &Place)| Place {
            mean: a.mean + b.mean,
            same: a.same + b.same + crossed(a, b),
            other: a.other + b.other + crossed(a, b),
        };
        let mut state = State {
            places: self.places.iter().zip(&second.places).map(sum).collect(),
            gaussian: self.gaussian && second.gaussian,
            activated: None,
            origins: self.origins.iter().chain(&second.origins).copied().collect(),
            ..self.clone()
        };
        let (a, b, same) = (self.moments(), second.moments(), state.average().same);
        let both = crossed(&self.average(), &second.average());
        state.near = share(a.elsewhere + b.elsewhere + both, same);
        state.near_other = share(a.other_elsewhere + b.other_elsewhere + both, same);
        state
    }

    /// Standardized over all units and positions, then times a scale and plus a shift, each one number an element.
    pub fn normalize(&self, epsilon: f64, scale: Element, shift: Element) -> State {
        let (mean, moments) = (self.average().mean, self.moments());
        let part = 1.0 / self.normalizer(epsilon);
        let place = |place: &Place| {
            let off = part.sqrt() * (place.mean - mean);
            let tied = 2.0 * scale.mean * shift.mean * off + shift.square();
            let of = |moment: f64| scale.square() * part * (moment - 2.0 * mean * place.mean + mean * mean) + tied;
            Place { mean: scale.mean * off + shift.mean, same: of(place.same), other: of(place.other) }
        };
        let mut state = State {
            places: self.places.iter().map(place).collect(),
            gaussian: self.gaussian && scale.variance == 0.0,
            activated: None,
            ..self.clone()
        };
        // two positions have scales and shifts of their own, two examples share them
        let far = |moment: f64| scale.mean * scale.mean * part * (moment - mean * mean) + shift.mean * shift.mean;
        let same = state.average().same;
        state.near = share(far(moments.elsewhere), same);
        state.near_other = share(far(moments.other_elsewhere), same);
        state
    }

    /// Each position standardized over its units, then times a scale and plus a shift.
    pub fn normalize_each(&self, epsilon: f64, scale: Element, shift: Element) -> State {
        let alone = |place: &Place| {
            let moments = Moments { same: place.same, elsewhere: 0.0, other: place.other, other_elsewhere: 0.0 };
            State { gaussian: self.gaussian, ..State::uniform(Grid::POINT, place.mean, moments, Vec::new()) }
        };
        let places: Vec<Place> =
            self.places.iter().map(|place| alone(place).normalize(epsilon, scale, shift).places[0]).collect();
        let mut state =
            State { places, gaussian: self.gaussian && scale.variance == 0.0, activated: None, ..self.clone() };
        // elements share their scale and shift at all positions
        let (mean, part) = (self.average().mean, 1.0 / self.normalizer(epsilon));
        let far = |moment: f64| scale.square() * part * (moment - mean * mean) + shift.square();
        let (moments, same) = (self.moments(), state.average().same);
        state.near = share(far(moments.elsewhere), same);
        state.near_other = share(far(moments.other_elsewhere), same);
        state
    }

    /// Each unit standardized over a large batch and its positions, then times a scale and plus a shift.
    pub fn normalize_batch(&self, epsilon: f64, scale: Element, shift: Element) -> State {
        let shared = self.moments().between_examples(self.grid.positions());
        let part = scale.square() / self.batch_normalizer(epsilon);
        let of = |moment: f64| part * (moment - shared) + shift.square();
        let place = |place: &Place| Place { mean: shift.mean, same: of(place.same), other: of(place.other) };
        let mut state = State {
            places: self.places.iter().map(place).collect(),
            gaussian: self.gaussian && scale.variance == 0.0,
            activated: None,
            ..self.clone()
        };
        let (moments, same) = (self.moments(), state.average().same);
        state.near = share(of(moments.elsewhere), same);
        state.near_other = share(of(moments.other_elsewhere), same);
        state
    }

    /// What a batch normalization divides the square by: the variance of a unit over a large batch and its positions, and ε.
    pub fn batch_normalizer(&self, epsilon: f64) -> f64 {
        let moments = self.moments();
        (moments.same - moments.between_examples(self.grid.positions())).max(0.0) + epsilon
    }

    /// Plus independent elements, other ones at each position and the same for both examples.
    pub fn placed(&self, element: Element, origin: NodeIndex) -> State {
        let place = |place: &Place| {
            let crossed = 2.0 * place.mean * element.mean + element.square();
            Place { mean: place.mean + element.mean, same: place.same + crossed, other: place.other + crossed }
        };
        let mut state = State {
            places: self.places.iter().map(place).collect(),
            activated: None,
            origins: self.origins.iter().copied().chain([origin]).collect(),
            ..self.clone()
        };
        let (moments, mean, same) = (self.moments(), self.average().mean, state.average().same);
        let far = |moment: f64| moment + 2.0 * mean * element.mean + element.mean * element.mean;
        state.near = share(far(moments.elsewhere), same);
        state.near_other = share(far(moments.other_elsewhere), same);
        state
    }

    /// One vector at every position.
    pub fn repeated(&self, grid: Grid) -> State {
        let Place { same, other, .. } = self.average();
        let places = vec![self.average(); grid.positions()];
        State { grid, places, near: 1.0, near_other: share(other, same), ..self.clone() }
    }

    /// What a normalization divides the square by: the variance over units and positions, and ε.
    pub fn normalizer(&self, epsilon: f64) -> f64 {
        let Place { mean, same, .. } = self.average();
        (same - mean * mean).max(0.0) + epsilon
    }

    /// The mean over each window.
    pub fn pool(&self, window: &Window) -> State {
        let part = 1.0 / window.kernel.positions() as f64;
        let mean_of = |value: &dyn Fn(&Place) -> f64| -> Vec<f64> {
            window.sums(|place| value(&self.places[place])).into_iter().map(|sum| part * sum).collect()
        };
        let (means, same, other) = (mean_of(&|p| p.mean), mean_of(&|p| p.same), mean_of(&|p| p.other));
        let roots = mean_of(&|place| place.same.max(0.0).sqrt());
        let places = (0..window.output.positions()).map(|place| {
            // all pairs of positions, less those of a position with itself
            let pairs = roots[place] * roots[place] - part * same[place];
            Place {
                mean: means[place],
                same: part * same[place] + self.near * pairs,
                other: part * other[place] + self.near_other * pairs,
            }
        });
        let places: Vec<Place> = places.collect();
        let mut state = State { grid: window.output, places, activated: None, ..self.clone() };
        let root = roots.iter().sum::<f64>() / roots.len().max(1) as f64;
        let ratio = share(root * root, state.average().same);
        (state.near, state.near_other) = (self.near * ratio, self.near_other * ratio);
        state
    }

    /// To one vector: positions become units.
    pub fn flatten(&self) -> State {
        State { grid: Grid::POINT, places: vec![self.average()], activated: None, ..self.clone() }
    }
}

fn shifted(activation: Activation, shift: f64) -> Vec<f64> {
    activation.kinks().iter().map(|kink| kink - shift).collect()
}

/// An activation on a Gaussian with a mean.
struct Shifted {
    activation: Activation,
    mean: f64,
    variance: f64,
    kinks: Vec<f64>,
}

impl Shifted {
    fn of(activation: Activation, Place { mean, same, .. }: Place) -> Shifted {
        Shifted { activation, mean, variance: (same - mean * mean).max(0.0), kinks: shifted(activation, mean) }
    }

    /// E φ and E φ².
    fn moments(&self) -> [f64; 2] {
        gaussian_expectation(self.variance, &self.kinks, |z| {
            let value = self.activation.value(z + self.mean);
            [value, value * value]
        })
    }

    /// E φφ′ at a second moment of the two values; `square` is E φ², what equal values have.
    fn product(&self, moment: f64, square: f64) -> f64 {
        let Shifted { activation, mean, variance, .. } = *self;
        let covariance = moment - mean * mean;
        if covariance >= variance {
            return square;
        }
        if mean == 0.0 {
            return bivariate(activation, variance, variance, covariance).product;
        }
        let function = |z: f64| (activation.value(z + mean), activation.derivative(z + mean));
        bivariate_of(function, &self.kinks, variance, variance, covariance).product
    }
}

/// Mean and variance of one element of a parameter.
#[derive(Clone, Copy, Debug)]
pub struct Element {
    pub mean: f64,
    pub variance: f64,
}

impl Element {
    pub fn square(self) -> f64 {
        self.variance + self.mean * self.mean
    }
}
