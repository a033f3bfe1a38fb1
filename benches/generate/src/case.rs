//! What is timed: a kind of draw and a shape.

use std::fmt;
use std::str::FromStr;
use std::time::Instant;

use half::bf16;
use rayon::prelude::*;
use seedbed::{Error, Initializer, Parameter, Shape};

/// A kind of draw and a shape, such as `normal:100000000`; `small:10000x64x64` is many small tensors.
#[derive(Clone, Debug)]
pub struct Case {
    kind: Kind,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// An initializer by name, in single precision.
    Single(String),
    /// `normal` in bfloat16.
    NormalBf16,
    /// `he_normal` on many small matrices.
    Small,
}

/// The cases of the published comparison.
pub fn table() -> Vec<Case> {
    [
        "normal:100000000",
        "uniform:100000000",
        "truncated_normal:100000000",
        "normal_bf16:100000000",
        "sparse:10000x1000",
        "orthogonal:1024x1024",
        "orthogonal:2048x2048",
        "orthogonal:4096x4096",
        "orthogonal:4096x1024",
        "orthogonal:11008x4096",
        "small:10000x64x64",
        "dirac:1024x1024x3x3",
        "delta_orthogonal:1024x1024x3x3",
        "givens:4096x4096",
        "hadamard:8192x8192",
        "constant(0.5):100000000",
    ]
    .into_iter()
    .filter_map(|text| text.parse().ok())
    .collect()
}

impl Case {
    /// Elements that one run fills.
    pub fn elements(&self) -> usize {
        self.shape.elements()
    }

    /// Whether torch has it.
    pub fn is_in_torch(&self) -> bool {
        match &self.kind {
            Kind::Single(name) => {
                ["normal", "uniform", "truncated_normal", "sparse", "orthogonal", "dirac"].contains(&name.as_str())
            }
            Kind::NormalBf16 | Kind::Small => true,
        }
    }

    /// Our side, with its memory.
    ///
    /// # Errors
    /// An initializer that does not parse or does not fit the shape.
    pub fn prepare(&self) -> Result<Prepared, Error> {
        Ok(match (&self.kind, self.shape.dimensions()) {
            (Kind::Small, &[count, rows, columns]) => {
                let parameter = |index| Parameter::dense(&format!("layer{index}.weight"), columns, rows);
                let parameters = (0..count).map(parameter).collect::<Result<Vec<_>, _>>()?;
                let buffers = parameters.iter().map(|parameter| vec![0.0; parameter.shape.elements()]).collect();
                Prepared::Singles("he_normal".parse()?, parameters, buffers)
            }
            (Kind::NormalBf16, _) => {
                Prepared::Halves("normal".parse()?, self.parameter()?, vec![bf16::ZERO; self.elements()])
            }
            (Kind::Single(name), _) => {
                Prepared::Singles(name.parse()?, vec![self.parameter()?], vec![vec![0.0; self.elements()]])
            }
            (Kind::Small, _) => {
                let problem = "small needs three sizes: how many, rows, columns".to_owned();
                return Err(Error::Shape { shape: self.shape.to_string(), problem });
            }
        })
    }

    fn parameter(&self) -> Result<Parameter, Error> {
        let layout = seedbed::Layout::assumed(&self.shape);
        Parameter::laid_out("weight", self.shape.clone(), &layout, 1)
    }
}

/// An initializer, what it fills, and the memory.
#[derive(Debug)]
pub enum Prepared {
    /// Tensors in single precision.
    Singles(Initializer, Vec<Parameter>, Vec<Vec<f32>>),
    /// A tensor in bfloat16.
    Halves(Initializer, Parameter, Vec<bf16>),
}

impl Prepared {
    /// Fills once; wall seconds.
    ///
    /// # Errors
    /// As [`Initializer::fill`].
    pub fn seconds(&mut self) -> Result<f64, Error> {
        let start = Instant::now();
        match self {
            Prepared::Singles(initializer, parameters, buffers) => {
                // as a prior draws its parameters
                let pairs = parameters.par_iter().zip(buffers.par_iter_mut());
                pairs.try_for_each(|(parameter, buffer)| initializer.fill(parameter, 7, buffer))?;
            }
            Prepared::Halves(initializer, parameter, buffer) => initializer.fill(parameter, 7, buffer)?,
        }
        Ok(start.elapsed().as_secs_f64())
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Single(name) => name,
            Kind::NormalBf16 => "normal_bf16",
            Kind::Small => "small",
        };
        write!(f, "{kind}:{}", self.shape)
    }
}

impl FromStr for Case {
    type Err = Error;

    fn from_str(text: &str) -> Result<Case, Error> {
        let (kind, shape) = text.rsplit_once(':').unwrap_or((text, ""));
        let kind = match kind {
            "normal_bf16" => Kind::NormalBf16,
            "small" => Kind::Small,
            name => Kind::Single(name.to_owned()),
        };
        Ok(Case { kind, shape: shape.parse()? })
    }
}
