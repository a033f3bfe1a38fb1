//! The search for the smallest dimension that succeeds: doubling, then bisection of the logarithm.

/// The dimension where a search ends lies at most this factor above one that failed, unless it is next to it: 2^(1/4).
pub const RESOLUTION: f64 = 1.189_207_115_002_721;
/// Bisections from a factor of two to the resolution, at most: two, and one more where rounding to whole numbers costs one.
const BISECTIONS: usize = 3;

/// Where a search stands. It takes success to be monotone in the dimension: what it finds is a success with a failure below it.
///
/// From `from` it doubles until a success, or halves until a failure; `whole` is the last it asks for, and 0, the start as it is,
/// the first. Between the two it asks for the geometric mean, until the ratio is at most [`RESOLUTION`] or the two are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    from: usize,
    whole: usize,
    failed: Option<usize>,
    reached: Option<usize>,
}

impl Search {
    /// A search from `from` up to `whole`; `from` is at least 1 and at most `whole`.
    pub fn new(from: usize, whole: usize) -> Search {
        Search { from: from.clamp(1, whole.max(1)), whole, failed: None, reached: None }
    }

    /// The dimension to try next; `None` at the end.
    pub fn next(&self) -> Option<usize> {
        match (self.failed, self.reached) {
            (None, None) => Some(self.from),
            (Some(failed), None) => (failed < self.whole).then(|| (2 * failed).max(1).min(self.whole)),
            (None, Some(reached)) => (reached > 0).then_some(reached / 2),
            (Some(failed), Some(reached)) => between(failed, reached),
        }
    }

    /// What came of a dimension.
    pub fn tell(&mut self, dimension: usize, reached: bool) {
        match reached {
            true => self.reached = Some(self.reached.map_or(dimension, |least| least.min(dimension))),
            false => self.failed = Some(self.failed.map_or(dimension, |most| most.max(dimension))),
        }
    }

    /// The smallest dimension that was seen to succeed.
    pub fn reached(&self) -> Option<usize> {
        self.reached
    }

    /// The largest that was seen to fail.
    pub fn failed(&self) -> Option<usize> {
        self.failed
    }

    /// Dimensions tried, at most.
    pub fn most_tries(&self) -> usize {
        let up = (self.whole as f64 / self.from as f64).log2().ceil() as usize + 1;
        let down = self.from.ilog2() as usize + 2;
        up.max(down) + BISECTIONS
    }
}

fn between(failed: usize, reached: usize) -> Option<usize> {
    if reached - failed <= 1 || reached as f64 <= RESOLUTION * failed as f64 {
        return None;
    }
    let middle = (failed as f64 * reached as f64).sqrt().round() as usize;
    Some(middle.clamp(failed + 1, reached - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(from: usize, whole: usize, least: usize) -> (Search, usize) {
        let mut search = Search::new(from, whole);
        let mut tries = 0;
        while let Some(dimension) = search.next() {
            search.tell(dimension, dimension >= least);
            tries += 1;
        }
        (search, tries)
    }

    #[test]
    fn it_ends_just_above_a_failure() {
        for whole in [1, 2, 3, 10, 1001, 4096, 5000] {
            for from in [1, 2, 7, 100, 5000] {
                for least in (0..=whole).step_by(1 + whole / 300) {
                    let (search, tries) = found(from, whole, least);
                    let reached = search.reached().unwrap();
                    let above = search.failed().map_or(least == 0 && reached == 0, |failed| {
                        let near = reached == failed + 1 || reached as f64 <= RESOLUTION * failed as f64;
                        failed < least && least <= reached && near
                    });
                    assert!(above && tries <= search.most_tries(), "{from} {whole} {least}: {search:?} {tries}");
                }
            }
        }
    }

    #[test]
    fn small_dimensions_are_exact() {
        // below 1/(2^(1/4) − 1) = 5.3 neighbours are further apart than the resolution
        (0..=6).for_each(|least| assert_eq!(found(1, 1000, least).0.reached(), Some(least)));
        assert_eq!(found(1, 1000, 10).0.reached(), Some(10));
    }

    #[test]
    fn no_success_up_to_the_whole_space_is_a_result() {
        let (search, _) = found(1, 1000, 1001);
        assert_eq!((search.failed(), search.reached()), (Some(1000), None));
    }
}
