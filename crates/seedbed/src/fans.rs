//! Fans from declared axes, never guessed from a shape.
//!
//! `fan_in` is the number of inputs that feed one output, `fan_out` the number of outputs that one input feeds
//! (at stride 1, away from the border). Every axis that is neither the input's nor the output's belongs to the
//! receptive field.

use crate::{Error, Shape};

/// How many inputs feed an output, and how many outputs an input feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fans {
    /// Inputs that feed one output.
    pub fan_in: usize,
    /// Outputs that one input feeds.
    pub fan_out: usize,
}

/// Which of the two channel axes counts the channels of all groups together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The input axis: transposed convolutions in PyTorch.
    Input,
    /// The output axis: convolutions.
    Output,
}

/// What the axes of a weight mean.
///
/// ```
/// use seedbed::{Axes, Fans};
/// let weight = "64x8x3x3".parse()?; // 64 outputs, 4 groups of 8 inputs, 3 by 3
/// let fans = Axes::torch_convolution(4).fans(&weight)?;
/// assert_eq!(fans, Fans { fan_in: 8 * 9, fan_out: 16 * 9 });
/// # Ok::<(), seedbed::Error>(())
/// ```
///
/// PyTorch's own `fan_out` of a grouped convolution is `groups` times larger (it does not know the groups), and
/// its `fan_in` of a transposed convolution is our `fan_out`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Axes {
    /// The axis of the outputs.
    pub output: usize,
    /// The axis of the inputs.
    pub input: usize,
    /// Groups that do not see each other; 1 for an ordinary layer.
    pub groups: usize,
    /// The axis that counts the channels of all groups.
    pub spans_groups: Side,
}

impl Axes {
    /// `[out, in]`: `torch.nn.Linear`.
    pub const TORCH_LINEAR: Axes = Axes { output: 0, input: 1, groups: 1, spans_groups: Side::Output };
    /// `[in, out]`: dense kernels of Keras, Flax, Haiku.
    pub const DENSE_IN_OUT: Axes = Axes { output: 1, input: 0, groups: 1, spans_groups: Side::Output };
    /// `[height, width, in, out]`: 2-D convolution kernels of Keras and Flax.
    pub const CONVOLUTION_HWIO: Axes = Axes { output: 3, input: 2, groups: 1, spans_groups: Side::Output };

    /// `[out, in / groups, kernel…]`: `torch.nn.Conv1d` to `Conv3d`.
    pub const fn torch_convolution(groups: usize) -> Axes {
        Axes { output: 0, input: 1, groups, spans_groups: Side::Output }
    }

    /// `[in, out / groups, kernel…]`: `torch.nn.ConvTranspose1d` to `ConvTranspose3d`.
    pub const fn torch_transposed_convolution(groups: usize) -> Axes {
        Axes { output: 1, input: 0, groups, spans_groups: Side::Input }
    }

    /// The fans of a weight of `shape`.
    ///
    /// # Errors
    /// An axis that the shape does not have, one axis for both, or groups that do not divide the channels.
    pub fn fans(&self, shape: &Shape) -> Result<Fans, Error> {
        let sizes = shape.dimensions();
        let refuse = |problem: String| Error::Axes { shape: shape.to_string(), problem };
        let (Some(&inputs), Some(&outputs)) = (sizes.get(self.input), sizes.get(self.output)) else {
            return Err(refuse(format!(
                "input axis {} and output axis {} are not both there",
                self.input, self.output
            )));
        };
        if self.input == self.output {
            return Err(refuse(format!("axis {} cannot be both input and output", self.input)));
        }
        let spanning = if self.spans_groups == Side::Input { inputs } else { outputs };
        if self.groups == 0 || spanning % self.groups != 0 {
            return Err(refuse(format!("{} groups do not divide {spanning} channels", self.groups)));
        }
        let others = |(axis, _): &(usize, &usize)| *axis != self.input && *axis != self.output;
        let receptive: usize = sizes.iter().enumerate().filter(others).map(|(_, size)| size).product();
        let (inputs, outputs) = match self.spans_groups {
            Side::Input => (inputs / self.groups, outputs),
            Side::Output => (inputs, outputs / self.groups),
        };
        Ok(Fans { fan_in: inputs * receptive, fan_out: outputs * receptive })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fans(axes: Axes, shape: &str) -> (usize, usize) {
        let Fans { fan_in, fan_out } = axes.fans(&shape.parse().unwrap()).unwrap();
        (fan_in, fan_out)
    }

    #[test]
    fn presets_by_hand() {
        assert_eq!(fans(Axes::TORCH_LINEAR, "10x128"), (128, 10));
        assert_eq!(fans(Axes::DENSE_IN_OUT, "128x10"), (128, 10));
        assert_eq!(fans(Axes::torch_convolution(1), "16x3x5x5"), (75, 400));
        assert_eq!(fans(Axes::CONVOLUTION_HWIO, "5x5x3x16"), (75, 400));
        // ConvTranspose2d(8, 6, 3, groups=2): weight [8, 3, 3, 3]; an output is fed by 4 inputs of its group
        assert_eq!(fans(Axes::torch_transposed_convolution(2), "8x3x3x3"), (36, 27));
        // depthwise: every channel alone
        assert_eq!(fans(Axes::torch_convolution(32), "32x1x3x3"), (9, 9));
    }

    #[test]
    fn axes_that_do_not_fit_are_refused() {
        let refused = |axes: Axes, shape: &str| axes.fans(&shape.parse().unwrap()).unwrap_err().to_string();
        assert!(refused(Axes::TORCH_LINEAR, "10").contains("input axis 1"));
        assert!(refused(Axes::torch_convolution(3), "16x3x5x5").contains("3 groups do not divide 16"));
        assert!(refused(Axes { input: 0, ..Axes::TORCH_LINEAR }, "2x2").contains("both"));
    }
}
