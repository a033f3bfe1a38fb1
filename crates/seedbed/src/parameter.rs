//! A parameter: a named tensor of a network, with the role and the axes from which its fans follow.

use crate::{Axes, Error, Fans, Shape};

/// What a parameter does in its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Weight of a dense layer.
    Dense,
    /// Weight of a convolution.
    Convolution,
    /// Weight of a transposed convolution.
    TransposedConvolution,
    /// Table of which a row is looked up.
    Embedding,
    /// Weight of a recurrent cell from the input to its gates.
    RecurrentInput,
    /// Weight of a recurrent cell from its own last state to its gates.
    Recurrent,
    /// Added to a layer's output.
    Bias,
    /// Multiplies a normalized signal.
    NormScale,
    /// Added to a normalized signal.
    NormShift,
}

impl Role {
    /// Whether a prior's initializer for the weights applies to it.
    pub fn is_weight(self) -> bool {
        !matches!(self, Role::Bias | Role::NormScale | Role::NormShift)
    }
}

/// A named tensor of a network.
///
/// ```
/// use seedbed::{Fans, Parameter};
/// let weight = Parameter::convolution("stem.weight", 8, 64, &[3, 3], 4)?;
/// assert_eq!(weight.shape.to_string(), "64x2x3x3");
/// assert_eq!(weight.fans, Some(Fans { fan_in: 2 * 9, fan_out: 16 * 9 }));
/// # Ok::<(), seedbed::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name: part of the key of its random stream.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// What it does.
    pub role: Role,
    /// What its axes mean; `None` for a vector.
    pub axes: Option<Axes>,
    /// Its fans; those of its layer's weight for a bias, `None` where there are none.
    pub fans: Option<Fans>,
}

impl Parameter {
    /// A dense weight `[units_out, units_in]`, as PyTorch lays it.
    ///
    /// # Errors
    /// More elements than a `usize` counts.
    pub fn dense(name: &str, units_in: usize, units_out: usize) -> Result<Parameter, Error> {
        Self::weight(name, vec![units_out, units_in], Role::Dense, Axes::torch_linear())
    }

    /// A convolution weight `[channels_out, channels_in / groups, kernel…]`.
    ///
    /// # Errors
    /// Groups that do not divide the channels, or more elements than a `usize` counts.
    pub fn convolution(
        name: &str,
        channels_in: usize,
        channels_out: usize,
        kernel: &[usize],
        groups: usize,
    ) -> Result<Parameter, Error> {
        let shape = grouped(channels_out, channels_in, kernel, groups)?;
        Self::weight(name, shape, Role::Convolution, Axes::torch_convolution(kernel.len(), groups))
    }

    /// A transposed convolution weight `[channels_in, channels_out / groups, kernel…]`.
    ///
    /// # Errors
    /// Groups that do not divide the channels, or more elements than a `usize` counts.
    pub fn transposed_convolution(
        name: &str,
        channels_in: usize,
        channels_out: usize,
        kernel: &[usize],
        groups: usize,
    ) -> Result<Parameter, Error> {
        let shape = grouped(channels_in, channels_out, kernel, groups)?;
        let axes = Axes::torch_transposed_convolution(kernel.len(), groups);
        Self::weight(name, shape, Role::TransposedConvolution, axes)
    }

    /// An embedding `[vocabulary, features]`: fan_in is 1, since exactly one row is on.
    ///
    /// # Errors
    /// More elements than a `usize` counts.
    pub fn embedding(name: &str, vocabulary: usize, features: usize) -> Result<Parameter, Error> {
        Self::weight(name, vec![vocabulary, features], Role::Embedding, Axes::embedding())
    }

    /// The weight of a recurrent cell from its input to its gates, `[gates · units, inputs]`: the gates packed along the
    /// outputs, as PyTorch's `weight_ih` has them, each a weight of its own. A cell without gates has one.
    ///
    /// # Errors
    /// More elements than a `usize` counts.
    pub fn recurrent_input(name: &str, inputs: usize, units: usize, gates: usize) -> Result<Parameter, Error> {
        Self::gated(name, inputs, units, gates, Role::RecurrentInput)
    }

    /// The weight of a recurrent cell from its state to its gates, `[gates · units, units]`: PyTorch's `weight_hh`.
    ///
    /// ```
    /// use seedbed::{Initializer, Parameter};
    /// let lstm = Parameter::recurrent("layer1.recurrent", 8, 4)?;
    /// assert_eq!(lstm.shape.to_string(), "32x8");
    /// // each gate is orthogonal by itself: every square of 8 rows keeps lengths
    /// let weights = "orthogonal".parse::<Initializer>()?.draw(&lstm, 0)?;
    /// let square: f32 = weights[..64].iter().map(|w| w * w).sum();
    /// assert!((square - 8.0).abs() < 1e-5);
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// More elements than a `usize` counts.
    pub fn recurrent(name: &str, units: usize, gates: usize) -> Result<Parameter, Error> {
        Self::gated(name, units, units, gates, Role::Recurrent)
    }

    fn gated(name: &str, inputs: usize, units: usize, gates: usize, role: Role) -> Result<Parameter, Error> {
        let packed = if gates == 1 { Vec::new() } else { vec![units; gates] };
        let outputs = gates.saturating_mul(units);
        Self::weight(name, vec![outputs, inputs], role, Axes::torch_linear().packed(packed))
    }

    /// A bias of `units`, with the fans of its layer's weight.
    ///
    /// # Errors
    /// None for any `units`; the type is that of its sisters.
    pub fn bias(name: &str, units: usize, layer: Fans) -> Result<Parameter, Error> {
        Self::vector(name, units, Role::Bias, Some(layer))
    }

    /// The scale of a normalization.
    ///
    /// # Errors
    /// None for any `elements`; the type is that of its sisters.
    pub fn norm_scale(name: &str, elements: usize) -> Result<Parameter, Error> {
        Self::vector(name, elements, Role::NormScale, None)
    }

    /// The shift of a normalization.
    ///
    /// # Errors
    /// None for any `elements`; the type is that of its sisters.
    pub fn norm_shift(name: &str, elements: usize) -> Result<Parameter, Error> {
        Self::vector(name, elements, Role::NormShift, None)
    }

    fn weight(name: &str, shape: Vec<usize>, role: Role, axes: Axes) -> Result<Parameter, Error> {
        let shape = Shape::new(shape)?;
        let fans = axes.fans(&shape)?;
        Ok(Parameter { name: name.to_owned(), shape, role, axes: Some(axes), fans: Some(fans) })
    }

    fn vector(name: &str, elements: usize, role: Role, fans: Option<Fans>) -> Result<Parameter, Error> {
        Ok(Parameter { name: name.to_owned(), shape: Shape::new(vec![elements])?, role, axes: None, fans })
    }
}

fn grouped(whole: usize, parted: usize, kernel: &[usize], groups: usize) -> Result<Vec<usize>, Error> {
    if groups == 0 || !parted.is_multiple_of(groups) {
        let problem = format!("{groups} groups do not divide {parted} channels");
        return Err(Error::Axes { shape: format!("{whole}x{parted}"), problem });
    }
    Ok([whole, parted / groups].into_iter().chain(kernel.iter().copied()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(parameter: Result<Parameter, Error>) -> (String, usize, usize) {
        let parameter = parameter.unwrap();
        let fans = parameter.fans.unwrap();
        (parameter.shape.to_string(), fans.fan_in, fans.fan_out)
    }

    #[test]
    fn shapes_and_fans_by_hand() {
        assert_eq!(facts(Parameter::dense("w", 64, 10)), ("10x64".to_owned(), 64, 10));
        // ConvTranspose2d(8, 6, 3, groups=2)
        let transposed = Parameter::transposed_convolution("w", 8, 6, &[3, 3], 2);
        assert_eq!(facts(transposed), ("8x3x3x3".to_owned(), 36, 27));
        assert_eq!(facts(Parameter::convolution("w", 3, 16, &[5], 1)), ("16x3x5".to_owned(), 15, 80));
        assert_eq!(facts(Parameter::bias("b", 10, Fans { fan_in: 64, fan_out: 10 })), ("10".to_owned(), 64, 10));
        assert_eq!(Parameter::norm_scale("s", 7).unwrap().fans, None);
        assert_eq!(facts(Parameter::recurrent_input("w", 3, 5, 4)), ("20x3".to_owned(), 3, 20));
        assert_eq!(facts(Parameter::recurrent("w", 5, 1)), ("5x5".to_owned(), 5, 5));
    }

    #[test]
    fn groups_must_divide_both_channel_counts() {
        for (channels_in, channels_out, groups) in [(9, 8, 2), (8, 9, 2), (8, 8, 0)] {
            let forward = Parameter::convolution("w", channels_in, channels_out, &[3], groups);
            let transposed = Parameter::transposed_convolution("w", channels_in, channels_out, &[3], groups);
            assert!(forward.unwrap_err().to_string().contains(&format!("{groups} groups do not divide")));
            assert!(transposed.is_err());
        }
    }

    #[test]
    fn more_elements_than_memory_could_hold_are_refused() {
        assert!(Parameter::dense("w", usize::MAX, 2).is_err());
    }
}
