//! A weight seen as a matrix: one row an output unit, one column an incoming weight; or one row an input unit.

use std::ops::Range;

use crate::slice::strides;
use crate::{Axes, AxisRole, Error, Initializer, Parameter, Side};

/// Where the entries of the matrix lie in the tensor.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Place of each row's first entry.
    row_places: Vec<usize>,
    /// Distance of each column from the row's first entry.
    column_places: Vec<usize>,
    order: Order,
    /// Each row lies within a span of the tensor of so many places, and the spans follow one another.
    row_span: Option<usize>,
    groups: usize,
}

/// How the entries follow one another in the tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Row by row, without gaps.
    Rows,
    /// Column by column, without gaps.
    Columns,
    /// In any other way.
    Scattered,
}

/// The tap in the centre of a kernel axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Centre {
    /// (size − 1) / 2, rounded down: the tap that meets its own position under padding "same".
    Lower,
    /// size / 2, rounded down: the tap that meets its own position under padding size / 2.
    Upper,
}

impl Centre {
    fn of(self, size: usize) -> usize {
        match self {
            Centre::Lower => size.saturating_sub(1) / 2,
            Centre::Upper => size / 2,
        }
    }
}

impl Matrix {
    /// Rows are the output units, columns the weights into one unit: all axes but the outputs', in their order. In a
    /// transposed convolution with groups the input axis holds all groups, so a unit takes only its group's share.
    ///
    /// # Errors
    /// A parameter without axes, or axes that do not fit its shape.
    pub fn of(initializer: &Initializer, parameter: &Parameter) -> Result<Matrix, Error> {
        let axes = parameter.axes.as_ref().ok_or_else(|| no_matrix(initializer, parameter))?;
        Matrix::by_outputs(axes, parameter, None)
    }

    /// The weights at the centre tap of a kernel alone: one column an input. Without kernel axes it is the whole.
    ///
    /// # Errors
    /// As [`Matrix::of`].
    pub fn at_centre(initializer: &Initializer, parameter: &Parameter, centre: Centre) -> Result<Matrix, Error> {
        let axes = parameter.axes.as_ref().ok_or_else(|| no_matrix(initializer, parameter))?;
        Matrix::by_outputs(axes, parameter, Some(centre))
    }

    /// Rows are the input units, columns the weights out of one unit: all axes but the inputs', in their order. In a
    /// convolution with groups the output axis holds all groups, so a unit feeds only its group's share.
    ///
    /// # Errors
    /// As [`Matrix::of`], or no input axis.
    pub fn of_inputs(initializer: &Initializer, parameter: &Parameter) -> Result<Matrix, Error> {
        let mirrored = parameter.axes.as_ref().map(mirrored);
        let axes = mirrored.filter(|axes| axes.roles.contains(&AxisRole::Output));
        Matrix::by_outputs(&axes.ok_or_else(|| no_matrix(initializer, parameter))?, parameter, None)
    }

    fn by_outputs(axes: &Axes, parameter: &Parameter, centre: Option<Centre>) -> Result<Matrix, Error> {
        axes.fans(&parameter.shape)?; // axes, groups and shape agree from here on
        let sizes = parameter.shape.dimensions();
        let strides = strides(sizes);
        let grouped = axes.of_role(AxisRole::Input).next().filter(|_| axes.spans_groups == Side::Input);
        let (mut rows, mut columns) = (vec![0], vec![0]);
        for axis in 0..sizes.len() {
            let (size, stride) = (sizes[axis], strides[axis]);
            if let Some(centre) = centre.filter(|_| axes.roles[axis] == AxisRole::Receptive) {
                let taps = if size == 0 { Vec::new() } else { vec![centre.of(size) * stride] };
                columns = combine(&columns, &taps);
            } else if axes.roles[axis] == AxisRole::Output {
                rows = combine(&rows, &offsets(size, stride));
            } else if Some(axis) == grouped {
                let inputs = size / axes.groups;
                // the groups are the slowest part of a unit's number
                rows = combine(&offsets(axes.groups, inputs * stride), &rows);
                columns = combine(&columns, &offsets(inputs, stride));
            } else {
                columns = combine(&columns, &offsets(size, stride));
            }
        }
        let elements = parameter.shape.elements();
        let (order, row_span) = (order(&rows, &columns, elements), row_span(&rows, &columns, elements));
        Ok(Matrix { row_places: rows, column_places: columns, order, row_span, groups: axes.groups })
    }

    /// Output units.
    pub fn rows(&self) -> usize {
        self.row_places.len()
    }

    /// Weights into each unit.
    pub fn columns(&self) -> usize {
        self.column_places.len()
    }

    /// How the entries follow one another in the tensor.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Whether each row is one run of the tensor and the rows follow one another.
    pub fn has_contiguous_rows(&self) -> bool {
        self.order == Order::Rows
    }

    /// Whether the rows follow one another in the tensor, gaps or not.
    pub fn has_row_spans(&self) -> bool {
        self.row_span.is_some()
    }

    /// Output units of each group; they follow one another.
    pub fn rows_in_group(&self) -> usize {
        self.rows() / self.groups
    }

    /// Rows that may have an entry among these places of the tensor.
    pub fn rows_within(&self, places: Range<usize>) -> Range<usize> {
        match self.row_span {
            Some(span) => places.start / span..places.end.div_ceil(span).min(self.rows()),
            None => 0..self.rows(),
        }
    }

    /// Columns that may have an entry among these places of the tensor.
    pub fn columns_within(&self, places: Range<usize>) -> Range<usize> {
        match self.order {
            Order::Columns => places.start / self.rows()..places.end.div_ceil(self.rows()),
            _ => 0..self.columns(),
        }
    }

    /// Place of an entry in the tensor.
    pub fn place(&self, row: usize, column: usize) -> usize {
        self.row_places[row] + self.column_places[column]
    }
}

fn order(rows: &[usize], columns: &[usize], elements: usize) -> Order {
    let is_whole = rows.len() * columns.len() == elements;
    let follow = |places: &[usize], step: usize| {
        is_whole && places.iter().enumerate().all(|(index, place)| *place == index * step)
    };
    match (follow(rows, columns.len()) && follow(columns, 1), follow(rows, 1) && follow(columns, rows.len())) {
        (true, _) => Order::Rows,
        (false, true) if !rows.is_empty() => Order::Columns,
        _ => Order::Scattered,
    }
}

fn row_span(rows: &[usize], columns: &[usize], elements: usize) -> Option<usize> {
    let span = elements.checked_div(rows.len()).filter(|span| *span > 0)?;
    let (least, most) = (columns.iter().min()?, columns.iter().max()?);
    let within = |(row, place): (usize, &usize)| row * span <= place + least && place + most < (row + 1) * span;
    rows.iter().enumerate().all(within).then_some(span)
}

/// The axes with inputs and outputs exchanged.
fn mirrored(axes: &Axes) -> Axes {
    let role = |role: &AxisRole| match role {
        AxisRole::Output => AxisRole::Input,
        AxisRole::Input | AxisRole::Lookup => AxisRole::Output,
        other => *other,
    };
    let spans_groups = if axes.spans_groups == Side::Output { Side::Input } else { Side::Output };
    Axes { roles: axes.roles.iter().map(role).collect(), spans_groups, ..axes.clone() }
}

fn no_matrix(initializer: &Initializer, parameter: &Parameter) -> Error {
    Error::NoMatrix {
        initializer: initializer.to_string(),
        parameter: parameter.name.clone(),
        shape: parameter.shape.to_string(),
    }
}

pub(super) fn offsets(count: usize, stride: usize) -> Vec<usize> {
    (0..count).map(|step| step * stride).collect()
}

/// Every sum of a slow and a fast offset, the fast one running first.
pub(super) fn combine(slow: &[usize], fast: &[usize]) -> Vec<usize> {
    slow.iter().flat_map(|slow| fast.iter().map(move |fast| slow + fast)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axes, Role, Shape};

    fn parameter(shape: &str, axes: Axes) -> Parameter {
        let shape: Shape = shape.parse().unwrap();
        Parameter { name: "w".to_owned(), shape, role: Role::Dense, axes: Some(axes), fans: None }
    }

    /// By output units, and by input units.
    fn matrices(shape: &str, axes: Axes) -> [Matrix; 2] {
        let parameter = parameter(shape, axes);
        [Matrix::of, Matrix::of_inputs].map(|of| of(&Initializer::Zeros, &parameter).unwrap())
    }

    #[test]
    fn every_place_is_met_once_whatever_the_layout() {
        for (text, axes, outputs, inputs) in [
            ("4x6", Axes::torch_linear(), 4, 6),
            ("6x4", Axes::dense_in_out(), 4, 6),
            ("5x7", Axes::embedding(), 7, 5),
            ("4x3x2x2", Axes::torch_convolution(2, 1), 4, 3),
            ("4x3x2x2", Axes::torch_convolution(2, 2), 4, 6),
            ("3x4x2x2", Axes::torch_transposed_convolution(2, 1), 4, 3),
            ("6x4x2x2", Axes::torch_transposed_convolution(2, 3), 12, 6),
            ("2x2x3x4", Axes::convolution_in_out(2), 4, 3),
            ("3x2x2", Axes::from_letters("oio").unwrap(), 6, 2),
            ("2x2x3", Axes::from_letters("ioo").unwrap(), 6, 2),
            ("0x4", Axes::torch_linear(), 0, 4),
            ("4x0", Axes::torch_linear(), 4, 0),
        ] {
            let elements = parameter(text, axes.clone()).shape.elements();
            for (matrix, rows) in matrices(text, axes).into_iter().zip([outputs, inputs]) {
                assert_eq!(matrix.rows(), rows);
                let mut seen: Vec<usize> = (0..matrix.rows())
                    .flat_map(|row| (0..matrix.columns()).map(move |column| (row, column)))
                    .map(|(row, column)| matrix.place(row, column))
                    .collect();
                seen.sort_unstable();
                assert_eq!(seen, (0..elements).collect::<Vec<_>>(), "{text}");
            }
        }
    }

    #[test]
    fn rows_are_output_units() {
        let [by_outputs, by_inputs] = matrices("6x4", Axes::dense_in_out());
        assert_eq!((by_outputs.place(0, 1), by_outputs.place(1, 0)), (4, 1));
        assert_eq!((by_inputs.place(0, 1), by_inputs.place(1, 0)), (1, 4));
    }

    /// ConvTranspose1d(4, 6, 1, groups=2): weight [4, 3, 1]; unit 3 is the first of group 1, fed by inputs 2 and 3.
    #[test]
    fn a_unit_of_a_grouped_transposed_convolution_sees_its_group() {
        let [matrix, _] = matrices("4x3x1", Axes::torch_transposed_convolution(1, 2));
        assert_eq!((matrix.rows(), matrix.columns()), (6, 2));
        assert_eq!((matrix.place(3, 0), matrix.place(3, 1)), (2 * 3, 3 * 3));
    }

    /// Conv1d(6, 4, 1, groups=2): weight [4, 3, 1]; input 3 is the first of group 1 and feeds units 2 and 3.
    #[test]
    fn an_input_of_a_grouped_convolution_feeds_its_group() {
        let [_, matrix] = matrices("4x3x1", Axes::torch_convolution(1, 2));
        assert_eq!((matrix.rows(), matrix.columns()), (6, 2));
        assert_eq!((matrix.place(3, 0), matrix.place(3, 1)), (2 * 3, 3 * 3));
    }

    #[test]
    fn a_weight_without_inputs_has_no_input_units() {
        let sums = parameter("4x3", Axes::from_letters("or").unwrap());
        assert!(matches!(Matrix::of_inputs(&Initializer::Zeros, &sums), Err(Error::NoMatrix { .. })));
    }
}
