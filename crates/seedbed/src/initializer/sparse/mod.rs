//! Sparse weights: a few nonzero weights a unit (Martens 2010, section 5).

mod pattern;

use self::pattern::Chosen;
use super::base::share;
use super::call::Call;
use super::catalogue::{Argument, BACKWARD, Entry, FORWARD, GAIN, SYMMETRY_BROKEN, argument, claim};
use super::family::{Family, out_of_range, unsuited};
use super::matrix::Matrix;
use super::ranges::{LARGEST, NOT_NEGATIVE};
use super::text::{Number, word};
use crate::plan::Plan;
use crate::{Error, Initializer, Parameter, Side};

/// How many weights of a unit are not zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nonzeros {
    /// So many; at least 1. A unit with fewer weights is refused.
    Exactly(usize),
    /// So many, or all where a unit has fewer weights; at least 1.
    AtMost(usize),
    /// All but ⌈share · n⌉ of n weights; between 0 and 1.
    Without(f64),
}

/// A few normal weights a unit, zeros elsewhere. The nonzero weights have the variance that gives every weight, zero
/// or not, gain² / fan_in on average, so that gain² plays the part of `scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sparse {
    /// How many of a unit's weights are not zero.
    pub nonzeros: Nonzeros,
    /// Whose weights are counted: those into an output unit, or those out of an input unit.
    pub per: Side,
    /// Finite, not negative.
    pub gain: f64,
}

const SIDES: [(&str, Side); 2] = [("output", Side::Output), ("input", Side::Input)];
const WAYS: &str = "one of nonzeros, at_most and sparsity";
const ARGUMENTS: &[Argument] = &[
    argument("nonzeros", Some("none"), "so many nonzero weights a unit: at least 1, at most all"),
    GAIN,
    argument("at_most", Some("15"), "the same, but all where a unit has fewer; at least 1"),
    argument("sparsity", Some("none"), "the share of zeros of a unit, rounded up; between 0 and 1"),
    argument("per", Some("output"), "a unit: an output with the weights into it, or an input with those out of it"),
];

impl Family for Sparse {
    const ENTRIES: &'static [Entry] = &[Entry {
        name: "sparse",
        aliases: &[],
        summary: "a few normal weights into each unit, zeros elsewhere",
        formula: "each unit: k places at random, w ~ N(0, gain² / m) there, 0 elsewhere; k = nonzeros, min(at_most, n) \
                  or n - ⌈sparsity n⌉ of its n weights; m = k, or with per=input k inputs / outputs: the mean number \
                  of nonzero weights into an output",
        arguments: ARGUMENTS,
        rationale: "Few connections matter. Units differ strongly from each other, and none is saturated by a sum of \
                    many small inputs. per=input leaves no input unread.",
        claims: &[
            claim(
                "sparsity",
                "few connections matter: a unit selects a few features",
                "density, effective inputs per unit, unreached inputs",
            ),
            FORWARD,
            BACKWARD,
            SYMMETRY_BROKEN,
        ],
        source: "Martens 2010, section 5 (15 nonzeros a unit)",
        elsewhere: "PyTorch sparse_ and Flux: a share of zeros per column, which is per=input, with std 0.01, and \
                    PyTorch's mask ignores the generator. MLX: a share per row, as per=output",
        example: "sparse(nonzeros=15)",
    }];

    fn read(call: &Call) -> Result<Sparse, Error> {
        let nonzeros = match call.only(&["nonzeros", "at_most", "sparsity"], WAYS)? {
            Some("nonzeros") => Nonzeros::Exactly(call.count("nonzeros")?),
            Some("sparsity") => Nonzeros::Without(call.number("sparsity")?),
            _ => Nonzeros::AtMost(call.count("at_most")?),
        };
        Ok(Sparse { nonzeros, per: call.word("per", &SIDES)?, gain: call.gain("gain")? })
    }

    fn name(&self) -> &'static str {
        "sparse"
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let count = match self.nonzeros {
            Nonzeros::Exactly(count) => ("nonzeros", count.to_string()),
            Nonzeros::AtMost(count) => ("at_most", count.to_string()),
            Nonzeros::Without(sparsity) => ("sparsity", Number(sparsity).to_string()),
        };
        vec![count, ("gain", Number(self.gain).to_string()), ("per", word(&SIDES, self.per).to_owned())]
    }

    fn check(&self) -> Result<(), Error> {
        let refuse =
            |argument, found: &dyn ToString, wanted| Err(out_of_range("sparse", argument, found.to_string(), wanted));
        match self.nonzeros {
            Nonzeros::Exactly(0) => refuse("nonzeros", &0, "at least 1"),
            Nonzeros::AtMost(0) => refuse("at_most", &0, "at least 1"),
            Nonzeros::Without(share) if !(0.0..=1.0).contains(&share) => refuse("sparsity", &share, "between 0 and 1"),
            _ if !(0.0..=LARGEST).contains(&self.gain) => refuse("gain", &self.gain, NOT_NEGATIVE),
            _ => Ok(()),
        }
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let initializer = Initializer::Sparse(*self);
        let into = Matrix::of(&initializer, parameter)?;
        let (inputs, outputs) = (into.columns() as f64, into.rows() as f64);
        let matrix = if self.per == Side::Output { into } else { Matrix::of_inputs(&initializer, parameter)? };
        let count = self.count(&matrix, parameter)?;
        let all = matrix.rows() as f64 * count as f64;
        let std = if all > 0.0 { self.gain / (all / outputs).sqrt() } else { 0.0 };
        let variance = if all > 0.0 { share(self.gain * self.gain, inputs) } else { 0.0 };
        Ok(Plan::pattern(Chosen::new(matrix, self.per, count, std, variance)))
    }
}

impl Sparse {
    /// Nonzero weights of each row.
    fn count(&self, matrix: &Matrix, parameter: &Parameter) -> Result<usize, Error> {
        let weights = matrix.columns();
        match self.nonzeros {
            Nonzeros::Exactly(count) if count > weights && matrix.rows() * weights > 0 => {
                let unit = word(&SIDES, self.per);
                let problem = format!(
                    "{count} nonzeros do not fit the {weights} weights of an {unit} unit; at_most={count} takes all where \
                     there are fewer"
                );
                Err(unsuited(Initializer::Sparse(*self), parameter, problem))
            }
            Nonzeros::Exactly(count) | Nonzeros::AtMost(count) => Ok(count.min(weights)),
            Nonzeros::Without(sparsity) => Ok(weights.saturating_sub((sparsity * weights as f64).ceil() as usize)),
        }
    }
}

#[cfg(test)]
mod tests;
