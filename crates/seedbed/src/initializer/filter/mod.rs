//! Convolution kernels that are filters.

mod bilinear;
mod convolution_orthogonal;
mod delta_orthogonal;
mod diagonal;
mod dirac;
mod icnr;
mod kernel;
mod polynomial;
mod stft;

pub use bilinear::Channels;
pub use stft::{Stft, StftPart, StftScaling, StftWindow};

use super::call::Call;
use super::catalogue::Entry;
use super::family::{Family, out_of_range};
use super::ranges::{LARGEST, NOT_NEGATIVE};
use super::text::{Number, word};
use crate::plan::Plan;
use crate::{Error, Initializer, Parameter};
use convolution_orthogonal::ConvolutionOrthogonal;
use kernel::Kernel;

/// A convolution kernel that is a filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// 1 at the centre tap where the output channel is the input channel, 0 elsewhere.
    Dirac,
    /// Orthogonal at the centre tap, 0 elsewhere.
    DeltaOrthogonal {
        /// Every singular value; finite, not negative.
        gain: f64,
    },
    /// Orthogonal at every frequency.
    ConvolutionOrthogonal {
        /// Every singular value; finite, not negative.
        gain: f64,
    },
    /// Upsampling by linear interpolation.
    Bilinear {
        /// Which channels are joined.
        channels: Channels,
    },
    /// Each output of a smaller kernel, repeated.
    Icnr {
        /// Upsampling factor of the pixel shuffle that follows; at least 1.
        scale: usize,
        /// Draws the smaller kernel.
        base: Box<Initializer>,
    },
    /// A short-time Fourier transform.
    Stft(Stft),
}

impl Family for Filter {
    const ENTRIES: &'static [Entry] = &[
        dirac::ENTRY,
        delta_orthogonal::ENTRY,
        convolution_orthogonal::ENTRY,
        bilinear::ENTRY,
        icnr::ENTRY,
        stft::ENTRY,
    ];

    fn read(call: &Call) -> Result<Filter, Error> {
        Ok(match call.name {
            "delta_orthogonal" => Filter::DeltaOrthogonal { gain: call.gain("gain")? },
            "convolution_orthogonal" => Filter::ConvolutionOrthogonal { gain: call.gain("gain")? },
            "bilinear" => Filter::Bilinear { channels: call.word("channels", &bilinear::CHANNELS)? },
            "icnr" => Filter::Icnr { scale: call.count("scale")?, base: Box::new(call.text("base")?.parse()?) },
            "stft" => Filter::Stft(Stft {
                part: call.word("part", &stft::PARTS)?,
                window: call.word("window", &stft::WINDOWS)?,
                scaling: call.word("scaling", &stft::SCALINGS)?,
                periodic: call.word("periodic", &stft::PERIODIC)?,
            }),
            _ => Filter::Dirac,
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Filter::Dirac => "dirac",
            Filter::DeltaOrthogonal { .. } => "delta_orthogonal",
            Filter::ConvolutionOrthogonal { .. } => "convolution_orthogonal",
            Filter::Bilinear { .. } => "bilinear",
            Filter::Icnr { .. } => "icnr",
            Filter::Stft(_) => "stft",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        match self {
            Filter::Dirac => Vec::new(),
            Filter::DeltaOrthogonal { gain } | Filter::ConvolutionOrthogonal { gain } => {
                vec![("gain", Number(*gain).to_string())]
            }
            Filter::Bilinear { channels } => vec![("channels", word(&bilinear::CHANNELS, *channels).to_owned())],
            Filter::Icnr { scale, base } => vec![("scale", scale.to_string()), ("base", base.to_string())],
            Filter::Stft(stft) => vec![
                ("part", word(&stft::PARTS, stft.part).to_owned()),
                ("window", word(&stft::WINDOWS, stft.window).to_owned()),
                ("scaling", word(&stft::SCALINGS, stft.scaling).to_owned()),
                ("periodic", word(&stft::PERIODIC, stft.periodic).to_owned()),
            ],
        }
    }

    fn check(&self) -> Result<(), Error> {
        match self {
            Filter::DeltaOrthogonal { gain } | Filter::ConvolutionOrthogonal { gain }
                if !(0.0..=LARGEST).contains(gain) =>
            {
                Err(out_of_range(self.name(), "gain", gain, NOT_NEGATIVE))
            }
            Filter::Icnr { scale: 0, .. } => Err(out_of_range("icnr", "scale", 0, "at least 1")),
            Filter::Icnr { base, .. } => base.check(),
            _ => Ok(()),
        }
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        Ok(match self {
            Filter::Dirac => dirac::plan(Kernel::of(self, parameter)?),
            Filter::DeltaOrthogonal { gain } => delta_orthogonal::plan(self, parameter, *gain)?,
            Filter::ConvolutionOrthogonal { gain } => {
                Plan::whole(ConvolutionOrthogonal { kernel: Kernel::widening(self, parameter)?, gain: *gain })
            }
            Filter::Bilinear { channels } => bilinear::plan(Kernel::of(self, parameter)?, *channels),
            Filter::Icnr { scale, base } => icnr::plan(self, parameter, *scale, base)?,
            Filter::Stft(stft) => stft.plan(self, parameter)?,
        })
    }
}
