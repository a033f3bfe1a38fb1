//! A plan: what an initializer does to one parameter, with every number known.
//!
//! An initializer and a parameter give a plan; a plan and a stream give values, any slice of them, in any number type.
//! Kinds of plans differ in how much of a tensor an element needs: nothing but its own place ([`Law`], [`Pattern`]),
//! or the whole ([`Whole`]).

mod among_zeros;
mod composition;
mod element;
mod law;
mod parts;
mod repeated;

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

pub(crate) use among_zeros::AmongZeros;
pub use composition::Composition;
pub use element::Element;
pub use law::Law;
pub(crate) use parts::{Part, parts};
use rayon::prelude::*;
pub(crate) use repeated::Repeated;

pub use crate::kernel::transformed::Transform;
use crate::slice::{Common, Region, common};
use crate::{DataType, Stream};

/// Elements that one task of a parallel draw takes: a multiple of a block of words, small enough for a core's cache.
pub(crate) const TASK: usize = 1 << 16;
/// Elements that are drawn before they are handed on, where a tensor is taken piece by piece.
const PIECE: usize = 1 << 20;
/// Elements from which a draw is worth more than one thread.
const PARALLEL: usize = 1 << 18;

/// What one element is over draws; where elements differ from place to place, one picked at random.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The law in words: `uniform`, `normal`, `truncated normal`, `constant`, `orthogonal`.
    pub distribution: String,
    /// E w.
    pub mean: f64,
    /// E w² − (E w)².
    pub variance: f64,
    /// The least and the largest value possible, −∞ and ∞ included.
    pub bounds: (f64, f64),
}

impl Facts {
    /// √variance.
    pub fn std(&self) -> f64 {
        self.variance.sqrt()
    }
}

/// Values that are a function of an element's place and the stream, so that any run of them can be had alone.
pub trait Pattern: Debug + Send + Sync {
    /// The elements from `first` on.
    fn fill(&self, first: usize, out: &mut [f32], stream: &Stream);

    /// The same in double precision; widened where nothing finer is known.
    fn fill_f64(&self, first: usize, out: &mut [f64], stream: &Stream) {
        let mut single = vec![0.0; out.len()];
        self.fill(first, &mut single, stream);
        out.iter_mut().zip(single).for_each(|(wide, narrow)| *wide = f64::from(narrow));
    }

    /// The same values for elements among `places`, with what they share of the stream drawn once: permutations, signs,
    /// blocks. `None` where there is nothing to share.
    fn prepared(&self, _stream: &Stream, _places: Range<usize>) -> Option<Arc<dyn Pattern>> {
        None
    }

    /// What is known of one element.
    fn facts(&self) -> Facts;

    /// How the elements hang together.
    fn composition(&self) -> Composition {
        Composition::Dependent
    }

    /// Elements that one thread should take at once; `usize::MAX` where a run costs as much as the whole.
    fn task(&self) -> usize {
        TASK
    }
}

/// Values that need the whole tensor: a slice of them is cut from it.
pub trait Whole: Debug + Send + Sync {
    /// All elements.
    fn fill(&self, out: &mut [f32], stream: &Stream);

    /// The same in double precision; widened where nothing finer is known.
    fn fill_f64(&self, out: &mut [f64], stream: &Stream) {
        let mut single = vec![0.0; out.len()];
        self.fill(&mut single, stream);
        out.iter_mut().zip(single).for_each(|(wide, narrow)| *wide = f64::from(narrow));
    }

    /// What is known of one element.
    fn facts(&self) -> Facts;

    /// How the elements hang together.
    fn composition(&self) -> Composition {
        Composition::Dependent
    }
}

/// What an initializer does to one parameter.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    /// Independent elements of one law.
    Law(Law),
    /// Elements by their place.
    Pattern(Arc<dyn Pattern>),
    /// The tensor as a whole.
    Whole(Arc<dyn Whole>),
    /// Parts with plans of their own, which together are the tensor.
    Parts(Vec<(Region, Plan)>),
    /// The elements of a smaller tensor, repeated.
    Repeated(Repeated),
    /// The elements of a smaller tensor, among zeros.
    AmongZeros(AmongZeros),
}

impl Plan {
    pub fn pattern(pattern: impl Pattern + 'static) -> Plan {
        Plan::Pattern(Arc::new(pattern))
    }

    pub fn whole(whole: impl Whole + 'static) -> Plan {
        Plan::Whole(Arc::new(whole))
    }

    /// What is known of one element; over parts, of one picked at random.
    pub fn facts(&self) -> Facts {
        match self {
            Plan::Law(law) => law.facts(),
            Plan::Pattern(pattern) => pattern.facts(),
            Plan::Whole(whole) => whole.facts(),
            Plan::Parts(parts) => mixture(parts.iter().map(|(region, plan)| (region.elements(), plan.facts()))),
            Plan::Repeated(repeated) => repeated.of.facts(),
            Plan::AmongZeros(tensor) => tensor.facts(),
        }
    }

    /// Refuses what a number type cannot hold; the problem in words.
    pub fn check(&self, data_type: DataType) -> Result<(), String> {
        match self {
            Plan::Parts(parts) => parts.iter().try_for_each(|(_, plan)| plan.check(data_type)),
            Plan::Law(law) => law.check(data_type),
            Plan::Repeated(repeated) => repeated.of.check(data_type),
            Plan::AmongZeros(tensor) => tensor.of.check(data_type),
            Plan::Pattern(_) | Plan::Whole(_) => law::fits(data_type, &self.facts()),
        }
    }

    /// All elements of a tensor, on as many threads as the caller's pool has.
    pub fn fill<T: Element>(&self, out: &mut [T], stream: &Stream) {
        match self {
            Plan::Whole(whole) => T::fill_whole(out, &**whole, stream),
            Plan::Parts(parts) => {
                let everything = 0..out.len();
                fill_parts(parts, || std::iter::once(everything.clone()), out, stream);
            }
            Plan::Repeated(repeated) if self.needs_whole() => repeated.fill(0, out, stream),
            Plan::AmongZeros(tensor) => tensor.put(&tensor.drawn(stream), 0, out),
            _ => self.prepared(stream, 0..out.len()).as_ref().unwrap_or(self).fill_tasks(0, out, stream),
        }
    }

    /// The plan with what the elements among `places` share drawn once, if they share anything.
    fn prepared(&self, stream: &Stream, places: Range<usize>) -> Option<Plan> {
        match self {
            Plan::Pattern(pattern) => pattern.prepared(stream, places).map(Plan::Pattern),
            Plan::Repeated(repeated) => {
                let of = Box::new(repeated.of.prepared(stream, repeated.source(&places))?);
                Some(Plan::Repeated(Repeated { of, ..*repeated }))
            }
            _ => None,
        }
    }

    /// Whether no element can be had without all others.
    fn needs_whole(&self) -> bool {
        match self {
            Plan::Whole(_) => true,
            Plan::Repeated(repeated) => repeated.of.needs_whole(),
            Plan::AmongZeros(tensor) => tensor.of.needs_whole(),
            _ => false,
        }
    }

    /// Elements that one thread should take at once.
    fn task(&self) -> usize {
        match self {
            Plan::Pattern(pattern) => pattern.task(),
            Plan::Repeated(repeated) => repeated.of.task().max(TASK),
            _ => TASK,
        }
    }

    /// The elements from `first` on, shared among threads where there are many.
    fn fill_tasks<T: Element>(&self, first: usize, out: &mut [T], stream: &Stream) {
        let size = self.task();
        if out.len() < PARALLEL || out.len() <= size {
            return self.fill_run(first, out, stream);
        }
        let tasks = out.par_chunks_mut(size).enumerate();
        tasks.for_each(|(task, chunk)| self.fill_run(first + task * size, chunk, stream));
    }

    /// The elements of a region, in its own row-major order.
    pub fn fill_region<T: Element>(&self, region: &Region, out: &mut [T], stream: &Stream) {
        if let Plan::AmongZeros(tensor) = self {
            let values = tensor.drawn(stream);
            return fill_runs(region, out, |first, run| tensor.put(&values, first, run));
        }
        if let Plan::Parts(parts) = self {
            return fill_parts(parts, || region.runs(), out, stream);
        }
        if self.needs_whole() {
            let mut values = vec![T::default(); region.whole_elements()];
            self.fill(&mut values, stream);
            return fill_runs(region, out, |first, run| run.copy_from_slice(&values[first..first + run.len()]));
        }
        let prepared = self.prepared(stream, region.span());
        let plan = prepared.as_ref().unwrap_or(self);
        fill_runs(region, out, |first, run| plan.fill_tasks(first, run, stream));
    }

    /// The elements of a region in its own row-major order, [`PIECE`] at a time, so that memory holds no more of them
    /// than that; all of them where no element can be had without others.
    pub fn pieces<T: Element, E>(
        &self,
        region: &Region,
        stream: &Stream,
        mut take: impl FnMut(&[T]) -> Result<(), E>,
    ) -> Result<(), E> {
        let in_one_go = self.needs_whole() || matches!(self, Plan::Parts(_));
        let size = if in_one_go { region.elements() } else { region.elements().min(PIECE) };
        let mut piece = vec![T::default(); size];
        if in_one_go {
            self.fill_region(region, &mut piece, stream);
            return piece.chunks(PIECE).try_for_each(take);
        }
        let prepared = self.prepared(stream, region.span());
        let plan = prepared.as_ref().unwrap_or(self);
        let mut filled = 0;
        for mut run in region.runs() {
            while !run.is_empty() {
                let count = run.len().min(size - filled);
                plan.fill_tasks(run.start, &mut piece[filled..filled + count], stream);
                run.start += count;
                filled += count;
                if filled == size {
                    take(&piece)?;
                    filled = 0;
                }
            }
        }
        if filled > 0 { take(&piece[..filled]) } else { Ok(()) }
    }

    /// The elements from `first` on, on this thread.
    fn fill_run<T: Element>(&self, first: usize, out: &mut [T], stream: &Stream) {
        match self {
            Plan::Law(law) => T::fill_law(out, first, law, stream),
            Plan::Pattern(pattern) => T::fill_pattern(out, first, &**pattern, stream),
            Plan::Whole(whole) => {
                // reached for a run of a part only: the part is computed as a whole there
                T::fill_whole(out, &**whole, stream);
            }
            Plan::Parts(parts) => {
                let run = first..first + out.len();
                fill_parts(parts, || std::iter::once(run.clone()), out, stream);
            }
            Plan::Repeated(repeated) => repeated.fill(first, out, stream),
            Plan::AmongZeros(tensor) => tensor.put(&tensor.drawn(stream), first, out),
        }
    }
}

/// Gives each run of a region, and its first element's place in the whole, to `fill`.
fn fill_runs<T>(region: &Region, out: &mut [T], mut fill: impl FnMut(usize, &mut [T])) {
    let mut rest = out;
    for run in region.runs() {
        let (now, later) = rest.split_at_mut(run.len());
        fill(run.start, now);
        rest = later;
    }
}

/// Fills `out`, the elements of the tensor in some runs, from the parts that meet them. Elements of one law are drawn at
/// their place in the tensor; any other part has a stream of its own and is computed once, as a whole.
fn fill_parts<T: Element, R: Iterator<Item = Range<usize>>>(
    parts: &[(Region, Plan)],
    runs: impl Fn() -> R,
    out: &mut [T],
    stream: &Stream,
) {
    for (index, (region, plan)) in parts.iter().enumerate() {
        let mut drawn = None;
        for Common { places, before_in_one, before_in_other } in common(runs(), region.runs()) {
            let those = &mut out[before_in_one..before_in_one + places.len()];
            if matches!(plan, Plan::Law(_)) {
                plan.fill_tasks(places.start, those, stream);
            } else {
                let values = drawn.get_or_insert_with(|| {
                    let mut values = vec![T::default(); region.elements()];
                    plan.fill(&mut values, &stream.part(index as u64));
                    values
                });
                those.copy_from_slice(&values[before_in_other..before_in_other + places.len()]);
            }
        }
    }
}

/// Facts of an element picked from parts in proportion to their sizes.
fn mixture(parts: impl Iterator<Item = (usize, Facts)>) -> Facts {
    let parts: Vec<(f64, Facts)> = parts.map(|(elements, facts)| (elements as f64, facts)).collect();
    let total = parts.iter().map(|(weight, _)| weight).sum::<f64>().max(1.0);
    let average =
        |f: &dyn Fn(&Facts) -> f64| parts.iter().map(|(weight, facts)| weight * f(facts)).sum::<f64>() / total;
    let mean = average(&|facts| facts.mean);
    let square = average(&|facts| facts.variance + facts.mean * facts.mean);
    Facts {
        distribution: parts.first().map_or_else(String::new, |(_, facts)| facts.distribution.clone()),
        mean,
        variance: (square - mean * mean).max(0.0),
        bounds: parts.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, facts)| {
            (low.min(facts.bounds.0), high.max(facts.bounds.1))
        }),
    }
}

/// Elements that the facts of a [`Formula`] look at.
const COUNTED: usize = 1 << 22;

/// A deterministic tensor: each element a function of its place.
pub(crate) struct Formula<F> {
    /// What it is, in words.
    pub name: &'static str,
    /// Number of elements.
    pub elements: usize,
    /// The value at a place.
    pub value: F,
}

impl<F> Debug for Formula<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Formula").field("name", &self.name).field("elements", &self.elements).finish_non_exhaustive()
    }
}

impl<F: Fn(usize) -> f64 + Send + Sync> Pattern for Formula<F> {
    fn fill(&self, first: usize, out: &mut [f32], _: &Stream) {
        out.iter_mut().enumerate().for_each(|(index, value)| *value = (self.value)(first + index) as f32);
    }

    fn fill_f64(&self, first: usize, out: &mut [f64], _: &Stream) {
        out.iter_mut().enumerate().for_each(|(index, value)| *value = (self.value)(first + index));
    }

    /// Of every element, or of [`COUNTED`] and the two at the ends where there are more: a slice of a tensor too large to
    /// draw must not wait for the whole.
    fn facts(&self) -> Facts {
        let count = self.elements.min(COUNTED);
        // beyond the limit, Weyl's sequence of the golden ratio: even, and in step with no axis
        let spread = |step: usize| {
            let turn = (step as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            ((u128::from(turn) * self.elements as u128) >> 64) as usize
        };
        let place = |step: usize| match step {
            _ if count == self.elements => step,
            1 => self.elements - 1,
            _ => spread(step),
        };
        let (mut sum, mut square, mut bounds) = (0.0, 0.0, (f64::INFINITY, f64::NEG_INFINITY));
        for value in (0..count).map(place).map(&self.value) {
            sum += value;
            square += value * value;
            bounds = (bounds.0.min(value), bounds.1.max(value));
        }
        let count = count.max(1) as f64;
        let mean = sum / count;
        Facts { distribution: self.name.to_owned(), mean, variance: (square / count - mean * mean).max(0.0), bounds }
    }

    fn composition(&self) -> Composition {
        Composition::Fixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_a_formula_too_large_to_walk_are_near_and_hold_both_ends() {
        let elements = 1 << 50;
        let rising = Formula { name: "rising", elements, value: |place| place as f64 };
        let facts = rising.facts();
        assert_eq!(facts.bounds, (0.0, (elements - 1) as f64));
        let size = elements as f64;
        assert!((facts.mean / size - 0.5).abs() < 1e-6, "{facts:?}");
        assert!((facts.variance / (size * size) - 1.0 / 12.0).abs() < 1e-6, "{facts:?}");
    }

    #[test]
    fn facts_of_a_short_formula_are_exact() {
        let facts = Formula { name: "rising", elements: 5, value: |place| place as f64 }.facts();
        assert_eq!((facts.mean, facts.variance, facts.bounds), (2.0, 2.0, (0.0, 4.0)));
    }
}
