//! What can be wrong with what was asked, in one enum.

use thiserror::Error;

/// Why a shape, an initializer, a prior or a draw was refused.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A name that the catalogue does not hold.
    #[error("unknown initializer '{asked}'; {}", suggestion(nearest))]
    UnknownInitializer {
        /// The name asked for.
        asked: String,
        /// The nearest names, best first; may be empty.
        nearest: Vec<&'static str>,
    },
    /// An activation that is not there.
    #[error("unknown activation '{asked}'; {}", activation_suggestion(nearest))]
    UnknownActivation {
        /// The name asked for.
        asked: String,
        /// The nearest names, best first; may be empty.
        nearest: Vec<&'static str>,
    },
    /// A dialect that is not there.
    #[error(
        "unknown dialect in '{asked}'; there are {}, and 'torch:default' for whole networks",
        crate::dialect::Dialect::ALL.map(|dialect| format!("{dialect}:")).join(", ")
    )]
    UnknownDialect {
        /// The whole text.
        asked: String,
    },
    /// A name that a dialect does not have.
    #[error("{dialect} has no initializer '{asked}'; {}", dialect_suggestion(dialect, nearest))]
    UnknownDialectName {
        /// The dialect.
        dialect: &'static str,
        /// The name asked for.
        asked: String,
        /// The nearest names, best first; may be empty.
        nearest: Vec<&'static str>,
    },
    /// Text that does not parse; `position` counts bytes from 0.
    #[error("cannot read '{text}': {problem}\n  {text}\n  {}^", " ".repeat(text.get(..*position).map_or(0, |before| before.chars().count())))]
    Parse {
        /// The whole text.
        text: String,
        /// Where the trouble begins.
        position: usize,
        /// What is wrong there and what would work.
        problem: String,
    },
    /// A setting out of its range.
    #[error("{initializer}: {argument} is {found}; it must be {wanted}")]
    Argument {
        /// Name of the initializer.
        initializer: &'static str,
        /// Name of the argument.
        argument: &'static str,
        /// What was given.
        found: String,
        /// The allowed range.
        wanted: &'static str,
    },
    /// A shape that does not do.
    #[error("shape {shape}: {problem}")]
    Shape {
        /// The shape.
        shape: String,
        /// What is wrong and what would work.
        problem: String,
    },
    /// An initializer that needs fans, on a parameter that has none.
    #[error(
        "{initializer} needs fan_in and fan_out, and '{parameter}' ({shape}) has no axes to take them from; give it a layout"
    )]
    NoFans {
        /// The initializer.
        initializer: String,
        /// Name of the parameter.
        parameter: String,
        /// Its shape.
        shape: String,
    },
    /// An initializer that needs a matrix, on a parameter without an input and an output axis.
    #[error(
        "{initializer} needs a matrix, and '{parameter}' ({shape}) has no input and output axis; give it a layout of at least two axes"
    )]
    NoMatrix {
        /// The initializer.
        initializer: String,
        /// Name of the parameter.
        parameter: String,
        /// Its shape.
        shape: String,
    },
    /// An initializer that cannot fill a parameter.
    #[error("{initializer} cannot fill '{parameter}' ({shape}): {problem}")]
    Unsuited {
        /// The initializer.
        initializer: String,
        /// Name of the parameter.
        parameter: String,
        /// Its shape.
        shape: String,
        /// What is wrong and what would work.
        problem: String,
    },
    /// Values that a number type cannot hold.
    #[error("{initializer} cannot fill '{parameter}': {problem}")]
    DataType {
        /// The initializer.
        initializer: String,
        /// Name of the parameter.
        parameter: String,
        /// What does not fit and what would work.
        problem: String,
    },
    /// A slice that is not one, or that leaves its tensor.
    #[error("slice {slice} of {shape}: {problem}")]
    Slice {
        /// The slice.
        slice: String,
        /// The shape of the tensor.
        shape: String,
        /// What is wrong and what would work.
        problem: String,
    },
    /// Axes or groups that do not fit a shape.
    #[error("axes of {shape}: {problem}")]
    Axes {
        /// The shape.
        shape: String,
        /// What is wrong and what would work.
        problem: String,
    },
    /// A buffer of the wrong length.
    #[error("'{parameter}' has {needed} elements, the buffer holds {found}")]
    Length {
        /// Name of the parameter.
        parameter: String,
        /// Elements of the parameter.
        needed: usize,
        /// Elements of the buffer.
        found: usize,
    },
    /// An adapter that cannot be made from a weight.
    #[error("cannot make an adapter from '{parameter}' ({shape}): {problem}")]
    Adapter {
        /// Name of the weight.
        parameter: String,
        /// Its rows and columns.
        shape: String,
        /// What is wrong and what would work.
        problem: String,
    },
    /// A prior given as a table, none of whose patterns match a weight.
    #[error("no pattern of the prior matches the weight '{parameter}'; add one, such as \"*.weight\" for all the rest")]
    Unmatched {
        /// Name of the parameter.
        parameter: String,
    },
    /// A layout that is not there.
    #[error("unknown layout '{asked}'; there are {}, or one letter an axis: o output, i input, r receptive, b batch, l lookup", crate::Layout::NAMED.map(|layout| layout.to_string()).join(", "))]
    UnknownLayout {
        /// The name asked for.
        asked: String,
    },
    /// A number type that is not there.
    #[error("unknown number type '{asked}'; there are {}", crate::DataType::ALL.map(|data_type| data_type.to_string()).join(", "))]
    UnknownDataType {
        /// The name asked for.
        asked: String,
    },
}

fn suggestion(nearest: &[&str]) -> String {
    match nearest {
        [] => "`seedbed list initializers` shows what there is".to_owned(),
        [one] => format!("did you mean '{one}'?"),
        several => format!("did you mean one of '{}'?", several.join("', '")),
    }
}

fn activation_suggestion(nearest: &[&str]) -> String {
    match nearest {
        [] => {
            let known: Vec<&str> = crate::Activation::all().map(crate::Activation::name).collect();
            format!("there are {}", known.join(", "))
        }
        several => suggestion(several),
    }
}

fn dialect_suggestion(dialect: &str, nearest: &[&str]) -> String {
    match nearest {
        [] => format!("`seedbed explain {dialect}:` shows what it has; for whole networks there is 'torch:default'"),
        several => suggestion(several),
    }
}
