//! What a run is measured by.

use burn_tensor::activation::log_softmax;
use burn_tensor::{Device, Int, Tensor, TensorData};

use super::batch::Targets;
use super::value::Value;
use crate::graph::Network;

/// Cross-entropy of the softmax, a mean over answers; or squared error, a mean over all outputs.
pub fn loss(network: &Network, outputs: &Value, targets: Targets, device: &Device) -> Tensor<1> {
    let outputs = outputs.clone().features();
    let device = device.clone().inner();
    match targets {
        Targets::Classes(labels) => {
            let answers = labels.len();
            let labels: Vec<i32> = labels.iter().map(|&label| label as i32).collect();
            let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [answers]), &device);
            let labels = labels.reshape([answers, 1]);
            let logits = outputs.reshape([answers, network.classes()]);
            -log_softmax(logits, 1).gather(1, labels).mean()
        }
        Targets::Numbers(numbers) => {
            let targets = TensorData::new(numbers.to_vec(), [numbers.len()]);
            let targets = Tensor::<1>::from_data(targets, (&outputs.device(), outputs.dtype()));
            (outputs.flatten::<1>(0, 1) - targets).square().mean()
        }
    }
}

/// Answers whose largest output is the class asked for.
pub fn count_correct(logits: &[f32], labels: &[u32], classes: usize) -> usize {
    let right = |(row, label): (&[f32], &u32)| {
        let own = row[*label as usize];
        row.iter().enumerate().all(|(class, &other)| class == *label as usize || other < own)
    };
    logits.chunks(classes).zip(labels).filter(|&pair| right(pair)).count()
}
