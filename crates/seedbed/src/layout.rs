//! Layouts: what the axes of a lone tensor are, when no network says so.

use std::fmt;
use std::str::FromStr;

use crate::{Axes, Error, Parameter, Role, Shape};

/// What the axes of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// `[out, in]`: `torch.nn.Linear`.
    Dense,
    /// `[in, out]`: Keras, Flax, JAX.
    DenseInOut,
    /// `[out, in / groups, kernel…]`: `torch.nn.Conv1d` to `Conv3d`.
    Convolution,
    /// `[in, out / groups, kernel…]`: `torch.nn.ConvTranspose1d` to `ConvTranspose3d`.
    TransposedConvolution,
    /// No input and output axes, so no fans.
    Plain,
}

impl Layout {
    /// All layouts.
    pub const ALL: [Layout; 5] =
        [Layout::Dense, Layout::DenseInOut, Layout::Convolution, Layout::TransposedConvolution, Layout::Plain];

    /// What a shape most likely is: dense for two axes, a convolution for more, plain for fewer. Whoever assumes it
    /// should say so.
    pub fn assumed(shape: &Shape) -> Layout {
        match shape.rank() {
            0 | 1 => Layout::Plain,
            2 => Layout::Dense,
            _ => Layout::Convolution,
        }
    }

    fn role_and_axes(self, groups: usize) -> (Role, Option<Axes>) {
        match self {
            Layout::Dense => (Role::Dense, Some(Axes::TORCH_LINEAR)),
            Layout::DenseInOut => (Role::Dense, Some(Axes::DENSE_IN_OUT)),
            Layout::Convolution => (Role::Convolution, Some(Axes::torch_convolution(groups))),
            Layout::TransposedConvolution => {
                (Role::TransposedConvolution, Some(Axes::torch_transposed_convolution(groups)))
            }
            Layout::Plain => (Role::Bias, None),
        }
    }
}

impl Parameter {
    /// A tensor of `shape` whose axes are laid out so. `groups` counts for convolutions alone; 1 is an ordinary one.
    ///
    /// ```
    /// use seedbed::{Layout, Parameter};
    /// let kernel = Parameter::laid_out("kernel", "128x10".parse()?, Layout::DenseInOut, 1)?;
    /// assert_eq!(kernel.fans.map(|fans| fans.fan_in), Some(128));
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// A shape without the axes of the layout, or groups that do not divide its channels.
    pub fn laid_out(name: &str, shape: Shape, layout: Layout, groups: usize) -> Result<Parameter, Error> {
        let (role, axes) = layout.role_and_axes(groups);
        let fans = axes.map(|axes| axes.fans(&shape)).transpose()?;
        Ok(Parameter { name: name.to_owned(), shape, role, axes, fans })
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Layout::Dense => "dense",
            Layout::DenseInOut => "dense_in_out",
            Layout::Convolution => "convolution",
            Layout::TransposedConvolution => "transposed_convolution",
            Layout::Plain => "plain",
        })
    }
}

/// From its name, with `-` or `_` between the words.
impl FromStr for Layout {
    type Err = Error;

    fn from_str(text: &str) -> Result<Layout, Error> {
        let name = text.replace('-', "_");
        let found = Layout::ALL.into_iter().find(|layout| layout.to_string() == name);
        found.ok_or_else(|| Error::UnknownLayout { asked: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for layout in Layout::ALL {
            assert_eq!(layout.to_string().parse::<Layout>().unwrap(), layout);
        }
        assert_eq!("dense-in-out".parse::<Layout>().unwrap(), Layout::DenseInOut);
        assert!("oihw".parse::<Layout>().unwrap_err().to_string().contains("transposed_convolution"));
    }

    #[test]
    fn a_vector_cannot_be_dense() {
        assert!(Parameter::laid_out("w", "7".parse().unwrap(), Layout::Dense, 1).is_err());
    }
}
