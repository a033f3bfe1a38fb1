//! A tensor as a library would hold it: its axes in that library's own memory order.

use crate::initializer::family::unsuited;
use crate::{Axes, AxisRole, Error, Parameter, Role, Side};

/// The order of axes in which a library holds each kind of weight, one letter a role: o output, i input, r receptive,
/// l lookup. Groups of a convolution divide the second channel axis, as everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Orders {
    pub dense: &'static str,
    pub convolution: &'static str,
    pub transposed: &'static str,
    pub embedding: &'static str,
}

/// `torch.nn`: and all that follow it.
pub(crate) const TORCH: Orders = Orders { dense: "oi", convolution: "oir", transposed: "ior", embedding: "lo" };

impl Orders {
    fn of(&self, parameter: &Parameter, axes: &Axes) -> &'static str {
        match parameter.role {
            Role::TransposedConvolution => self.transposed,
            Role::Embedding => self.embedding,
            _ if axes.roles.contains(&AxisRole::Lookup) => self.embedding,
            Role::Convolution => self.convolution,
            _ if axes.roles.contains(&AxisRole::Receptive) => self.convolution,
            _ => self.dense,
        }
    }
}

/// A parameter with its axes in a library's order; output axes, and input axes, are one axis each.
#[derive(Debug)]
pub(crate) struct Held<'p> {
    /// The parameter.
    pub parameter: &'p Parameter,
    /// What was asked for, for messages.
    asked: String,
    /// The parameter's axes that make up each axis of the library.
    axes: Vec<Vec<usize>>,
    /// Sizes of the library's axes.
    pub sizes: Vec<usize>,
}

impl<'p> Held<'p> {
    /// In the library's order; as it is where the parameter has no axes.
    ///
    /// # Errors
    /// Axes that do not fit the shape.
    pub fn new(orders: &Orders, parameter: &'p Parameter, asked: String) -> Result<Held<'p>, Error> {
        let Some(axes) = &parameter.axes else { return Ok(Held::raw(parameter, asked)) };
        axes.fans(&parameter.shape)?;
        let order = orders.of(parameter, axes);
        let is_tied = parameter.role == Role::Embedding && !axes.roles.contains(&AxisRole::Lookup);
        let role = |letter| match (AxisRole::from_letter(letter), is_tied) {
            (Some(AxisRole::Lookup), true) => Some(AxisRole::Output),
            (Some(AxisRole::Output), true) => Some(AxisRole::Input),
            (role, _) => role,
        };
        let mut held: Vec<Vec<usize>> = axes.of_role(AxisRole::Batch).map(|axis| vec![axis]).collect();
        for role in order.chars().filter_map(role) {
            let found: Vec<usize> = axes.of_role(role).collect();
            match role {
                AxisRole::Receptive | AxisRole::Lookup => held.extend(found.into_iter().map(|axis| vec![axis])),
                _ if found.is_empty() => (),
                _ => held.push(found),
            }
        }
        if held.iter().map(Vec::len).sum::<usize>() < axes.roles.len() {
            return Ok(Held::raw(parameter, asked)); // roles that this kind of weight does not have
        }
        Ok(Held::with(parameter, asked, held))
    }

    /// The axes as the parameter has them.
    pub fn raw(parameter: &'p Parameter, asked: String) -> Held<'p> {
        let axes = (0..parameter.shape.rank()).map(|axis| vec![axis]).collect();
        Held::with(parameter, asked, axes)
    }

    fn with(parameter: &'p Parameter, asked: String, axes: Vec<Vec<usize>>) -> Held<'p> {
        let shape = parameter.shape.dimensions();
        let sizes = axes.iter().map(|axes| axes.iter().map(|&axis| shape[axis]).product()).collect();
        Held { parameter, asked, axes, sizes }
    }

    /// The same without a change of order.
    pub fn as_declared(&self) -> Held<'p> {
        Held::raw(self.parameter, self.asked.clone())
    }

    /// The place of an axis as Python counts them, from the end where it is negative.
    ///
    /// # Errors
    /// No such axis.
    pub fn axis(&self, index: i64) -> Result<usize, Error> {
        let rank = self.sizes.len() as i64;
        let place = if index < 0 { index + rank } else { index };
        match usize::try_from(place) {
            Ok(axis) if place < rank => Ok(axis),
            _ => Err(self.refuse(format!("it has no axis {index}; it has {rank}"))),
        }
    }

    /// The parameter with roles of its axes given by the library's axis; no groups, no packed parts.
    ///
    /// # Errors
    /// Groups that do not divide the outputs.
    pub fn seen_as(&self, groups: usize, role: impl Fn(usize) -> AxisRole) -> Result<Parameter, Error> {
        let mut roles = vec![AxisRole::Batch; self.parameter.shape.rank()];
        for (held, axes) in self.axes.iter().enumerate() {
            axes.iter().for_each(|&axis| roles[axis] = role(held));
        }
        let axes = Axes { roles, groups, spans_groups: Side::Output, packed: Vec::new() };
        let fans = Some(axes.fans(&self.parameter.shape)?);
        Ok(Parameter { axes: Some(axes), fans, ..self.parameter.clone() })
    }

    /// An error that names what was asked and the parameter.
    pub fn refuse(&self, problem: impl Into<String>) -> Error {
        unsuited(&self.asked, self.parameter, problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layout;

    fn sizes(orders: &Orders, shape: &str, layout: Layout) -> Vec<usize> {
        let parameter = Parameter::laid_out("w", shape.parse().unwrap(), &layout, 1).unwrap();
        Held::new(orders, &parameter, String::new()).unwrap().sizes
    }

    #[test]
    fn axes_come_in_the_library_s_order() {
        assert_eq!(sizes(&TORCH, "5x7", Layout::DenseInOut), [7, 5]);
        assert_eq!(sizes(&TORCH, "5x7", Layout::Embedding), [5, 7]);
        assert_eq!(sizes(&TORCH, "5x7", Layout::TiedEmbedding), [5, 7]);
        assert_eq!(sizes(&TORCH, "3x2x5x7", Layout::ConvolutionInOut), [7, 5, 3, 2]);
        assert_eq!(sizes(&TORCH, "5x7x3", Layout::TransposedConvolution), [5, 7, 3]);
        assert_eq!(sizes(&TORCH, "4x5x7", Layout::Experts), [4, 5, 7]);
        assert_eq!(sizes(&TORCH, "5x2x7", Layout::Letters("ioo".to_owned())), [14, 5]);
        assert_eq!(sizes(&TORCH, "9", Layout::Plain), [9]);
    }
}
