//! Orthogonal and sparse weights in every layout.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::{Axes, AxisRole, Initializer, Parameter, Role};

/// Layouts with four output units of six weights each, or six of four.
fn layouts() -> Vec<(&'static str, Axes)> {
    vec![
        ("24x16", Axes::torch_linear()),
        ("16x24", Axes::torch_linear()),
        ("16x24", Axes::dense_in_out()),
        ("8x3x2x2", Axes::torch_convolution(2, 2)),
        ("3x20x2x2", Axes::torch_transposed_convolution(2, 1)),
        ("2x2x3x8", Axes::convolution_in_out(2)),
    ]
}

fn parameter(shape: &str, axes: Axes) -> Parameter {
    let shape = shape.parse().unwrap();
    let fans = axes.fans(&shape).unwrap();
    Parameter { name: "weight".to_owned(), shape, role: Role::Dense, axes: Some(axes), fans: Some(fans) }
}

/// One row an output unit: all entries whose index along the output axis is the same.
fn units(values: &[f32], parameter: &Parameter) -> Vec<Vec<f64>> {
    along(AxisRole::Output, values, parameter)
}

fn along(role: AxisRole, values: &[f32], parameter: &Parameter) -> Vec<Vec<f64>> {
    let (sizes, axis) = (parameter.shape.dimensions(), parameter.axes.as_ref().unwrap().of_role(role).next().unwrap());
    let stride: usize = sizes[axis + 1..].iter().product();
    let mut rows = vec![Vec::new(); sizes[axis]];
    for (place, &value) in values.iter().enumerate() {
        rows[place / stride % sizes[axis]].push(f64::from(value));
    }
    rows
}

fn transposed(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..rows[0].len()).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

#[test]
fn the_short_side_is_orthonormal_in_single_precision() {
    for (shape, axes) in layouts() {
        let parameter = parameter(shape, axes);
        let values = "orthogonal(gain=1.5)".parse::<Initializer>().unwrap().draw(&parameter, 4).unwrap();
        assert_short_side_orthogonal(units(&values, &parameter), shape);
    }
}

/// Of the matrix with these rows; every length on its short side is 1.5.
#[track_caller]
fn assert_short_side_orthogonal(rows: Vec<Vec<f64>>, shape: &str) {
    let short = if rows.len() <= rows[0].len() { rows } else { transposed(&rows) };
    for (i, one) in short.iter().enumerate() {
        for (j, other) in short.iter().enumerate() {
            let product: f64 = one.iter().zip(other).map(|(a, b)| a * b).sum();
            let expected = if i == j { 1.5 * 1.5 } else { 0.0 };
            assert!((product - expected).abs() < 1e-6, "{shape} {i} {j}: {product}");
        }
    }
}

/// jax.nn.initializers.orthogonal(column_axis=) of the input axis: the other axes, outputs and kernel, count the rows.
#[test]
fn the_columns_can_be_the_inputs() {
    let ungrouped = layouts().into_iter().filter(|(_, axes)| axes.groups == 1);
    for (shape, axes) in ungrouped.chain([("6x8x2x2", Axes::torch_transposed_convolution(2, 2))]) {
        let parameter = parameter(shape, axes);
        let draw = |text: &str| text.parse::<Initializer>().unwrap().draw(&parameter, 4).unwrap();
        let by_inputs = draw("orthogonal(gain=1.5, columns=input)");
        assert_short_side_orthogonal(along(AxisRole::Input, &by_inputs, &parameter), shape);
        // of two axes, the transpose is the same matrix
        assert_eq!(by_inputs == draw("orthogonal(gain=1.5)"), parameter.shape.rank() == 2, "{shape}");
    }
    let embedding = parameter("24x16", Axes::embedding());
    let values = "orthogonal(gain=1.5, columns=input)".parse::<Initializer>().unwrap().draw(&embedding, 4).unwrap();
    assert_short_side_orthogonal(along(AxisRole::Lookup, &values, &embedding), "24x16");
}

#[test]
fn every_unit_has_its_nonzeros() {
    for (shape, axes) in layouts() {
        let parameter = parameter(shape, axes);
        for nonzeros in [1, 5, 1000] {
            let values =
                format!("sparse(at_most={nonzeros})").parse::<Initializer>().unwrap().draw(&parameter, 4).unwrap();
            for row in units(&values, &parameter) {
                let found = row.iter().filter(|value| **value != 0.0).count();
                assert_eq!(found, nonzeros.min(row.len()), "{shape}");
            }
        }
    }
}

#[test]
fn sparse_keeps_the_normal_values_of_its_places() {
    let weight = Parameter::dense("weight", 64, 32).unwrap();
    let dense = Initializer::Normal { mean: 0.0, std: 1.0 }.draw(&weight, 9).unwrap();
    let sparse = "sparse(nonzeros=16, gain=2)".parse::<Initializer>().unwrap().draw(&weight, 9).unwrap();
    for (sparse, dense) in sparse.iter().zip(dense) {
        assert!(*sparse == 0.0 || *sparse == 0.5 * dense);
    }
}

/// A row of a larger matrix keeps its positions: they come from its own index alone.
#[test]
fn more_units_do_not_move_the_others() {
    let sparse: Initializer = "sparse(nonzeros=3)".parse().unwrap();
    let small = sparse.draw(&Parameter::dense("weight", 20, 4).unwrap(), 0).unwrap();
    let large = sparse.draw(&Parameter::dense("weight", 20, 9).unwrap(), 0).unwrap();
    assert_eq!(small, large[..small.len()]);
}
