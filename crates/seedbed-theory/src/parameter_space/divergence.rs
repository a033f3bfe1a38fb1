//! Kullback–Leibler divergence from one prior of a parameter to another, in nats.
//!
//! KL(p‖q) = E_p ln(p/q): what a message about a draw of p costs too much when it is coded for q, and ∞ where p puts
//! probability where q has none. Densities: E_p ln p − E_p ln q, in closed form where q is uniform or normal, cut or not,
//! and by quadrature otherwise. Laws with point masses: Σ a ln(a/b) over the masses, plus s ln(s/t) + s KL of the densities
//! that carry the rest.
//!
//! Sources: Kullback & Leibler (1951); Cover & Thomas (2006), section 8.5.

use std::f64::consts::TAU;

use seedbed::{Composition, Initializer, Parameter, Region, Slice};

use super::element::{Density, ElementLaw};
use super::normal_mass::ln_normal_mass;
use crate::error::TheoryError;

/// Bounds that differ by less than this share of the interval are rounding, not another support.
const SAME_BOUND: f64 = 1e-12;

/// KL(p‖q) of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Divergence {
    /// So many nats, at least 0.
    Finite(f64),
    /// ∞, and why.
    Infinite(String),
    /// Not derived here, and why.
    Underived(String),
}

impl Divergence {
    /// Nats, ∞ included; `None` where not derived.
    pub fn nats(&self) -> Option<f64> {
        match self {
            Divergence::Finite(nats) => Some(*nats),
            Divergence::Infinite(_) => Some(f64::INFINITY),
            Divergence::Underived(_) => None,
        }
    }

    /// Why it is infinite or not derived.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Divergence::Finite(_) => None,
            Divergence::Infinite(reason) | Divergence::Underived(reason) => Some(reason),
        }
    }

    /// The divergence of independent parameters together: the sum. One that is infinite makes it so, whatever the others.
    pub fn sum(all: impl IntoIterator<Item = Divergence>) -> Divergence {
        all.into_iter().fold(Divergence::Finite(0.0), |one, other| match (one, other) {
            (Divergence::Finite(one), Divergence::Finite(other)) => Divergence::Finite(one + other),
            (Divergence::Infinite(why), _) | (_, Divergence::Infinite(why)) => Divergence::Infinite(why),
            (Divergence::Underived(why), _) | (_, Divergence::Underived(why)) => Divergence::Underived(why),
        })
    }

    fn infinite(why: impl Into<String>) -> Divergence {
        Divergence::Infinite(why.into())
    }

    fn times(self, count: f64) -> Divergence {
        match self {
            Divergence::Finite(nats) => Divergence::Finite(count * nats),
            other => other,
        }
    }
}

/// KL(p‖q) of a parameter with the law `p` from one with the law `q`.
///
/// Closed forms where they exist, quadrature to about 1e-10 an element otherwise.
///
/// ```
/// use seedbed::Parameter;
/// use seedbed_theory::parameter_space::divergence;
/// let weight = Parameter::dense("layer1.weight", 64, 64)?;
/// let between = |p: &str, q: &str| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(divergence(&p.parse()?, &q.parse()?, &weight)?)
/// };
/// // per element ln(σ_q/σ_p) + σ_p²/(2 σ_q²) − 1/2
/// let nats = between("lecun_normal", "he_normal")?.nats().unwrap();
/// assert!((nats - 4096.0 * (0.5 * 2f64.ln() - 0.25)).abs() < 1e-9);
/// assert_eq!(between("orthogonal", "he_normal")?.nats(), Some(f64::INFINITY));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// An initializer that does not suit the parameter.
pub fn divergence(p: &Initializer, q: &Initializer, parameter: &Parameter) -> Result<Divergence, TheoryError> {
    if p == q {
        p.composition(parameter)?;
        return Ok(Divergence::Finite(0.0));
    }
    let (own, other) = (p.composition(parameter)?, q.composition(parameter)?);
    if is_point(&own) && is_point(&other) {
        return of_points(p, q, parameter);
    }
    Ok(between(&own, &other, parameter.shape.elements()))
}

/// Whether every draw is the same.
fn is_point(composition: &Composition) -> bool {
    match composition {
        Composition::Fixed => true,
        Composition::Independent(law) => ElementLaw::of(law).spread.is_none(),
        Composition::Orthogonal { gain, .. } => *gain == 0.0,
        Composition::Sparse { nonzeros, std, .. } => *nonzeros == 0 || *std == 0.0,
        Composition::Repeated { of, .. } | Composition::AmongZeros { of, .. } => is_point(of),
        Composition::Parts(parts) => parts.iter().all(|(_, part)| is_point(part)),
        _ => false,
    }
}

/// Tensors without chance: 0 if they are equal.
fn of_points(p: &Initializer, q: &Initializer, parameter: &Parameter) -> Result<Divergence, TheoryError> {
    let values = |initializer: &Initializer| initializer.draw_slice::<f64>(parameter, 0, &Slice::whole());
    let (own, other) = (values(p)?, values(q)?);
    Ok(match own == other {
        true => Divergence::Finite(0.0),
        false => Divergence::infinite("both are fixed, and their values differ"),
    })
}

fn between(p: &Composition, q: &Composition, elements: usize) -> Divergence {
    use Composition::{AmongZeros, Independent, Orthogonal, Parts, Repeated, Sparse};
    match (p, q) {
        _ if elements == 0 => Divergence::Finite(0.0),
        (Independent(own), Independent(other)) => {
            of_elements(&ElementLaw::of(own), &ElementLaw::of(other)).times(elements as f64)
        }
        (Parts(own), Parts(other)) if same_regions(own, other) => {
            let pairs = own.iter().zip(other);
            Divergence::sum(pairs.map(|((region, own), (_, other))| between(own, other, region.elements())))
        }
        (Parts(own), Independent(_)) => {
            Divergence::sum(own.iter().map(|(region, part)| between(part, q, region.elements())))
        }
        (Independent(_), Parts(other)) => {
            Divergence::sum(other.iter().map(|(region, part)| between(p, part, region.elements())))
        }
        (Orthogonal { rows, columns, gain }, Orthogonal { rows: r, columns: c, gain: other })
            if (rows, columns) == (r, c) =>
        {
            match (gain.abs() - other.abs()).abs() <= SAME_BOUND * gain.abs() {
                true => Divergence::Finite(0.0),
                false => Divergence::infinite("orthogonal matrices of different gains"),
            }
        }
        (Sparse { units, weights, nonzeros, std, per }, Sparse { nonzeros: n, std: other, per: side, .. })
            if per == side =>
        {
            match nonzeros == n && *std > 0.0 && *other > 0.0 {
                // the places are equally likely under both
                true => Divergence::Finite((units * nonzeros.min(weights)) as f64 * of_normals(*std, *other)),
                false => Divergence::infinite("different numbers of nonzeros"),
            }
        }
        (Repeated { of: own, copies, inner }, Repeated { of: other, copies: c, inner: i })
            if (copies, inner) == (c, i) =>
        {
            between(own, other, elements / copies)
        }
        (AmongZeros { of: own, small, start }, AmongZeros { of: other, small: same, start: at })
            if (small, start) == (same, at) =>
        {
            between(own, other, small.iter().product())
        }
        _ => of_kinds(p, q),
    }
}

/// What two laws of different kinds say by themselves.
fn of_kinds(p: &Composition, q: &Composition) -> Divergence {
    match (Thickness::of(p), Thickness::of(q)) {
        (Thickness::Thin, Thickness::Full) => {
            Divergence::infinite("the first lies on a set without volume, to which the second gives no probability")
        }
        (Thickness::Full, Thickness::Thin) => {
            Divergence::infinite("the second lies on a set without volume, and the first almost never does")
        }
        _ => Divergence::Underived("elements that hang together in different ways".to_owned()),
    }
}

/// Whether a law has a density over all elements.
#[derive(PartialEq)]
enum Thickness {
    Full,
    Thin,
    Unknown,
}

impl Thickness {
    fn of(composition: &Composition) -> Thickness {
        match composition {
            Composition::Independent(law) => match ElementLaw::of(law) {
                ElementLaw { atoms, spread: Some(_) } if atoms.is_empty() => Thickness::Full,
                ElementLaw { spread: None, .. } => Thickness::Thin,
                // with some probability no element is at its point mass
                _ => Thickness::Unknown,
            },
            Composition::Sparse { weights, nonzeros, std, .. } if nonzeros == weights && *std > 0.0 => Thickness::Full,
            Composition::Fixed | Composition::Orthogonal { .. } | Composition::Sparse { .. } => Thickness::Thin,
            Composition::Repeated { copies: 1, of, .. } => Thickness::of(of),
            Composition::Repeated { .. } | Composition::AmongZeros { .. } => Thickness::Thin,
            Composition::Parts(parts) => {
                let all: Vec<Thickness> = parts.iter().map(|(_, part)| Thickness::of(part)).collect();
                match all {
                    _ if all.contains(&Thickness::Thin) => Thickness::Thin,
                    _ if all.contains(&Thickness::Unknown) => Thickness::Unknown,
                    _ => Thickness::Full,
                }
            }
            _ => Thickness::Unknown,
        }
    }
}

fn same_regions(own: &[(Region, Composition)], other: &[(Region, Composition)]) -> bool {
    own.len() == other.len() && own.iter().zip(other).all(|((own, _), (other, _))| own == other)
}

fn of_normals(own: f64, other: f64) -> f64 {
    of_densities(&Density::Normal { mean: 0.0, std: own }, &Density::Normal { mean: 0.0, std: other })
}

fn of_elements(p: &ElementLaw, q: &ElementLaw) -> Divergence {
    let mut nats = 0.0;
    for (value, share) in &p.atoms {
        match q.atoms.iter().find(|(other, _)| other == value) {
            Some((_, other)) => nats += share * libm::log(share / other),
            None => return Divergence::infinite(format!("the value {value} has a probability under the first alone")),
        }
    }
    let Some((share, density)) = &p.spread else { return Divergence::Finite(f64::max(nats, 0.0)) };
    let Some((other_share, other)) = &q.spread else {
        return Divergence::infinite("the first is spread out, and the second has no density");
    };
    let (own, bounds) = (density.support(), other.support());
    let slack = if (own.1 - own.0).is_finite() { SAME_BOUND * (own.1 - own.0) } else { 0.0 };
    if own.0 < bounds.0 - slack || own.1 > bounds.1 + slack {
        let words = |(low, high): (f64, f64)| format!("[{low:.6}, {high:.6}]");
        let (own, bounds) = (words(own), words(bounds));
        return Divergence::infinite(format!("values within {own} under the first, within {bounds} under the second"));
    }
    nats += share * (libm::log(share / other_share) + of_densities(density, other));
    // rounding may leave equal laws a hair below 0
    Divergence::Finite(f64::max(nats, 0.0))
}

/// KL of a density from one whose support holds its own.
fn of_densities(p: &Density, q: &Density) -> f64 {
    if p == q {
        return 0.0;
    }
    let ln_normal = |std: f64| libm::log(std) + 0.5 * libm::log(TAU);
    let cross = match *q {
        Density::Uniform { low, high } => libm::log(high - low),
        Density::Normal { mean, std } => ln_normal(std) + 0.5 * p.mean_square_around(mean) / (std * std),
        Density::Truncated { mean, std, low, high } => {
            ln_normal(std) + ln_normal_mass(low, high) + 0.5 * p.mean_square_around(mean) / (std * std)
        }
        _ => {
            let (low, high) = q.support();
            -p.expectation(&q.kinks(), |x| q.ln_density(x.clamp(low, high)))
        }
    };
    cross - p.entropy()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight() -> Parameter {
        Parameter::dense("w", 8, 16).unwrap()
    }

    fn of(p: &str, q: &str) -> Divergence {
        divergence(&p.parse().unwrap(), &q.parse().unwrap(), &weight()).unwrap()
    }

    fn each(p: &str, q: &str) -> f64 {
        of(p, q).nats().unwrap() / 128.0
    }

    #[test]
    fn closed_forms() {
        let normals = |p: (f64, f64), q: (f64, f64)| {
            (q.1 / p.1).ln() + (p.1 * p.1 + (p.0 - q.0) * (p.0 - q.0)) / (2.0 * q.1 * q.1) - 0.5
        };
        let found = each("normal(mean=0.5, std=0.2)", "normal(mean=-1, std=3)");
        assert!((found - normals((0.5, 0.2), (-1.0, 3.0))).abs() < 1e-12);
        assert!((each("uniform(low=0, high=1)", "uniform(low=-1, high=3)") - 4f64.ln()).abs() < 1e-14);
        // E x² = 1/3: −0 + ln √(2π) + 1/6
        let expected = 0.5 * TAU.ln() + 1.0 / 6.0;
        assert!((each("uniform(low=-1, high=1)", "normal(mean=0, std=1)") + 2f64.ln() - expected).abs() < 1e-14);
        for text in ["he_normal", "givens(rounds=1)", "zeros", "orthogonal"] {
            assert_eq!(of(text, text), Divergence::Finite(0.0));
        }
    }

    #[test]
    fn against_scipy() {
        let cut = |mean: f64, std: f64, low: f64, high: f64| {
            format!("truncated_normal(mean={mean}, std={std}, low={low}, high={high})")
        };
        for (p, q, expected) in [
            (cut(0.0, 1.0, -2.0, 2.0), "normal(mean=0, std=1)".to_owned(), CUT_NORMAL),
            (cut(0.0, 1.0, -2.0, 2.0), cut(0.0, 2.0, -2.0, 2.0), CUT_CUT),
            ("uniform(low=-0.5, high=1)".to_owned(), cut(0.3, 1.0, -2.0, 2.0), UNIFORM_CUT),
            (cut(0.2, 0.1, -2.0, 2.0), "log_uniform(low=0.0001, high=1)".to_owned(), f64::INFINITY),
            (cut(0.5, 0.1, -2.0, 2.0), "log_uniform(low=0.1, high=1)".to_owned(), CUT_LOG),
            ("normal(mean=0, std=1)".to_owned(), cut(0.0, 1.0, -2.0, 2.0), f64::INFINITY),
        ] {
            let found = each(&p, &q);
            assert!(found == expected || (found - expected).abs() < 1e-10, "{p} {q}: {found} for {expected}");
        }
    }

    // scipy.integrate.quad of p ln(p/q) with the densities of scipy.stats
    const CUT_NORMAL: f64 = 0.0465679122923901;
    const CUT_CUT: f64 = 0.4029941917287241;
    const UNIFORM_CUT: f64 = 0.5619055128041182;
    const CUT_LOG: f64 = 1.168147407585507;

    #[test]
    fn supports_that_do_not_hold_each_other_are_infinitely_far_and_say_why() {
        for (p, q, why) in [
            ("normal(mean=0, std=1)", "uniform(low=-1, high=1)", "[-1.000000, 1.000000] under the second"),
            ("zeros", "normal(mean=0, std=1)", "0 has a probability"),
            ("normal(mean=0, std=1)", "zeros", "no density"),
            ("zeros", "ones", "values differ"),
            ("orthogonal", "he_normal", "without volume"),
            ("he_normal", "orthogonal", "without volume"),
            ("orthogonal", "orthogonal(gain=2)", "gains"),
            ("sparse(nonzeros=3)", "sparse(nonzeros=4)", "nonzeros"),
            ("sparse(nonzeros=4)", "he_normal", "without volume"),
        ] {
            let found = of(p, q);
            assert_eq!(found.nats(), Some(f64::INFINITY), "{p} {q}");
            assert!(found.reason().unwrap().contains(why), "{p} {q}: {found:?}");
        }
        assert_eq!(of("givens(rounds=1)", "permuted_blocks(size=2)").nats(), None);
    }

    #[test]
    fn fixed_tensors_are_compared_by_their_values() {
        assert_eq!(of("constant(value=1)", "ones"), Divergence::Finite(0.0));
        assert_eq!(of("orthogonal(gain=0)", "zeros"), Divergence::Finite(0.0));
    }

    #[test]
    fn what_is_made_of_smaller_ones_is_compared_there() {
        let found = of("sparse(nonzeros=4)", "sparse(nonzeros=4, gain=2)").nats().unwrap();
        assert!((found - 64.0 * (2f64.ln() + 0.125 - 0.5)).abs() < 1e-10, "{found}");
        let kernel = Parameter::convolution("w", 8, 16, &[3, 3], 1).unwrap();
        let icnr = |base: &str| format!("icnr(base={base}, scale=2)").parse().unwrap();
        let found = divergence(&icnr("lecun_normal"), &icnr("he_normal"), &kernel).unwrap().nats().unwrap();
        assert!((found - 288.0 * (0.5 * 2f64.ln() - 0.25)).abs() < 1e-9, "{found}");
        let packed = weight().packed(vec![12, 4]).unwrap();
        let glorot = divergence(&"glorot_normal".parse().unwrap(), &"he_normal".parse().unwrap(), &packed).unwrap();
        let part = |units: usize, outputs: f64| {
            let ratio = 2.0 / (8.0 + outputs) / 0.25;
            units as f64 * 8.0 * 0.5 * (ratio - 1.0 - ratio.ln())
        };
        assert!((glorot.nats().unwrap() - part(12, 12.0) - part(4, 4.0)).abs() < 1e-10);
    }

    #[test]
    fn sums() {
        let (finite, never, unknown) =
            (of("lecun_normal", "he_normal"), of("zeros", "ones"), of("givens(rounds=1)", "orthogonal"));
        assert_eq!(Divergence::sum([finite.clone(), finite.clone()]).nats(), finite.nats().map(|nats| 2.0 * nats));
        assert_eq!(Divergence::sum([unknown.clone(), never]).nats(), Some(f64::INFINITY));
        assert_eq!(Divergence::sum([finite, unknown]).nats(), None);
    }
}
