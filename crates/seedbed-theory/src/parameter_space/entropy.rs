//! Entropy of a parameter, in nats.
//!
//! A law with a density p on all elements has the differential entropy h = −∫ p ln p. Many initializers have none: a
//! constant, a mask of zeros, an orthogonal matrix put all their probability on a set without volume, where h is −∞.
//! There the entropy is told in its parts: H = H(k) + Σ_k P(k) h(density | k), with k what is discrete (which value,
//! which places) and the density over the numbers that are free then.
//!
//! Sources: Cover & Thomas (2006), chapter 8; Nair, Prabhakar & Shah (2006), "On entropy for mixtures of discrete and
//! continuous variables"; volume of the Stiefel manifold: Muirhead (1982), theorem 2.1.15.

use std::f64::consts::{E, LN_2, PI, TAU};

use seedbed::{Composition, Initializer, Parameter};

use super::element::ElementLaw;
use crate::error::TheoryError;

/// Where a law puts its probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// On a set with volume: it has a density over all elements.
    Full,
    /// On one tensor.
    Point,
    /// On values or places with a probability each, and on densities over the numbers that are free then.
    Mixed,
    /// Evenly on a surface: the matrices whose rows or columns are orthonormal, times the gain.
    Orthogonal,
    /// On elements that hang together in a way whose entropy is not derived here.
    Underived,
}

impl Support {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Support::Full => "a density over all elements",
            Support::Point => "one fixed tensor, of which nothing is free",
            Support::Mixed => "discrete choices, and densities over the numbers that they leave free",
            Support::Orthogonal => "even on the orthogonal matrices, a surface without volume",
            Support::Underived => "elements that hang together; not derived",
        }
    }

    fn with(self, other: Support) -> Support {
        match (self, other) {
            (one, same) if one == same => one,
            (Support::Underived, _) | (_, Support::Underived) => Support::Underived,
            _ => Support::Mixed,
        }
    }
}

/// The entropy of a parameter, or of several that are independent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entropy {
    /// Differential entropy over all elements together; −∞ where they have no density together. `None` where not derived.
    pub differential_nats: Option<f64>,
    /// H(k), entropy of what is discrete; 0 where nothing is.
    pub discrete_nats: f64,
    /// Σ P(k) h(density | k), over the numbers that are free then; 0 where none is. For orthogonal matrices the logarithm
    /// of the surface's area, with lengths as in the space of the elements.
    pub density_nats: f64,
    /// Numbers that are free, on average over k.
    pub free: f64,
    /// Where the law puts its probability.
    pub support: Support,
}

impl Entropy {
    /// One value.
    const POINT: Entropy = Entropy {
        differential_nats: Some(f64::NEG_INFINITY),
        discrete_nats: 0.0,
        density_nats: 0.0,
        free: 0.0,
        support: Support::Point,
    };
    const UNDERIVED: Entropy = Entropy {
        differential_nats: None,
        discrete_nats: f64::NAN,
        density_nats: f64::NAN,
        free: f64::NAN,
        support: Support::Underived,
    };

    fn dense(nats: f64, free: f64) -> Entropy {
        Entropy { differential_nats: Some(nats), discrete_nats: 0.0, density_nats: nats, free, support: Support::Full }
    }

    fn thin(discrete_nats: f64, density_nats: f64, free: f64, support: Support) -> Entropy {
        Entropy { differential_nats: Some(f64::NEG_INFINITY), discrete_nats, density_nats, free, support }
    }

    /// The entropy of independent parameters together: the sum. `None` where there are none.
    pub fn sum(all: impl IntoIterator<Item = Entropy>) -> Option<Entropy> {
        all.into_iter().reduce(|one, other| Entropy {
            differential_nats: one.differential_nats.zip(other.differential_nats).map(|(one, other)| one + other),
            discrete_nats: one.discrete_nats + other.discrete_nats,
            density_nats: one.density_nats + other.density_nats,
            free: one.free + other.free,
            support: one.support.with(other.support),
        })
    }
}

/// The entropy of a parameter under an initializer.
///
/// Exact for constants, normal, uniform and truncated normal elements, sparse rows of normal weights and Haar orthogonal
/// matrices; by quadrature to about 1e-12 an element for wrapped normal, log-uniform and other transformed laws.
///
/// ```
/// use seedbed::Parameter;
/// use seedbed_theory::parameter_space::{Support, entropy};
/// let weight = Parameter::dense("layer1.weight", 50, 10)?;
/// let he = entropy(&"he_normal".parse()?, &weight)?; // N(0, 0.2²), 500 elements
/// let one = 0.5 * (std::f64::consts::TAU * std::f64::consts::E * 0.04).ln();
/// assert!((he.differential_nats.unwrap() - 500.0 * one).abs() < 1e-9);
/// let orthogonal = entropy(&"orthogonal".parse()?, &weight)?;
/// assert_eq!((orthogonal.differential_nats, orthogonal.support), (Some(f64::NEG_INFINITY), Support::Orthogonal));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// An initializer that does not suit the parameter.
pub fn entropy(initializer: &Initializer, parameter: &Parameter) -> Result<Entropy, TheoryError> {
    let composition = initializer.composition(parameter)?;
    Ok(of_composition(&composition, parameter.shape.elements()))
}

/// The entropy of so many elements.
fn of_composition(composition: &Composition, elements: usize) -> Entropy {
    match composition {
        _ if elements == 0 => Entropy::POINT,
        Composition::Independent(law) => of_elements(&ElementLaw::of(law), elements as f64),
        Composition::Fixed => Entropy::POINT,
        Composition::Orthogonal { gain, .. } if *gain == 0.0 => Entropy::POINT,
        Composition::Orthogonal { rows, columns, gain } => of_orthogonal(*rows, *columns, gain.abs()),
        Composition::Sparse { units, weights, nonzeros, std, .. } => of_sparse(*units, *weights, *nonzeros, *std),
        Composition::Repeated { of, copies, .. } => of_smaller(of, elements / copies, elements),
        Composition::AmongZeros { of, small, .. } => of_smaller(of, small.iter().product(), elements),
        Composition::Parts(parts) => {
            let parts = parts.iter().map(|(region, part)| of_composition(part, region.elements()));
            Entropy::sum(parts).unwrap_or(Entropy::POINT)
        }
        _ => Entropy::UNDERIVED,
    }
}

/// The entropy of a tensor that is made of a smaller one: the same, but without a density over all elements.
fn of_smaller(small: &Composition, elements: usize, whole: usize) -> Entropy {
    let entropy = of_composition(small, elements);
    if elements == whole || entropy.support != Support::Full {
        return entropy;
    }
    Entropy { differential_nats: Some(f64::NEG_INFINITY), support: Support::Mixed, ..entropy }
}

fn of_elements(law: &ElementLaw, count: f64) -> Entropy {
    let Some((share, density)) = law.spread else { return Entropy::POINT };
    let own = density.entropy();
    if law.atoms.is_empty() {
        return Entropy::dense(count * own, count);
    }
    let surprise = |share: f64| if share > 0.0 { -share * libm::log(share) } else { 0.0 };
    let discrete = surprise(share) + law.atoms.iter().map(|(_, share)| surprise(*share)).sum::<f64>();
    Entropy::thin(count * discrete, count * share * own, count * share, Support::Mixed)
}

/// ln of the number of ways to choose the places, and the normal values there.
fn of_sparse(units: usize, weights: usize, nonzeros: usize, std: f64) -> Entropy {
    if nonzeros == 0 || std == 0.0 {
        return Entropy::POINT;
    }
    let (units, weights, nonzeros) = (units as f64, weights as f64, nonzeros as f64);
    let free = units * nonzeros;
    let density = free * 0.5 * libm::log(TAU * E * std * std);
    if nonzeros == weights {
        return Entropy::dense(density, free);
    }
    let factorial = |count: f64| libm::lgamma(count + 1.0);
    let places = factorial(weights) - factorial(nonzeros) - factorial(weights - nonzeros);
    Entropy::thin(units * places, density, free, Support::Mixed)
}

/// ln of the area of gain · Stiefel(n, k), k ≤ n: each column lies on a sphere of the space that the columns before it
/// leave, Π_(i=n−k+1)^n 2 π^(i/2)/Γ(i/2); turning one column towards another moves both, a factor √2 a pair.
fn of_orthogonal(rows: usize, columns: usize, gain: f64) -> Entropy {
    let (large, small) = (rows.max(columns), rows.min(columns));
    let sphere = |i: usize| {
        let half = 0.5 * i as f64;
        LN_2 + half * libm::log(PI) - libm::lgamma(half)
    };
    let pairs = 0.5 * small as f64 * (small as f64 - 1.0);
    let free = large as f64 * small as f64 - pairs - small as f64;
    let area = (large - small + 1..=large).map(sphere).sum::<f64>() + 0.5 * pairs * LN_2;
    Entropy::thin(0.0, area + free * libm::log(gain), free, Support::Orthogonal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, parameter: &Parameter) -> Entropy {
        entropy(&text.parse().unwrap(), parameter).unwrap()
    }

    fn weight() -> Parameter {
        Parameter::dense("w", 8, 16).unwrap()
    }

    #[test]
    fn closed_forms() {
        let normal = |std: f64| 0.5 * (TAU * E * std * std).ln();
        for (text, each) in [
            ("normal(mean=3, std=0.5)", normal(0.5)),
            ("he_normal", normal(0.5)),
            ("uniform(low=-1, high=2)", 3f64.ln()),
            ("glorot_uniform", 1f64.ln()), // ±√(6/24)
            // scipy.stats.truncnorm(-2, 2).entropy() is 1.2592412726872442
            ("truncated_normal(mean=1, std=0.1, low=-2, high=2)", 1.2592412726872442 + 0.1f64.ln()),
        ] {
            let found = of(text, &weight());
            let nats = found.differential_nats.unwrap();
            assert!((nats - 128.0 * each).abs() < 1e-9, "{text}: {nats}");
            assert_eq!((found.support, found.free, found.discrete_nats), (Support::Full, 128.0, 0.0));
        }
    }

    #[test]
    fn what_is_fixed_has_no_entropy_left() {
        for text in ["zeros", "constant(value=2)", "normal(mean=0, std=0)", "identity", "orthogonal(gain=0)"] {
            assert_eq!(of(text, &weight()), Entropy::POINT, "{text}");
        }
        assert_eq!(of("givens(rounds=1)", &weight()).differential_nats, None);
    }

    #[test]
    fn places_and_values_of_sparse_rows() {
        let found = of("sparse(nonzeros=4)", &weight());
        // 16 units of 8 choose 4 = 70 places, 4 values of N(0, 1/4) each
        assert!((found.discrete_nats - 16.0 * 70f64.ln()).abs() < 1e-10);
        assert!((found.density_nats - 64.0 * 0.5 * (TAU * E / 4.0).ln()).abs() < 1e-10);
        assert_eq!((found.differential_nats, found.free), (Some(f64::NEG_INFINITY), 64.0));
        assert_eq!(of("sparse(nonzeros=8)", &weight()).support, Support::Full);
    }

    #[test]
    fn areas_of_orthogonal_matrices() {
        let area = |inputs, outputs, gain: f64| {
            let weight = Parameter::dense("w", inputs, outputs).unwrap();
            let found = of(&format!("orthogonal(gain={gain})"), &weight);
            (found.density_nats, found.free)
        };
        let close = |(nats, free): (f64, f64), expected: f64, dimensions: f64| {
            assert!((nats - expected.ln()).abs() < 1e-13 && free == dimensions, "{nats} {free}");
        };
        close(area(1, 1, 1.0), 2.0, 0.0); // ±1
        close(area(1, 2, 3.0), TAU * 3.0, 1.0); // a circle
        close(area(3, 1, 2.0), 4.0 * PI * 4.0, 2.0); // a sphere
        close(area(2, 2, 1.0), 2.0 * TAU * 2f64.sqrt(), 1.0); // rotations and reflections, |dQ|² = 2 dθ²
        // SO(3) is a half of the unit quaternions' sphere of area 2π², with lengths 2√2 times as large
        close(area(3, 3, 1.0), 2.0 * PI * PI * 8f64.powf(1.5), 3.0);
    }

    #[test]
    fn a_tensor_made_of_a_smaller_one_keeps_its_entropy() {
        let kernel = Parameter::convolution("w", 8, 16, &[3, 3], 1).unwrap();
        let found = of("icnr(base=he_normal, scale=2)", &kernel);
        assert_eq!((found.free, found.support), (8.0 * 4.0 * 9.0, Support::Mixed));
        let delta = of("delta_orthogonal", &kernel);
        assert_eq!(delta.free, 16.0 * 8.0 - 28.0 - 8.0);
        let packed = weight().packed(vec![12, 4]).unwrap();
        let parts = of("orthogonal", &packed);
        let [one, other] = [12, 4].map(|units| of("orthogonal", &Parameter::dense("w", 8, units).unwrap()));
        assert!((parts.density_nats - one.density_nats - other.density_nats).abs() < 1e-12);
    }

    #[test]
    fn sums_keep_what_is_not_derived() {
        let (he, zeros, givens) =
            (of("he_normal", &weight()), of("zeros", &weight()), of("givens(rounds=1)", &weight()));
        let sum = Entropy::sum([he, zeros]).unwrap();
        assert_eq!((sum.differential_nats, sum.density_nats), (Some(f64::NEG_INFINITY), he.density_nats));
        assert_eq!(sum.support, Support::Mixed);
        assert_eq!(Entropy::sum([he, givens]).unwrap().differential_nats, None);
        assert_eq!(Entropy::sum([]), None);
    }
}
