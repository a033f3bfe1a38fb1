use super::*;
use crate::{Axes, Layout, Slice};

fn draw(text: &str, parameter: &Parameter) -> Vec<f32> {
    text.parse::<Initializer>().unwrap().draw(parameter, 4).unwrap()
}

fn nonzeros<'v>(values: impl Iterator<Item = &'v f32>) -> usize {
    values.filter(|value| **value != 0.0).count()
}

#[test]
fn counts_of_outputs_and_of_inputs() {
    let weight = Parameter::dense("w", 30, 20).unwrap(); // 20 rows of 30
    for (text, into, out_of) in [
        ("sparse(nonzeros=7)", Some(7), None),
        ("sparse(at_most=99)", Some(30), Some(20)),
        ("sparse", Some(15), None),
        ("sparse(sparsity=0.9)", Some(3), None),
        ("sparse(sparsity=0.91)", Some(2), None), // 27.3 zeros are 28
        ("sparse(sparsity=0)", Some(30), Some(20)),
        ("sparse(sparsity=1)", Some(0), Some(0)),
        ("sparse(nonzeros=3, per=input)", None, Some(3)),
        ("sparse(sparsity=0.5, per=input)", None, Some(10)),
    ] {
        let values = draw(text, &weight);
        for row in values.chunks(30) {
            assert_eq!(nonzeros(row.iter()), into.unwrap_or(nonzeros(row.iter())), "{text}");
        }
        for input in 0..30 {
            let found = nonzeros(values[input..].iter().step_by(30));
            assert_eq!(found, out_of.unwrap_or(found), "{text}");
        }
    }
}

/// torch.nn.init.sparse_ of 10 x 4 with sparsity 0.33 leaves 6 = 10 - ceil(3.3) values in each column.
#[test]
fn a_share_rounds_as_in_pytorch() {
    let weight = Parameter::dense("w", 4, 10).unwrap();
    let ours = draw("sparse(sparsity=0.33, per=input)", &weight);
    let torch = draw("torch:sparse_(sparsity=0.33, std=1)", &weight);
    assert_eq!(nonzeros(ours.iter()), 24);
    assert!(ours.iter().zip(&torch).all(|(ours, torch)| (*ours == 0.0) == (*torch == 0.0)));
}

#[test]
fn any_weight_has_the_variance_of_a_dense_one() {
    let grouped = Parameter::laid_out("w", "40x6x3".parse().unwrap(), &Layout::Convolution, 2).unwrap();
    for text in ["sparse(nonzeros=4, gain=3)", "sparse(nonzeros=4, per=input, gain=3)", "sparse(sparsity=0.7, gain=3)"]
    {
        let initializer: Initializer = text.parse().unwrap();
        assert_eq!(initializer.element_variance(&grouped).unwrap(), 9.0 / 18.0, "{text}");
        let squares: Vec<f64> = (0..100)
            .flat_map(|seed| initializer.draw(&grouped, seed).unwrap())
            .map(|value| f64::from(value) * f64::from(value))
            .collect();
        let mean = squares.iter().sum::<f64>() / squares.len() as f64;
        let spread = squares.iter().map(|square| (square - mean) * (square - mean)).sum::<f64>();
        assert!((mean - 0.5).abs() < 4.5 * spread.sqrt() / squares.len() as f64, "{text}: {mean}");
    }
}

/// Scattered rows and rows in a row, few values and many: the same units, the same bits.
#[test]
fn the_layout_does_not_change_a_unit() {
    for text in ["sparse(nonzeros=1)", "sparse(nonzeros=50)"] {
        let torch = Parameter::dense("w", 130, 90).unwrap();
        let rows = draw(text, &torch);
        let transposed = Parameter { axes: Some(Axes::dense_in_out()), shape: "130x90".parse().unwrap(), ..torch };
        let columns = draw(text, &transposed);
        for (unit, row) in rows.chunks(130).enumerate() {
            let same = |(input, value): (usize, &f32)| (*value == 0.0) == (columns[input * 90 + unit] == 0.0);
            assert!(row.iter().enumerate().all(same), "{text}");
        }
        let dense = draw("normal", &transposed);
        let std = columns.iter().zip(&dense).find(|(value, _)| **value != 0.0).map(|(value, dense)| value / dense);
        let std = std.unwrap();
        let agrees = |(value, dense): (&f32, &f32)| *value == 0.0 || (value / dense / std - 1.0).abs() < 1e-6;
        assert!(columns.iter().zip(&dense).all(agrees), "{text}");
        let slice: Slice = "3:77,5:61".parse().unwrap();
        let initializer: Initializer = text.parse().unwrap();
        let part: Vec<f32> = initializer.draw_slice(&transposed, 4, &slice).unwrap();
        let expected = (3..77).flat_map(|row| columns[row * 90 + 5..row * 90 + 61].to_vec());
        assert_eq!(part, expected.collect::<Vec<f32>>(), "{text}");
    }
}

#[test]
fn more_nonzeros_than_weights_are_refused_by_name() {
    let kernel = Parameter::convolution("stem.weight", 1, 16, &[3, 3], 1).unwrap();
    let message = "sparse(nonzeros=15)".parse::<Initializer>().unwrap().draw(&kernel, 0).unwrap_err().to_string();
    for part in ["'stem.weight' (16x1x3x3)", "15 nonzeros", "9 weights", "at_most=15"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(nonzeros(draw("sparse", &kernel).iter()), 16 * 9);
    for (text, argument) in [
        ("sparse(at_most=0)", "at_most"),
        ("sparse(sparsity=1.5)", "sparsity"),
        ("sparse(sparsity=nan)", "sparsity"),
        ("sparse(gain=-1)", "gain"),
    ] {
        match text.parse::<Initializer>() {
            Err(Error::Argument { argument: found, .. }) => assert_eq!(found, argument, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    let both = "sparse(nonzeros=3, sparsity=0.5)".parse::<Initializer>().unwrap_err().to_string();
    assert!(both.contains("one of nonzeros, at_most and sparsity"), "{both}");
}
