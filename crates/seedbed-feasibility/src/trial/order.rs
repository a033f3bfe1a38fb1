//! The order in which a trial sees the data: a fresh shuffle every epoch, fixed by the seed alone.

use seedbed::Stream;

/// Name of the stream that shuffles; no parameter can have it, because names of parameters hold no space.
const STREAM: &str = "data order";

/// An endless walk through the examples in batches.
#[derive(Debug)]
pub struct DataOrder {
    stream: Stream,
    batch: usize,
    epoch: u32,
    next: usize,
    shuffled: Vec<u32>,
}

impl DataOrder {
    /// Batches of at most `batch` of the `examples`; the rest of an epoch that fills no batch is left out.
    pub fn new(seed: u64, examples: usize, batch: usize) -> Self {
        let shuffled = (0..examples as u32).collect();
        let mut order =
            DataOrder { stream: Stream::new(seed, STREAM), batch: batch.min(examples), epoch: 0, next: 0, shuffled };
        order.shuffle();
        order
    }

    /// The examples of the next batch.
    pub fn next_batch(&mut self) -> &[u32] {
        if self.next + self.batch > self.shuffled.len() {
            self.epoch += 1;
            self.next = 0;
            self.shuffle();
        }
        let start = self.next;
        self.next += self.batch;
        &self.shuffled[start..self.next]
    }

    /// Goes past that many batches.
    pub fn skip(&mut self, batches: usize) {
        for _ in 0..batches {
            self.next_batch();
        }
    }

    /// Fisher–Yates, with the epoch as the stream's purpose; two words a draw make the bias below 2⁻³².
    fn shuffle(&mut self) {
        for last in (1..self.shuffled.len()).rev() {
            let words = self.stream.block(last as u64, self.epoch);
            let random = u64::from(words[0]) << 32 | u64::from(words[1]);
            let place = (u128::from(random) * (last as u128 + 1)) >> 64;
            self.shuffled.swap(last, place as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_shows_every_example_once() {
        let mut order = DataOrder::new(1, 12, 4);
        let mut seen: Vec<u32> = (0..3).flat_map(|_| order.next_batch().to_vec()).collect();
        let first = seen.clone();
        seen.sort_unstable();
        assert_eq!(seen, (0..12).collect::<Vec<_>>());
        let second: Vec<u32> = (0..3).flat_map(|_| order.next_batch().to_vec()).collect();
        assert_ne!(first, second);
        let repeated: Vec<u32> = first.iter().map(|&example| first[example as usize]).collect();
        assert_ne!(second, repeated, "the same shuffle applied twice is no fresh one");
    }

    #[test]
    fn the_seed_alone_decides() {
        let batches = |seed| {
            let mut order = DataOrder::new(seed, 100, 7);
            (0..40).map(|_| order.next_batch().to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(batches(5), batches(5));
        assert_ne!(batches(5), batches(6));
    }

    #[test]
    fn a_batch_larger_than_the_data_is_the_data() {
        assert_eq!(DataOrder::new(0, 3, 10).next_batch().len(), 3);
    }

    #[test]
    fn every_place_is_equally_likely() {
        // the first example's place over 6000 shuffles of 6: chi-square with 5 degrees, 20.5 at alpha 0.001
        let mut counts = [0f64; 6];
        for seed in 0..6000 {
            let mut order = DataOrder::new(seed, 6, 6);
            let place = order.next_batch().iter().position(|&example| example == 0).unwrap();
            counts[place] += 1.0;
        }
        let chi_square: f64 = counts.iter().map(|count| (count - 1000.0).powi(2) / 1000.0).sum();
        assert!(chi_square < 20.5, "{counts:?}");
    }
}
