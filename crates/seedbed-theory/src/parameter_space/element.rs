//! The law of one element: point masses, and a density with its logarithm, its entropy and its expectations.

use std::f64::consts::TAU;

use seedbed::quadrature::{gauss_legendre, gaussian_expectation};
use seedbed::{Law, Transform};

use super::normal_mass::ln_normal_mass;

/// Widest panel of the quadrature, in standard deviations of a normal and in logarithms of a log-uniform value.
const PANEL: f64 = 0.5;
/// Parts of a uniform law, whose cross entropies are smooth within its support.
const UNIFORM_PANELS: f64 = 64.0;
/// Where a normal density has fallen by e^−120 from its largest value, nothing is left to integrate: twice that.
const NOTHING_LEFT: f64 = 240.0;
/// Foldings of a wrapped normal beyond this many standard deviations add nothing.
const FARTHEST_FOLD: f64 = 40.0;

/// A density on an interval; it integrates to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Density {
    /// Even between two bounds.
    Uniform {
        /// Lower bound.
        low: f64,
        /// Upper bound, above the lower.
        high: f64,
    },
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation; positive.
        std: f64,
    },
    /// Normal between cuts, in standard deviations from the mean.
    Truncated {
        /// Mean before the cut.
        mean: f64,
        /// Standard deviation before the cut; positive.
        std: f64,
        /// Lower cut.
        low: f64,
        /// Upper cut, above the lower.
        high: f64,
    },
    /// mean + std · fmod(z, wrap).
    Wrapped {
        /// Mean.
        mean: f64,
        /// Factor; positive.
        std: f64,
        /// Where it wraps, in standard deviations.
        wrap: f64,
    },
    /// A uniform or log-uniform value between two bounds, put through an increasing function.
    Transformed {
        /// Which function; the floor of an inverse softplus is not above `low`.
        transform: Transform,
        /// Lower bound before the function; positive.
        low: f64,
        /// Upper bound, above the lower.
        high: f64,
    },
}

/// The law of one element.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementLaw {
    /// Values that have a probability each, with it.
    pub atoms: Vec<(f64, f64)>,
    /// What is spread out, with its probability; `None` where nothing is.
    pub spread: Option<(f64, Density)>,
}

impl ElementLaw {
    /// A law of the core, with bounds that coincide and standard deviations of 0 as the point masses that they are.
    pub fn of(law: &Law) -> ElementLaw {
        match *law {
            Law::Uniform { low, high } if low < high => ElementLaw::spread(Density::Uniform { low, high }),
            Law::Normal { mean, std } if std > 0.0 => ElementLaw::spread(Density::Normal { mean, std }),
            Law::TruncatedNormal { mean, std, low, high } if std > 0.0 && low < high => {
                ElementLaw::spread(Density::Truncated { mean, std, low, high })
            }
            Law::WrappedNormal { mean, std, wrap } if std != 0.0 => {
                ElementLaw::spread(Density::Wrapped { mean, std: std.abs(), wrap })
            }
            Law::Transformed { transform, low, high } if low < high => ElementLaw::transformed(transform, low, high),
            _ => ElementLaw { atoms: vec![(law.facts().mean, 1.0)], spread: None },
        }
    }

    fn spread(density: Density) -> ElementLaw {
        ElementLaw { atoms: Vec::new(), spread: Some((1.0, density)) }
    }

    /// What lies below the floor of an inverse softplus is one value.
    fn transformed(transform: Transform, low: f64, high: f64) -> ElementLaw {
        let Transform::InverseSoftplus { floor } = transform else {
            return ElementLaw::spread(Density::Transformed { transform, low, high });
        };
        let start = floor.clamp(low, high);
        let below = libm::log(start / low) / libm::log(high / low);
        let atoms = if below > 0.0 { vec![(inverse_softplus(floor.max(low)), below)] } else { Vec::new() };
        let spread = (below < 1.0).then_some((1.0 - below, Density::Transformed { transform, low: start, high }));
        ElementLaw { atoms, spread }
    }
}

impl Density {
    /// The interval on which it is not 0.
    pub fn support(&self) -> (f64, f64) {
        match *self {
            Density::Uniform { low, high } => (low, high),
            Density::Normal { .. } => (f64::NEG_INFINITY, f64::INFINITY),
            Density::Truncated { mean, std, low, high } => (mean + std * low, mean + std * high),
            Density::Wrapped { mean, std, wrap } => (mean - std * wrap, mean + std * wrap),
            Density::Transformed { transform, low, high } => (after(transform, low), after(transform, high)),
        }
    }

    /// ln p(x) for x within the support.
    pub fn ln_density(&self, x: f64) -> f64 {
        match *self {
            Density::Uniform { low, high } => -libm::log(high - low),
            Density::Normal { mean, std } => -ln_normalizer(std) - 0.5 * square((x - mean) / std),
            Density::Truncated { mean, std, low, high } => {
                -ln_normalizer(std) - ln_normal_mass(low, high) - 0.5 * square((x - mean) / std)
            }
            Density::Wrapped { mean, std, wrap } => {
                libm::log(wrapped_density((x - mean).abs() / std, wrap)) - libm::log(std)
            }
            Density::Transformed { transform, low, high } => match transform {
                Transform::Exponential => -libm::log(x) - libm::log(libm::log(high / low)),
                Transform::Logarithm => x - libm::log(high - low),
                Transform::InverseSoftplus { .. } => {
                    // before it, a log-uniform value; and d before / d after = 1 − e^−before
                    let before = softplus(x);
                    libm::log(-libm::expm1(-before) / before) - libm::log(libm::log(high / low))
                }
            },
        }
    }

    /// −E ln p(x), in nats: in closed form, or by quadrature where there is none.
    pub fn entropy(&self) -> f64 {
        match *self {
            Density::Uniform { low, high } => libm::log(high - low),
            Density::Normal { std, .. } => ln_normalizer(std) + 0.5,
            Density::Truncated { mean, std, low, high } => {
                let around = self.mean_square_around(mean) / (std * std);
                ln_normalizer(std) + ln_normal_mass(low, high) + 0.5 * around
            }
            _ => -self.expectation(&[], |x| self.ln_density(x)),
        }
    }

    /// E (x − centre)²; of a cut normal by quadrature, since the closed form loses digits where the cut is far out.
    pub fn mean_square_around(&self, centre: f64) -> f64 {
        let law = match *self {
            Density::Uniform { low, high } => Law::Uniform { low, high },
            Density::Normal { mean, std } => Law::Normal { mean, std },
            Density::Truncated { .. } => return self.expectation(&[], |x| square(x - centre)),
            Density::Wrapped { mean, std, wrap } => Law::WrappedNormal { mean, std, wrap },
            Density::Transformed { transform, low, high } => Law::Transformed { transform, low, high },
        };
        let facts = law.facts();
        facts.variance + square(facts.mean - centre)
    }

    /// Where its logarithm bends within the support.
    pub fn kinks(&self) -> Vec<f64> {
        match *self {
            Density::Wrapped { mean, .. } => vec![mean],
            _ => Vec::new(),
        }
    }

    /// E f(x) by quadrature, to about 1e-12 for f that is smooth within the support but at `kinks`.
    pub fn expectation(&self, kinks: &[f64], f: impl Fn(f64) -> f64) -> f64 {
        match *self {
            Density::Normal { mean, std } => {
                let kinks: Vec<f64> = kinks.iter().map(|kink| kink - mean).collect();
                let [value] = gaussian_expectation(std * std, &kinks, |z| [f(mean + z)]);
                value
            }
            Density::Uniform { low, high } => {
                let width = high - low;
                integral((low, high), width / UNIFORM_PANELS, kinks, |x| f(x) / width)
            }
            Density::Truncated { mean, std, low, high } => {
                let ln_mass = ln_normal_mass(low, high);
                let (ends, width) = reach(low, high);
                let kinks: Vec<f64> = kinks.iter().map(|kink| (kink - mean) / std).collect();
                let density = |z: f64| libm::exp(-0.5 * z * z - ln_mass) / libm::sqrt(TAU);
                integral(ends, width, &kinks, |z| f(mean + std * z) * density(z))
            }
            Density::Wrapped { mean, std, wrap } => {
                let kinks: Vec<f64> = kinks.iter().map(|kink| (kink - mean) / std).chain([0.0]).collect();
                integral((-wrap, wrap), PANEL, &kinks, |x| f(mean + std * x) * wrapped_density(x.abs(), wrap))
            }
            Density::Transformed { transform, low, high } => {
                // over the logarithm of what was there before the function
                let (start, end) = (libm::log(low), libm::log(high));
                let kinks: Vec<f64> = kinks.iter().map(|kink| libm::log(before(transform, *kink))).collect();
                let weight = |s: f64| match transform {
                    Transform::Logarithm => libm::exp(s - end) / -libm::expm1(start - end),
                    _ => 1.0 / (end - start),
                };
                integral((start, end), PANEL, &kinks, |s| f(after(transform, libm::exp(s))) * weight(s))
            }
        }
    }
}

/// ln(std √(2π)).
fn ln_normalizer(std: f64) -> f64 {
    libm::log(std) + 0.5 * libm::log(TAU)
}

fn square(x: f64) -> f64 {
    x * x
}

/// The part of an interval, in standard deviations, where a normal density is not negligible beside its largest value,
/// and the panels that follow it there: its logarithm has the slope −z.
fn reach(low: f64, high: f64) -> ((f64, f64), f64) {
    let nearest = if low > 0.0 { low } else { high.min(0.0) };
    let farthest = libm::sqrt(nearest * nearest + NOTHING_LEFT);
    ((low.max(-farthest), high.min(farthest)), PANEL / nearest.abs().max(1.0))
}

/// Density of fmod(z, wrap) at ±x for z ~ N(0, 1) and 0 ≤ x ≤ wrap: Σ_k φ(k wrap + x).
fn wrapped_density(x: f64, wrap: f64) -> f64 {
    let folds = (FARTHEST_FOLD / wrap).ceil().clamp(1.0, 1e4) as usize;
    let fold = |k: usize| libm::exp(-0.5 * square(k as f64 * wrap + x));
    (0..folds).map(fold).sum::<f64>() / libm::sqrt(TAU)
}

/// What the function makes of `x`.
fn after(transform: Transform, x: f64) -> f64 {
    match transform {
        Transform::Exponential => x,
        Transform::Logarithm => libm::log(x),
        Transform::InverseSoftplus { floor } => inverse_softplus(x.max(floor)),
    }
}

/// What the function makes `value` of.
fn before(transform: Transform, value: f64) -> f64 {
    match transform {
        Transform::Exponential => value,
        Transform::Logarithm => libm::exp(value),
        Transform::InverseSoftplus { .. } => softplus(value),
    }
}

/// ln(1 + e^x).
fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// ln(e^x − 1) for x > 0.
fn inverse_softplus(x: f64) -> f64 {
    x + libm::log(-libm::expm1(-x))
}

/// ∫ f between two ends, in panels of at most `width` that end at the kinks.
pub(super) fn integral((low, high): (f64, f64), width: f64, kinks: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let mut ends: Vec<f64> = kinks.iter().copied().filter(|kink| *kink > low && *kink < high).collect();
    ends.extend([low, high]);
    ends.sort_by(f64::total_cmp);
    let rule = gauss_legendre();
    let of_piece = |(low, high): (&f64, &f64)| {
        let panels = ((high - low) / width).ceil().max(1.0);
        let half = 0.5 * (high - low) / panels;
        let of_panel = |panel: usize| {
            let centre = low + half * (2 * panel + 1) as f64;
            rule.iter().map(|(node, weight)| half * weight * f(centre + half * node)).sum::<f64>()
        };
        (0..panels as usize).map(of_panel).sum::<f64>()
    };
    ends.iter().zip(ends.iter().skip(1)).map(of_piece).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn density(law: Law) -> Density {
        ElementLaw::of(&law).spread.unwrap().1
    }

    #[test]
    fn entropies_against_scipy() {
        let truncated = |mean, std, low, high| Law::TruncatedNormal { mean, std, low, high };
        let steps = |floor| Law::Transformed { transform: Transform::InverseSoftplus { floor }, low: 0.001, high: 0.1 };
        for (law, expected) in [
            (Law::Uniform { low: -1.0, high: 2.0 }, 3f64.ln()),
            (Law::Normal { mean: 4.0, std: 0.5 }, 0.5 * (TAU * std::f64::consts::E * 0.25).ln()),
            // scipy.stats.truncnorm(low, high, loc=mean, scale=std).entropy()
            (truncated(0.0, 1.0, -2.0, 2.0), 1.2592412726872442),
            (truncated(0.5, 0.2, -1.0, 3.0), -0.5168040397933937),
            (truncated(0.0, 2.0, 1.5, 4.0), 0.8563562723013193),
            (truncated(1.0, 0.3, -5.0, -3.0), -1.4700328866305539),
            // scipy.integrate.quad of -p ln p
            (Law::WrappedNormal { mean: 0.0, std: 1.0, wrap: 2.0 }, 1.2466358619439133),
            (Law::Transformed { transform: Transform::Exponential, low: 0.001, high: 0.1 }, -3.077990560180191),
            (Law::Transformed { transform: Transform::Logarithm, low: 1.0, high: 99.0 }, 0.9429586504733841),
            (steps(1e-4), 1.5378831816351353),
        ] {
            let found = density(law).entropy();
            assert!((found - expected).abs() < 1e-10, "{law:?}: {found} for {expected}");
        }
    }

    #[test]
    fn every_density_integrates_to_one_and_has_the_moments_of_its_law() {
        for law in [
            Law::Uniform { low: -1.0, high: 2.0 },
            Law::Normal { mean: 4.0, std: 0.5 },
            Law::TruncatedNormal { mean: 0.5, std: 0.2, low: -1.0, high: 3.0 },
            Law::TruncatedNormal { mean: 0.0, std: 1.0, low: 20.0, high: 1e3 },
            Law::TruncatedNormal { mean: 0.0, std: 1.0, low: 0.1, high: 0.101 },
            Law::WrappedNormal { mean: 1.0, std: -2.0, wrap: 1.3 },
            Law::Transformed { transform: Transform::Exponential, low: 1e-3, high: 0.1 },
            Law::Transformed { transform: Transform::Logarithm, low: 1.0, high: 99.0 },
            Law::Transformed { transform: Transform::InverseSoftplus { floor: 1e-4 }, low: 1e-3, high: 0.1 },
        ] {
            let (density, facts) = (density(law), law.facts());
            assert!((density.expectation(&[0.3], |_| 1.0) - 1.0).abs() < 1e-12, "{law:?}");
            let mean = density.expectation(&[], |x| x);
            assert!((mean - facts.mean).abs() < 1e-11 * (1.0 + facts.mean.abs()), "{law:?}: {mean}");
            let around = density.mean_square_around(0.25);
            let expected = facts.variance + square(facts.mean - 0.25);
            assert!((around / expected - 1.0).abs() < 1e-10, "{law:?}: {around}");
            // the density over its own support: what an expectation weighs by is what the density says
            let (low, high) = density.support();
            let within = (low.max(facts.mean - 40.0 * facts.std()), high.min(facts.mean + 40.0 * facts.std()));
            let mass = integral(within, facts.std() / 16.0, &density.kinks(), |x| libm::exp(density.ln_density(x)));
            assert!((mass - 1.0).abs() < 1e-9, "{law:?}: {mass}");
        }
    }

    #[test]
    fn a_floor_is_a_point_mass() {
        let transform = Transform::InverseSoftplus { floor: 0.02 };
        let law = ElementLaw::of(&Law::Transformed { transform, low: 0.001, high: 0.1 });
        let (value, mass) = law.atoms[0];
        assert!((mass - 20f64.ln() / 100f64.ln()).abs() < 1e-15 && (softplus(value) - 0.02).abs() < 1e-15);
        // scipy.integrate.quad
        let (share, density) = law.spread.unwrap();
        assert!((share + mass - 1.0).abs() < 1e-15);
        assert!((share * density.entropy() - 0.1749571306952367).abs() < 1e-10);
        let whole = Law::Transformed { transform: Transform::InverseSoftplus { floor: 1.0 }, low: 0.001, high: 0.1 };
        assert_eq!(ElementLaw::of(&whole).spread, None);
    }

    #[test]
    fn no_spread_is_a_point() {
        for law in [
            Law::Constant { value: 2.0 },
            Law::Uniform { low: 2.0, high: 2.0 },
            Law::Normal { mean: 2.0, std: 0.0 },
            Law::WrappedNormal { mean: 2.0, std: 0.0, wrap: 2.0 },
        ] {
            assert_eq!(ElementLaw::of(&law), ElementLaw { atoms: vec![(2.0, 1.0)], spread: None });
        }
    }
}
