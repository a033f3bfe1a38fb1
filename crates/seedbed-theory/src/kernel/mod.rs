//! NNGP and NTK of a network: the prior over functions at infinite width, exactly.
//!
//! With iid weights of variance σ_w²/fan_in and biases of variance σ_b², the outputs of a wide network are Gaussian
//! processes with kernel K (the NNGP; Neal 1996, Lee et al. 2018), and gradient descent moves them by the kernel Θ (the
//! NTK; Jacot et al. 2018, in the parameterization where every weight and bias is trained and divided by its scale).
//! Through the graph, for a pair of inputs (x, x′) and, in images, a pair of pixels:
//!
//! | step | K | Θ |
//! |---|---|---|
//! | input | x·x′/channels | 0 |
//! | dense | σ_w² K + σ_b² | σ_w² Θ + K after |
//! | conv2d | σ_w² (mean of K over the kernel's taps, zeros outside) + σ_b² | the same of Θ + K after |
//! | activation | E φ(u)φ(u′) | Θ · E φ′(u)φ′(u′) |
//! | flatten | mean of K over equal pixels | the same of Θ |
//! | average_pool | mean of K over pairs of pixels | the same of Θ |
//! | sum | K₁ + K₂ + m₁m₂′ + m₂m₁′ | Θ₁ + Θ₂ |
//! | layer_norm | covariance / √((v + ε)(v′ + ε)) | Θ by the same |
//! | position | K + σ² at equal steps | Θ + σ² there |
//! | average_steps | mean of K over pairs of steps | the same of Θ |
//! | attention, linear scaling | dense ∘ (mean over pairs of steps) ∘ dense | the same of Θ |
//!
//! m is the mean over units (not 0 behind a ReLU), v the variance over units and pixels. Max pooling has no kernel, and
//! is refused by name. Scales and shifts of norms take no part in the NTK. Weights count as independent, with the
//! variance of one element: orthogonal ones have the same NNGP.
//!
//! A sequence is an image of one column: dense layers and normalizations act at each step. Attention has a closed form
//! where the scores are divided by k, the features of a head: queries and keys are independent, so that the scores go to 0
//! as 1/√k and every step looks at all steps alike (Hron et al. 2020 take one weight for both to keep them). Divided by √k
//! the scores stay random, and the mean of a softmax of Gaussians has no closed form: such a layer is refused.
//!
//! Where only a flatten reads an image, pairs of equal pixels are enough; an average needs all pairs. Convolutional
//! kernels: Novak et al. 2019, Garriga-Alonso et al. 2019, Arora et al. 2019. neural-tangents computes the same numbers
//! for the layers that both have; it refuses sums of signals that have a mean.

mod activation;
mod block;
mod convolution;
mod gram;
mod memory;
mod pass;
mod plan;
mod pool;
mod real;
mod series;
#[cfg(test)]
mod tests;

use seedbed::{Activation, Prior};
use seedbed_network::graph::Network;

pub use gram::Gram;
pub use real::Real;

use crate::error::TheoryError;

/// The NNGP and NTK of one network under one prior.
///
/// ```
/// use seedbed_theory::kernel::{Kernel, Limits};
/// let network = "mlp(3, 64, 1, relu)".parse()?;
/// let prior = "he_normal".parse()?;
/// let kernel = Kernel::new(&network, &prior)?;
/// let gram = kernel.gram(&[0.6, -0.8, 1.0, 1.0, 0.5, 0.7], &Limits::default())?;
/// assert!((gram.nngp(0, 1) - 0.7429003595052).abs() < 1e-12);
/// assert!((gram.ntk(0, 1) - 1.139052292546).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    steps: Vec<Step>,
}

/// What a computation may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Threads, at least 1. The results do not depend on their number.
    pub threads: usize,
    /// Bytes that may be held at once. What would need more is refused before it starts.
    pub memory_bytes: usize,
}

/// 4 GiB unless said otherwise.
const DEFAULT_MEMORY: usize = 4 << 30;

impl Default for Limits {
    /// All cores, and 4 GiB.
    fn default() -> Limits {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Limits { threads, memory_bytes: DEFAULT_MEMORY }
    }
}

impl Kernel {
    /// The kernel of a network under a prior, from the variance that the prior gives each weight and bias.
    ///
    /// # Errors
    /// An operation without a kernel, weights or biases whose mean is not 0, norms with a scale that varies: each named;
    /// what the core refuses of the prior.
    pub fn new(network: &Network, prior: &Prior) -> Result<Kernel, TheoryError> {
        plan::steps(network, prior).map(|steps| Kernel { steps })
    }

    /// Numbers of one example.
    pub fn inputs(&self) -> usize {
        match self.steps.first() {
            Some(Step { transform: Transform::Input { channels, .. }, place, .. }) => channels * place.pixels(),
            _ => 0,
        }
    }

    /// Whether it depends on the products x·x, x·x′ and x′·x′ alone: fully connected, and no mean of the input is used.
    pub fn is_of_products(&self) -> bool {
        self.steps.first().is_some_and(|step| step.place.pixels() == 1 && !step.mean_needed)
    }
}

/// One node of the graph.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    transform: Transform,
    inputs: Vec<usize>,
    place: Place,
    /// Its mean over units is used later.
    mean_needed: bool,
    /// Its variance is used later.
    moments_needed: bool,
}

/// What a node does to the kernels.
#[derive(Clone, Debug, PartialEq)]
enum Transform {
    Input {
        channels: usize,
        layout: Layout,
    },
    Affine(Variances),
    Convolution {
        window: Window,
        variances: Variances,
    },
    Activation(Activation),
    AveragePool {
        size: usize,
    },
    /// Mean over all positions.
    AverageSteps,
    /// Values averaged over all positions, and the projection of the mean: what attention comes to with linear scaling.
    Attention {
        value: Variances,
        output: Variances,
    },
    /// A vector of independent elements at each position, the same for all examples.
    Position {
        variance: f64,
    },
    Flatten,
    Add {
        crossed: bool,
    },
    /// Over all positions together, or over each.
    LayerNorm {
        scale_square: f64,
        epsilon: f64,
        each: bool,
    },
}

/// σ_w² and σ_b² of an affine map.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Variances {
    weight: f64,
    bias: f64,
}

/// How the numbers of an example lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// `[channels, height, width]`, or a vector.
    ChannelsFirst,
    /// `[time, features]`.
    ChannelsLast,
}

/// A window that slides over an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    height: usize,
    width: usize,
    stride: usize,
    padding: usize,
}

/// Which pairs of pixels are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pairs {
    /// A pixel with itself.
    Same,
    /// Every pixel with every other.
    All,
}

/// The pixels of a node, and the pairs kept of them; a vector is one pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    height: usize,
    width: usize,
    pairs: Pairs,
}

impl Place {
    fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Numbers kept for one pair of examples.
    fn entries(self) -> usize {
        match self.pairs {
            Pairs::Same => self.pixels(),
            Pairs::All => self.pixels() * self.pixels(),
        }
    }
}
