//! Starts of state-space models.

use super::call::Call;
use super::catalogue::{Entry, claim};
use super::family::{Family, unsuited};
use crate::kernel::elementary::ln_f64;
use crate::plan::{Formula, Plan};
use crate::{Error, Parameter};

/// A start of a state-space model.
#[derive(Clone, Debug, PartialEq)]
pub enum StateSpace {
    /// ln 1, ln 2, … ln N along the last axis: Mamba's `A_log`.
    MambaALog,
}

impl Family for StateSpace {
    const ENTRIES: &'static [Entry] = &[Entry {
        name: "mamba_a_log",
        aliases: &[],
        summary: "Mamba's A_log: the logarithms of 1 to N for every channel",
        formula: "w(channel, n) = ln(n + 1), so A = -exp(w) = -(n + 1): the real part of S4D",
        arguments: &[],
        rationale: "State n forgets at rate n + 1: a spread of memory lengths.",
        claims: &[claim("memory", "states forget at rates 1 to N", "norm ratio through time")],
        source: "Gu & Dao 2023 (Mamba); Gu et al. 2022 (S4D-Real)",
        elsewhere: "state-spaces/mamba: the same; Mamba-2 draws A from U(1, 16)",
        example: "mamba_a_log",
    }];

    fn read(_: &Call) -> Result<StateSpace, Error> {
        Ok(StateSpace::MambaALog)
    }

    fn name(&self) -> &'static str {
        match self {
            StateSpace::MambaALog => "mamba_a_log",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let Some(&states) = parameter.shape.dimensions().last() else {
            return Err(unsuited(self.name(), parameter, "it needs at least one axis, the states"));
        };
        let value = move |place: usize| ln_f64((place % states + 1) as f64);
        Ok(Plan::pattern(Formula { name: "logarithms", elements: parameter.shape.elements(), value }))
    }
}
