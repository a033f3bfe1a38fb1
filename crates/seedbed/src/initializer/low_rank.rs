//! Starts of low-rank adapters, W + B A with A `[rank, in]` and B `[out, rank]`, that need no weight.

use super::base::share;
use super::call::Call;
use super::catalogue::{Entry, SYMMETRY_BROKEN};
use super::family::{Family, unsuited};
use crate::plan::{Law, Plan};
use crate::{Error, Parameter};

/// A start of a low-rank adapter.
#[derive(Clone, Debug, PartialEq)]
pub enum LowRank {
    /// A ~ U(±1/√fan_in): what `kaiming_uniform(a=√5)` does. B starts at zero.
    LoraA,
}

impl Family for LowRank {
    const ENTRIES: &'static [Entry] = &[Entry {
        name: "lora_a",
        aliases: &[],
        summary: "LoRA's A as peft draws it; B is zeros",
        formula: "w ~ U(-a, a), a = 1 / √fan_in",
        arguments: &[],
        rationale: "With B = 0 the adapter changes nothing at first, and A breaks the symmetry.",
        claims: &[SYMMETRY_BROKEN],
        source: "Hu et al. 2021; peft's kaiming_uniform(a=√5)",
        elsewhere: "the paper says Gaussian: lora_a_gaussian",
        example: "lora_a",
    }];

    fn read(_: &Call) -> Result<LowRank, Error> {
        Ok(LowRank::LoraA)
    }

    fn name(&self) -> &'static str {
        match self {
            LowRank::LoraA => "lora_a",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let Some(fans) = parameter.fans else {
            return Err(unsuited(self.name(), parameter, "it has no axes to take fan_in from; give it a layout"));
        };
        let bound = share(1.0, fans.fan_in as f64).sqrt();
        Ok(Plan::Law(Law::Uniform { low: -bound, high: bound }))
    }
}
