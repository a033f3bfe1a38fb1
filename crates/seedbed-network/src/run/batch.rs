//! Examples and what is asked of them, borrowed.

use std::ops::Range;

use super::mismatch;
use crate::data::{self, Split};
use crate::error::NetworkError;
use crate::graph::Network;

/// Examples and their targets.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'b> {
    /// Row-major, `examples × elements of the network's input`.
    pub(super) inputs: &'b [f32],
    pub(super) targets: Targets<'b>,
}

/// What is asked, example after example.
#[derive(Clone, Copy, Debug)]
pub(super) enum Targets<'b> {
    /// One class an answer, below [`Network::classes`].
    Classes(&'b [u32]),
    /// One number an output.
    Numbers(&'b [f32]),
}

impl<'b> Batch<'b> {
    /// `examples × elements of the network's input`, row-major, and one class an answer, below [`Network::classes`]: one an
    /// example, or one a step where the output is a sequence.
    pub fn classes(inputs: &'b [f32], labels: &'b [u32]) -> Batch<'b> {
        Batch { inputs, targets: Targets::Classes(labels) }
    }

    /// `examples × elements of the network's input`, row-major, and one real target an output of the network.
    ///
    /// ```
    /// use seedbed_network::{graph::Network, run::{Batch, Runner}};
    /// // 3 x - 1 at x = 2 for 4: an error of 1
    /// let network: Network = "mlp(1, 1, identity)".parse()?;
    /// let step = Runner::new(&network).loss_and_gradients(&[vec![3.0], vec![-1.0]], &Batch::numbers(&[2.0], &[4.0]))?;
    /// assert_eq!((step.loss, step.gradients), (1.0, vec![vec![4.0], vec![2.0]]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn numbers(inputs: &'b [f32], targets: &'b [f32]) -> Batch<'b> {
        Batch { inputs, targets: Targets::Numbers(targets) }
    }

    /// Some examples of data; none beyond its end.
    pub fn of(split: &'b Split, examples: Range<usize>) -> Batch<'b> {
        let all = split.examples();
        let (start, end) = (examples.start.min(all), examples.end.min(all));
        let elements = split.inputs.len() / all.max(1);
        let (first, last) = (start * split.targets_per_example, end * split.targets_per_example);
        let targets = match &split.targets {
            data::Targets::Classes(labels) => Targets::Classes(&labels[first..last]),
            data::Targets::Numbers(numbers) => Targets::Numbers(&numbers[first..last]),
        };
        Batch { inputs: &split.inputs[start * elements..end * elements], targets }
    }

    /// Number of examples.
    pub(super) fn examples(&self, network: &Network) -> usize {
        self.targets.len() / self.targets.of_one(network)
    }

    /// Batches of `examples` each; the last may hold fewer.
    pub(super) fn chunks(self, network: &Network, examples: usize) -> impl Iterator<Item = Batch<'b>> {
        let (elements, targets) = (network.input().elements(), self.targets.of_one(network));
        let all = self.examples(network);
        (0..all).step_by(examples.max(1)).map(move |start| {
            let end = (start + examples).min(all);
            let inputs = &self.inputs[start * elements..end * elements];
            Batch { inputs, targets: self.targets.part(start * targets..end * targets) }
        })
    }

    /// Refuses a batch that does not fit the network.
    pub(super) fn check(&self, network: &Network) -> Result<(), NetworkError> {
        let (of_one, found) = (self.targets.of_one(network), self.targets.len());
        if !found.is_multiple_of(of_one) {
            let what = format!("the list of targets, {of_one} an example,");
            return Err(mismatch(&what, found, found.next_multiple_of(of_one)));
        }
        let needed = found / of_one * network.input().elements();
        if self.inputs.len() != needed || found == 0 {
            return Err(mismatch("the batch", self.inputs.len(), needed));
        }
        let Targets::Classes(labels) = self.targets else { return Ok(()) };
        let classes = network.classes();
        match labels.iter().find(|&&label| label as usize >= classes) {
            Some(&label) => Err(mismatch(&format!("a batch with class {label}"), label as usize + 1, classes)),
            None => Ok(()),
        }
    }
}

impl<'b> Targets<'b> {
    /// How many there are, over all examples.
    pub fn len(self) -> usize {
        match self {
            Targets::Classes(labels) => labels.len(),
            Targets::Numbers(numbers) => numbers.len(),
        }
    }

    /// How many the network answers for one example.
    fn of_one(self, network: &Network) -> usize {
        match self {
            Targets::Classes(_) => network.answers(),
            Targets::Numbers(_) => network.outputs(),
        }
    }

    fn part(self, range: Range<usize>) -> Targets<'b> {
        match self {
            Targets::Classes(labels) => Targets::Classes(&labels[range]),
            Targets::Numbers(numbers) => Targets::Numbers(&numbers[range]),
        }
    }
}
