//! From a network and a prior to the steps of a kernel: which variances, which pairs of pixels, and what has none.

use seedbed::{Activation, Parameter, Prior};
use seedbed_network::graph::{Network, Node, NodeIndex, Operation, Scaling};

use super::{Kernel, Layout, Pairs, Place, Step, Transform, Variances, Window};
use crate::error::TheoryError;

/// A weight's mean may stray from 0 by this share of its standard deviation: rounding.
const CENTRED: f64 = 1e-12;

/// What is known of a node's output at infinite width.
#[derive(Clone)]
struct Signal {
    /// Each unit is a Gaussian with the kernel as its covariance, as activations need it.
    gaussian: bool,
    /// The mean over units is 0 at every pixel.
    centred: bool,
    /// The mean over units is lost, since pixels with different means were flattened into units.
    mixed: bool,
    /// The nodes whose random weights it comes from last; sums need different ones.
    origins: Vec<NodeIndex>,
}

/// The steps of a network's kernel under a prior.
pub fn steps(network: &Network, prior: &Prior) -> Result<Vec<Step>, TheoryError> {
    let mut planner = Planner { network, prior, signals: Vec::new(), steps: Vec::new() };
    for (index, node) in network.nodes.iter().enumerate() {
        planner.push(index, node)?;
    }
    planner.check_output()?;
    let mut steps = planner.steps;
    ask_for_pairs(&mut steps);
    ask_for_means(&mut steps);
    Ok(steps)
}

struct Planner<'n> {
    network: &'n Network,
    prior: &'n Prior,
    signals: Vec<Signal>,
    steps: Vec<Step>,
}

impl Planner<'_> {
    fn push(&mut self, index: NodeIndex, node: &Node) -> Result<(), TheoryError> {
        let before = node.inputs.first().map(|&input| (self.signals[input].clone(), self.steps[input].place));
        let fresh = Signal { gaussian: true, centred: true, mixed: false, origins: vec![index] };
        let (transform, signal) = match (&node.operation, before) {
            (Operation::Input, _) | (_, None) => {
                let channels = node.shape.elements() / place(node).pixels().max(1);
                let layout = match node.shape.dimensions() {
                    [_, _] => Layout::ChannelsLast,
                    _ => Layout::ChannelsFirst,
                };
                (Transform::Input { channels, layout }, Signal { gaussian: false, centred: false, ..fresh })
            }
            (Operation::Dense { weight, bias }, Some(_)) => {
                (Transform::Affine(self.variances(node, *weight, *bias)?), fresh)
            }
            (Operation::Convolution { weight, bias, stride, padding, groups }, Some(_)) => {
                self.check_groups(node, *weight, *groups)?;
                let variances = self.variances(node, *weight, *bias)?;
                let window = self.window(*weight, *stride, *padding);
                (Transform::Convolution { window, variances }, fresh)
            }
            (Operation::Activation(activation), Some((signal, _))) => {
                if !signal.gaussian {
                    return Err(refuse(node, "it needs Gaussian inputs: put a dense or conv2d layer right before it"));
                }
                let odd = is_odd(*activation);
                (Transform::Activation(*activation), Signal { gaussian: false, centred: odd, ..signal })
            }
            (Operation::AveragePool { size }, Some((signal, _))) => (Transform::AveragePool { size: *size }, signal),
            (Operation::MaxPool { .. }, Some(_)) => {
                return Err(refuse(
                    node,
                    "the largest of correlated Gaussians has no closed law; average_pool has one",
                ));
            }
            (Operation::Flatten, Some((signal, place))) => {
                let many = place.pixels() > 1;
                let mixed = signal.mixed || many && !signal.centred;
                (Transform::Flatten, Signal { gaussian: signal.gaussian && !many, mixed, ..signal })
            }
            (Operation::Add, Some((first, _))) => self.sum(node, first)?,
            (Operation::LayerNorm { scale, shift, epsilon }, Some((signal, place))) => {
                let scale = self.norm_scale(node, *scale, *shift)?;
                let each = node.shape.dimensions().len() == 2;
                // the mean over all units and pixels is taken off: what is left of a pixel's own mean is 0 for one pixel
                let centred = signal.centred || place.pixels() == 1 || each;
                let transform = Transform::LayerNorm { scale_square: scale * scale, epsilon: *epsilon, each };
                (transform, Signal { centred, ..signal })
            }
            (Operation::BatchNorm { .. }, Some(_)) => {
                return Err(refuse(node, "its statistics join the examples of a batch: no closed form here"));
            }
            (Operation::Dropout { .. }, Some(_)) => {
                return Err(refuse(node, "its noise has no closed form here; without it the kernel is that at rest"));
            }
            (Operation::Position { weight }, Some((signal, _))) => {
                let variance = self.centred_variance(node, &self.network.parameters[*weight])?;
                let origins = signal.origins.iter().copied().chain([index]).collect();
                (Transform::Position { variance }, Signal { origins, ..signal })
            }
            (Operation::AverageSteps, Some((signal, _))) => (Transform::AverageSteps, signal),
            (Operation::Attention { weight, bias, output, output_bias, scaling, .. }, Some(_)) => {
                if *scaling == Scaling::SquareRoot {
                    let problem = "the mean of a softmax of Gaussians has no closed form; scaling = \"linear\" has one";
                    return Err(refuse(node, problem));
                }
                let value = self.variances(node, *weight, *bias)?;
                let output = self.variances(node, *output, *output_bias)?;
                (Transform::Attention { value, output }, fresh)
            }
            (Operation::Recurrent { .. }, Some(_)) => return Err(refuse(node, "it has no closed form here")),
        };
        self.signals.push(signal);
        let inputs = node.inputs.clone();
        self.steps.push(Step { transform, inputs, place: place(node), mean_needed: false, moments_needed: false });
        Ok(())
    }

    /// The sum of two signals whose weights are independent.
    fn sum(&self, node: &Node, first: Signal) -> Result<(Transform, Signal), TheoryError> {
        let Some(second) = node.inputs.get(1).map(|&input| &self.signals[input]) else {
            return Err(refuse(node, "it needs two inputs"));
        };
        if first.origins.iter().any(|origin| second.origins.contains(origin)) {
            return Err(refuse(node, "its inputs share their last random weights; put a dense or conv2d layer in one"));
        }
        let crossed = !first.centred && !second.centred;
        if crossed && (first.mixed || second.mixed) {
            return Err(refuse(node, "both inputs have a mean and one was flattened; add before flattening"));
        }
        let signal = Signal {
            gaussian: first.gaussian && second.gaussian,
            centred: first.centred && second.centred,
            mixed: first.mixed || second.mixed,
            origins: first.origins.iter().chain(&second.origins).copied().collect(),
        };
        Ok((Transform::Add { crossed }, signal))
    }

    /// σ_w² = fan_in · Var w and σ_b².
    fn variances(&self, node: &Node, weight: usize, bias: usize) -> Result<Variances, TheoryError> {
        let weight = &self.network.parameters[weight];
        let fan_in = weight.fans.map_or(0, |fans| fans.fan_in) as f64;
        let weight_variance = fan_in * self.centred_variance(node, weight)?;
        Ok(Variances { weight: weight_variance, bias: self.centred_variance(node, &self.network.parameters[bias])? })
    }

    fn centred_variance(&self, node: &Node, parameter: &Parameter) -> Result<f64, TheoryError> {
        let facts = self.prior.initializer(parameter)?.facts(parameter)?;
        if facts.mean.abs() > CENTRED * facts.std() {
            let problem = format!("'{}' has mean {}, and a kernel needs mean 0", parameter.name, facts.mean);
            return Err(refuse(node, &problem));
        }
        Ok(facts.variance)
    }

    fn check_groups(&self, node: &Node, weight: usize, groups: usize) -> Result<(), TheoryError> {
        match self.network.parameters[weight].shape.dimensions() {
            [_, 1, ..] if groups > 1 => Err(refuse(node, "a group sees one channel, so nothing averages out in it")),
            _ => Ok(()),
        }
    }

    fn window(&self, weight: usize, stride: usize, padding: usize) -> Window {
        let dimensions = self.network.parameters[weight].shape.dimensions();
        let side = |axis: usize| dimensions.get(axis).copied().unwrap_or(1);
        Window { height: side(2), width: side(3), stride, padding }
    }

    fn norm_scale(&self, node: &Node, scale: usize, shift: usize) -> Result<f64, TheoryError> {
        let facts = |index: usize| {
            let parameter = &self.network.parameters[index];
            self.prior.initializer(parameter)?.facts(parameter)
        };
        let (scale, shift) = (facts(scale)?, facts(shift)?);
        if scale.variance > 0.0 || shift.variance > 0.0 || shift.mean != 0.0 {
            return Err(refuse(node, "its scale must be one constant and its shift 0"));
        }
        Ok(scale.mean)
    }

    fn check_output(&self) -> Result<(), TheoryError> {
        let (Some(node), Some(signal)) = (self.network.nodes.last(), self.signals.last()) else { return Ok(()) };
        if !signal.gaussian || place(node).pixels() != 1 {
            return Err(refuse(node, "the network must end in a dense layer, whose outputs are Gaussian"));
        }
        Ok(())
    }
}

/// Whether φ(−z) = −φ(z): the mean is then 0.
fn is_odd(activation: Activation) -> bool {
    use Activation::{Erf, Hardtanh, Identity, Sin, Tanh};
    matches!(activation, Identity | Tanh | Hardtanh | Sin | Erf)
}

fn refuse(node: &Node, problem: &str) -> TheoryError {
    let operation = match &node.operation {
        Operation::Activation(activation) => format!("activation {activation}"),
        other => other.kind().to_owned(),
    };
    TheoryError::NoKernel { node: node.name.clone(), operation, problem: problem.to_owned() }
}

/// Where the pairs of a node lie; a vector is an image of one pixel, a sequence one of one column.
fn place(node: &Node) -> Place {
    let (height, width) = match *node.shape.dimensions() {
        [_, height, width] => (height, width),
        [time, _] => (time, 1),
        _ => (1, 1),
    };
    Place { height, width, pairs: Pairs::Same }
}

/// Averages need all pairs of pixels, and so does all that leads to one; the rest needs only equal pixels.
fn ask_for_pairs(steps: &mut [Step]) {
    for index in (0..steps.len()).rev() {
        let all = match steps[index].transform {
            Transform::AveragePool { .. } | Transform::AverageSteps | Transform::Attention { .. } => true,
            Transform::Flatten => false,
            _ => steps[index].place.pairs == Pairs::All,
        };
        if all {
            for input in steps[index].inputs.clone() {
                if steps[input].place.pixels() > 1 {
                    steps[input].place.pairs = Pairs::All;
                }
            }
        }
    }
}

/// Marks the nodes whose variance or mean over units is used later.
fn ask_for_means(steps: &mut [Step]) {
    for index in 0..steps.len() {
        let (moments, mean) = match steps[index].transform {
            Transform::Activation(_) => (true, false),
            Transform::LayerNorm { .. } => (true, true),
            Transform::Add { crossed } => (crossed, crossed),
            _ => (false, false),
        };
        for input in steps[index].inputs.clone() {
            steps[input].moments_needed |= moments;
            steps[input].mean_needed |= mean;
        }
    }
}

impl Kernel {
    /// The kernel of a fully connected network: `hidden_layers` times affine and activation, then an affine readout,
    /// all with the same σ_w² and σ_b², for examples of `inputs` numbers.
    ///
    /// # Errors
    /// No hidden layer, no inputs, or a variance that is negative or not finite.
    pub fn dense(
        inputs: usize,
        hidden_layers: usize,
        activation: Activation,
        weight_variance: f64,
        bias_variance: f64,
    ) -> Result<Kernel, TheoryError> {
        let allowed = "at least 1";
        if hidden_layers == 0 {
            return Err(TheoryError::Setting { setting: "depth", found: "0".to_owned(), allowed });
        }
        if inputs == 0 {
            return Err(TheoryError::Setting { setting: "number of inputs", found: "0".to_owned(), allowed });
        }
        for (setting, variance) in [("weight variance", weight_variance), ("bias variance", bias_variance)] {
            if !(variance >= 0.0 && variance.is_finite()) {
                let allowed = "finite and at least 0";
                return Err(TheoryError::Setting { setting, found: variance.to_string(), allowed });
            }
        }
        let place = Place { height: 1, width: 1, pairs: Pairs::Same };
        let affine = Transform::Affine(Variances { weight: weight_variance, bias: bias_variance });
        let hidden = std::iter::repeat_n([affine.clone(), Transform::Activation(activation)], hidden_layers).flatten();
        let transforms = std::iter::once(Transform::Input { channels: inputs, layout: Layout::ChannelsFirst })
            .chain(hidden)
            .chain([affine]);
        let step = |(index, transform): (usize, Transform)| Step {
            transform,
            inputs: index.checked_sub(1).into_iter().collect(),
            place,
            mean_needed: false,
            moments_needed: false,
        };
        let mut steps: Vec<Step> = transforms.enumerate().map(step).collect();
        ask_for_means(&mut steps);
        Ok(Kernel { steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed_network::graph::Layer;

    fn kernel(network: &str, prior: &str) -> Result<Kernel, TheoryError> {
        Kernel::new(&network.parse().unwrap(), &prior.parse().unwrap())
    }

    #[test]
    fn what_has_no_kernel_is_named() {
        for (network, prior, parts) in [
            ("cnn(1x8x8, 4x2, 3, relu, max_pool)", "he_normal", ["max_pool 'max_pool1'", "average_pool has one"]),
            ("mlp(4, 8x2, 3, relu, batch_norm)", "he_normal", ["batch_norm 'norm1' has no kernel", "no closed form"]),
            ("mlp(4, 8x2, 3, relu, dropout(0.1))", "he_normal", ["dropout 'dropout1'", "no closed form"]),
            ("lstm(5x4, 8, 3)", "he_normal", ["lstm 'layer1' has no kernel", "no closed form"]),
            ("transformer(5x4, 8x1, 3, relu)", "he_normal", ["attention 'layer2'", "scaling = \"linear\" has one"]),
            ("mlp(4, 8x2, 3, relu)", "ones", ["dense 'layer1'", "'layer1.weight' has mean 1"]),
            ("mlp(4, 8x2, 3, relu)", "{*.bias=ones; *=he_normal}", ["dense 'layer1'", "'layer1.bias' has mean 1"]),
        ] {
            let message = kernel(network, prior).unwrap_err().to_string();
            assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        }
    }

    fn built(layers: &[Layer]) -> Result<Kernel, TheoryError> {
        let network = Network::build("test", &"2x4x4".parse().unwrap(), layers).unwrap();
        Kernel::new(&network, &"he_normal".parse().unwrap())
    }

    fn relu() -> Layer {
        Layer::Activation { function: "relu".to_owned() }
    }

    #[test]
    fn graphs_outside_the_theory_are_refused() {
        let conv = |groups| Layer::Conv2d { channels: 4, kernel: 3, stride: 1, padding: None, groups, name: None };
        let dense = || Layer::Dense { units: 4, name: None };
        let residual = |layers| Layer::Residual { layers };
        for (layers, part) in [
            (vec![conv(2), relu(), Layer::Flatten, dense()], "one channel"),
            (vec![conv(1), relu(), relu(), Layer::Flatten, dense()], "Gaussian inputs"),
            (vec![conv(1), residual(vec![relu()]), Layer::Flatten, dense()], "share their last random weights"),
            (
                vec![
                    conv(1),
                    relu(),
                    Layer::Flatten,
                    residual(vec![Layer::Dense { units: 64, name: None }, relu()]),
                    dense(),
                ],
                "flattened",
            ),
            (vec![conv(1), relu()], "must end in a dense layer"),
            (vec![conv(1)], "must end in a dense layer"),
        ] {
            let message = built(&layers).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn only_what_leads_to_an_average_keeps_all_pairs() {
        let conv = || Layer::Conv2d { channels: 4, kernel: 3, stride: 1, padding: None, groups: 1, name: None };
        let pool = Layer::AveragePool { size: 2 };
        let head = [Layer::Flatten, Layer::Dense { units: 1, name: None }];
        let layers = [&[conv(), relu(), pool, conv(), relu()][..], &head].concat();
        let kernel = built(&layers).unwrap();
        let pairs: Vec<bool> = kernel.steps.iter().map(|step| step.place.pairs == Pairs::All).collect();
        assert_eq!(pairs, [true, true, true, false, false, false, false, false]);
    }

    #[test]
    fn bad_settings_are_named() {
        let asked = |inputs, depth, weight, bias| Kernel::dense(inputs, depth, Activation::Relu, weight, bias);
        for (result, part) in [
            (asked(3, 0, 2.0, 0.0), "depth is 0"),
            (asked(0, 1, 2.0, 0.0), "number of inputs is 0"),
            (asked(3, 1, -1.0, 0.0), "weight variance is -1"),
            (asked(3, 1, 1.0, f64::NAN), "bias variance is NaN"),
        ] {
            assert!(result.unwrap_err().to_string().contains(part));
        }
    }
}
