//! Mirrored weights, of which a ReLU network is linear at the start.

use super::MirroredPart;
use crate::initializer::base::share;
use crate::initializer::catalogue::{Entry, GAIN, SYMMETRY_BROKEN, argument, claim};
use crate::initializer::family::unsuited;
use crate::initializer::matrix::Matrix;
use crate::initializer::orthogonal::{haar, haar_f64};
use crate::plan::{Facts, Plan, Whole};
use crate::slice::strides;
use crate::{AxisRole, Error, Initializer, Parameter, Stream};

pub const ENTRY: Entry = Entry {
    name: "looks_linear",
    aliases: &["mirrored"],
    summary: "mirrored orthogonal weights: a ReLU network of them is linear at the start",
    formula: "w = [V, -V; -V, V], or [V; -V] for the first layer, [V, -V] for the last; V = gain times a Haar \
              (semi-)orthogonal matrix of half the sizes. Halves are along the first output and the first input axis; \
              columns of V are all the weights into a unit",
    arguments: &[
        argument(
            "part",
            Some("hidden"),
            "first, hidden or last layer; after concatenated ReLUs every layer is a last one",
        ),
        GAIN,
    ],
    rationale: "A unit and its mirror image pass what the other one cuts off: relu(z) and relu(-z), and the next layer \
                takes their difference, which is z. So the network is the product of its V at the start, whatever its \
                depth, and gradients do not shatter. Biases must be 0.",
    claims: &[
        claim(
            "isometry",
            "the network is linear; with square V every singular value is the product of the gains",
            "singular values of the Jacobian",
        ),
        claim("gradient_flow", "gradients at near inputs are alike at any depth", "backward variance ratio per layer"),
        SYMMETRY_BROKEN,
    ],
    source: "Balduzzi et al. 2017 (The Shattered Gradients Problem), section 5, for concatenated ReLUs; Burkholz & \
             Dubatovka 2019 (Initialization of ReLUs for Dynamical Isometry) for ReLUs",
    elsewhere: "no framework has it",
    example: "looks_linear(part=hidden)",
};

/// The plan of one weight.
///
/// # Errors
/// A parameter without axes, with groups, or with an odd number of what is halved.
pub fn plan(initializer: &Initializer, parameter: &Parameter, part: MirroredPart, gain: f64) -> Result<Plan, Error> {
    let matrix = Matrix::of(initializer, parameter)?;
    if parameter.axes.as_ref().is_some_and(|axes| axes.groups > 1) {
        return Err(unsuited(initializer, parameter, "mirror images would lie in other groups; it needs groups=1"));
    }
    let (mut rows, mut columns): (usize, Vec<usize>) = (matrix.rows(), (0..matrix.columns()).collect());
    let (mut across, mut along) = (None, None);
    if part != MirroredPart::Last {
        let half = Half::of(initializer, parameter, AxisRole::Output, "outputs")?;
        (rows, across) = (rows / 2, Some(half.distance()));
    }
    if part != MirroredPart::First {
        let half = Half::of(initializer, parameter, AxisRole::Input, "inputs")?;
        columns.retain(|&column| rows > 0 && half.holds(matrix.place(0, column)));
        along = Some(half.distance());
    }
    Ok(Plan::whole(Mirrored { matrix, rows, columns, across, along, gain }))
}

/// The first half of an axis.
struct Half {
    size: usize,
    stride: usize,
}

impl Half {
    /// Of the first axis of a role.
    fn of(initializer: &Initializer, parameter: &Parameter, role: AxisRole, name: &str) -> Result<Half, Error> {
        let sizes = parameter.shape.dimensions();
        let Some(axis) = parameter.axes.as_ref().and_then(|axes| axes.of_role(role).next()) else {
            let problem = format!("it has no axis of {name} to mirror; part=first mirrors the outputs alone");
            return Err(unsuited(initializer, parameter, problem));
        };
        if !sizes[axis].is_multiple_of(2) {
            let problem = format!("it mirrors the {name}, and {} is odd; take an even number", sizes[axis]);
            return Err(unsuited(initializer, parameter, problem));
        }
        Ok(Half { size: sizes[axis] / 2, stride: strides(sizes)[axis] })
    }

    /// From a place in this half to its image in the other.
    fn distance(&self) -> usize {
        self.size * self.stride
    }

    fn holds(&self, place: usize) -> bool {
        place / self.stride % (2 * self.size) < self.size
    }
}

#[derive(Debug)]
struct Mirrored {
    matrix: Matrix,
    /// Rows of V, which are the first ones of the weight.
    rows: usize,
    /// Columns of the weight that V has.
    columns: Vec<usize>,
    /// From an entry to its mirror image among the outputs.
    across: Option<usize>,
    /// From an entry to its mirror image among the inputs.
    along: Option<usize>,
    gain: f64,
}

impl Mirrored {
    /// Gives every place its value.
    fn lay<T: Copy + std::ops::Neg<Output = T>>(&self, v: &[T], out: &mut [T]) {
        for (row, entries) in v.chunks_exact(self.columns.len().max(1)).enumerate() {
            for (&column, &value) in self.columns.iter().zip(entries) {
                let place = self.matrix.place(row, column);
                out[place] = value;
                self.across.iter().for_each(|across| out[place + across] = -value);
                self.along.iter().for_each(|along| out[place + along] = -value);
                if let (Some(across), Some(along)) = (self.across, self.along) {
                    out[place + across + along] = value;
                }
            }
        }
    }
}

impl Whole for Mirrored {
    fn fill(&self, out: &mut [f32], stream: &Stream) {
        self.lay(&haar(self.rows, self.columns.len(), stream, 0, self.gain), out);
    }

    fn fill_f64(&self, out: &mut [f64], stream: &Stream) {
        self.lay(&haar_f64(self.rows, self.columns.len(), stream, 0, self.gain), out);
    }

    fn facts(&self) -> Facts {
        Facts {
            distribution: "mirrored orthogonal".to_owned(),
            mean: 0.0,
            variance: share(self.gain * self.gain, self.rows.max(self.columns.len()) as f64),
            bounds: (-self.gain, self.gain),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::initializer::structured::tests::{drawn, facts_hold_over_seeds, parameter, refused};
    use crate::{Initializer, Parameter};

    /// A layer of a network: rows of weights.
    struct Layer(Vec<Vec<f64>>);

    impl Layer {
        fn draw(part: &str, name: &str, inputs: usize, outputs: usize) -> Layer {
            let weight = Parameter::dense(name, inputs, outputs).unwrap();
            let initializer: Initializer = format!("looks_linear(part={part})").parse().unwrap();
            let values: Vec<f64> = initializer.draw_as(&weight, 1).unwrap();
            Layer(values.chunks(inputs).map(<[f64]>::to_vec).collect())
        }

        fn apply(&self, x: &[f64]) -> Vec<f64> {
            self.0.iter().map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
        }
    }

    fn relu(x: Vec<f64>) -> Vec<f64> {
        x.into_iter().map(|x| x.max(0.0)).collect()
    }

    fn points() -> [Vec<f64>; 3] {
        let point = |k: i32| (0..16).map(|i| f64::from((i * i * (k + 3) + 5 * k) % 23) - 11.0).collect();
        [point(1), point(2), point(3)]
    }

    fn assert_linear(network: impl Fn(&[f64]) -> Vec<f64>) {
        let [x, y, _] = points();
        let together: Vec<f64> = x.iter().zip(&y).map(|(x, y)| 2.0 * x - 3.0 * y).collect();
        for ((of_x, of_y), both) in network(&x).into_iter().zip(network(&y)).zip(network(&together)) {
            assert!((2.0 * of_x - 3.0 * of_y - both).abs() < 1e-12 && of_x != 0.0, "{of_x} {of_y} {both}");
        }
    }

    fn length(x: &[f64]) -> f64 {
        x.iter().map(|x| x * x).sum::<f64>().sqrt()
    }

    #[test]
    fn a_relu_network_is_linear_and_keeps_lengths() {
        let first = Layer::draw("first", "first", 16, 32);
        let hidden: Vec<Layer> = (0..10).map(|k| Layer::draw("hidden", &format!("hidden{k}"), 32, 32)).collect();
        let last = Layer::draw("last", "last", 32, 16);
        let network = |x: &[f64]| {
            let state = hidden.iter().fold(relu(first.apply(x)), |state, layer| relu(layer.apply(&state)));
            last.apply(&state)
        };
        assert_linear(network);
        points().iter().for_each(|x| assert!((length(&network(x)) / length(x) - 1.0).abs() < 1e-13));
    }

    #[test]
    fn a_network_of_concatenated_relus_is_linear() {
        let layers: Vec<Layer> = (0..10).map(|k| Layer::draw("last", &format!("layer{k}"), 32, 16)).collect();
        let concatenated = |x: &[f64]| -> Vec<f64> {
            let both = x.iter().copied().chain(x.iter().map(|x| -x));
            relu(both.collect())
        };
        let network = |x: &[f64]| layers.iter().fold(x.to_vec(), |state, layer| layer.apply(&concatenated(&state)));
        assert_linear(network);
        points().iter().for_each(|x| assert!((length(&network(x)) / length(x) - 1.0).abs() < 1e-13));
    }

    #[test]
    fn halves_mirror_each_other() {
        let hidden = drawn("looks_linear", &parameter("4x6", "dense", 1));
        for row in 0..4 {
            for column in 0..6 {
                let mirror =
                    |row: usize, column: usize| hidden[(row + 2) % 4 * 6 + column] == -hidden[row * 6 + column];
                assert!(mirror(row, column));
                assert_eq!(hidden[row * 6 + (column + 3) % 6], -hidden[row * 6 + column]);
            }
        }
        let first = drawn("looks_linear(part=first)", &parameter("4x3", "dense", 1));
        assert!((0..6).all(|place| first[place] == -first[place + 6] && first[place] != 0.0));
    }

    /// Input channels are halved wherever their axis is, taps are not.
    #[test]
    fn kernels_are_mirrored_by_channel() {
        let inner = drawn("looks_linear(part=last)", &parameter("3x4x2", "convolution", 1));
        for place in (0..24).filter(|place| place / 2 % 4 < 2) {
            assert_eq!(inner[place + 4], -inner[place]);
        }
        let outer = drawn("looks_linear(part=last)", &parameter("2x4x3", "convolution_in_out", 1));
        for place in (0..24).filter(|place| place / 3 % 4 < 2) {
            assert_eq!(outer[place + 6], -outer[place]);
        }
        facts_hold_over_seeds("looks_linear(gain=2)", &parameter("4x6x3", "convolution", 1));
        facts_hold_over_seeds("looks_linear(part=first)", &parameter("6x2", "dense", 1));
    }

    #[test]
    fn what_cannot_be_mirrored_is_refused() {
        let odd = refused("looks_linear", &parameter("4x7", "dense", 1));
        assert!(odd.contains("'w' (4x7)") && odd.contains("inputs, and 7 is odd"), "{odd}");
        assert!(refused("looks_linear", &parameter("5x8", "dense", 1)).contains("outputs, and 5 is odd"));
        assert!(refused("looks_linear", &parameter("4x4x3", "convolution", 2)).contains("groups=1"));
        assert!(refused("looks_linear", &parameter("9x4", "embedding", 1)).contains("part=first"));
        drawn("looks_linear(part=first)", &parameter("9x4", "embedding", 1));
        assert!("looks_linear(part=middle)".parse::<Initializer>().is_err());
        assert!(refused("looks_linear", &Parameter::norm_scale("s", 8).unwrap()).contains("'s' (8)"));
    }
}
