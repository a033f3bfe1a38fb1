//! Settings of the scaling law with a derivation of their own: sine networks, random walks, the spectral condition.

use super::base::share;
use super::call::Call;
use super::catalogue::{Entry, FORWARD, SYMMETRY_BROKEN, argument};
use super::family::{Family, out_of_range, unsuited};
use super::ranges::LARGEST;
use super::text::Number;
use crate::plan::{Law, Plan};
use crate::{Error, Fans, Parameter};

/// A scaling law with a derivation of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Scaled {
    /// Hidden layers of a sine network: U(±√(6 / fan_in) / omega).
    Siren {
        /// Frequency that multiplies the layer's output before the sine; positive.
        omega: f64,
    },
}

impl Family for Scaled {
    const ENTRIES: &'static [Entry] = &[Entry {
        name: "siren",
        aliases: &["siren_hidden"],
        summary: "hidden layers of a sine network",
        formula: "w ~ U(-a, a), a = √(6 / fan_in) / omega",
        arguments: &[argument("omega", Some("30"), "frequency in sin(omega (W x + b)); positive")],
        rationale: "omega W x then has about unit variance at every depth, so the sine is neither linear nor aliased.",
        claims: &[FORWARD, SYMMETRY_BROKEN],
        source: "Sitzmann et al. 2020, section 3.2 and theorem 1.8",
        elsewhere: "torsh leaves out the division by omega",
        example: "siren(omega=30)",
    }];

    fn read(call: &Call) -> Result<Scaled, Error> {
        Ok(Scaled::Siren { omega: call.number("omega")? })
    }

    fn name(&self) -> &'static str {
        match self {
            Scaled::Siren { .. } => "siren",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        match *self {
            Scaled::Siren { omega } => vec![("omega", Number(omega).to_string())],
        }
    }

    fn check(&self) -> Result<(), Error> {
        match *self {
            Scaled::Siren { omega } if omega > 0.0 && omega <= LARGEST => Ok(()),
            Scaled::Siren { omega } => Err(out_of_range("siren", "omega", omega, "positive and at most 1e36")),
        }
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let Some(Fans { fan_in, .. }) = parameter.fans else {
            return Err(unsuited(self.name(), parameter, "it has no axes to take fan_in from; give it a layout"));
        };
        match *self {
            Scaled::Siren { omega } => {
                let bound = share(6.0, fan_in as f64).sqrt() / omega;
                Ok(Plan::Law(Law::Uniform { low: -bound, high: bound }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Initializer, Parameter};

    #[test]
    fn siren_by_hand() {
        let weight = Parameter::dense("w", 96, 10).unwrap();
        let facts = "siren(omega=2)".parse::<Initializer>().unwrap().facts(&weight).unwrap();
        assert_eq!(facts.bounds, (-0.125, 0.125));
    }
}
