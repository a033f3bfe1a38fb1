//! A prior in normal coordinates: weights as a function of independent N(0, 1) numbers, whose law is exactly the prior's.
//!
//! - independent elements: their quantile ([`Law::at_normal`](seedbed::Law::at_normal))
//! - orthogonal matrices: Gram and Schmidt on a normal matrix, which gives the Haar law (Mezzadri 2007)
//! - sparse ones: the places of the largest normal scores of a unit, which are equally likely, with normal values there
//! - zeros, constants and fixed tensors: no coordinate at all

use seedbed::{AxisRole, Composition, Initializer, Law, Parameter, Prior, Side};

use crate::error::FeasibilityError;

/// All parameters of a network in normal coordinates.
#[derive(Clone, Debug)]
pub struct Chart {
    tensors: Vec<Tensor>,
    dimension: usize,
}

/// One parameter: what stays, and the parts that move.
#[derive(Clone, Debug)]
struct Tensor {
    fixed: Vec<f32>,
    parts: Vec<Part>,
}

/// Elements that move together; an element stands at one place of the tensor, or at several.
#[derive(Clone, Debug)]
struct Part {
    kind: Kind,
    places: Vec<Vec<usize>>,
}

#[derive(Clone, Debug)]
enum Kind {
    Independent(Law),
    /// Orthonormal vectors of this length times a gain; element (vector, entry) is `vector · length + entry`.
    Orthonormal {
        length: usize,
        gain: f64,
    },
    /// So many nonzeros of every unit.
    Sparse {
        weights: usize,
        nonzeros: usize,
        std: f64,
    },
}

impl Chart {
    /// The prior's, over these parameters.
    ///
    /// # Errors
    /// A prior that cannot draw a parameter, or elements that hang together in a way for which no coordinates are known:
    /// then the initializer and the parameter are named.
    pub fn new(prior: &Prior, parameters: &[Parameter]) -> Result<Chart, FeasibilityError> {
        let tensors: Vec<Tensor> =
            parameters.iter().map(|parameter| tensor(prior, parameter)).collect::<Result<_, _>>()?;
        let dimension = tensors.iter().flat_map(|tensor| &tensor.parts).map(Part::dimension).sum();
        Ok(Chart { tensors, dimension })
    }

    /// Number of coordinates.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The weights at a point, one list a parameter.
    pub fn weights(&self, coordinates: &[f64]) -> Vec<Vec<f32>> {
        let mut rest = coordinates;
        let mut of_tensor = |tensor: &Tensor| {
            let mut values = tensor.fixed.clone();
            for part in &tensor.parts {
                let (own, later) = rest.split_at(part.dimension());
                rest = later;
                part.put(own, &mut values);
            }
            values
        };
        self.tensors.iter().map(&mut of_tensor).collect()
    }
}

impl Part {
    fn dimension(&self) -> usize {
        match self.kind {
            Kind::Independent(_) | Kind::Orthonormal { .. } => self.places.len(),
            // a score and a value for each
            Kind::Sparse { .. } => 2 * self.places.len(),
        }
    }

    fn put(&self, coordinates: &[f64], out: &mut [f32]) {
        let mut set = |element: usize, value: f64| {
            self.places[element].iter().for_each(|&place| out[place] = value as f32);
        };
        match self.kind {
            Kind::Independent(law) => {
                coordinates.iter().enumerate().for_each(|(element, &z)| set(element, law.at_normal(z)));
            }
            Kind::Orthonormal { length, gain } => {
                let made = orthonormal(coordinates, length);
                made.iter().enumerate().for_each(|(element, value)| set(element, gain * value));
            }
            Kind::Sparse { weights, nonzeros, std } => {
                let (scores, values) = coordinates.split_at(self.places.len());
                for (unit, scores) in scores.chunks(weights).enumerate() {
                    (0..weights).for_each(|weight| set(unit * weights + weight, 0.0));
                    for weight in largest(scores, nonzeros) {
                        set(unit * weights + weight, std * values[unit * weights + weight]);
                    }
                }
            }
        }
    }
}

/// The rows of a normal matrix, each made orthogonal to those before it and of length 1. Twice, since once loses digits.
fn orthonormal(rows: &[f64], length: usize) -> Vec<f64> {
    let mut made = rows.to_vec();
    for row in 0..rows.len() / length.max(1) {
        let (before, rest) = made.split_at_mut(row * length);
        let own = &mut rest[..length];
        for other in before.chunks(length).chain(before.chunks(length)) {
            let along: f64 = other.iter().zip(own.iter()).map(|(a, b)| a * b).sum();
            own.iter_mut().zip(other).for_each(|(entry, base)| *entry -= along * base);
        }
        let norm = own.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        own.iter_mut().for_each(|entry| *entry /= norm);
    }
    made
}

/// The places of the largest scores.
fn largest(scores: &[f64], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    if 0 < count && count < order.len() {
        order.select_nth_unstable_by(count - 1, |&one, &other| scores[other].total_cmp(&scores[one]));
    }
    order.truncate(count);
    order
}

fn tensor(prior: &Prior, parameter: &Parameter) -> Result<Tensor, FeasibilityError> {
    let initializer = prior.initializer(parameter)?;
    let composition = initializer.composition(parameter)?;
    // any draw has what is the same in all of them
    let mut fixed = initializer.draw(parameter, 0)?;
    let places = (0..fixed.len()).map(|place| vec![place]).collect();
    let mut parts = Vec::new();
    let sizes = parameter.shape.dimensions();
    let known = collect(&composition, sizes, places, &Seen { initializer: &initializer, parameter }, &mut parts);
    known.ok_or_else(|| FeasibilityError::NoMove {
        initializer: initializer.to_string(),
        parameter: parameter.name.clone(),
    })?;
    for place in parts.iter().flat_map(|part| part.places.iter().flatten()) {
        fixed[*place] = 0.0;
    }
    Ok(Tensor { fixed, parts })
}

struct Seen<'s> {
    initializer: &'s Initializer,
    parameter: &'s Parameter,
}

/// Adds the moving parts of a tensor of these sizes, whose elements stand at these places; `None` where no move is known.
fn collect(
    composition: &Composition,
    sizes: &[usize],
    places: Vec<Vec<usize>>,
    seen: &Seen,
    parts: &mut Vec<Part>,
) -> Option<()> {
    match composition {
        Composition::Fixed | Composition::Independent(Law::Constant { .. }) => {}
        Composition::Independent(law) => parts.push(Part { kind: Kind::Independent(*law), places }),
        Composition::Orthogonal { gain, .. } if *gain == 0.0 => {}
        Composition::Orthogonal { rows, columns, gain } => {
            let entries = matrix(sizes, *rows, orientation(seen), seen)?;
            let (vectors, length) = (*rows.min(columns), *rows.max(columns));
            let entry = |vector: usize, place: usize| match rows <= columns {
                true => entries[vector * columns + place],
                false => entries[place * columns + vector],
            };
            let order = (0..vectors).flat_map(|vector| (0..length).map(move |place| (vector, place)));
            let places = order.map(|(vector, place)| places[entry(vector, place)].clone()).collect();
            parts.push(Part { kind: Kind::Orthonormal { length, gain: *gain }, places });
        }
        Composition::Sparse { units, weights, nonzeros, std, per } => {
            let entries = matrix(sizes, *units, Some(*per), seen)?;
            let places = entries.iter().map(|&entry| places[entry].clone()).collect();
            parts.push(Part { kind: Kind::Sparse { weights: *weights, nonzeros: *nonzeros, std: *std }, places });
        }
        Composition::Repeated { of, copies, inner } => {
            let mut small = vec![Vec::new(); places.len() / copies];
            for (place, whole) in places.into_iter().enumerate() {
                small[place / inner / copies * inner + place % inner].extend(whole);
            }
            // only what has no matrix within can do without the sizes of the smaller tensor
            collect(of, &[small.len()], small, seen, parts)?;
        }
        Composition::AmongZeros { of, small, start } => {
            let strides = strides(sizes);
            let count: usize = small.iter().product();
            let place = |index: usize| start + offset(index, small, &strides);
            let inside = (0..count).map(|index| places[place(index)].clone()).collect();
            collect(of, small, inside, seen, parts)?;
        }
        Composition::Parts(regions) => {
            for (region, part) in regions {
                let inside = region.runs().flatten().map(|place| places[place].clone()).collect();
                collect(part, &region.shape(), inside, seen, parts)?;
            }
        }
        _ => return None,
    }
    Some(())
}

/// Whose units the rows of an orthogonal matrix are, where the initializer says so.
fn orientation(seen: &Seen) -> Option<Side> {
    match seen.initializer {
        Initializer::Orthogonal { columns, .. } => Some(*columns),
        _ => None,
    }
}

/// The elements of a tensor as a matrix, row-major: a row a unit of the side.
fn matrix(sizes: &[usize], rows: usize, side: Option<Side>, seen: &Seen) -> Option<Vec<usize>> {
    let roles = &seen.parameter.axes.as_ref()?.roles;
    if roles.len() != sizes.len() {
        return None;
    }
    let of_side = |side: Side| -> Vec<usize> {
        let is = |role: &AxisRole| match side {
            Side::Output => matches!(role, AxisRole::Output),
            Side::Input => matches!(role, AxisRole::Input),
        };
        (0..sizes.len()).filter(|&axis| is(&roles[axis])).collect()
    };
    let fits = |axes: &Vec<usize>| !axes.is_empty() && axes.iter().map(|&axis| sizes[axis]).product::<usize>() == rows;
    let candidates: Vec<Vec<usize>> = match side {
        Some(side) => vec![of_side(side)],
        None => vec![of_side(Side::Output), of_side(Side::Input)],
    };
    let fitting: Vec<Vec<usize>> = candidates.into_iter().filter(fits).collect();
    // of a square matrix both readings have one law; of a kernel they have not
    let receptive = sizes.iter().filter(|&&size| size > 1).count() > 2;
    if fitting.len() > 1 && receptive {
        return None;
    }
    let own = fitting.into_iter().next()?;
    let others: Vec<usize> = (0..sizes.len()).filter(|axis| !own.contains(axis)).collect();
    let strides = strides(sizes);
    let along = |axes: &[usize]| -> Vec<usize> {
        let small: Vec<usize> = axes.iter().map(|&axis| sizes[axis]).collect();
        let steps: Vec<usize> = axes.iter().map(|&axis| strides[axis]).collect();
        (0..small.iter().product()).map(|index| offset(index, &small, &steps)).collect()
    };
    let (down, across) = (along(&own), along(&others));
    Some(down.iter().flat_map(|row| across.iter().map(move |column| row + column)).collect())
}

/// Distance between neighbours along each axis of a row-major tensor.
fn strides(sizes: &[usize]) -> Vec<usize> {
    (0..sizes.len()).map(|axis| sizes[axis + 1..].iter().product()).collect()
}

/// Place of a row-major index of these sizes, in a tensor of these strides.
fn offset(index: usize, sizes: &[usize], strides: &[usize]) -> usize {
    let mut rest = index;
    sizes.iter().zip(strides).rev().fold(0, |place, (size, stride)| {
        let at = rest % size;
        rest /= size;
        place + at * stride
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mass::normals::Normals;
    use seedbed::Stream;

    fn chart(text: &str, parameter: &Parameter) -> Chart {
        Chart::new(&text.parse().unwrap(), std::slice::from_ref(parameter)).unwrap()
    }

    /// Second and fourth moments of every pair and element over draws of the chart and of the initializer itself.
    fn assert_same_law(text: &str, parameter: &Parameter) {
        let chart = chart(text, parameter);
        let prior: Prior = text.parse().unwrap();
        let mut random = Normals::new(Stream::new(3, "a test of charts"), 0);
        let draws = 30_000;
        let count = parameter.shape.elements();
        let mut moments = [vec![0.0; 3 * count], vec![0.0; 3 * count]];
        for draw in 0..draws {
            let own = chart.weights(&random.vector(chart.dimension())).remove(0);
            let other = prior.draw(std::slice::from_ref(parameter), draw).unwrap().remove(0);
            for (sums, values) in moments.iter_mut().zip([own, other]) {
                for place in 0..count {
                    let (value, next) = (f64::from(values[place]), f64::from(values[(place + 1) % count]));
                    sums[3 * place] += value * value / draws as f64;
                    sums[3 * place + 1] += value.powi(4) / draws as f64;
                    sums[3 * place + 2] += value * value * next * next / draws as f64;
                }
            }
        }
        let scale = moments[1].iter().copied().fold(0.0, f64::max);
        for (own, other) in moments[0].iter().zip(&moments[1]) {
            assert!((own - other).abs() < 0.2 * scale, "{text}: {own} {other}");
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (own, other) = (mean(&moments[0]), mean(&moments[1]));
        assert!((own / other - 1.0).abs() < 0.05, "{text}: {own} {other}");
    }

    #[test]
    fn charts_have_the_law_of_the_initializer() {
        let weight = Parameter::dense("w", 3, 4).unwrap();
        let kernel = Parameter::convolution("w", 2, 3, &[2, 2], 1).unwrap();
        for text in
            ["he_uniform", "glorot_normal", "orthogonal(gain=2)", "sparse(nonzeros=2)", "sparse(nonzeros=2, per=input)"]
        {
            assert_same_law(text, &weight);
            assert_same_law(text, &kernel);
        }
        assert_same_law("orthogonal", &Parameter::dense("w", 3, 4).unwrap().packed(vec![2, 2]).unwrap());
        assert_same_law("delta_orthogonal", &Parameter::convolution("w", 2, 3, &[3, 3], 1).unwrap());
        assert_same_law("icnr(base=he_normal, scale=2)", &Parameter::convolution("w", 2, 8, &[3, 3], 1).unwrap());
    }

    #[test]
    fn matrices_are_orthonormal_and_patterns_sparse() {
        let weight = Parameter::dense("w", 5, 3).unwrap();
        let mut random = Normals::new(Stream::new(3, "a test of charts"), 1);
        let orthogonal = chart("orthogonal(gain=2)", &weight);
        let values = orthogonal.weights(&random.vector(orthogonal.dimension())).remove(0);
        for (i, one) in values.chunks(5).enumerate() {
            for (j, other) in values.chunks(5).enumerate() {
                let product: f32 = one.iter().zip(other).map(|(a, b)| a * b).sum();
                assert!((product - if i == j { 4.0 } else { 0.0 }).abs() < 1e-5);
            }
        }
        let sparse = chart("sparse(nonzeros=2)", &weight);
        let values = sparse.weights(&random.vector(sparse.dimension())).remove(0);
        assert!(values.chunks(5).all(|unit| unit.iter().filter(|value| **value != 0.0).count() == 2));
    }

    #[test]
    fn what_is_fixed_has_no_coordinate() {
        let weight = Parameter::dense("w", 4, 4).unwrap();
        for text in ["identity", "ones", "zeros"] {
            let chart = chart(text, &weight);
            assert_eq!(chart.dimension(), 0);
            let drawn = text.parse::<Prior>().unwrap().draw(std::slice::from_ref(&weight), 9).unwrap();
            assert_eq!(chart.weights(&[]), drawn);
        }
    }

    #[test]
    fn no_move_names_the_initializer_and_the_parameter() {
        let weight = Parameter::dense("layer1.weight", 4, 4).unwrap();
        let refused = Chart::new(&"givens(rounds=1)".parse().unwrap(), &[weight]).unwrap_err().to_string();
        assert!(refused.contains("givens") && refused.contains("'layer1.weight'"), "{refused}");
    }
}
