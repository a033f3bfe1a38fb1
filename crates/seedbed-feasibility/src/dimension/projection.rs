//! Very sparse random projections: the subspaces that training is confined to.

use seedbed::Stream;

use crate::error::FeasibilityError;

/// Name of the stream of the entries; no parameter can have it, because names of parameters hold no space.
const STREAM: &str = "random subspace";

/// P, a random matrix of D rows, one a parameter, and d columns of length 1.
///
/// Every entry is nonzero with probability 1/√D, independently, and then ±1/√k with even odds, where k is the number of nonzero
/// entries of its column; a column without any is drawn again. Distinct columns are orthogonal on average.
///
/// Column j depends on the seed, D and j alone: the columns of a small d are the first of a larger one, so the subspaces of a
/// seed are nested. Memory: 4 bytes a nonzero entry, of which there are about d √D.
///
/// ```
/// use seedbed_feasibility::dimension::Projection;
/// let projection = Projection::new(7, 10_000, 3)?;
/// let mut moved = vec![0.0; 10_000];
/// projection.add_to(&mut moved, &[2.0, 0.0, 0.0]);
/// let length = moved.iter().map(|value| f64::from(value * value)).sum::<f64>().sqrt();
/// assert!((length - 2.0).abs() < 1e-6);
/// # Ok::<(), seedbed_feasibility::error::FeasibilityError>(())
/// ```
///
/// Source: Li, Hastie & Church (2006), "Very sparse random projections"; used so, with columns of length 1, by Li, Farkhoor, Liu &
/// Yosinski (2018), "Measuring the intrinsic dimension of objective landscapes".
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    parameters: usize,
    /// Where each column begins among the entries; one more at the end.
    starts: Vec<usize>,
    /// Twice the row, plus one where the entry is negative.
    entries: Vec<u32>,
}

impl Projection {
    /// The first `dimension` columns of a seed.
    ///
    /// # Errors
    /// A dimension that is not from 1 to `parameters`, or more than 2³¹ parameters.
    pub fn new(seed: u64, parameters: usize, dimension: usize) -> Result<Projection, FeasibilityError> {
        let refuse = |setting, found: usize, wanted: String| {
            Err(FeasibilityError::Setting { setting, found: found.to_string(), wanted })
        };
        if parameters > 1 << 31 {
            return refuse("the number of parameters", parameters, format!("at most {}", 1u32 << 31));
        }
        if !(1..=parameters).contains(&dimension) {
            return refuse("the dimension of a subspace", dimension, format!("from 1 to the {parameters} parameters"));
        }
        let stream = Stream::new(seed, STREAM);
        let (mut starts, mut entries) = (vec![0], Vec::new());
        for column in 0..dimension {
            draw_column(&stream.part(column as u64), parameters, &mut entries);
            starts.push(entries.len());
        }
        Ok(Projection { parameters, starts, entries })
    }

    /// d.
    pub fn dimension(&self) -> usize {
        self.starts.len() - 1
    }

    /// D.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Number of nonzero entries.
    pub fn nonzeros(&self) -> usize {
        self.entries.len()
    }

    /// θ ← θ + P z, with θ of D numbers and z of d; what is beyond is left alone.
    pub fn add_to(&self, point: &mut [f32], coordinates: &[f32]) {
        for (column, &coordinate) in self.columns().zip(coordinates) {
            let step = coordinate * scale(column) as f32;
            for &entry in column {
                if let Some(value) = point.get_mut(row(entry)) {
                    *value += if is_negative(entry) { -step } else { step };
                }
            }
        }
    }

    /// Pᵀ g: the gradient with respect to z, from that with respect to θ. Each sum is taken in double precision.
    pub fn transposed(&self, gradient: &[f32]) -> Vec<f32> {
        let signed = |entry: &u32| {
            let slope = gradient.get(row(*entry)).copied().map_or(0.0, f64::from);
            if is_negative(*entry) { -slope } else { slope }
        };
        self.columns().map(|column| (scale(column) * column.iter().map(signed).sum::<f64>()) as f32).collect()
    }

    fn columns(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|ends| &self.entries[ends[0]..ends[1]])
    }
}

fn row(entry: u32) -> usize {
    (entry >> 1) as usize
}

fn is_negative(entry: u32) -> bool {
    entry & 1 == 1
}

/// What makes the column's length 1.
fn scale(column: &[u32]) -> f64 {
    1.0 / (column.len() as f64).sqrt()
}

/// The rows from one nonzero entry to the next have a geometric law: no entry that is zero costs a random word.
fn draw_column(stream: &Stream, parameters: usize, entries: &mut Vec<u32>) {
    let log_zero = (1.0 - 1.0 / (parameters as f64).sqrt()).ln();
    let begun = entries.len();
    let mut attempt = 0;
    while entries.len() == begun {
        let mut row = 0;
        for block in 0.. {
            let [high, low, sign, _] = stream.block(block, attempt);
            let random = (u64::from(high) << 32 | u64::from(low)) >> 11;
            let share = (random + 1) as f64 / (1u64 << 53) as f64;
            row += (share.ln() / log_zero).min(parameters as f64) as usize;
            if row >= parameters {
                break;
            }
            entries.push((row as u32) << 1 | sign & 1);
            row += 1;
        }
        attempt += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(count: usize, name: &str) -> Vec<f32> {
        let stream = Stream::new(1, name);
        (0..count).map(|place| stream.block(place as u64, 0)[0] as f32 / u32::MAX as f32 - 0.5).collect()
    }

    fn dot(one: &[f32], other: &[f32]) -> f64 {
        one.iter().zip(other).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    }

    fn column(projection: &Projection, place: usize) -> Vec<f32> {
        let mut unit = vec![0.0; projection.dimension()];
        unit[place] = 1.0;
        let mut values = vec![0.0; projection.parameters()];
        projection.add_to(&mut values, &unit);
        values
    }

    #[test]
    fn the_transpose_is_the_adjoint() {
        for (parameters, dimension) in [(1, 1), (3, 3), (1000, 40), (5000, 700)] {
            let projection = Projection::new(3, parameters, dimension).unwrap();
            let (z, gradient) = (random(dimension, "z"), random(parameters, "g"));
            let mut moved = vec![0.0; parameters];
            projection.add_to(&mut moved, &z);
            let (left, right) = (dot(&moved, &gradient), dot(&z, &projection.transposed(&gradient)));
            let size = (dot(&moved, &moved) * dot(&gradient, &gradient)).sqrt();
            assert!((left - right).abs() < 1e-6 * size, "{left} {right}");
        }
    }

    #[test]
    fn columns_have_length_one_and_are_nearly_orthogonal() {
        let projection = Projection::new(5, 4000, 30).unwrap();
        let columns: Vec<_> = (0..30).map(|place| column(&projection, place)).collect();
        let mut squares = 0.0;
        for (place, one) in columns.iter().enumerate() {
            assert!((dot(one, one) - 1.0).abs() < 1e-6);
            squares += columns[..place].iter().map(|other| dot(one, other).powi(2)).sum::<f64>();
        }
        // the square of a cosine of random directions is 1/D on average; 435 pairs, relative standard error √(2/435)
        let mean = squares / 435.0 * 4000.0;
        assert!((mean - 1.0).abs() < 5.0 * (2.0f64 / 435.0).sqrt(), "{mean}");
    }

    #[test]
    fn small_subspaces_are_parts_of_large_ones() {
        let (small, large) = (Projection::new(9, 900, 7).unwrap(), Projection::new(9, 900, 64).unwrap());
        (0..7).for_each(|place| assert_eq!(column(&small, place), column(&large, place)));
        assert_ne!(column(&large, 0), column(&Projection::new(10, 900, 1).unwrap(), 0));
    }

    #[test]
    fn the_share_of_entries_and_their_signs_and_places() {
        let (parameters, dimension) = (2500, 2000);
        let projection = Projection::new(0, parameters, dimension).unwrap();
        // binomial: every entry with probability 1/50
        let (all, share) = ((parameters * dimension) as f64, 0.02);
        let error = (projection.nonzeros() as f64 - all * share) / (all * share * (1.0 - share)).sqrt();
        assert!(error.abs() < 3.3, "{error}");
        let negative = projection.entries.iter().filter(|entry| is_negative(**entry)).count() as f64;
        let half = projection.nonzeros() as f64 / 2.0;
        assert!(((negative - half) / (half / 2.0).sqrt()).abs() < 3.3);
        // the rows in 50 groups of 50: chi-square with 49 degrees, 85.4 at alpha 0.001
        let mut counts = [0.0; 50];
        projection.entries.iter().for_each(|entry| counts[row(*entry) / 50] += 1.0);
        let expected = all * share / 50.0;
        let chi_square: f64 = counts.iter().map(|count: &f64| (count - expected).powi(2) / expected).sum();
        assert!(chi_square < 85.4, "{chi_square}");
    }

    #[test]
    fn dimensions_out_of_range_are_refused() {
        for dimension in [0, 11] {
            let message = Projection::new(0, 10, dimension).unwrap_err().to_string();
            assert!(message.contains(&format!("is {dimension}; it must be from 1 to the 10 parameters")), "{message}");
        }
    }
}
