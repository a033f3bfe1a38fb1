//! Starts of state-space models: dx/dt = A x + B u, y = C x + D u, in steps of dt.

mod entries;
#[cfg(test)]
mod tests;

use std::f64::consts::PI;

use super::base::share;
use super::call::Call;
use super::catalogue::Entry;
use super::family::{Family, out_of_range, unsuited};
use super::ranges::{LARGEST, NOT_NEGATIVE};
use super::text::{Number, word};
use crate::kernel::elementary::ln_f64;
use crate::plan::{Formula, Law, Plan, Transform};
use crate::{Error, Fans, Parameter};

/// Part of a complex diagonal matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ComplexPart {
    /// −1/2 for every state.
    Real,
    /// ln(1/2): the logarithm of minus the real part, which models hold so that it stays negative.
    LogReal,
    /// The frequencies.
    Imaginary,
}

/// The smallest step or rate.
const SMALLEST: f64 = 1e-36;
const POSITIVE: &str = "between 1e-36 and 1e36";

const PARTS: [(&str, ComplexPart); 3] =
    [("real", ComplexPart::Real), ("log_real", ComplexPart::LogReal), ("imaginary", ComplexPart::Imaginary)];

/// A start of a state-space model.
#[derive(Clone, Debug, PartialEq)]
pub enum StateSpace {
    /// The state matrix of HiPPO-LegS, in the last two axes.
    HippoLegs,
    /// √(2n + 1): the input vector of HiPPO-LegS.
    HippoLegsB,
    /// −1/2 + iπn along the last axis.
    S4dLin {
        /// Which part of it.
        part: ComplexPart,
    },
    /// −1/2 + i N/π (N/(2n + 1) − 1) along the last axis, N twice its size.
    S4dInv {
        /// Which part of it.
        part: ComplexPart,
    },
    /// Log-uniform between two bounds.
    LogUniform {
        /// Lower bound; positive.
        low: f64,
        /// Upper bound, at least `low`.
        high: f64,
    },
    /// Uniform between the logarithms of two steps.
    S4LogDt {
        /// Least step; positive.
        low: f64,
        /// Largest step, at least `low`.
        high: f64,
    },
    /// ln 1, ln 2, … ln N along the last axis: Mamba's `A_log`.
    MambaALog,
    /// The logarithm of a uniform rate: Mamba-2's `A_log`.
    Mamba2ALog {
        /// Least rate; positive.
        low: f64,
        /// Largest rate, at least `low`.
        high: f64,
    },
    /// What softplus takes to a log-uniform step: the bias of dt in Mamba and Mamba-2.
    MambaDtBias {
        /// Least step; positive.
        low: f64,
        /// Largest step, at least `low`.
        high: f64,
        /// Least step in any case; positive.
        floor: f64,
    },
    /// U(±scale / √fan_in): the weight that projects onto dt.
    MambaDtWeight {
        /// Factor of the bound; finite, not negative.
        scale: f64,
    },
    /// Ones: the skip past the state.
    MambaD,
}

impl Family for StateSpace {
    const ENTRIES: &'static [Entry] = entries::ENTRIES;

    fn read(call: &Call) -> Result<StateSpace, Error> {
        let range = || Ok((call.number("low")?, call.number("high")?));
        Ok(match call.name {
            "hippo_legs" => StateSpace::HippoLegs,
            "hippo_legs_b" => StateSpace::HippoLegsB,
            "s4d_lin" => StateSpace::S4dLin { part: call.word("part", &PARTS)? },
            "s4d_inv" => StateSpace::S4dInv { part: call.word("part", &PARTS)? },
            "log_uniform" => range().map(|(low, high)| StateSpace::LogUniform { low, high })?,
            "s4_log_dt" => range().map(|(low, high)| StateSpace::S4LogDt { low, high })?,
            "mamba2_a_log" => range().map(|(low, high)| StateSpace::Mamba2ALog { low, high })?,
            "mamba_dt_bias" => {
                let floor = call.number("floor")?;
                range().map(|(low, high)| StateSpace::MambaDtBias { low, high, floor })?
            }
            "mamba_dt_weight" => StateSpace::MambaDtWeight { scale: call.number("scale")? },
            "mamba_d" => StateSpace::MambaD,
            _ => StateSpace::MambaALog,
        })
    }

    fn name(&self) -> &'static str {
        match self {
            StateSpace::HippoLegs => "hippo_legs",
            StateSpace::HippoLegsB => "hippo_legs_b",
            StateSpace::S4dLin { .. } => "s4d_lin",
            StateSpace::S4dInv { .. } => "s4d_inv",
            StateSpace::LogUniform { .. } => "log_uniform",
            StateSpace::S4LogDt { .. } => "s4_log_dt",
            StateSpace::MambaALog => "mamba_a_log",
            StateSpace::Mamba2ALog { .. } => "mamba2_a_log",
            StateSpace::MambaDtBias { .. } => "mamba_dt_bias",
            StateSpace::MambaDtWeight { .. } => "mamba_dt_weight",
            StateSpace::MambaD => "mamba_d",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let number = |value| Number(value).to_string();
        match *self {
            StateSpace::S4dLin { part } | StateSpace::S4dInv { part } => vec![("part", word(&PARTS, part).to_owned())],
            StateSpace::LogUniform { low, high }
            | StateSpace::S4LogDt { low, high }
            | StateSpace::Mamba2ALog { low, high } => vec![("low", number(low)), ("high", number(high))],
            StateSpace::MambaDtBias { low, high, floor } => {
                vec![("low", number(low)), ("high", number(high)), ("floor", number(floor))]
            }
            StateSpace::MambaDtWeight { scale } => vec![("scale", number(scale))],
            _ => Vec::new(),
        }
    }

    fn check(&self) -> Result<(), Error> {
        let refuse = |argument, found: f64, wanted| Err(out_of_range(self.name(), argument, found, wanted));
        match *self {
            StateSpace::LogUniform { low, .. }
            | StateSpace::S4LogDt { low, .. }
            | StateSpace::Mamba2ALog { low, .. }
            | StateSpace::MambaDtBias { low, .. }
                if !(SMALLEST..=LARGEST).contains(&low) =>
            {
                refuse("low", low, POSITIVE)
            }
            StateSpace::LogUniform { low, high }
            | StateSpace::S4LogDt { low, high }
            | StateSpace::Mamba2ALog { low, high }
            | StateSpace::MambaDtBias { low, high, .. }
                if !(low..=LARGEST).contains(&high) =>
            {
                refuse("high", high, "at least low and at most 1e36")
            }
            StateSpace::MambaDtBias { floor, .. } if !(SMALLEST..=LARGEST).contains(&floor) => {
                refuse("floor", floor, POSITIVE)
            }
            StateSpace::MambaDtWeight { scale } if !(0.0..=LARGEST).contains(&scale) => {
                refuse("scale", scale, NOT_NEGATIVE)
            }
            _ => Ok(()),
        }
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let transformed = |transform, low, high| Ok(Plan::Law(Law::Transformed { transform, low, high }));
        match *self {
            StateSpace::HippoLegs => self.hippo_matrix(parameter),
            StateSpace::HippoLegsB => {
                let sizes = parameter.shape.dimensions();
                let states = sizes.iter().rev().copied().find(|&size| size > 1).unwrap_or(1);
                Ok(along(parameter, "HiPPO-LegS", states, |n| (2.0 * n + 1.0).sqrt()))
            }
            StateSpace::S4dLin { part } => self.spectrum(parameter, part, |_, n| PI * n),
            StateSpace::S4dInv { part } => {
                self.spectrum(parameter, part, |states, n| states / PI * (states / (2.0 * n + 1.0) - 1.0))
            }
            StateSpace::LogUniform { low, high } => transformed(Transform::Exponential, low, high),
            StateSpace::S4LogDt { low, high } => Ok(Plan::Law(Law::Uniform { low: ln_f64(low), high: ln_f64(high) })),
            StateSpace::MambaALog => {
                let states = self.last_axis(parameter)?;
                Ok(along(parameter, "logarithms", states, |n| ln_f64(n + 1.0)))
            }
            StateSpace::Mamba2ALog { low, high } => transformed(Transform::Logarithm, low, high),
            StateSpace::MambaDtBias { low, high, floor } => {
                transformed(Transform::InverseSoftplus { floor }, low, high)
            }
            StateSpace::MambaDtWeight { scale } => {
                let Some(Fans { fan_in, .. }) = parameter.fans else {
                    let problem = "it has no axes to take fan_in from; give it a layout";
                    return Err(unsuited(self.name(), parameter, problem));
                };
                let bound = scale * share(1.0, fan_in as f64).sqrt();
                Ok(Plan::Law(Law::Uniform { low: -bound, high: bound }))
            }
            StateSpace::MambaD => Ok(Plan::Law(Law::Constant { value: 1.0 })),
        }
    }
}

impl StateSpace {
    fn last_axis(&self, parameter: &Parameter) -> Result<usize, Error> {
        let last = parameter.shape.dimensions().last().copied();
        last.ok_or_else(|| unsuited(self.name(), parameter, "it needs at least one axis, the states"))
    }

    fn hippo_matrix(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let states = match *parameter.shape.dimensions() {
            [.., rows, columns] if rows == columns => rows,
            _ => return Err(unsuited(self.name(), parameter, "it needs last two axes of the same size, the states")),
        };
        let value = move |place: usize| {
            let (n, k) = (place / states % states, place % states);
            match n.cmp(&k) {
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => -(n as f64 + 1.0),
                std::cmp::Ordering::Greater => -((2.0 * n as f64 + 1.0) * (2.0 * k as f64 + 1.0)).sqrt(),
            }
        };
        Ok(Plan::pattern(Formula { name: "HiPPO-LegS", elements: parameter.shape.elements(), value }))
    }

    /// One part of −1/2 + i·frequency(N, n), with N twice the last axis.
    fn spectrum(
        &self,
        parameter: &Parameter,
        part: ComplexPart,
        frequency: impl Fn(f64, f64) -> f64 + Send + Sync + 'static,
    ) -> Result<Plan, Error> {
        let states = self.last_axis(parameter)?;
        Ok(match part {
            ComplexPart::Real => Plan::Law(Law::Constant { value: -0.5 }),
            ComplexPart::LogReal => Plan::Law(Law::Constant { value: ln_f64(0.5) }),
            ComplexPart::Imaginary => {
                let both = 2.0 * states as f64;
                along(parameter, "frequencies", states, move |n| frequency(both, n))
            }
        })
    }
}

/// A value by the index along the last axis, which has `states` elements.
fn along(
    parameter: &Parameter,
    name: &'static str,
    states: usize,
    value: impl Fn(f64) -> f64 + Send + Sync + 'static,
) -> Plan {
    let value = move |place: usize| value((place % states) as f64);
    Plan::pattern(Formula { name, elements: parameter.shape.elements(), value })
}
