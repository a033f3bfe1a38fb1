//! A weight seen as a matrix: one row an output unit, one column an incoming weight.

use crate::{Error, Initializer, Parameter, Side};

/// Where the entries of the matrix lie in the tensor.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Place of each row's first entry.
    row_places: Vec<usize>,
    /// Distance of each column from the row's first entry.
    column_places: Vec<usize>,
}

impl Matrix {
    /// Rows are the output units, columns the weights into one unit: all axes but the output's, in their order. In a
    /// transposed convolution with groups the input axis holds all groups, so a unit takes only its group's share.
    ///
    /// # Errors
    /// A parameter without axes, or axes that do not fit its shape.
    pub fn of(initializer: &Initializer, parameter: &Parameter) -> Result<Matrix, Error> {
        let Some(axes) = parameter.axes else {
            return Err(Error::NoMatrix {
                initializer: initializer.to_string(),
                parameter: parameter.name.clone(),
                shape: parameter.shape.to_string(),
            });
        };
        axes.fans(&parameter.shape)?; // axes, groups and shape agree from here on
        let sizes = parameter.shape.dimensions();
        let strides = strides(sizes);
        let (input, output) = (axes.input, axes.output);
        let groups_of_inputs = if axes.spans_groups == Side::Input { axes.groups } else { 1 };
        let inputs = sizes[input] / groups_of_inputs;
        let groups = offsets(groups_of_inputs, inputs * strides[input]);
        let rows = combine(&groups, &offsets(sizes[output], strides[output]));
        let mut columns = vec![0];
        for axis in (0..sizes.len()).filter(|&axis| axis != output) {
            let size = if axis == input { inputs } else { sizes[axis] };
            columns = combine(&columns, &offsets(size, strides[axis]));
        }
        Ok(Matrix { row_places: rows, column_places: columns })
    }

    /// Output units.
    pub fn rows(&self) -> usize {
        self.row_places.len()
    }

    /// Weights into each unit.
    pub fn columns(&self) -> usize {
        self.column_places.len()
    }

    /// Place of an entry in the tensor.
    pub fn place(&self, row: usize, column: usize) -> usize {
        self.row_places[row] + self.column_places[column]
    }
}

/// Distance in memory between neighbours along each axis.
fn strides(sizes: &[usize]) -> Vec<usize> {
    (0..sizes.len()).map(|axis| sizes[axis + 1..].iter().product()).collect()
}

fn offsets(count: usize, stride: usize) -> Vec<usize> {
    (0..count).map(|step| step * stride).collect()
}

/// Every sum of a slow and a fast offset, the fast one running first.
fn combine(slow: &[usize], fast: &[usize]) -> Vec<usize> {
    slow.iter().flat_map(|slow| fast.iter().map(move |fast| slow + fast)).collect()
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
        for (text, axes, rows) in [
            ("4x6", Axes::TORCH_LINEAR, 4),
            ("6x4", Axes::DENSE_IN_OUT, 4),
            ("4x3x2x2", Axes::torch_convolution(1), 4),
            ("4x3x2x2", Axes::torch_convolution(2), 4),
            ("3x4x2x2", Axes::torch_transposed_convolution(1), 4),
            ("6x4x2x2", Axes::torch_transposed_convolution(3), 12),
            ("2x2x3x4", Axes::CONVOLUTION_HWIO, 4),
            ("0x4", Axes::TORCH_LINEAR, 0),
            ("4x0", Axes::TORCH_LINEAR, 4),
        ] {
            let (matrix, shape) = matrix(text, axes);
            assert_eq!(matrix.rows(), rows);
            let mut seen: Vec<usize> = (0..matrix.rows())
                .flat_map(|row| (0..matrix.columns()).map(move |column| (row, column)))
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

    /// ConvTranspose1d(4, 6, 1, groups=2): weight [4, 3, 1]; unit 3 is the first of group 1, fed by inputs 2 and 3.
    #[test]
    fn a_unit_of_a_grouped_transposed_convolution_sees_its_group() {
        let (matrix, _) = matrix("4x3x1", Axes::torch_transposed_convolution(2));
        assert_eq!((matrix.rows(), matrix.columns()), (6, 2));
        assert_eq!((matrix.place(3, 0), matrix.place(3, 1)), (2 * 3, 3 * 3));
    }
}
