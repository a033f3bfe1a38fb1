//! Products and orthonormal columns, in a fixed order.

use crate::kernel::dot;

/// The columns of a row-major matrix, in double precision.
pub fn columns(values: &[f32], count: usize) -> Vec<Vec<f64>> {
    let column = |index: usize| values.iter().skip(index).step_by(count).map(|value| f64::from(*value)).collect();
    (0..count).map(column).collect()
}

/// A row-major matrix in single precision, from its columns.
pub fn rows(columns: &[Vec<f64>]) -> Vec<f32> {
    let height = columns.first().map_or(0, Vec::len);
    (0..height).flat_map(|row| columns.iter().map(move |column| column[row] as f32)).collect()
}

/// Columns that are orthonormal and whose first k span the first k of those given, for every k; where those are
/// dependent, with any directions in place of the missing ones. Householder's reflections; R's diagonal is not
/// negative. There are at most as many columns as rows.
pub fn orthonormal(mut columns: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut reflections = Vec::with_capacity(columns.len());
    for step in 0..columns.len() {
        let reflection = Reflection::onto_first(&columns[step][step..]);
        columns[step + 1..].iter_mut().for_each(|column| reflection.apply(&mut column[step..]));
        reflections.push(reflection);
    }
    for (step, column) in columns.iter_mut().enumerate() {
        column.fill(0.0);
        column[step] = reflections[step].sign;
        for (from, reflection) in reflections[..=step].iter().enumerate().rev() {
            reflection.apply(&mut column[from..]);
        }
    }
    columns
}

/// H = I − factor · v vᵀ with H x = sign · |x| · e₁.
#[derive(Debug)]
pub struct Reflection {
    pub vector: Vec<f64>,
    pub factor: f64,
    pub sign: f64,
    pub length: f64,
}

impl Reflection {
    pub fn onto_first(x: &[f64]) -> Reflection {
        let length = dot(x, x).sqrt();
        let mut vector = x.to_vec();
        let first = x.first().copied().unwrap_or(0.0);
        if length == 0.0 {
            return Reflection { vector, factor: 0.0, sign: 1.0, length };
        }
        // away from the first entry, so that no digits are lost
        let sign = if first < 0.0 { 1.0 } else { -1.0 };
        vector[0] = first - sign * length;
        Reflection { factor: 1.0 / (length * (length + first.abs())), vector, sign, length }
    }

    pub fn apply(&self, column: &mut [f64]) {
        let share = self.factor * dot(&self.vector, column);
        add(column, -share, &self.vector);
    }
}

/// column += share · other.
pub fn add(column: &mut [f64], share: f64, other: &[f64]) {
    column.iter_mut().zip(other).for_each(|(entry, other)| *entry += share * other);
}

/// column / |column|, and |column|; a column of zeros stays.
pub fn normalize(column: &mut [f64]) -> f64 {
    let length = dot(column, column).sqrt();
    if length > 0.0 {
        column.iter_mut().for_each(|entry| *entry /= length);
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_orthonormal_whatever_is_given() {
        let given = vec![
            vec![1.0, 2.0, 3.0, 4.0],
            vec![2.0, 4.0, 6.0, 8.0], // the first again
            vec![0.0; 4],
            vec![1.0, 0.0, 0.0, 1e-9],
        ];
        let q = orthonormal(given.clone());
        for (i, one) in q.iter().enumerate() {
            for (j, other) in q.iter().enumerate() {
                assert!((dot(one, other) - if i == j { 1.0 } else { 0.0 }).abs() < 1e-14, "{i} {j}");
            }
        }
        assert!((dot(&q[0], &given[0]) - 30f64.sqrt()).abs() < 1e-14, "R's diagonal is positive");
    }
}
