//! The timed cases: a network, how many examples, and which kernel.

use std::str::FromStr;

use seedbed_network::graph::{Layer, Network};
use seedbed_theory::kernel::Kernel;

/// A kernel to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// 5 hidden ReLU layers, 1000 examples of 784 numbers.
    Dense,
    /// 3 convolutions of 3 by 3 with ReLU, flattened, 200 images of 28 by 28.
    Flatten,
    /// The same averaged over all pixels, 40 images of 14 by 14.
    Pool,
}

impl Case {
    /// Every case.
    pub const ALL: [Case; 3] = [Case::Dense, Case::Flatten, Case::Pool];

    /// Its name for the command line, the peer and the CSV file.
    pub fn name(self) -> &'static str {
        match self {
            Case::Dense => "dense",
            Case::Flatten => "flatten",
            Case::Pool => "pool",
        }
    }

    /// Examples, and numbers of each.
    pub fn size(self) -> (usize, usize) {
        match self {
            Case::Dense => (1000, 784),
            Case::Flatten => (200, 784),
            Case::Pool => (40, 196),
        }
    }

    /// The kernel, with σ_w² = 2 and σ_b² = 0.
    ///
    /// # Errors
    /// None; what the library says is passed on.
    pub fn kernel(self) -> Result<Kernel, Box<dyn std::error::Error>> {
        let side = if self == Case::Pool { 14 } else { 28 };
        let relu = Layer::Activation { function: "relu".to_owned() };
        let dense = |units| Layer::Dense { units, name: None };
        let conv = Layer::Conv2d { channels: 8, kernel: 3, stride: 1, padding: None, groups: 1, name: None };
        let (input, hidden, depth) = match self {
            Case::Dense => ("784".to_owned(), dense(8), 5),
            Case::Flatten | Case::Pool => (format!("1x{side}x{side}"), conv, 3),
        };
        let mut layers: Vec<Layer> = std::iter::repeat_n([hidden, relu], depth).flatten().collect();
        layers.extend((self == Case::Pool).then_some(Layer::AveragePool { size: side }));
        layers.extend((self != Case::Dense).then_some(Layer::Flatten));
        layers.push(dense(1));
        let network = Network::build(self.name(), &input.parse()?, &layers)?;
        Ok(Kernel::new(&network, &"he_normal".parse()?)?)
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Case, String> {
        let found = Case::ALL.into_iter().find(|case| case.name() == text);
        found.ok_or_else(|| format!("unknown case '{text}'; there are dense, flatten and pool"))
    }
}
