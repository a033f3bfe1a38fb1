//! Layouts: what the axes of a lone tensor are, when no network says so.

use std::fmt;
use std::str::FromStr;

use crate::{Axes, Error, Parameter, Role, Shape};

/// What the axes of a tensor are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// `[out, in]`: `torch.nn.Linear`.
    Dense,
    /// `[in, out]`: Keras, Flax, JAX.
    DenseInOut,
    /// `[out, in / groups, kernel…]`: `torch.nn.Conv1d` to `Conv3d` (OIHW).
    Convolution,
    /// `[kernel…, in, out]`: Keras, Flax, JAX (HWIO).
    ConvolutionInOut,
    /// `[in, out / groups, kernel…]`: `torch.nn.ConvTranspose1d` to `ConvTranspose3d`.
    TransposedConvolution,
    /// `[vocabulary, features]`; an output is one row, so fan_in is 1.
    Embedding,
    /// `[vocabulary, features]`, used as the output head too: fan_in is the features, as the head needs it.
    TiedEmbedding,
    /// `[experts, out, in]`: stacked dense weights that count for themselves.
    Experts,
    /// One letter an axis: o output, i input, r receptive, b batch, l lookup; such as `ioo` or `rrio`.
    Letters(String),
    /// No input and output axes, so no fans.
    Plain,
}

impl Layout {
    /// The layouts that have a name.
    pub const NAMED: [Layout; 9] = [
        Layout::Dense,
        Layout::DenseInOut,
        Layout::Convolution,
        Layout::ConvolutionInOut,
        Layout::TransposedConvolution,
        Layout::Embedding,
        Layout::TiedEmbedding,
        Layout::Experts,
        Layout::Plain,
    ];

    /// What a shape most likely is: dense for two axes, a convolution for more, plain for fewer. Whoever assumes it
    /// should say so.
    pub fn assumed(shape: &Shape) -> Layout {
        match shape.rank() {
            0 | 1 => Layout::Plain,
            2 => Layout::Dense,
            _ => Layout::Convolution,
        }
    }

    fn may_be_grouped(&self) -> bool {
        use Layout::{Convolution, ConvolutionInOut, Letters, TransposedConvolution};
        matches!(self, Convolution | ConvolutionInOut | TransposedConvolution | Letters(_))
    }

    fn role_and_axes(&self, rank: usize, groups: usize) -> Result<(Role, Option<Axes>), Error> {
        let spatial = rank.saturating_sub(2);
        let (role, axes) = match self {
            Layout::Dense => (Role::Dense, Axes::torch_linear()),
            Layout::DenseInOut => (Role::Dense, Axes::dense_in_out()),
            Layout::Convolution => (Role::Convolution, Axes::torch_convolution(spatial, groups)),
            Layout::ConvolutionInOut => (Role::Convolution, Axes { groups, ..Axes::convolution_in_out(spatial) }),
            Layout::TransposedConvolution => {
                (Role::TransposedConvolution, Axes::torch_transposed_convolution(spatial, groups))
            }
            Layout::Embedding => (Role::Embedding, Axes::embedding()),
            Layout::TiedEmbedding => (Role::Embedding, Axes::torch_linear()),
            Layout::Experts => (Role::Dense, Axes::from_letters("boi")?),
            Layout::Letters(letters) => (Role::Dense, Axes { groups, ..Axes::from_letters(letters)? }),
            Layout::Plain => return Ok((Role::Bias, None)),
        };
        Ok((role, Some(axes)))
    }
}

impl Parameter {
    /// A tensor of `shape` whose axes are laid out so. `groups` other than 1 are for convolutions alone.
    ///
    /// ```
    /// use seedbed::{Layout, Parameter};
    /// let kernel = Parameter::laid_out("kernel", "128x10".parse()?, &Layout::DenseInOut, 1)?;
    /// assert_eq!(kernel.fans.map(|fans| fans.fan_in), Some(128));
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// A shape without the axes of the layout, or groups that do not divide its channels or are none of a convolution.
    pub fn laid_out(name: &str, shape: Shape, layout: &Layout, groups: usize) -> Result<Parameter, Error> {
        if groups != 1 && !layout.may_be_grouped() {
            let problem = format!("{groups} groups are for convolutions, and the layout {layout} is none");
            return Err(Error::Axes { shape: shape.to_string(), problem });
        }
        let (role, axes) = layout.role_and_axes(shape.rank(), groups)?;
        let fans = axes.as_ref().map(|axes| axes.fans(&shape)).transpose()?;
        Ok(Parameter { name: name.to_owned(), shape, role, axes, fans })
    }

    /// The same with projections of these sizes packed along the first output axis: query, key and value, or the
    /// gates of a recurrent cell. Each is initialized as a weight of its own.
    ///
    /// ```
    /// use seedbed::{Initializer, Parameter};
    /// let qkv = Parameter::dense("attention.in_proj", 64, 192)?.packed(vec![64; 3])?;
    /// let glorot: Initializer = "glorot_uniform".parse()?;
    /// // each projection has 64 inputs and 64 outputs; seen as one weight, the variance would be half of it
    /// assert!((glorot.element_variance(&qkv)? - 2.0 / (64.0 + 64.0)).abs() < 1e-15);
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// A parameter without axes, or sizes that do not sum to its outputs.
    pub fn packed(self, sizes: Vec<usize>) -> Result<Parameter, Error> {
        let Some(axes) = self.axes.clone() else {
            let problem = "a parameter without axes cannot hold packed projections; give it a layout".to_owned();
            return Err(Error::Axes { shape: self.shape.to_string(), problem });
        };
        let axes = axes.packed(sizes);
        axes.fans(&self.shape)?;
        Ok(Parameter { axes: Some(axes), ..self })
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Layout::Dense => "dense",
            Layout::DenseInOut => "dense_in_out",
            Layout::Convolution => "convolution",
            Layout::ConvolutionInOut => "convolution_in_out",
            Layout::TransposedConvolution => "transposed_convolution",
            Layout::Embedding => "embedding",
            Layout::TiedEmbedding => "tied_embedding",
            Layout::Experts => "experts",
            Layout::Letters(letters) => letters,
            Layout::Plain => "plain",
        })
    }
}

/// From its name, with `-` or `_` between the words, or from one letter an axis.
impl FromStr for Layout {
    type Err = Error;

    fn from_str(text: &str) -> Result<Layout, Error> {
        let name = text.replace('-', "_");
        if let Some(found) = Layout::NAMED.into_iter().find(|layout| layout.to_string() == name) {
            return Ok(found);
        }
        match Axes::from_letters(text) {
            Ok(_) if !text.is_empty() => Ok(Layout::Letters(text.to_owned())),
            _ => Err(Error::UnknownLayout { asked: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for layout in Layout::NAMED.into_iter().chain([Layout::Letters("ioo".to_owned())]) {
            assert_eq!(layout.to_string().parse::<Layout>().unwrap(), layout);
        }
        assert_eq!("dense-in-out".parse::<Layout>().unwrap(), Layout::DenseInOut);
        assert!("oihw".parse::<Layout>().unwrap_err().to_string().contains("transposed_convolution"));
    }

    fn fans(shape: &str, layout: &Layout, groups: usize) -> (usize, usize) {
        let fans = Parameter::laid_out("w", shape.parse().unwrap(), layout, groups).unwrap().fans.unwrap();
        (fans.fan_in, fans.fan_out)
    }

    #[test]
    fn fans_of_each_layout() {
        assert_eq!(fans("16x3x5x5", &Layout::Convolution, 1), (75, 400));
        assert_eq!(fans("16x3x5", &Layout::Convolution, 4), (15, 20));
        assert_eq!(fans("5x5x3x16", &Layout::ConvolutionInOut, 1), (75, 400));
        assert_eq!(fans("8x3x3x3", &Layout::TransposedConvolution, 2), (36, 27));
        assert_eq!(fans("5000x64", &Layout::Embedding, 1), (1, 64));
        assert_eq!(fans("5000x64", &Layout::TiedEmbedding, 1), (64, 5000));
        assert_eq!(fans("8x30x20", &Layout::Experts, 1), (20, 30));
    }

    #[test]
    fn a_vector_cannot_be_dense() {
        assert!(Parameter::laid_out("w", "7".parse().unwrap(), &Layout::Dense, 1).is_err());
        let refused = Parameter::laid_out("w", "8x8".parse().unwrap(), &Layout::Dense, 2).unwrap_err().to_string();
        assert!(refused.contains("2 groups are for convolutions"), "{refused}");
    }
}
