//! Upsampling by interpolation.

use super::diagonal::Diagonal;
use super::kernel::Kernel;
use crate::initializer::catalogue::{Entry, argument, claim};
use crate::plan::{Formula, Plan};

pub(super) const ENTRY: Entry = Entry {
    name: "bilinear",
    aliases: &[],
    summary: "the kernel of a transposed convolution that upsamples by linear interpolation",
    formula: "w(out, in, tap) = ∏ over the kernel axes of 1 - |tap - (size - 1) / 2| / f, f = size / 2 rounded up, \
              where in = out within the group; upsamples f times at stride f and size 2 f - f mod 2",
    arguments: &[argument(
        "channels",
        Some("diagonal"),
        "diagonal: each channel to itself, 0 elsewhere; all: every input channel to every output channel",
    )],
    rationale: "A decoder that starts by enlarging its input smoothly, and learns to do better.",
    claims: &[claim("smoothness", "the layer interpolates its input", "gain of the layer by frequency")],
    source: "Long, Shelhamer & Darrell 2015 (FCN), section 3.3",
    elsewhere: "FCN's own code: diagonal. Caffe, MXNet and Paddle fill all channels, which is meant for groups = \
                channels, where both are the same. MXNet and Paddle divide the row without rounding, so their kernel \
                is skewed, and take the centre from f's parity, so that it is off where size is not 2 f - f mod 2",
    example: "bilinear",
};

/// Which channels an upsampling joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channels {
    /// Each to itself.
    Diagonal,
    /// Every input to every output.
    All,
}

/// The words of the argument.
pub(super) const CHANNELS: [(&str, Channels); 2] = [("diagonal", Channels::Diagonal), ("all", Channels::All)];

/// One weight a tap: a pyramid.
fn weights(sizes: &[usize]) -> Vec<f64> {
    let triangle = |size: usize| {
        let factor = size.div_ceil(2) as f64;
        let centre = (size as f64 - 1.0) / 2.0;
        (0..size).map(move |tap| 1.0 - (tap as f64 - centre).abs() / factor)
    };
    sizes
        .iter()
        .fold(vec![1.0], |slow, &size| slow.iter().flat_map(|slow| triangle(size).map(move |w| slow * w)).collect())
}

pub(super) fn plan(kernel: Kernel, channels: Channels) -> Plan {
    let weights = weights(&kernel.sizes);
    match channels {
        Channels::Diagonal => {
            Plan::pattern(Diagonal { name: "bilinear", kernel, taps: weights.into_iter().enumerate().collect() })
        }
        Channels::All => {
            let elements = kernel.elements;
            let value = move |place: usize| weights[kernel.indices(place).tap];
            Plan::pattern(Formula { name: "bilinear", elements, value })
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Initializer, Layout, Parameter};

    fn draw(text: &str, shape: &str, layout: Layout, groups: usize) -> Vec<f64> {
        let parameter = Parameter::laid_out("w", shape.parse().unwrap(), &layout, groups).unwrap();
        text.parse::<Initializer>().unwrap().draw_as(&parameter, 0).unwrap()
    }

    /// fcn.berkeleyvision.org's upsample_filt(4)[0], and upsample_filt(3)[0] and (5)[0].
    #[test]
    fn taps_are_those_of_fcn() {
        let row = |size: usize| draw("bilinear", &format!("1x1x{size}"), Layout::TransposedConvolution, 1);
        assert_eq!(row(4), [0.25, 0.75, 0.75, 0.25]);
        assert_eq!(row(3), [0.5, 1.0, 0.5]);
        let fifth = row(5);
        assert!(
            fifth.iter().zip([1.0, 2.0, 3.0, 2.0, 1.0]).all(|(found, thirds)| (found - thirds / 3.0).abs() < 1e-15)
        );
        let square = draw("bilinear", "1x1x4x4", Layout::TransposedConvolution, 1);
        assert_eq!(square[..8], [0.0625, 0.1875, 0.1875, 0.0625, 0.1875, 0.5625, 0.5625, 0.1875]);
    }

    #[test]
    fn channels_are_joined_to_themselves_or_to_all() {
        let diagonal = draw("bilinear", "2x3x2", Layout::TransposedConvolution, 1);
        assert_eq!(diagonal, [0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0]);
        assert_eq!(draw("bilinear(channels=all)", "2x3x2", Layout::TransposedConvolution, 1), [0.5; 12]);
        // of one channel a group, both are the same
        let depthwise = |text| draw(text, "3x1x4x4", Layout::TransposedConvolution, 3);
        assert_eq!(depthwise("bilinear"), depthwise("bilinear(channels=all)"));
    }

    /// At stride f, every output is a mean of its inputs: the taps that meet there sum to 1.
    #[test]
    fn a_constant_stays_constant() {
        for factor in 1..7 {
            let size = 2 * factor - factor % 2;
            let taps = draw("bilinear", &format!("1x1x{size}"), Layout::TransposedConvolution, 1);
            for phase in 0..factor {
                let sum: f64 = taps.iter().skip(phase).step_by(factor).sum();
                assert!((sum - 1.0).abs() < 1e-15, "{factor} {phase}: {sum}");
            }
        }
    }

    #[test]
    fn facts_are_those_of_the_values() {
        for (text, shape, layout, groups) in [
            ("bilinear", "4x3x4x4", Layout::TransposedConvolution, 2),
            ("bilinear", "3x1x4", Layout::Convolution, 3),
            ("bilinear(channels=all)", "4x4x3x2", Layout::ConvolutionInOut, 1),
        ] {
            let parameter = Parameter::laid_out("w", shape.parse().unwrap(), &layout, groups).unwrap();
            let initializer: Initializer = text.parse().unwrap();
            let (values, facts) = (draw(text, shape, layout, groups), initializer.facts(&parameter).unwrap());
            let mean = |power: i32| values.iter().map(|value| value.powi(power)).sum::<f64>() / values.len() as f64;
            assert!((facts.mean - mean(1)).abs() < 1e-15 && (facts.variance - mean(2) + mean(1).powi(2)).abs() < 1e-15);
            let ends = (values.iter().copied().fold(9.0, f64::min), values.iter().copied().fold(-9.0, f64::max));
            assert_eq!(facts.bounds, ends, "{text} {shape}");
        }
    }
}
