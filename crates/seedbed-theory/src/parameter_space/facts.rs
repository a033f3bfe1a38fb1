//! What a prior says of one parameter, derived.

use seedbed::{Composition, Initializer, Parameter};

use super::element::ElementLaw;
use super::{Entropy, NormLaw, SpectralCondition, entropy, predicted_norms};
use crate::error::TheoryError;

/// One of the matrices that a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatrixFacts {
    /// Its sizes, and the norm that the spectral condition wants.
    pub condition: SpectralCondition,
    /// The spectral norm; `None` where not derived.
    pub norm: Option<NormLaw>,
}

/// What a prior says of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterFacts {
    /// Name of the parameter.
    pub name: String,
    /// Its initializer.
    pub initializer: Initializer,
    /// Number of elements.
    pub elements: usize,
    /// Expected share of the elements that are not zero; `None` where not derived.
    pub density: Option<f64>,
    /// Mean of an element.
    pub mean: f64,
    /// Standard deviation of an element.
    pub std: f64,
    /// Entropy in nats.
    pub entropy: Entropy,
    /// One a matrix, in the order of [`Parameter::weight_matrices`]; none for vectors and tables.
    pub matrices: Vec<MatrixFacts>,
}

/// What an initializer says of one parameter.
///
/// ```
/// use seedbed::Parameter;
/// use seedbed_theory::parameter_space::parameter_facts;
/// let weight = Parameter::dense("layer1.weight", 100, 100)?;
/// let facts = parameter_facts(&"sparse(nonzeros=15)".parse()?, &weight)?;
/// assert_eq!((facts.elements, facts.density), (10_000, Some(0.15)));
/// assert!(facts.matrices[0].norm.unwrap().value > 2.0); // sparse rows stick out of the bulk
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// An initializer that does not suit the parameter.
pub fn parameter_facts(initializer: &Initializer, parameter: &Parameter) -> Result<ParameterFacts, TheoryError> {
    let facts = initializer.facts(parameter)?;
    let norms = predicted_norms(initializer, parameter)?;
    let matrices = parameter.weight_matrices()?;
    let matrix = |(matrix, norm): (&seedbed::WeightMatrix, Option<NormLaw>)| MatrixFacts {
        condition: SpectralCondition { outputs: matrix.rows(), inputs: matrix.columns() },
        norm,
    };
    let elements = parameter.shape.elements();
    Ok(ParameterFacts {
        name: parameter.name.clone(),
        initializer: initializer.clone(),
        elements,
        density: density(&initializer.composition(parameter)?, elements),
        mean: facts.mean,
        std: facts.std(),
        entropy: entropy(initializer, parameter)?,
        matrices: matrices.iter().zip(norms).map(matrix).collect(),
    })
}

/// Expected share of so many elements that are not zero.
fn density(composition: &Composition, elements: usize) -> Option<f64> {
    match composition {
        Composition::Independent(law) => {
            let zeros = ElementLaw::of(law)
                .atoms
                .iter()
                .filter(|(value, _)| *value == 0.0)
                .map(|(_, share)| share)
                .sum::<f64>();
            Some(1.0 - zeros)
        }
        Composition::Orthogonal { gain, .. } => Some(f64::from(*gain != 0.0)),
        Composition::Sparse { std, .. } if *std == 0.0 => Some(0.0),
        Composition::Sparse { weights, nonzeros, .. } => Some(*nonzeros as f64 / (*weights).max(1) as f64),
        Composition::Repeated { of, copies, .. } => density(of, elements / copies),
        Composition::AmongZeros { of, small, .. } => {
            let small: usize = small.iter().product();
            Some(density(of, small)? * small as f64 / elements.max(1) as f64)
        }
        Composition::Parts(parts) => {
            let part = |(region, part): &(seedbed::Region, Composition)| {
                Some(density(part, region.elements())? * region.elements() as f64 / elements.max(1) as f64)
            };
            parts.iter().map(part).sum()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, parameter: &Parameter) -> ParameterFacts {
        parameter_facts(&text.parse().unwrap(), parameter).unwrap()
    }

    #[test]
    fn densities() {
        let weight = Parameter::dense("w", 8, 16).unwrap();
        for (text, expected) in [
            ("he_normal", Some(1.0)),
            ("zeros", Some(0.0)),
            ("orthogonal", Some(1.0)),
            ("sparse(nonzeros=2)", Some(0.25)),
            ("givens(rounds=1)", None),
        ] {
            assert_eq!(of(text, &weight).density, expected, "{text}");
        }
        let kernel = Parameter::convolution("w", 8, 16, &[3, 3], 1).unwrap();
        assert!((of("delta_orthogonal", &kernel).density.unwrap() - 1.0 / 9.0).abs() < 1e-15);
        let packed = weight.packed(vec![12, 4]).unwrap();
        assert!((of("sparse(nonzeros=2)", &packed).density.unwrap() - 0.25).abs() < 1e-15);
    }

    #[test]
    fn vectors_have_no_matrices() {
        let facts = of("ones", &Parameter::norm_scale("s", 4).unwrap());
        assert!(facts.matrices.is_empty() && facts.mean == 1.0 && facts.std == 0.0);
    }
}
