//! Dropout's masks: a stream of their own for each node and seed, and a purpose of it for each step.

use burn_tensor::{Tensor, TensorData};
use seedbed::Stream;

use super::Noise;
use super::value::Elementwise;

/// The mask of one node at one step.
pub struct Dropout {
    stream: Stream,
    step: u32,
    rate: f64,
}

impl Dropout {
    /// Element e takes word e mod 4 of block e / 4; no parameter has the stream's name, because theirs hold no space.
    pub fn new(Noise { seed, step }: Noise, node: &str, rate: f64) -> Dropout {
        Dropout { stream: Stream::new(seed, &format!("{node} mask")), step: step as u32, rate }
    }

    /// Ones and zeros.
    pub fn mask(&self, elements: usize) -> Vec<f32> {
        let least = (self.rate * 2f64.powi(32)) as u64;
        let words = (0..elements.div_ceil(4) as u64).flat_map(|block| self.stream.block(block, self.step));
        words.take(elements).map(|word| f32::from(u8::from(u64::from(word) >= least))).collect()
    }
}

impl Elementwise for Dropout {
    fn apply<const D: usize>(self, tensor: Tensor<D>) -> Tensor<D> {
        let shape = tensor.dims();
        let elements = shape.iter().product();
        let mask = TensorData::new(self.mask(elements), [elements]);
        let mask = Tensor::<1>::from_data(mask, (&tensor.device(), tensor.dtype()));
        tensor * mask.reshape(shape) / (1.0 - self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(seed: u64, step: usize, node: &str, rate: f64) -> Vec<f32> {
        Dropout::new(Noise { seed, step }, node, rate).mask(10_001)
    }

    #[test]
    fn the_share_is_kept_and_the_masks_differ() {
        for rate in [0.1, 0.5] {
            let zeros = mask(3, 5, "dropout1", rate).iter().filter(|&&value| value == 0.0).count() as f64;
            // four standard deviations of a binomial
            assert!((zeros - 10_001.0 * rate).abs() < 4.0 * (10_001.0 * rate * (1.0 - rate)).sqrt(), "{zeros}");
        }
        let first = mask(3, 5, "dropout1", 0.5);
        assert_eq!(first, mask(3, 5, "dropout1", 0.5));
        for other in [mask(4, 5, "dropout1", 0.5), mask(3, 6, "dropout1", 0.5), mask(3, 5, "dropout2", 0.5)] {
            let equal = first.iter().zip(&other).filter(|(first, second)| first == second).count() as f64;
            assert!((equal - 5000.5).abs() < 200.0, "{equal}");
        }
        assert!(mask(0, 0, "dropout1", 0.0).iter().all(|&value| value == 1.0));
    }
}
