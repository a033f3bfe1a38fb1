//! The law of the matrices, their accuracy, and their bits.

use super::*;

/// Columns of a matrix made in single precision.
fn columns(size: usize, seed: u64) -> Vec<Vec<f64>> {
    let q = haar(size, size, &Stream::new(seed, "haar"), 0, 1.0);
    (0..size).map(|column| (0..size).map(|row| f64::from(q[row * size + column])).collect()).collect()
}

/// The largest entry of QᵀQ − 1, each computed in double precision.
fn largest_error(q: &[f32], long: usize, short: usize) -> f64 {
    let column = |column: usize| (0..long).map(move |row| f64::from(q[row * short + column])).collect::<Vec<f64>>();
    let columns: Vec<Vec<f64>> = (0..short).map(column).collect();
    let error = |i: usize, j: usize| {
        let product: f64 = columns[i].iter().zip(&columns[j]).map(|(a, b)| a * b).sum();
        (product - if i == j { 1.0 } else { 0.0 }).abs()
    };
    (0..short).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|(i, j)| error(i, j)).fold(0.0, f64::max)
}

#[test]
fn columns_are_orthonormal_in_single_precision() {
    for (long, short) in [(1, 1), (2, 2), (5, 5), (64, 64), (100, 7), (512, 512), (1024, 1024), (1500, 230)] {
        let q = haar(long, short, &Stream::new(1, "q"), 0, 1.0);
        let error = largest_error(&q, long, short);
        assert!(error < 1e-6, "{long}x{short}: {error}");
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn neither_threads_nor_path_change_a_bit() {
    let stream = Stream::new(3, "q");
    for (rows, columns) in [(3, 3), (300, 290), (700, 230), (230, 700)] {
        let expected = haar(rows, columns, &stream, 0, 1.25);
        for threads in [1, 2, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| haar(rows, columns, &stream, 0, 1.25));
            assert_eq!(bits(&found), bits(&expected), "{rows}x{columns} in {threads} threads");
        }
        for tile in Tile::all() {
            let mut found = vec![0.5; rows * columns];
            let view = ViewMut::of(&mut found, rows, columns, columns);
            fill_view(view, &stream, 0, 1.25, tile);
            assert_eq!(bits(&found), bits(&expected), "{rows}x{columns} by {tile:?}");
        }
    }
}

#[test]
fn a_wide_matrix_is_the_transpose_of_the_tall_one() {
    let stream = Stream::new(4, "q");
    for (long, short) in [(2, 1), (9, 4), (400, 231)] {
        let (tall, wide) = (haar(long, short, &stream, 7, 1.0), haar(short, long, &stream, 7, 1.0));
        let across: Vec<f32> = (0..long * short).map(|place| wide[place % short * long + place / short]).collect();
        assert_eq!(bits(&tall), bits(&across), "{long}x{short}");
    }
}

fn determinant(columns: &[Vec<f64>]) -> f64 {
    let mut rows = columns.to_vec();
    let mut product = 1.0;
    for step in 0..rows.len() {
        let largest = |a: &usize, b: &usize| rows[*a][step].abs().total_cmp(&rows[*b][step].abs());
        let pivot = (step..rows.len()).max_by(largest).unwrap();
        if pivot != step {
            rows.swap(pivot, step);
            product = -product;
        }
        product *= rows[step][step];
        for below in step + 1..rows.len() {
            let factor = rows[below][step] / rows[step][step];
            let (above, from) = rows.split_at_mut(below);
            from[0].iter_mut().zip(&above[step]).skip(step).for_each(|(entry, pivot)| *entry -= factor * pivot);
        }
    }
    product
}

/// The moments of theory sheet section 9 for n = 5; each mean must lie within 4.5 standard errors.
#[test]
fn moments_are_those_of_haar() {
    const DRAWS: u64 = 40_000;
    let trace = |q: &[Vec<f64>]| (0..5).map(|i| q[i][i]).sum::<f64>();
    let trace_of_square =
        |q: &[Vec<f64>]| (0..5).flat_map(|i| (0..5).map(move |j| (i, j))).map(|(i, j)| q[i][j] * q[j][i]).sum::<f64>();
    type Moment<'m> = (&'m str, f64, Box<dyn Fn(&[Vec<f64>]) -> f64 + 'm>);
    let moments: Vec<Moment> = vec![
        ("q11", 0.0, Box::new(|q| q[0][0])),
        ("q55", 0.0, Box::new(|q| q[4][4])),
        ("q11²", 0.2, Box::new(|q| q[0][0].powi(2))),
        ("q11⁴", 3.0 / 35.0, Box::new(|q| q[0][0].powi(4))),
        ("q11²q12²", 1.0 / 35.0, Box::new(|q| (q[0][0] * q[1][0]).powi(2))),
        ("q11²q22²", 6.0 / 140.0, Box::new(|q| (q[0][0] * q[1][1]).powi(2))),
        ("q11q22q12q21", -1.0 / 140.0, Box::new(|q| q[0][0] * q[1][1] * q[0][1] * q[1][0])),
        ("tr", 0.0, Box::new(trace)),
        ("tr²", 1.0, Box::new(move |q| trace(q).powi(2))),
        ("tr⁴", 3.0, Box::new(move |q| trace(q).powi(4))),
        ("tr Q²", 1.0, Box::new(trace_of_square)),
        ("det", 0.0, Box::new(determinant)),
        ("det²", 1.0, Box::new(|q| determinant(q).powi(2))),
    ];
    let draws: Vec<Vec<Vec<f64>>> = (0..DRAWS).map(|seed| columns(5, seed)).collect();
    for (name, expected, moment) in &moments {
        let values: Vec<f64> = draws.iter().map(|q| moment(q)).collect();
        let mean = values.iter().sum::<f64>() / DRAWS as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / DRAWS as f64;
        let standard_error = (variance / DRAWS as f64).sqrt().max(1e-12);
        assert!((mean - expected).abs() < 4.5 * standard_error, "E {name} = {mean}, not {expected}");
    }
}

/// q11² ~ Beta(1/2, 2) for n = 5: its distribution function is (3√x − x^{3/2})/2.
#[test]
fn an_entry_has_its_beta_law() {
    let mut squares: Vec<f64> = (0..40_000).map(|seed| columns(5, seed)[0][0].powi(2)).collect();
    squares.sort_by(f64::total_cmp);
    let n = squares.len() as f64;
    let distance = squares.iter().enumerate().map(|(place, x)| {
        let cdf = (3.0 * x.sqrt() - x.powf(1.5)) / 2.0;
        (cdf - place as f64 / n).abs().max((cdf - (place as f64 + 1.0) / n).abs())
    });
    // Kolmogorov's critical value at alpha 0.001
    assert!(distance.fold(0.0, f64::max) < 1.949 / n.sqrt());
}
