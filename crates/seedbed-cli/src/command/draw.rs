//! `seedbed draw`.

use std::path::Path;

use seedbed::{DataType, Fans, Initializer, Layout, Parameter, Region, Shape, Slice};
use seedbed_network::write::{self, Metadata};
use serde::Serialize;

use crate::arguments::{Draw, Everywhere};
use crate::failure::{Failure, Outcome};
use crate::{output, progress};

/// Runs the command.
pub fn run(arguments: &Draw, everywhere: &Everywhere) -> Result<Outcome, Failure> {
    let initializer: Initializer = arguments.initializer.parse()?;
    let shape: Shape = arguments.shape.parse()?;
    let data_type: DataType = arguments.dtype.parse()?;
    let layout = arguments.layout.clone().unwrap_or_else(|| Layout::assumed(&shape));
    let mut parameter = Parameter::laid_out(&arguments.name, shape, &layout, arguments.groups)?;
    if !arguments.packed.is_empty() {
        parameter = parameter.packed(arguments.packed.clone())?;
    }
    if arguments.layout.is_none() {
        output::note(everywhere, &assumption(&parameter, &layout));
    }
    let region = arguments.slice.within(&parameter.shape)?;
    let written = match &arguments.out {
        Some(path) => {
            progress::catch_interrupts();
            write(path, &initializer, &parameter, &region, data_type, arguments, everywhere.seed)?;
            Some(path.display().to_string())
        }
        None => None,
    };
    let wants_statistics = written.is_none() || arguments.stats || everywhere.json;
    let values = || initializer.draw_slice::<f32>(&parameter, everywhere.seed, &arguments.slice);
    let statistics = if wants_statistics { Some(Statistics::of(&values()?)) } else { None };
    let drawn = Drawn {
        schema: "seedbed.draw/1",
        initializer: initializer.to_string(),
        name: &parameter.name,
        shape: region.shape(),
        fan_in: parameter.fans.map(|fans| fans.fan_in),
        fan_out: parameter.fans.map(|fans| fans.fan_out),
        seed: everywhere.seed,
        dtype: data_type.to_string(),
        expected_std: initializer.element_variance(&parameter)?.sqrt(),
        statistics,
        file: written,
    };
    if everywhere.json {
        output::json(&drawn)?
    } else {
        output::text(&drawn.text())?
    }
    Ok(Outcome::Fine)
}

/// Writes the slice as a tensor of its own shape.
fn write(
    path: &Path,
    initializer: &Initializer,
    parameter: &Parameter,
    region: &Region,
    data_type: DataType,
    arguments: &Draw,
    seed: u64,
) -> Result<(), Failure> {
    let mut metadata = metadata(initializer, seed);
    if arguments.slice != Slice::whole() {
        metadata.insert("seedbed.slice".to_owned(), format!("{} of {}", arguments.slice, parameter.shape));
    }
    let piece = Parameter { shape: Shape::new(region.shape())?, ..parameter.clone() };
    let draw = |_: &Parameter, write: &mut dyn FnMut(&[u8]) -> Result<(), Failure>| {
        initializer.draw_pieces(parameter, seed, &arguments.slice, data_type, |piece| {
            progress::stop_writing_if_interrupted()?;
            write(piece)
        })
    };
    write::safetensors(path, &[piece], data_type, &metadata, draw)
}

/// Nothing is guessed silently: says how the shape was read.
fn assumption(parameter: &Parameter, layout: &Layout) -> String {
    let read = match layout {
        Layout::Dense => "a dense weight [out, in]",
        Layout::Convolution => "a convolution weight [out, in, kernel…]",
        _ => "a plain tensor without fans",
    };
    let fans = parameter
        .fans
        .map_or_else(String::new, |Fans { fan_in, fan_out }| format!(": fan_in {fan_in}, fan_out {fan_out}"));
    format!("{} is read as {read}{fans}; --layout says otherwise", parameter.shape)
}

fn metadata(initializer: &Initializer, seed: u64) -> Metadata {
    [
        ("format", "pt".to_owned()),
        ("seedbed.initializer", initializer.to_string()),
        ("seedbed.seed", seed.to_string()),
        ("seedbed.version", env!("CARGO_PKG_VERSION").to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

/// What was drawn, for people and machines.
#[derive(Serialize)]
struct Drawn<'d> {
    schema: &'static str,
    initializer: String,
    name: &'d str,
    shape: Vec<usize>,
    fan_in: Option<usize>,
    fan_out: Option<usize>,
    seed: u64,
    dtype: String,
    expected_std: f64,
    statistics: Option<Statistics>,
    file: Option<String>,
}

/// Sample statistics of the values, in f64.
#[derive(Serialize)]
struct Statistics {
    mean: f64,
    std: f64,
    minimum: f32,
    maximum: f32,
    zeros: usize,
    elements: usize,
}

impl Statistics {
    fn of(values: &[f32]) -> Self {
        let elements = values.len();
        let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / elements as f64;
        let square = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>();
        Statistics {
            mean,
            std: (square / elements as f64).sqrt(),
            minimum: values.iter().copied().fold(f32::INFINITY, f32::min),
            maximum: values.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            zeros: values.iter().filter(|&&value| value == 0.0).count(),
            elements,
        }
    }
}

impl Drawn<'_> {
    fn text(&self) -> String {
        let mut text = format!("{} {}, seed {}", self.initializer, self.name, self.seed);
        if let Some(Statistics { mean, std, minimum, maximum, zeros, elements }) = self.statistics {
            text += &format!(
                "\nelements  {elements}\nmean      {mean:+.6}\nstd       {std:.6} (expected {:.6})\nrange     {minimum:.6} to {maximum:.6}\nzeros     {zeros}",
                self.expected_std
            );
        }
        if let Some(file) = &self.file {
            text += &format!("\nwritten   {file} ({})", self.dtype);
        }
        text
    }
}
