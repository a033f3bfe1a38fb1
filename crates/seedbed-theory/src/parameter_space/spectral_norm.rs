//! The spectral norm of a weight, its largest singular value: derived from the prior, and measured on a draw.
//!
//! - independent elements: Marchenko and Pastur's edge with Tracy and Widom's correction; a mean that is not zero stands
//!   out from it once it is large enough (Benaych-Georges & Nadakuditi 2012, section 3.1)
//! - Haar orthogonal: the gain, exactly
//! - sparse rows: the edge, or the longest row or column
//! - one fixed tensor: its own

use seedbed::{Composition, Initializer, Parameter, WeightMatrix};

use super::MarchenkoPastur;
use super::sparse_norm::sparse_norm;
use crate::error::TheoryError;

/// The measurement is done when so many steps in a row change the square of the norm by less than this share of it.
const SETTLED: f64 = 1e-10;
const SETTLED_STEPS: usize = 3;
/// Steps of Lanczos's method at most.
const MOST_STEPS: usize = 400;
/// Halvings of the interval that holds an eigenvalue.
const HALVINGS: usize = 60;

/// How a spectral norm was derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormMethod {
    /// Every draw has this one.
    Exact,
    /// Marchenko and Pastur's edge, with the finite-size correction of Tracy and Widom.
    TracyWidom,
    /// A mean that stands out of the bulk.
    Spike,
    /// The edge, or a row or a column that is longer than the others.
    LongestUnit,
}

/// A spectral norm, derived.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormLaw {
    /// Typical value.
    pub value: f64,
    /// Standard deviation over draws; 0 where every draw has it, `None` where not derived.
    pub std: Option<f64>,
    /// How it was derived.
    pub method: NormMethod,
}

/// The spectral norm of each matrix that the parameter holds, in the order of [`Parameter::weight_matrices`]; `None` where
/// it is not derived.
///
/// ```
/// use seedbed::Parameter;
/// use seedbed_theory::parameter_space::predicted_norms;
/// let weight = Parameter::dense("layer1.weight", 256, 1024)?;
/// let norm = |text: &str| -> Result<f64, Box<dyn std::error::Error>> {
///     Ok(predicted_norms(&text.parse()?, &weight)?[0].unwrap().value)
/// };
/// assert_eq!(norm("orthogonal(gain=1.5)")?, 1.5);
/// assert!((norm("lecun_normal")? - 3.0).abs() < 0.03); // (√256 + √1024)/√256, a little less
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// An initializer that does not suit the parameter.
pub fn predicted_norms(initializer: &Initializer, parameter: &Parameter) -> Result<Vec<Option<NormLaw>>, TheoryError> {
    let matrices = parameter.weight_matrices()?;
    let composition = initializer.composition(parameter)?;
    if composition == Composition::Fixed && !matrices.is_empty() {
        return fixed(initializer, parameter, &matrices);
    }
    let groups = parameter.axes.as_ref().map_or(1, |axes| axes.groups);
    let of = |(index, matrix): (usize, &WeightMatrix)| {
        let own = match &composition {
            Composition::Parts(parts) => &parts.get(index / groups)?.1,
            whole => whole,
        };
        of_matrix(own, matrix.rows(), matrix.columns(), groups)
    };
    Ok(matrices.iter().enumerate().map(of).collect())
}

/// A tensor without chance is measured once and for all.
fn fixed(
    initializer: &Initializer,
    parameter: &Parameter,
    matrices: &[WeightMatrix],
) -> Result<Vec<Option<NormLaw>>, TheoryError> {
    let values: Vec<f32> = initializer.draw(parameter, 0)?;
    let norm = |matrix: &WeightMatrix| {
        let own = matrix.gather(parameter, &values)?;
        Ok(Some(exact(spectral_norm(matrix.rows(), matrix.columns(), &own))))
    };
    matrices.iter().map(norm).collect()
}

fn exact(value: f64) -> NormLaw {
    NormLaw { value, std: Some(0.0), method: NormMethod::Exact }
}

/// One matrix, of which there is one a group.
fn of_matrix(composition: &Composition, rows: usize, columns: usize, groups: usize) -> Option<NormLaw> {
    match composition {
        _ if rows == 0 || columns == 0 => Some(exact(0.0)),
        Composition::Independent(law) => {
            let facts = law.facts();
            Some(of_independent(rows, columns, facts.mean, facts.std()))
        }
        Composition::Orthogonal { rows: own, columns: across, gain } => {
            let whole = (*own, *across) == (rows, columns);
            // rows that are orthonormal stay so in a group of them
            let share = *own == rows * groups && *across == columns && own <= across;
            (whole || share).then(|| exact(gain.abs()))
        }
        Composition::Sparse { units, weights, nonzeros, std, .. } => {
            let own = [(rows * groups, columns), (columns, rows)].contains(&(*units, *weights));
            let units = if groups > 1 { rows } else { *units };
            let value = sparse_norm(units, *weights, *nonzeros, *std);
            (own && (groups == 1 || *weights == columns)).then_some(NormLaw {
                value,
                std: None,
                method: NormMethod::LongestUnit,
            })
        }
        // columns of zeros beside an orthogonal matrix
        Composition::AmongZeros { of, .. } if groups == 1 => match **of {
            Composition::Orthogonal { gain, .. } => Some(exact(gain.abs())),
            _ => None,
        },
        _ => None,
    }
}

/// θ = |mean| √(m n) beside noise of standard deviation σ: √((θ² + σ² m)(θ² + σ² n))/θ once θ > σ (m n)^(1/4).
fn of_independent(rows: usize, columns: usize, mean: f64, std: f64) -> NormLaw {
    let (m, n) = (rows as f64, columns as f64);
    let theta = mean.abs() * libm::sqrt(m * n);
    if std == 0.0 {
        return exact(theta);
    }
    let (value, spread) = MarchenkoPastur::new(rows, columns, std).largest();
    let edge = NormLaw { value, std: Some(spread), method: NormMethod::TracyWidom };
    if theta <= std * libm::sqrt(libm::sqrt(m * n)) {
        return edge;
    }
    let noise = std * std;
    let value = libm::sqrt((theta * theta + noise * m) * (theta * theta + noise * n)) / theta;
    NormLaw { value, std: None, method: NormMethod::Spike }
}

/// The largest singular value of a row-major matrix, to about 1e-9 of itself; 0 for an empty one, NaN if an entry is.
///
/// Lanczos's method (power iteration that remembers where it has been) on W Wᵀ or Wᵀ W, whichever is smaller, with full
/// reorthogonalization: some 50 products where power iteration takes thousands, since singular values crowd at the edge.
///
/// Source: Golub & Van Loan (2013), section 10.1.
pub fn spectral_norm(rows: usize, columns: usize, values: &[f32]) -> f64 {
    if rows == 0 || columns == 0 {
        return 0.0;
    }
    if values.iter().any(|value| !value.is_finite()) {
        return f64::NAN;
    }
    let tall = rows > columns;
    let apply = |x: &[f64]| match tall {
        true => transposed_product(values, columns, &product(values, columns, x)),
        false => product(values, columns, &transposed_product(values, columns, x)),
    };
    libm::sqrt(largest_eigenvalue(rows.min(columns), apply))
}

/// W x.
fn product(values: &[f32], columns: usize, x: &[f64]) -> Vec<f64> {
    let row = |row: &[f32]| row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum();
    values.chunks_exact(columns).map(row).collect()
}

/// Wᵀ y.
fn transposed_product(values: &[f32], columns: usize, y: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; columns];
    for (row, y) in values.chunks_exact(columns).zip(y) {
        row.iter().zip(&mut sum).for_each(|(w, sum)| *sum += f64::from(*w) * y);
    }
    sum
}

/// Of a symmetric matrix without negative eigenvalues, given by its products.
fn largest_eigenvalue(size: usize, apply: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
    let mut basis = vec![start(size)];
    let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
    let (mut found, mut settled) = (0.0, 0);
    while settled < SETTLED_STEPS && diagonal.len() < MOST_STEPS.min(size) {
        let last = &basis[basis.len() - 1];
        let mut next = apply(last);
        diagonal.push(dot(&next, last));
        // twice is enough (Kahan, in Parlett 1980)
        for _ in 0..2 {
            for known in &basis {
                let share = dot(&next, known);
                next.iter_mut().zip(known).for_each(|(next, known)| *next -= share * known);
            }
        }
        let better = largest_of_tridiagonal(&diagonal, &beside);
        settled = if better - found <= SETTLED * better { settled + 1 } else { 0 };
        found = better;
        let length = libm::sqrt(dot(&next, &next));
        if length <= f64::EPSILON * found {
            break;
        }
        next.iter_mut().for_each(|next| *next /= length);
        beside.push(length);
        basis.push(next);
    }
    found
}

/// A unit vector that no structure of a matrix knows: bits mixed from the places (splitmix64, Steele et al. 2014).
fn start(size: usize) -> Vec<f64> {
    let mixed = |place: u64| {
        let bits = (place + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (bits >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    let all: Vec<f64> = (0..size as u64).map(mixed).collect();
    let length = libm::sqrt(dot(&all, &all));
    all.iter().map(|value| value / length).collect()
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// By halving, counting the eigenvalues above a point by Sturm's sequence.
fn largest_of_tridiagonal(diagonal: &[f64], beside: &[f64]) -> f64 {
    let around = |row: usize| {
        let before = if row > 0 { beside[row - 1] } else { 0.0 };
        diagonal[row] + before + beside.get(row).copied().unwrap_or(0.0)
    };
    let (mut low, mut high) = (0.0, (0..diagonal.len()).map(around).fold(0.0, f64::max));
    let above = |point: f64| {
        let mut pivot = 1.0;
        (0..diagonal.len()).any(|row| {
            let coupling = if row > 0 { beside[row - 1] * beside[row - 1] } else { 0.0 };
            pivot = point - diagonal[row] - coupling / pivot;
            pivot <= 0.0
        })
    };
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if above(middle) { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predicted(text: &str, parameter: &Parameter) -> Option<NormLaw> {
        predicted_norms(&text.parse().unwrap(), parameter).unwrap()[0]
    }

    fn measured(text: &str, parameter: &Parameter, seed: u64) -> f64 {
        let values: Vec<f32> = text.parse::<Initializer>().unwrap().draw(parameter, seed).unwrap();
        let matrix = &parameter.weight_matrices().unwrap()[0];
        spectral_norm(matrix.rows(), matrix.columns(), &matrix.gather(parameter, &values).unwrap())
    }

    #[test]
    fn norms_by_hand() {
        assert!((spectral_norm(2, 2, &[3.0, 0.0, 0.0, -4.0]) - 4.0).abs() < 1e-9);
        assert!((spectral_norm(1, 3, &[1.0, 2.0, 2.0]) - 3.0).abs() < 1e-9);
        assert!((spectral_norm(3, 1, &[1.0, 2.0, 2.0]) - 3.0).abs() < 1e-9);
        // [[1, 2], [3, 4], [5, 6]]: numpy.linalg.norm(w, 2)
        assert!((spectral_norm(3, 2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) - 9.525518091565104).abs() < 1e-8);
        assert_eq!((spectral_norm(2, 2, &[0.0; 4]), spectral_norm(0, 2, &[])), (0.0, 0.0));
        assert!(spectral_norm(1, 2, &[1.0, f32::NAN]).is_nan());
    }

    #[test]
    fn draws_lie_where_the_law_says() {
        for (inputs, outputs) in [(64, 64), (256, 100), (30, 400)] {
            let weight = Parameter::dense("w", inputs, outputs).unwrap();
            for text in ["lecun_normal", "glorot_uniform", "normal(mean=0.05, std=0.1)"] {
                let law = predicted(text, &weight).unwrap();
                let all: Vec<f64> = (0..8).map(|seed| measured(text, &weight, seed)).collect();
                let mean = all.iter().sum::<f64>() / 8.0;
                let room = 4.0 * law.std.unwrap_or(0.1) / 8f64.sqrt() + 0.01 * law.value;
                assert!((mean - law.value).abs() < room, "{text} {inputs}x{outputs}: {mean} for {law:?}");
            }
        }
        let weight = Parameter::dense("w", 64, 64).unwrap();
        assert_eq!(predicted("normal(mean=0.05, std=0.1)", &weight).unwrap().method, NormMethod::Spike);
    }

    #[test]
    fn what_every_draw_has() {
        let weight = Parameter::dense("w", 24, 60).unwrap();
        for (text, norm) in [
            ("orthogonal(gain=1.5)", 1.5),
            ("identity(gain=0.5)", 0.5),
            ("constant(value=-0.5)", 0.5 * 1440f64.sqrt()),
            ("zeros", 0.0),
        ] {
            let law = predicted(text, &weight).unwrap();
            assert!((law.value - norm).abs() < 1e-9 && law.std == Some(0.0), "{text}: {law:?}");
            assert!((measured(text, &weight, 3) - norm).abs() < 2e-6, "{text}: {}", measured(text, &weight, 3));
        }
        assert_eq!(predicted("givens(rounds=1)", &weight), None);
        let kernel = Parameter::convolution("w", 8, 16, &[3, 3], 1).unwrap();
        assert_eq!(predicted("delta_orthogonal(gain=2)", &kernel).unwrap().value, 2.0);
        assert!((measured("delta_orthogonal(gain=2)", &kernel, 0) - 2.0).abs() < 1e-5);
    }

    #[test]
    fn sparse_rows_and_columns() {
        let weight = Parameter::dense("w", 400, 300).unwrap();
        for text in ["sparse(nonzeros=3)", "sparse(nonzeros=30)", "sparse(nonzeros=5, per=input)"] {
            let law = predicted(text, &weight).unwrap();
            let mean = (0..4).map(|seed| measured(text, &weight, seed)).sum::<f64>() / 4.0;
            assert!((law.value / mean - 1.0).abs() < 0.06, "{text}: {} for {mean}", law.value);
        }
    }

    #[test]
    fn matrices_side_by_side_have_norms_of_their_own() {
        let packed = Parameter::dense("w", 8, 16).unwrap().packed(vec![12, 4]).unwrap();
        let norms = predicted_norms(&"orthogonal(gain=3)".parse().unwrap(), &packed).unwrap();
        assert_eq!(norms.iter().map(|norm| norm.unwrap().value).collect::<Vec<_>>(), [3.0, 3.0]);
        let grouped = Parameter::convolution("w", 8, 4, &[3, 3], 2).unwrap();
        let norms = predicted_norms(&"orthogonal".parse().unwrap(), &grouped).unwrap();
        assert_eq!(norms.len(), 2);
        assert!(predicted_norms(&"ones".parse().unwrap(), &Parameter::norm_scale("s", 3).unwrap()).unwrap().is_empty());
    }
}
