//! Settings of the scaling law with a derivation of their own: sine networks, random walks, the spectral condition.

use super::base::share;
use super::call::Call;
use super::catalogue::{BACKWARD, Entry, FORWARD, GAIN, SYMMETRY_BROKEN, argument, claim};
use super::family::{Family, out_of_range, unsuited};
use super::matrix::Matrix;
use super::ranges::{LARGEST, NOT_NEGATIVE};
use super::text::{Number, word};
use crate::kernel::elementary::exp_f64;
use crate::plan::{Law, Plan};
use crate::{Error, Fans, Initializer, Parameter};

/// An activation for which the length of a signal is a random walk with a known drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WalkActivation {
    /// None.
    Linear,
    /// max(x, 0).
    Relu,
}

const ACTIVATIONS: [(&str, WalkActivation); 2] = [("linear", WalkActivation::Linear), ("relu", WalkActivation::Relu)];

/// A scaling law with a derivation of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Scaled {
    /// Hidden layers of a sine network: U(±√(6 / fan_in) / omega).
    Siren {
        /// Frequency that multiplies the layer's output before the sine; positive.
        omega: f64,
    },
    /// First layer of a sine network: U(±1 / fan_in).
    SirenFirst,
    /// N(0, g² / fan_in) with g such that the logarithm of the signal's length has no drift.
    RandomWalk {
        /// What follows the layer.
        activation: WalkActivation,
    },
    /// Normal with std = gain / √fan_in · min(1, √(fan_out / fan_in)).
    Spectral {
        /// Factor; finite, not negative.
        gain: f64,
    },
}

impl Family for Scaled {
    const ENTRIES: &'static [Entry] = &[
        Entry {
            name: "siren",
            aliases: &["siren_hidden"],
            summary: "hidden layers of a sine network",
            formula: "w ~ U(-a, a), a = √(6 / fan_in) / omega",
            arguments: &[argument("omega", Some("30"), "frequency in sin(omega (W x + b)); positive")],
            rationale: "omega W x then has about unit variance at every depth, so the sine is neither linear nor \
                        aliased. The first layer starts from siren_first.",
            claims: &[FORWARD, SYMMETRY_BROKEN],
            source: "Sitzmann et al. 2020, section 3.2 and theorem 1.8",
            elsewhere: "torsh leaves out the division by omega",
            example: "siren(omega=30)",
        },
        Entry {
            name: "siren_first",
            aliases: &[],
            summary: "first layer of a sine network",
            formula: "w ~ U(-a, a), a = 1 / fan_in",
            arguments: &[],
            rationale: "Coordinates in [-1, 1] come out within ±1; omega, which multiplies them before the sine, then \
                        sets how many periods they span.",
            claims: &[SYMMETRY_BROKEN],
            source: "Sitzmann et al. 2020, section 3.2; the authors' code",
            elsewhere: "torsh multiplies the bound by omega",
            example: "siren_first",
        },
        Entry {
            name: "random_walk",
            aliases: &[],
            summary: "normal, with a gain that takes the drift out of the signal's random walk through depth",
            formula: "w ~ N(0, g² / fan_in), g = exp(1/(2N)) for linear and √2 exp(1.2 / (max(N, 6) - 2.4)) for relu \
                      layers of N output units",
            arguments: &[argument("activation", Some("relu"), "linear or relu")],
            rationale: "The mean square of the signal is kept by g² = 1 and 2, but its logarithm then falls by about \
                        1/N (2.4/N for ReLU) in every layer: typical signals shrink. This gain keeps the mean \
                        logarithm instead.",
            claims: &[
                claim("scale", "the logarithm of the signal's length has no drift", "forward variance ratio per layer"),
                BACKWARD,
                SYMMETRY_BROKEN,
            ],
            source: "Sussillo & Abbott 2014 (random walk initialization)",
            elsewhere: "the paper's layers are all N wide, so that fan_in = N there",
            example: "random_walk(activation=relu)",
        },
        Entry {
            name: "spectral",
            aliases: &[],
            summary: "normal, with a spectral norm of the order of √(fan_out / fan_in)",
            formula: "w ~ N(0, s²), s = gain / √fan_in · min(1, √(fan_out / fan_in)); the largest singular value is \
                      near gain √(fan_out / fan_in) (1 + √(smaller fan / larger fan))",
            arguments: &[GAIN],
            rationale: "A layer's input of unit entries gives an output of unit entries at any width, before and after \
                        steps that keep the same condition: features learn at every width.",
            claims: &[
                claim(
                    "scale",
                    "the spectral norm is between 1 and 2 times gain √(fan_out / fan_in), whatever the widths",
                    "largest singular value of the layer",
                ),
                SYMMETRY_BROKEN,
            ],
            source: "Yang, Simon & Bernstein 2023, condition 1 and parametrization 1",
            elsewhere: "muP: the same for hidden weights; its input weights have variance 1 / fan_in and its output \
                        weights 1 / fan_in²",
            example: "spectral",
        },
    ];

    fn read(call: &Call) -> Result<Scaled, Error> {
        Ok(match call.name {
            "siren_first" => Scaled::SirenFirst,
            "random_walk" => Scaled::RandomWalk { activation: call.word("activation", &ACTIVATIONS)? },
            "spectral" => Scaled::Spectral { gain: call.gain("gain")? },
            _ => Scaled::Siren { omega: call.number("omega")? },
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Scaled::Siren { .. } => "siren",
            Scaled::SirenFirst => "siren_first",
            Scaled::RandomWalk { .. } => "random_walk",
            Scaled::Spectral { .. } => "spectral",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        match *self {
            Scaled::Siren { omega } => vec![("omega", Number(omega).to_string())],
            Scaled::SirenFirst => Vec::new(),
            Scaled::RandomWalk { activation } => vec![("activation", word(&ACTIVATIONS, activation).to_owned())],
            Scaled::Spectral { gain } => vec![("gain", Number(gain).to_string())],
        }
    }

    fn check(&self) -> Result<(), Error> {
        match *self {
            Scaled::Siren { omega } if !(omega > 0.0 && omega <= LARGEST) => {
                Err(out_of_range("siren", "omega", omega, "positive and at most 1e36"))
            }
            Scaled::Spectral { gain } if !(0.0..=LARGEST).contains(&gain) => {
                Err(out_of_range("spectral", "gain", gain, NOT_NEGATIVE))
            }
            _ => Ok(()),
        }
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let Some(Fans { fan_in, fan_out }) = parameter.fans else {
            return Err(unsuited(self.name(), parameter, "it has no axes to take fans from; give it a layout"));
        };
        let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
        let within = |bound: f64| Law::Uniform { low: -bound, high: bound };
        Ok(Plan::Law(match *self {
            Scaled::Siren { omega } => within(share(6.0, fan_in).sqrt() / omega),
            Scaled::SirenFirst => within(share(1.0, fan_in)),
            Scaled::RandomWalk { activation } => {
                let units = Matrix::of(&Initializer::Scaled(self.clone()), parameter)?.rows();
                Law::Normal { mean: 0.0, std: activation.gain(units.max(1) as f64) * share(1.0, fan_in).sqrt() }
            }
            Scaled::Spectral { gain } => {
                let std = gain * share(1.0, fan_in).sqrt() * share(fan_out, fan_in).sqrt().min(1.0);
                Law::Normal { mean: 0.0, std }
            }
        }))
    }
}

impl WalkActivation {
    /// The gain of a layer of `units`; the one for ReLU is a fit of theirs.
    fn gain(self, units: f64) -> f64 {
        match self {
            WalkActivation::Linear => exp_f64(1.0 / (2.0 * units)),
            WalkActivation::Relu => std::f64::consts::SQRT_2 * exp_f64(1.2 / (units.max(6.0) - 2.4)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Facts;

    fn facts(text: &str, weight: &Parameter) -> Facts {
        text.parse::<Initializer>().unwrap().facts(weight).unwrap()
    }

    #[test]
    fn siren_by_hand() {
        let weight = Parameter::dense("w", 96, 10).unwrap();
        assert_eq!(facts("siren(omega=2)", &weight).bounds, (-0.125, 0.125));
        let first = Parameter::dense("w", 2, 256).unwrap();
        assert_eq!(facts("siren_first", &first).bounds, (-0.5, 0.5));
    }

    #[test]
    fn random_walk_by_hand() {
        // NumPy: exp(1/200) and √2 exp(1.2/97.6), √2 exp(1.2/3.6), over √64
        for (text, units, expected) in [
            ("random_walk(activation=linear)", 100, 1.005012520859401 / 8.0),
            ("random_walk", 100, 1.4317087661298527 / 8.0),
            ("random_walk", 4, 1.973694019373153 / 8.0),
        ] {
            let std = facts(text, &Parameter::dense("w", 64, units).unwrap()).std();
            assert!((std - expected).abs() < 1e-13, "{text} {units}: {std}");
        }
    }

    /// E ln |W x|² = ln g² + ψ(N/2) − ln(N/2) for a unit x: −0.0013 for N = 16, and −0.0638 with g = 1.
    #[test]
    fn the_logarithm_of_a_length_has_no_drift() {
        const EXACT: f64 = 1.0 / 16.0 + 2.015_641_477_955_609_6 - 2.079_441_541_679_836;
        let linear: Initializer = "random_walk(activation=linear)".parse().unwrap();
        let weight = Parameter::dense("w", 16, 16).unwrap();
        let logarithm = |seed| {
            let values = linear.draw(&weight, seed).unwrap();
            values.chunks(16).map(|row| f64::from(row[3]) * f64::from(row[3])).sum::<f64>().ln()
        };
        let mean = (0..4000).map(logarithm).sum::<f64>() / 4000.0;
        // Var ln χ² with 16 degrees of freedom is ψ'(8) = 0.1331
        assert!((mean - EXACT).abs() < 4.5 * 0.1331f64.sqrt() / 4000f64.sqrt(), "{mean}");
    }

    #[test]
    fn the_spectral_norm_is_the_one_claimed() {
        for (inputs, outputs) in [(512, 512), (256, 1024), (1024, 128)] {
            let weight = Parameter::dense("w", inputs, outputs).unwrap();
            let values = "spectral(gain=3)".parse::<Initializer>().unwrap().draw(&weight, 1).unwrap();
            let unit = 3.0 * (outputs as f64 / inputs as f64).sqrt();
            let expected = 1.0 + (inputs.min(outputs) as f64 / inputs.max(outputs) as f64).sqrt();
            let found = largest_singular_value(&values, inputs) / unit;
            // the largest singular value spreads by about n^(-2/3) (Tracy & Widom)
            assert!((found - expected).abs() < (inputs.min(outputs) as f64).powf(-2.0 / 3.0), "{found} {expected}");
        }
    }

    /// By the power method on Wᵀ W.
    fn largest_singular_value(values: &[f32], columns: usize) -> f64 {
        let mut vector = vec![1.0; columns];
        let mut norm = 0.0;
        for _ in 0..300 {
            let mut next = vec![0.0; columns];
            for row in values.chunks(columns) {
                let product: f64 = row.iter().zip(&vector).map(|(w, x)| f64::from(*w) * x).sum();
                next.iter_mut().zip(row).for_each(|(sum, w)| *sum += f64::from(*w) * product);
            }
            norm = next.iter().map(|x| x * x).sum::<f64>().sqrt();
            vector = next.into_iter().map(|x| x / norm).collect();
        }
        norm.sqrt()
    }

    #[test]
    fn settings_out_of_range_are_refused_by_name() {
        for text in ["siren(omega=0)", "siren(omega=nan)", "spectral(gain=-1)", "random_walk(activation=tanh)"] {
            assert!(text.parse::<Initializer>().is_err(), "{text}");
        }
        let bias = Parameter::norm_shift("b", 8).unwrap();
        let message = "spectral".parse::<Initializer>().unwrap().draw(&bias, 0).unwrap_err().to_string();
        assert!(message.contains("'b' (8)") && message.contains("layout"), "{message}");
    }
}
