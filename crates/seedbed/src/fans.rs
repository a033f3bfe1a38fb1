//! Fans from declared axes, never guessed from a shape.
//!
//! `fan_in` is the number of inputs that feed one output, `fan_out` the number of outputs that one input feeds
//! (at stride 1, away from the border). What an axis is, its [`AxisRole`] says.

use crate::{Error, Shape};

/// How many inputs feed an output, and how many outputs an input feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fans {
    /// Inputs that feed one output.
    pub fan_in: usize,
    /// Outputs that one input feeds.
    pub fan_out: usize,
}

/// What one axis of a weight runs over. Letters stand for roles in text: `oirr` is PyTorch's 2-D convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AxisRole {
    /// `o`: output units; several such axes are one axis in parts, as in an einsum kernel `[in, heads, features]`.
    Output,
    /// `i`: input units.
    Input,
    /// `r`: the receptive field: positions that an output looks at.
    Receptive,
    /// `b`: separate weights side by side, such as experts; they count in no fan.
    Batch,
    /// `l`: rows that are looked up one at a time, such as a vocabulary: an input of which exactly one is on.
    Lookup,
}

impl AxisRole {
    const LETTERS: [(char, AxisRole); 5] = [
        ('o', AxisRole::Output),
        ('i', AxisRole::Input),
        ('r', AxisRole::Receptive),
        ('b', AxisRole::Batch),
        ('l', AxisRole::Lookup),
    ];

    /// The letter that stands for the role.
    pub fn letter(self) -> char {
        Self::LETTERS.iter().find(|(_, role)| *role == self).map_or('?', |(letter, _)| *letter)
    }

    /// The role that a letter stands for.
    pub fn from_letter(letter: char) -> Option<AxisRole> {
        Self::LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, role)| *role)
    }
}

/// Which side of a grouped weight counts the channels of all groups together.
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
/// let fans = Axes::torch_convolution(2, 4).fans(&weight)?;
/// assert_eq!(fans, Fans { fan_in: 8 * 9, fan_out: 16 * 9 });
///
/// let experts = "8x1024x4096".parse()?; // 8 experts, each 1024 inputs by 4096 outputs
/// assert_eq!(Axes::from_letters("bio")?.fans(&experts)?, Fans { fan_in: 1024, fan_out: 4096 });
///
/// let qkv = "192x64".parse()?; // three projections of 64 outputs, packed along the outputs
/// assert_eq!(Axes::torch_linear().packed(vec![64; 3]).fans(&qkv)?.fan_out, 192);
/// # Ok::<(), seedbed::Error>(())
/// ```
///
/// PyTorch's own `fan_out` of a grouped convolution is `groups` times larger (it does not know the groups), its
/// `fan_in` of a transposed convolution is our `fan_out`, and it reads stacked experts as a convolution.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Axes {
    /// The role of each axis, in the order of the shape.
    pub roles: Vec<AxisRole>,
    /// Groups that do not see each other; 1 for an ordinary layer.
    pub groups: usize,
    /// The side that counts the channels of all groups.
    pub spans_groups: Side,
    /// Sizes of the projections packed along the first output axis (query, key and value; the gates of an LSTM);
    /// empty for an ordinary weight. Each part is initialized as a weight of its own, with its own `fan_out`.
    pub packed: Vec<usize>,
}

impl Axes {
    fn new(roles: Vec<AxisRole>) -> Axes {
        Axes { roles, groups: 1, spans_groups: Side::Output, packed: Vec::new() }
    }

    /// From one letter an axis: `oirr`, `rrio`, `boi`.
    ///
    /// # Errors
    /// A letter that is no role.
    pub fn from_letters(letters: &str) -> Result<Axes, Error> {
        let role = |letter| {
            AxisRole::from_letter(letter).ok_or_else(|| Error::Axes {
                shape: format!("'{letters}'"),
                problem: format!("'{letter}' is none of o (output), i (input), r (receptive), b (batch), l (lookup)"),
            })
        };
        letters.chars().map(role).collect::<Result<_, _>>().map(Axes::new)
    }

    /// The roles as letters.
    pub fn letters(&self) -> String {
        self.roles.iter().map(|role| role.letter()).collect()
    }

    /// `[out, in]`: `torch.nn.Linear`.
    pub fn torch_linear() -> Axes {
        Axes::new(vec![AxisRole::Output, AxisRole::Input])
    }

    /// `[in, out]`: dense kernels of Keras, Flax, Haiku.
    pub fn dense_in_out() -> Axes {
        Axes::new(vec![AxisRole::Input, AxisRole::Output])
    }

    /// `[kernel…, in, out]` with `spatial` kernel axes: convolution kernels of Keras, Flax and Haiku (HWIO).
    pub fn convolution_in_out(spatial: usize) -> Axes {
        let channels = [AxisRole::Input, AxisRole::Output];
        Axes::new(std::iter::repeat_n(AxisRole::Receptive, spatial).chain(channels).collect())
    }

    /// `[out, in / groups, kernel…]` with `spatial` kernel axes: `torch.nn.Conv1d` to `Conv3d` (OIHW).
    pub fn torch_convolution(spatial: usize, groups: usize) -> Axes {
        let channels = [AxisRole::Output, AxisRole::Input].into_iter();
        let roles = channels.chain(std::iter::repeat_n(AxisRole::Receptive, spatial)).collect();
        Axes { groups, ..Axes::new(roles) }
    }

    /// `[in, out / groups, kernel…]` with `spatial` kernel axes: `torch.nn.ConvTranspose1d` to `ConvTranspose3d`.
    pub fn torch_transposed_convolution(spatial: usize, groups: usize) -> Axes {
        let channels = [AxisRole::Input, AxisRole::Output].into_iter();
        let roles = channels.chain(std::iter::repeat_n(AxisRole::Receptive, spatial)).collect();
        Axes { groups, spans_groups: Side::Input, ..Axes::new(roles) }
    }

    /// `[vocabulary, features]`: an embedding, whose output is one row: fan_in is 1.
    pub fn embedding() -> Axes {
        Axes::new(vec![AxisRole::Lookup, AxisRole::Output])
    }

    /// The same with projections of these sizes packed along the first output axis.
    pub fn packed(self, packed: Vec<usize>) -> Axes {
        Axes { packed, ..self }
    }

    /// The axes of one role, in order.
    pub fn of_role(&self, role: AxisRole) -> impl Iterator<Item = usize> + '_ {
        self.roles.iter().enumerate().filter(move |(_, known)| **known == role).map(|(axis, _)| axis)
    }

    /// The fans of a weight of `shape`. For packed projections they are those of the whole; each part's own are
    /// smaller in `fan_out`.
    ///
    /// # Errors
    /// Another number of axes than the shape has, no output axis, groups that do not divide the channels, or packed
    /// sizes that do not sum to the outputs.
    pub fn fans(&self, shape: &Shape) -> Result<Fans, Error> {
        self.check(shape)?;
        let sizes = shape.dimensions();
        let product = |role| self.of_role(role).map(|axis| sizes[axis]).product::<usize>();
        let receptive = product(AxisRole::Receptive);
        let (inputs, outputs) = match self.spans_groups {
            Side::Input => (product(AxisRole::Input) / self.groups, product(AxisRole::Output)),
            Side::Output => (product(AxisRole::Input), product(AxisRole::Output) / self.groups),
        };
        Ok(Fans { fan_in: inputs * receptive, fan_out: outputs * receptive })
    }

    /// Whether the axes fit a shape.
    fn check(&self, shape: &Shape) -> Result<(), Error> {
        let refuse = |problem: String| Err(Error::Axes { shape: shape.to_string(), problem });
        let sizes = shape.dimensions();
        if sizes.len() != self.roles.len() {
            let (needed, found) = (self.roles.len(), sizes.len());
            return refuse(format!("the layout '{}' has {needed} axes, the shape {found}", self.letters()));
        }
        let Some(first_output) = self.of_role(AxisRole::Output).next() else {
            return refuse(format!("the layout '{}' has no output axis 'o'", self.letters()));
        };
        let spanning = if self.spans_groups == Side::Input { AxisRole::Input } else { AxisRole::Output };
        let channels: usize = self.of_role(spanning).map(|axis| sizes[axis]).product();
        if self.groups == 0 || !channels.is_multiple_of(self.groups) {
            return refuse(format!("{} groups do not divide {channels} channels", self.groups));
        }
        let packed: usize = self.packed.iter().sum();
        if !self.packed.is_empty() && packed != sizes[first_output] {
            let found = sizes[first_output];
            return refuse(format!("packed parts of {:?} sum to {packed}, and there are {found} outputs", self.packed));
        }
        Ok(())
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
        assert_eq!(fans(Axes::torch_linear(), "10x128"), (128, 10));
        assert_eq!(fans(Axes::dense_in_out(), "128x10"), (128, 10));
        assert_eq!(fans(Axes::torch_convolution(2, 1), "16x3x5x5"), (75, 400));
        assert_eq!(fans(Axes::convolution_in_out(2), "5x5x3x16"), (75, 400));
        // ConvTranspose2d(8, 6, 3, groups=2): weight [8, 3, 3, 3]; an output is fed by 4 inputs of its group
        assert_eq!(fans(Axes::torch_transposed_convolution(2, 2), "8x3x3x3"), (36, 27));
        // depthwise: every channel alone
        assert_eq!(fans(Axes::torch_convolution(2, 32), "32x1x3x3"), (9, 9));
        assert_eq!(fans(Axes::embedding(), "5000x64"), (1, 64));
    }

    #[test]
    fn letters_name_any_layout() {
        let letters = |text: &str| Axes::from_letters(text).unwrap();
        assert_eq!(fans(letters("ioo"), "64x4x16"), (64, 64)); // einsum kernel [features, heads, head size]
        assert_eq!(fans(letters("ooi"), "4x16x64"), (64, 64));
        assert_eq!(fans(letters("boi"), "8x30x20"), (20, 30)); // experts
        assert_eq!(letters("boi").letters(), "boi");
        assert!(Axes::from_letters("oix").unwrap_err().to_string().contains("'x'"));
    }

    #[test]
    fn axes_that_do_not_fit_are_refused() {
        let refused = |axes: Axes, shape: &str| axes.fans(&shape.parse().unwrap()).unwrap_err().to_string();
        assert!(refused(Axes::torch_linear(), "10").contains("'oi' has 2 axes, the shape 1"));
        assert!(refused(Axes::torch_convolution(2, 3), "16x3x5x5").contains("3 groups do not divide 16"));
        assert!(refused(Axes::from_letters("ii").unwrap(), "2x2").contains("no output axis"));
        assert!(refused(Axes::torch_linear().packed(vec![2, 3]), "6x2").contains("sum to 5"));
    }
}
