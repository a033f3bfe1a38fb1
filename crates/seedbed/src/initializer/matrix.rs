//! A weight seen as a matrix: one row an output unit, one column an incoming weight.

use crate::{Error, Initializer, Parameter};

/// Where the entries of the matrix lie in the tensor.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Output units.
    pub rows: usize,
    /// Weights into each unit.
    pub columns: usize,
    /// Distance between two rows in the tensor.
    row_stride: usize,
    /// Distance between two columns within a run.
    inner: usize,
    /// Distance between two runs of columns.
    outer_stride: usize,
}

impl Matrix {
    /// Every axis but the output's becomes a column, in the order of the axes.
    pub fn of(initializer: &Initializer, parameter: &Parameter) -> Result<Matrix, Error> {
        let sizes = parameter.shape.dimensions();
        let size = |axis: usize| sizes.get(axis).copied();
        let Some((axes, rows)) = parameter.axes.and_then(|axes| Some((axes, size(axes.output)?))) else {
            return Err(Error::NoMatrix {
                initializer: initializer.to_string(),
                parameter: parameter.name.clone(),
                shape: parameter.shape.to_string(),
            });
        };
        let before: usize = sizes[..axes.output].iter().product();
        let inner: usize = sizes[axes.output + 1..].iter().product();
        Ok(Matrix { rows, columns: before * inner, row_stride: inner, inner, outer_stride: rows * inner })
    }

    /// Place of an entry in the tensor.
    pub fn place(&self, row: usize, column: usize) -> usize {
        (column / self.inner) * self.outer_stride + row * self.row_stride + column % self.inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axes, Role, Shape};

    fn matrix(shape: &str, axes: Axes) -> (Matrix, Shape) {
        let shape: Shape = shape.parse().unwrap();
        let parameter =
            Parameter { name: "w".to_owned(), shape: shape.clone(), role: Role::Dense, axes: Some(axes), fans: None };
        (Matrix::of(&Initializer::Zeros, &parameter).unwrap(), shape)
    }

    #[test]
    fn every_place_is_met_once_whatever_the_layout() {
        for (text, axes) in [
            ("4x6", Axes::TORCH_LINEAR),
            ("6x4", Axes::DENSE_IN_OUT),
            ("4x3x2x2", Axes::torch_convolution(1)),
            ("3x4x2x2", Axes::torch_transposed_convolution(1)),
            ("2x2x3x4", Axes::CONVOLUTION_HWIO),
        ] {
            let (matrix, shape) = matrix(text, axes);
            assert_eq!(matrix.rows, 4);
            let mut seen: Vec<usize> = (0..matrix.rows)
                .flat_map(|row| (0..matrix.columns).map(move |column| (row, column)))
                .map(|(row, column)| matrix.place(row, column))
                .collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..shape.elements()).collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn rows_are_output_units() {
        let (matrix, _) = matrix("6x4", Axes::DENSE_IN_OUT);
        assert_eq!((matrix.place(0, 1), matrix.place(1, 0)), (4, 1));
    }
}
