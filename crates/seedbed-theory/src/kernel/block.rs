//! What is known of single examples: the variance of every unit and its mean over units, at the nodes that need it.

use std::ops::Range;

use super::series::Series;
use super::{Pairs, Place};

/// A run of examples; one entry a node, none where nothing is needed.
#[derive(Debug, Default)]
pub struct Block {
    pub nodes: Vec<Option<Marginal>>,
}

/// At one node: example after example, the pixels of each together.
#[derive(Debug, Default)]
pub struct Marginal {
    /// Second moment over units, K(x, x) at equal pixels.
    pub variance: Vec<f64>,
    /// Mean over units; empty where it is 0.
    pub mean: Vec<f64>,
    /// At an activation without a closed form, its expansion at the variances of its input.
    pub series: Option<Series>,
}

/// Which pairs of examples a batch holds.
#[derive(Clone, Debug)]
pub enum Pairing<'b> {
    /// Each example of a block with itself.
    Own { examples: usize },
    /// One example with a run of others.
    Row {
        left: &'b Block,
        left_place: usize,
        right: &'b Block,
        right_places: Range<usize>,
        /// The pair in the batch, if any, that is the left example with itself.
        equal: Option<usize>,
    },
}

/// Where the left side of a run of entries is found in a marginal.
#[derive(Clone, Debug)]
pub enum Left {
    /// One for all entries.
    One(usize),
    /// One an entry.
    Each(Range<usize>),
}

impl Pairing<'_> {
    pub fn count(&self) -> usize {
        match self {
            Pairing::Own { examples } => *examples,
            Pairing::Row { right_places, .. } => right_places.len(),
        }
    }

    /// The places of a pair's two examples in their blocks.
    pub fn places(&self, pair: usize) -> (usize, usize) {
        match self {
            Pairing::Own { .. } => (pair, pair),
            Pairing::Row { left_place, right_places, .. } => (*left_place, right_places.start + pair),
        }
    }

    /// Calls `run` with the entries, the left and the right places in the marginals, in runs of entries whose right places
    /// follow each other.
    pub fn runs(&self, place: Place, mut run: impl FnMut(Range<usize>, Left, Range<usize>)) {
        let pixels = place.pixels();
        if pixels == 1 {
            let (count, (left, right)) = (self.count(), self.places(0));
            let left = match self {
                Pairing::Own { .. } => Left::Each(0..count),
                Pairing::Row { .. } => Left::One(left),
            };
            return run(0..count, left, right..right + count);
        }
        for pair in 0..self.count() {
            let (left, right) = self.places(pair);
            let right = right * pixels..(right + 1) * pixels;
            match place.pairs {
                Pairs::Same => {
                    let entries = pair * pixels..(pair + 1) * pixels;
                    run(entries, Left::Each(left * pixels..(left + 1) * pixels), right);
                }
                Pairs::All => {
                    for pixel in 0..pixels {
                        let first = (pair * pixels + pixel) * pixels;
                        run(first..first + pixels, Left::One(left * pixels + pixel), right.clone());
                    }
                }
            }
        }
    }
}

/// The entries of equal pixels of one pair of examples, from its first entry on.
pub fn diagonal(place: Place) -> impl Iterator<Item = usize> {
    let step = match place.pairs {
        Pairs::Same => 1,
        Pairs::All => place.pixels() + 1,
    };
    (0..place.pixels()).map(move |pixel| pixel * step)
}
