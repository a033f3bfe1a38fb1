//! Tensors whose indices along one axis repeat those of a smaller tensor.

use std::ops::Range;

use super::{Element, Plan};
use crate::Stream;

/// Each run of `inner` elements of a smaller tensor stands `copies` times in a row.
#[derive(Clone, Debug)]
pub(crate) struct Repeated {
    /// Fills the smaller tensor, whose elements have the places that they have by themselves.
    pub of: Box<Plan>,
    /// At least 1.
    pub copies: usize,
    /// Elements of one index along the axis.
    pub inner: usize,
}

impl Repeated {
    /// The elements from `first` on.
    pub fn fill<T: Element>(&self, first: usize, out: &mut [T], stream: &Stream) {
        let Some(last) = (first + out.len()).checked_sub(1).filter(|_| !out.is_empty()) else { return };
        let within = |place: usize| place / self.inner / self.copies * self.inner + place % self.inner;
        if first / self.inner == last / self.inner && !self.of.needs_whole() {
            return self.of.fill_run(within(first), out, stream); // of one copy, no more than that is drawn
        }
        let run = |place: usize| place / self.inner / self.copies;
        let runs = run(first)..run(last) + 1;
        let values = self.runs(runs.clone(), stream);
        let start = runs.start * self.inner;
        let mut place = first;
        let mut rest = out;
        while !rest.is_empty() {
            let count = (self.inner - place % self.inner).min(rest.len());
            let (now, later) = rest.split_at_mut(count);
            let from = within(place) - start;
            now.copy_from_slice(&values[from..from + count]);
            place += count;
            rest = later;
        }
    }

    /// Whole runs of the smaller tensor.
    fn runs<T: Element>(&self, runs: Range<usize>, stream: &Stream) -> Vec<T> {
        let (start, end) = (runs.start * self.inner, runs.end * self.inner);
        let mut values = vec![T::default(); end - start];
        self.of.fill_run(start, &mut values, stream);
        values
    }
}
