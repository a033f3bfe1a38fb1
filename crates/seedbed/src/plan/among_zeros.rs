//! Tensors that are zero but for the elements of a smaller one.

use rayon::prelude::*;

use super::{Element, Facts, PARALLEL, Plan, TASK};
use crate::Stream;
use crate::slice::strides;

/// A smaller tensor within zeros: at one index of each axis along which it has one index itself.
#[derive(Clone, Debug)]
pub(crate) struct AmongZeros {
    /// What it is, in words.
    pub name: &'static str,
    /// Fills the smaller tensor.
    pub of: Box<Plan>,
    /// Sizes of the smaller tensor: 1, or that of the tensor.
    pub small: Vec<usize>,
    /// Sizes of the tensor.
    pub sizes: Vec<usize>,
    /// Place of the smaller tensor's first element.
    pub start: usize,
}

impl AmongZeros {
    /// Elements of the smaller tensor.
    fn count(&self) -> usize {
        if self.sizes.contains(&0) { 0 } else { self.small.iter().product() }
    }

    /// The smaller tensor.
    pub fn drawn<T: Element>(&self, stream: &Stream) -> Vec<T> {
        let mut values = vec![T::default(); self.count()];
        self.of.fill(&mut values, stream);
        values
    }

    /// The elements from `first` on, shared among threads where there are many.
    pub fn put<T: Element>(&self, values: &[T], first: usize, out: &mut [T]) {
        if out.len() < PARALLEL {
            return self.put_run(values, first, out);
        }
        let tasks = out.par_chunks_mut(TASK).enumerate();
        tasks.for_each(|(task, chunk)| self.put_run(values, first + task * TASK, chunk));
    }

    /// Zeros, and the values that lie among them while they are in the cache.
    fn put_run<T: Element>(&self, values: &[T], first: usize, out: &mut [T]) {
        out.fill(T::default());
        let strides = strides(&self.sizes);
        // both tensors are row-major in the same axes, so places rise with the index
        let mut index = first_at_least(values.len(), first, |index| self.place(&strides, index));
        let (row, step) = self.row(&strides);
        while index < values.len() {
            let end = (index / row + 1) * row;
            let mut place = self.place(&strides, index) - first;
            for value in &values[index..end] {
                let Some(element) = out.get_mut(place) else { return };
                *element = *value;
                place += step;
            }
            index = end;
        }
    }

    /// Length of the smaller tensor's rows along its fastest axis, and the distance of their elements.
    fn row(&self, strides: &[usize]) -> (usize, usize) {
        self.small.iter().zip(strides).rfind(|(size, _)| **size > 1).map_or((1, 1), |(size, stride)| (*size, *stride))
    }

    /// Place of an element of the smaller tensor.
    fn place(&self, strides: &[usize], index: usize) -> usize {
        let mut rest = index;
        let axes = self.small.iter().zip(strides).rev();
        axes.fold(self.start, |place, (size, stride)| {
            let at = rest % size;
            rest /= size;
            place + at * stride
        })
    }

    pub fn facts(&self) -> Facts {
        let facts = self.of.facts();
        let elements = self.sizes.iter().product::<usize>().max(1);
        let share = self.count() as f64 / elements as f64;
        let square = share * (facts.variance + facts.mean * facts.mean);
        let (mean, (low, high)) = (share * facts.mean, facts.bounds);
        let bounds = if share < 1.0 { (low.min(0.0), high.max(0.0)) } else { (low, high) };
        Facts { distribution: self.name.to_owned(), mean, variance: square - mean * mean, bounds }
    }
}

/// The first of `count` indices whose place is not below `least`; places rise.
fn first_at_least(count: usize, least: usize, place: impl Fn(usize) -> usize) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if place(middle) < least { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Law;

    /// NumPy: x = zeros(sizes); x[index] = ones(small), the one index of each axis being the middle.
    #[test]
    fn values_stand_at_their_index() {
        for (small, sizes) in [
            ([4, 3, 1, 1], [4, 3, 3, 2]),
            ([1, 1, 4, 3], [3, 2, 4, 3]),
            ([4, 1, 3, 1], [4, 2, 3, 5]),
            ([1, 1, 1, 1], [2, 3, 1, 2]),
            ([5, 1, 1, 1], [5, 1, 1, 1]),
        ] {
            let strides = strides(&sizes);
            let middle = |axis: usize| if small[axis] == 1 { (sizes[axis] - 1) / 2 } else { 0 };
            let start = (0..4).map(|axis| middle(axis) * strides[axis]).sum();
            let of = Box::new(Plan::Law(Law::Uniform { low: 1.0, high: 2.0 }));
            let tensor = AmongZeros { name: "", of, small: small.to_vec(), sizes: sizes.to_vec(), start };
            let stream = Stream::new(1, "w");
            let values: Vec<f32> = tensor.drawn(&stream);
            let mut expected = vec![0.0; sizes.iter().product()];
            let mut next = values.iter();
            for (place, element) in expected.iter_mut().enumerate() {
                let at = |axis: usize| place / strides[axis] % sizes[axis];
                if (0..4).all(|axis| small[axis] > 1 || at(axis) == middle(axis)) {
                    *element = *next.next().unwrap();
                }
            }
            assert!(next.next().is_none());
            for first in 0..expected.len() {
                for end in first..=expected.len() {
                    let mut out = vec![9.0; end - first];
                    tensor.put(&values, first, &mut out);
                    assert_eq!(out, expected[first..end], "{sizes:?} {first}..{end}");
                }
            }
        }
    }
}
