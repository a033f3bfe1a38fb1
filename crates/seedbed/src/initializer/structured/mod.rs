//! Matrices with a structure.
//!
//! Each row of the table has a file of its own. What is random in them comes from the parameter's own stream:
//! permutations, signs and angles under purposes of their own ([`crate::purpose`]).

mod gates;
mod givens;
mod hadamard;
mod identity;
mod lines;
mod looks_linear;
mod permuted_blocks;
#[cfg(test)]
pub mod tests;

use super::call::Call;
use super::catalogue::Entry;
use super::family::{Family, out_of_range};
use super::ranges::{LARGEST, NOT_NEGATIVE};
use super::text::Number;
use crate::plan::Plan;
use crate::{Error, Initializer, Parameter};

/// A matrix with a structure.
#[derive(Clone, Debug, PartialEq)]
pub enum Structured {
    /// gain on the diagonal, 0 elsewhere.
    Identity {
        /// The diagonal; finite, not negative.
        gain: f64,
        /// Places that the outputs are turned by.
        shift: usize,
        /// Which diagonal of a kernel.
        kernel: IdentityKernel,
    },
    /// A matrix of entries ±gain/√n, orthogonal.
    Hadamard {
        /// Of which order the Hadamard matrix is.
        order: HadamardOrder,
        /// Every singular value; finite, not negative.
        gain: f64,
    },
    /// ZerO: identities, and Hadamard signs where a layer grows.
    ZeroHadamard {
        /// Factor where the layer grows; finite, not negative.
        gain: f64,
    },
    /// Mirrored orthogonal weights, of which a ReLU network is linear.
    LooksLinear {
        /// Which layer of the network.
        part: MirroredPart,
        /// Every singular value of the mirrored matrix; finite, not negative.
        gain: f64,
    },
    /// Sparse orthogonal: rounds of random rotations of disjoint pairs.
    Givens {
        /// Rounds, 1 to 64; a row has about 2^rounds nonzeros.
        rounds: usize,
        /// Every singular value; finite, not negative.
        gain: f64,
    },
    /// Sparse orthogonal: Haar blocks, rows and columns permuted.
    PermutedBlocks {
        /// Rows and columns of a block, at least 1.
        size: usize,
        /// Every singular value; finite, not negative.
        gain: f64,
    },
    /// An orthogonal matrix a gate.
    GateOrthogonal {
        /// Gates side by side, at least 1.
        gates: usize,
        /// Every singular value of a gate; finite, not negative.
        gain: f64,
    },
}

/// Which layer of a mirrored network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MirroredPart {
    /// [V; −V]: its input is not mirrored.
    First,
    /// [V, −V; −V, V].
    Hidden,
    /// [V, −V]: its output is not mirrored.
    Last,
}

const PARTS: [(&str, MirroredPart); 3] =
    [("first", MirroredPart::First), ("hidden", MirroredPart::Hidden), ("last", MirroredPart::Last)];

/// Which entries of a kernel are an identity's diagonal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentityKernel {
    /// Those of the matrix with one column a weight into a unit, taps included.
    Flat,
    /// Those of the centre tap, one diagonal a group: the convolution that changes nothing.
    Centre,
}

const KERNELS: [(&str, IdentityKernel); 2] = [("flat", IdentityKernel::Flat), ("centre", IdentityKernel::Centre)];

/// The order of the Hadamard matrix that a weight takes its rows and columns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HadamardOrder {
    /// The longer side of the weight: orthogonal, or refused where no such matrix is known.
    Exact,
    /// The least power of two that is not below the longer side: any size, orthogonal only on average where they differ.
    PowerOfTwo,
}

const ORDERS: [(&str, HadamardOrder); 2] =
    [("exact", HadamardOrder::Exact), ("power_of_two", HadamardOrder::PowerOfTwo)];

/// The word that stands for a value.
fn word_of<T: PartialEq>(words: &[(&str, T)], value: &T) -> String {
    words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word).to_owned()
}

impl Family for Structured {
    const ENTRIES: &'static [Entry] = &[
        identity::ENTRY,
        hadamard::RANDOM_ENTRY,
        hadamard::ZERO_ENTRY,
        looks_linear::ENTRY,
        givens::ENTRY,
        permuted_blocks::ENTRY,
        gates::ENTRY,
    ];

    fn read(call: &Call) -> Result<Structured, Error> {
        let gain = call.gain("gain")?;
        Ok(match call.name {
            "hadamard" => Structured::Hadamard { gain, order: call.word("order", &ORDERS)? },
            "zero_hadamard" => Structured::ZeroHadamard { gain },
            "looks_linear" => Structured::LooksLinear { part: call.word("part", &PARTS)?, gain },
            "givens" => Structured::Givens { rounds: call.count("rounds")?, gain },
            "permuted_blocks" => Structured::PermutedBlocks { size: call.count("size")?, gain },
            "gate_orthogonal" => Structured::GateOrthogonal { gates: call.count("gates")?, gain },
            _ => {
                let (shift, kernel) = (call.count("shift")?, call.word("kernel", &KERNELS)?);
                Structured::Identity { gain, shift, kernel }
            }
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Structured::Identity { .. } => "identity",
            Structured::Hadamard { .. } => "hadamard",
            Structured::ZeroHadamard { .. } => "zero_hadamard",
            Structured::LooksLinear { .. } => "looks_linear",
            Structured::Givens { .. } => "givens",
            Structured::PermutedBlocks { .. } => "permuted_blocks",
            Structured::GateOrthogonal { .. } => "gate_orthogonal",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let gain = ("gain", Number(self.gain()).to_string());
        match *self {
            Structured::ZeroHadamard { .. } => vec![gain],
            Structured::Hadamard { order, .. } => vec![gain, ("order", word_of(&ORDERS, &order))],
            Structured::Identity { shift, kernel, .. } => {
                vec![gain, ("shift", shift.to_string()), ("kernel", word_of(&KERNELS, &kernel))]
            }
            Structured::LooksLinear { part, .. } => vec![("part", word_of(&PARTS, &part)), gain],
            Structured::Givens { rounds, .. } => vec![("rounds", rounds.to_string()), gain],
            Structured::PermutedBlocks { size, .. } => vec![("size", size.to_string()), gain],
            Structured::GateOrthogonal { gates, .. } => vec![("gates", gates.to_string()), gain],
        }
    }

    fn check(&self) -> Result<(), Error> {
        let gain = self.gain();
        if !(0.0..=LARGEST).contains(&gain) {
            return Err(out_of_range(self.name(), "gain", gain, NOT_NEGATIVE));
        }
        match *self {
            Structured::Givens { rounds, .. } if !(1..=givens::MOST_ROUNDS).contains(&rounds) => {
                Err(out_of_range(self.name(), "rounds", rounds, "1 to 64"))
            }
            Structured::PermutedBlocks { size: 0, .. } => Err(out_of_range(self.name(), "size", 0, "at least 1")),
            Structured::GateOrthogonal { gates: 0, .. } => Err(out_of_range(self.name(), "gates", 0, "at least 1")),
            _ => Ok(()),
        }
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let this = Initializer::Structured(self.clone());
        match *self {
            Structured::Identity { gain, shift, kernel } => identity::plan(&this, parameter, gain, shift, kernel),
            Structured::Hadamard { gain, order } => hadamard::random(&this, parameter, gain, order),
            Structured::ZeroHadamard { gain } => hadamard::zero(&this, parameter, gain),
            Structured::LooksLinear { part, gain } => looks_linear::plan(&this, parameter, part, gain),
            Structured::Givens { rounds, gain } => givens::plan(&this, parameter, rounds, gain),
            Structured::PermutedBlocks { size, gain } => permuted_blocks::plan(&this, parameter, size, gain),
            Structured::GateOrthogonal { gates, gain } => gates::plan(&this, parameter, gates, gain),
        }
    }
}

impl Structured {
    fn gain(&self) -> f64 {
        match *self {
            Structured::Identity { gain, .. }
            | Structured::Hadamard { gain, .. }
            | Structured::ZeroHadamard { gain }
            | Structured::LooksLinear { gain, .. }
            | Structured::Givens { gain, .. }
            | Structured::PermutedBlocks { gain, .. }
            | Structured::GateOrthogonal { gain, .. } => gain,
        }
    }
}
