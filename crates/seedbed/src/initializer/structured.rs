//! Matrices with a structure.

use super::call::Call;
use super::catalogue::{Entry, GAIN, claim};
use super::family::{Family, out_of_range};
use super::matrix::Matrix;
use super::ranges::{LARGEST, NOT_NEGATIVE};
use super::text::Number;
use crate::plan::{Facts, Pattern, Plan};
use crate::{Error, Initializer, Parameter, Stream};

/// A matrix with a structure.
#[derive(Clone, Debug, PartialEq)]
pub enum Structured {
    /// gain on the diagonal, 0 elsewhere.
    Identity {
        /// The diagonal; finite, not negative.
        gain: f64,
    },
}

impl Family for Structured {
    const ENTRIES: &'static [Entry] = &[Entry {
        name: "identity",
        aliases: &["eye"],
        summary: "a diagonal matrix",
        formula: "w(unit, input) = gain where unit = input, 0 elsewhere",
        arguments: &[GAIN],
        rationale: "A layer that starts as the identity passes the signal and the gradient unchanged.",
        claims: &[claim("isometry", "a square layer keeps every length", "singular values of the Jacobian")],
        source: "Le, Jaitly & Hinton 2015 (IRNN) for recurrent weights",
        elsewhere: "PyTorch eye_ has no gain and takes two axes only; Keras and Flux have a gain",
        example: "identity",
    }];

    fn read(call: &Call) -> Result<Structured, Error> {
        Ok(Structured::Identity { gain: call.gain("gain")? })
    }

    fn name(&self) -> &'static str {
        match self {
            Structured::Identity { .. } => "identity",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        match *self {
            Structured::Identity { gain } => vec![("gain", Number(gain).to_string())],
        }
    }

    fn check(&self) -> Result<(), Error> {
        match *self {
            Structured::Identity { gain } if (0.0..=LARGEST).contains(&gain) => Ok(()),
            Structured::Identity { gain } => Err(out_of_range("identity", "gain", gain, NOT_NEGATIVE)),
        }
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let matrix = Matrix::of(&Initializer::Structured(self.clone()), parameter)?;
        match *self {
            Structured::Identity { gain } => Ok(Plan::pattern(Identity { matrix, gain })),
        }
    }
}

/// A diagonal of one value.
#[derive(Debug)]
struct Identity {
    matrix: Matrix,
    gain: f64,
}

impl Pattern for Identity {
    fn fill(&self, first: usize, out: &mut [f32], _: &Stream) {
        out.fill(0.0);
        for index in 0..self.matrix.rows().min(self.matrix.columns()) {
            let place = self.matrix.place(index, index);
            if let Some(slot) = place.checked_sub(first).and_then(|offset| out.get_mut(offset)) {
                *slot = self.gain as f32;
            }
        }
    }

    fn facts(&self) -> Facts {
        let (rows, columns) = (self.matrix.rows() as f64, self.matrix.columns() as f64);
        let share = 1.0 / rows.max(columns).max(1.0);
        let mean = self.gain * share;
        Facts {
            distribution: "diagonal".to_owned(),
            mean,
            variance: self.gain * mean - mean * mean,
            bounds: (0.0, self.gain),
        }
    }
}
