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
        if out.is_empty() {
            return;
        }
        let last = first + out.len() - 1;
        if first / self.inner == last / self.inner && !self.of.needs_whole() {
            // of one copy, no more than that is drawn
            return self.of.fill_run(self.run(first) * self.inner + first % self.inner, out, stream);
        }
        let runs = self.run(first)..self.run(last) + 1;
        let source = self.source(&(first..first + out.len()));
        let mut values = vec![T::default(); source.len()];
        self.of.fill_run(source.start, &mut values, stream);
        let span = self.copies * self.inner;
        let mut rest = out;
        for (run, source) in runs.zip(values.chunks_exact(self.inner)) {
            let offset = first.saturating_sub(run * span);
            let (now, later) = rest.split_at_mut((span - offset).min(rest.len()));
            repeat(source, offset % self.inner, now);
            rest = later;
        }
    }

    /// The run that an element comes from.
    fn run(&self, place: usize) -> usize {
        place / self.inner / self.copies
    }

    /// The elements of the smaller tensor in the runs that these elements come from.
    pub fn source(&self, places: &Range<usize>) -> Range<usize> {
        if places.is_empty() {
            return 0..0;
        }
        self.run(places.start) * self.inner..(self.run(places.end - 1) + 1) * self.inner
    }
}

/// Fills `out` with `source` over and over, from its element `offset` on.
fn repeat<T: Copy>(source: &[T], offset: usize, out: &mut [T]) {
    if let [single] = source {
        return out.fill(*single);
    }
    let (start, rest) = out.split_at_mut((source.len() - offset).min(out.len()));
    start.copy_from_slice(&source[offset..offset + start.len()]);
    rest.chunks_mut(source.len()).for_each(|copy| copy.copy_from_slice(&source[..copy.len()]));
}
