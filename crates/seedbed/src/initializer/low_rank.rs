//! Starts of low-rank adapters, W + B A with A `[rank, in]` and B `[out, rank]`, that need no weight. Those that are
//! made from a weight are in [`crate::low_rank`].

use super::base::share;
use super::call::Call;
use super::catalogue::{Argument, Claim, Entry, SYMMETRY_BROKEN, argument, claim};
use super::family::{Family, out_of_range, unsuited};
use super::matrix::Matrix;
use super::ranges::{LARGEST, NOT_NEGATIVE};
use super::text::Number;
use crate::plan::{Law, Plan};
use crate::{Error, Initializer, Parameter};

mod orthogonal;

use orthogonal::{Factor, Orthogonal};

const UNCHANGED: Claim = claim("identity", "the adapter changes nothing at first", "largest singular value of B A");

const BASIS: Argument = argument("basis", Some("0"), "whole number: A and B of one adapter share it");
const STD: Argument = argument("std", Some("0.1"), "standard deviation of the coordinates; not negative");

/// A start of a low-rank adapter.
#[derive(Clone, Debug, PartialEq)]
pub enum LowRank {
    /// A ~ U(±1/√fan_in): what `kaiming_uniform(a=√5)` does. B starts at zero.
    LoraA,
    /// A ~ N(0, 1/rank²). B starts at zero.
    LoraAGaussian,
    /// B = 0.
    LoraB,
    /// A in the half of the rank's space that the even rows of an orthogonal matrix span.
    LoraAOrthogonal {
        /// Which orthogonal matrix; the same for B.
        basis: u64,
        /// Standard deviation of the coordinates; finite, not negative.
        std: f64,
    },
    /// B in the other half.
    LoraBOrthogonal {
        /// Which orthogonal matrix; the same for A.
        basis: u64,
        /// Standard deviation of the coordinates; finite, not negative.
        std: f64,
    },
}

impl Family for LowRank {
    const ENTRIES: &'static [Entry] = &[
        Entry {
            name: "lora_a",
            aliases: &[],
            summary: "LoRA's A as peft draws it; B is lora_b",
            formula: "w ~ U(-a, a), a = 1 / √fan_in",
            arguments: &[],
            rationale: "With B = 0 the adapter changes nothing at first, and A breaks the symmetry.",
            claims: &[SYMMETRY_BROKEN],
            source: "Hu et al. 2021; loralib's and peft's kaiming_uniform(a=√5)",
            elsewhere: "the paper says Gaussian: lora_a_gaussian",
            example: "lora_a",
        },
        Entry {
            name: "lora_a_gaussian",
            aliases: &[],
            summary: "LoRA's A, normal; B is lora_b",
            formula: "w ~ N(0, 1 / rank²), rank = output units of A",
            arguments: &[],
            rationale: "The paper's Gaussian A. The std that peft gives it shrinks with the rank, not with its root, so \
                        that it does not keep the signal's size.",
            claims: &[SYMMETRY_BROKEN],
            source: "Hu et al. 2021, section 4.1, without a std; peft's init_lora_weights=\"gaussian\": std 1/r",
            elsewhere: "diffusers asks peft for this one by default; the paper's code is uniform: lora_a",
            example: "lora_a_gaussian",
        },
        Entry {
            name: "lora_b",
            aliases: &[],
            summary: "LoRA's B: zeros",
            formula: "w = 0",
            arguments: &[],
            rationale: "The adapter changes nothing at first. The first step moves B alone, for the gradient of A is 0 \
                        while B is.",
            claims: &[UNCHANGED],
            source: "Hu et al. 2021, section 4.1",
            elsewhere: "for an embedding, loralib and peft have it the other way round: A = 0, B ~ N(0, 1)",
            example: "lora_b",
        },
        Entry {
            name: "lora_a_orthogonal",
            aliases: &[],
            summary: "A nonzero, and B A = 0 with lora_b_orthogonal",
            formula: "A = std P G, P = rows 0, 2, 4, … of a Haar matrix Q(basis) of size rank as columns, G(i, j) ~ N(0, 1)",
            arguments: &[BASIS, STD],
            rationale: "B A = 0 as with B = 0, but both get a gradient in the first step. The columns of A lie in one \
                        half of the rank's space and the rows of B in the other. The rank must be even.",
            claims: &[UNCHANGED, SYMMETRY_BROKEN],
            source: "datta0, Rethink LoRA initialisations (2024); peft's init_lora_weights=\"orthogonal\", std 0.1",
            elsewhere: "peft draws a Q for each adapter. Here A and B have names, so streams, of their own and share Q \
                        by `basis`; adapters may share one too: Q only turns the space between A and B",
            example: "lora_a_orthogonal",
        },
        Entry {
            name: "lora_b_orthogonal",
            aliases: &[],
            summary: "B nonzero, and B A = 0 with lora_a_orthogonal",
            formula: "B = std G P, P = rows 1, 3, 5, … of a Haar matrix Q(basis) of size rank, G(i, j) ~ N(0, 1)",
            arguments: &[BASIS, STD],
            rationale: "As lora_a_orthogonal, in the other half of the rank's space. The rank must be even.",
            claims: &[UNCHANGED, SYMMETRY_BROKEN],
            source: "datta0, Rethink LoRA initialisations (2024); peft's init_lora_weights=\"orthogonal\", std 0.1",
            elsewhere: "as lora_a_orthogonal",
            example: "lora_b_orthogonal",
        },
    ];

    fn read(call: &Call) -> Result<LowRank, Error> {
        let halves = || Ok((call.count("basis")? as u64, call.number("std")?));
        Ok(match call.name {
            "lora_a_gaussian" => LowRank::LoraAGaussian,
            "lora_b" => LowRank::LoraB,
            "lora_a_orthogonal" => halves().map(|(basis, std)| LowRank::LoraAOrthogonal { basis, std })?,
            "lora_b_orthogonal" => halves().map(|(basis, std)| LowRank::LoraBOrthogonal { basis, std })?,
            _ => LowRank::LoraA,
        })
    }

    fn name(&self) -> &'static str {
        match self {
            LowRank::LoraA => "lora_a",
            LowRank::LoraAGaussian => "lora_a_gaussian",
            LowRank::LoraB => "lora_b",
            LowRank::LoraAOrthogonal { .. } => "lora_a_orthogonal",
            LowRank::LoraBOrthogonal { .. } => "lora_b_orthogonal",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        match *self {
            LowRank::LoraAOrthogonal { basis, std } | LowRank::LoraBOrthogonal { basis, std } => {
                vec![("basis", basis.to_string()), ("std", Number(std).to_string())]
            }
            _ => Vec::new(),
        }
    }

    fn check(&self) -> Result<(), Error> {
        match *self {
            LowRank::LoraAOrthogonal { std, .. } | LowRank::LoraBOrthogonal { std, .. }
                if !(0.0..=LARGEST).contains(&std) =>
            {
                Err(out_of_range(self.name(), "std", std, NOT_NEGATIVE))
            }
            _ => Ok(()),
        }
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let matrix = || Matrix::of(&Initializer::LowRank(self.clone()), parameter);
        match *self {
            LowRank::LoraB => Ok(Plan::Law(Law::Constant { value: 0.0 })),
            LowRank::LoraA => {
                let Some(fans) = parameter.fans else {
                    let problem = "it has no axes to take fan_in from; give it a layout";
                    return Err(unsuited(self.name(), parameter, problem));
                };
                let bound = share(1.0, fans.fan_in as f64).sqrt();
                Ok(Plan::Law(Law::Uniform { low: -bound, high: bound }))
            }
            LowRank::LoraAGaussian => {
                let std = share(1.0, matrix()?.rows() as f64);
                Ok(Plan::Law(Law::Normal { mean: 0.0, std }))
            }
            LowRank::LoraAOrthogonal { basis, std } => self.halves(parameter, matrix()?, Factor::A, basis, std),
            LowRank::LoraBOrthogonal { basis, std } => self.halves(parameter, matrix()?, Factor::B, basis, std),
        }
    }
}

impl LowRank {
    fn halves(
        &self,
        parameter: &Parameter,
        matrix: Matrix,
        factor: Factor,
        basis: u64,
        std: f64,
    ) -> Result<Plan, Error> {
        let orthogonal = Orthogonal { matrix, factor, basis, std };
        if orthogonal.rank().is_multiple_of(2) {
            return Ok(Plan::whole(orthogonal));
        }
        let problem = format!("its rank is {}, and this start halves it; take an even rank", orthogonal.rank());
        Err(unsuited(self.name(), parameter, problem))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Initializer, Parameter};

    fn facts(text: &str, parameter: &Parameter) -> crate::Facts {
        text.parse::<Initializer>().unwrap().facts(parameter).unwrap()
    }

    #[test]
    fn laws_by_hand() {
        let (a, b) = (Parameter::dense("lora_A", 64, 8).unwrap(), Parameter::dense("lora_B", 8, 32).unwrap());
        assert_eq!(facts("lora_a", &a).bounds, (-0.125, 0.125));
        assert_eq!(facts("lora_a_gaussian", &a).std(), 0.125);
        assert_eq!((facts("lora_b", &b).mean, facts("lora_b", &b).variance), (0.0, 0.0));
    }

    #[test]
    fn an_odd_rank_cannot_be_halved() {
        let a = Parameter::dense("layer1.lora_A", 64, 7).unwrap();
        let message = "lora_a_orthogonal".parse::<Initializer>().unwrap().draw(&a, 0).unwrap_err().to_string();
        assert!(message.contains("layer1.lora_A") && message.contains("rank is 7"), "{message}");
        assert!("lora_b_orthogonal(std=-1)".parse::<Initializer>().is_err());
    }
}
