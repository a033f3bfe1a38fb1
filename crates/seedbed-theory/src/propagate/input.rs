//! What is known of the data.

use seedbed::Shape;

use super::state::Moments;
use crate::error::TheoryError;

/// Second moments of the inputs, per number of an example.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputMoments {
    /// E x.
    pub mean: f64,
    /// E x².
    pub mean_square: f64,
    /// E x x′ of neighbouring positions of an image.
    pub neighbours: f64,
    /// E x₁x₂ of two examples.
    pub examples: f64,
    /// E x₁x₂′ of two examples at neighbouring positions.
    pub examples_neighbours: f64,
}

impl InputMoments {
    /// Mean 0, mean square 1; examples and positions uncorrelated.
    pub fn standardized() -> InputMoments {
        InputMoments { mean: 0.0, mean_square: 1.0, neighbours: 0.0, examples: 0.0, examples_neighbours: 0.0 }
    }

    /// The moments of a data set, for two different examples picked at random: `examples` holds whole examples of the
    /// shape `input` in a row.
    ///
    /// ```
    /// use seedbed_theory::propagate::InputMoments;
    /// let moments = InputMoments::of(&[1.0, 2.0, -1.0, 2.0], &"2".parse()?)?;
    /// assert_eq!((moments.mean, moments.mean_square, moments.examples), (1.0, 2.5, 1.5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// No example, or numbers that do not make up whole ones.
    pub fn of(examples: &[f32], input: &Shape) -> Result<InputMoments, TheoryError> {
        let elements = input.elements();
        if elements == 0 || examples.is_empty() || !examples.len().is_multiple_of(elements) {
            let needed = format!("whole examples of {input}, at least one, take a multiple of {elements}");
            return Err(TheoryError::Size { what: "the data", found: examples.len(), needed });
        }
        let neighbours = neighbours(input);
        let mut sums = vec![0.0; elements];
        let (mut square, mut near) = (0.0, 0.0);
        for example in examples.chunks_exact(elements) {
            let value = |index: usize| f64::from(example[index]);
            (0..elements).for_each(|index| sums[index] += value(index));
            square += (0..elements).map(|index| value(index).powi(2)).sum::<f64>();
            near += neighbours.iter().map(|&(first, second)| value(first) * value(second)).sum::<f64>();
        }
        let count = (examples.len() / elements) as f64;
        let pairs = |of_sums: f64, of_one: f64, places: usize| {
            if places == 0 {
                0.0
            } else if count == 1.0 {
                of_one / places as f64
            } else {
                (of_sums - of_one) / (count * (count - 1.0) * places as f64)
            }
        };
        let near_sums = neighbours.iter().map(|&(first, second)| sums[first] * sums[second]).sum::<f64>();
        Ok(InputMoments {
            mean: sums.iter().sum::<f64>() / examples.len() as f64,
            mean_square: square / examples.len() as f64,
            neighbours: near / (count * neighbours.len().max(1) as f64),
            examples: pairs(sums.iter().map(|sum| sum * sum).sum(), square, elements),
            examples_neighbours: pairs(near_sums, near, neighbours.len()),
        })
    }

    /// The same with another cosine of the two examples, −1..1.
    pub fn with_correlation(self, correlation: f64) -> InputMoments {
        InputMoments {
            examples: correlation * self.mean_square,
            examples_neighbours: correlation * self.neighbours,
            ..self
        }
    }

    pub(super) fn check(&self) -> Result<Moments, TheoryError> {
        let InputMoments { mean, mean_square, neighbours, examples, examples_neighbours } = *self;
        let others = [neighbours, examples, examples_neighbours];
        let most = mean_square * (1.0 + 1e-9);
        if !mean_square.is_finite()
            || mean.is_nan()
            || mean * mean > most
            || others.iter().any(|m| m.is_nan() || m.abs() > most)
        {
            return Err(TheoryError::Setting {
                setting: "moments of the input",
                found: format!("{self:?}"),
                allowed: "numbers with mean² and all products at most the mean square",
            });
        }
        Ok(Moments { same: mean_square, elsewhere: neighbours, other: examples, other_elsewhere: examples_neighbours })
    }
}

/// Pairs of neighbouring positions, to the right and below, in each channel; none for vectors.
fn neighbours(input: &Shape) -> Vec<(usize, usize)> {
    let &[channels, height, width] = input.dimensions() else { return Vec::new() };
    let mut pairs = Vec::new();
    for row in 0..channels * height {
        for column in 0..width {
            let place = row * width + column;
            if column + 1 < width {
                pairs.push((place, place + 1));
            }
            if row % height + 1 < height {
                pairs.push((place, place + width));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_two_images_by_hand() {
        // [1 2; 3 4] and [0 1; 0 1]: pairs 1·2, 1·3, 2·4, 3·4 and 0, 0, 1, 0
        let data = [1.0, 2.0, 3.0, 4.0, 0.0, 1.0, 0.0, 1.0];
        let moments = InputMoments::of(&data, &"1x2x2".parse().unwrap()).unwrap();
        assert_eq!((moments.mean, moments.mean_square, moments.neighbours), (1.5, 4.0, 26.0 / 8.0));
        assert_eq!(moments.examples, 6.0 / 4.0);
        // both orders: (1·1 + 1·0 + 2·1 + 3·1) and (0·2 + 0·3 + 1·4 + 0·4), over 2 · 4
        assert_eq!(moments.examples_neighbours, 10.0 / 8.0);
    }

    #[test]
    fn what_is_no_data_is_refused() {
        let shape: Shape = "3".parse().unwrap();
        for data in [&[][..], &[1.0; 4]] {
            assert!(InputMoments::of(data, &shape).unwrap_err().to_string().contains("multiple of 3"));
        }
        for bad in [
            InputMoments { mean_square: -1.0, ..InputMoments::standardized() },
            InputMoments { mean: 2.0, ..InputMoments::standardized() },
            InputMoments::standardized().with_correlation(1.5),
            InputMoments { examples: f64::NAN, ..InputMoments::standardized() },
        ] {
            assert!(bad.check().unwrap_err().to_string().contains("moments of the input"));
        }
        assert!(InputMoments::standardized().with_correlation(-1.0).check().is_ok());
    }
}
