//! Sub-pixel convolutions that start as nearest-neighbour upsampling.

use super::Filter;
use super::kernel::Kernel;
use crate::initializer::catalogue::{EVENNESS, Entry, FORWARD, argument, claim};
use crate::initializer::family::{Family, unsuited};
use crate::plan::{Plan, Repeated};
use crate::{AxisRole, Error, Initializer, Parameter, Shape};

pub(super) const ENTRY: Entry = Entry {
    name: "icnr",
    aliases: &[],
    summary: "a convolution before a pixel shuffle: one kernel for all the pixels that an output becomes",
    formula: "w(out, …) = v(out / c rounded down, …), v drawn by `base` on 1/c of the outputs; c = scale² for images, \
              scale to the number of kernel axes in general",
    arguments: &[
        argument("scale", Some("2"), "upsampling factor of the pixel shuffle; at least 1"),
        argument("base", Some("he_normal"), "any initializer: draws the kernel that is repeated"),
    ],
    rationale: "After the pixel shuffle the layer is a convolution and nearest-neighbour upsampling: no checkerboard at \
                the start. The copies part as soon as they are trained, for each pixel has a gradient of its own.",
    claims: &[
        claim("smoothness", "no checkerboard: the pixels of a block are equal", "variance within blocks"),
        FORWARD,
        EVENNESS,
    ],
    source: "Aitken, Ledig, Theis, Caballero, Wang & Shi 2017",
    elsewhere: "fastai's icnr_init: the same for two kernel axes, base kaiming_normal_, fans of the small kernel; MONAI: \
                in any number of dimensions, as here",
    example: "icnr(scale=2, base=he_normal)",
};

/// The base's draw on a kernel of fewer outputs and the same name, each output repeated.
pub(super) fn plan(filter: &Filter, parameter: &Parameter, scale: usize, base: &Initializer) -> Result<Plan, Error> {
    let kernel = Kernel::of(filter, parameter)?;
    let axes = parameter.axes.iter().flat_map(|axes| axes.of_role(AxisRole::Output));
    let refuse = |problem: String| unsuited(filter.name(), parameter, problem);
    let &[axis] = &axes.collect::<Vec<usize>>()[..] else {
        return Err(refuse("it needs its outputs in one axis".to_owned()));
    };
    let copies = u32::try_from(kernel.sizes.len()).ok().and_then(|axes| scale.checked_pow(axes));
    let Some(copies) = copies.filter(|&copies| copies > 0 && kernel.outputs.is_multiple_of(copies)) else {
        let of_group = if kernel.groups > 1 { " of each group" } else { "" };
        return Err(refuse(format!(
            "its {} outputs{of_group} must be a multiple of {scale}^{}, the pixels that each becomes",
            kernel.outputs,
            kernel.sizes.len()
        )));
    };
    let mut sizes = parameter.shape.dimensions().to_vec();
    sizes[axis] /= copies;
    let inner = sizes[axis + 1..].iter().product();
    let shape = Shape::new(sizes)?;
    let fans = parameter.axes.as_ref().map(|axes| axes.fans(&shape)).transpose()?;
    let small = Parameter { shape, fans, ..parameter.clone() };
    Ok(Plan::Repeated(Repeated { of: Box::new(base.plan(&small)?), copies, inner }))
}

#[cfg(test)]
mod tests {
    use crate::{Initializer, Layout, Parameter, Slice};

    fn parameter(shape: &str, layout: &Layout, groups: usize) -> Parameter {
        Parameter::laid_out("w", shape.parse().unwrap(), layout, groups).unwrap()
    }

    fn draw(text: &str, parameter: &Parameter) -> Vec<f32> {
        text.parse::<Initializer>().unwrap().draw(parameter, 6).unwrap()
    }

    #[test]
    fn every_output_is_that_of_the_small_kernel() {
        let cases = [
            ("12x5x3x3", "3x5x3x3", Layout::Convolution, 1, 2),
            ("3x3x5x36", "3x3x5x4", Layout::ConvolutionInOut, 1, 3),
            ("6x5x3", "3x5x3", Layout::Convolution, 1, 2),
            ("5x16x2x2x2", "5x2x2x2x2", Layout::TransposedConvolution, 1, 2),
            ("16x3x2x2", "4x3x2x2", Layout::Convolution, 2, 2),
        ];
        for (large, small, layout, groups, scale) in cases {
            let (large, small) = (parameter(large, &layout, groups), parameter(small, &layout, groups));
            let axis = small.axes.as_ref().unwrap().of_role(crate::AxisRole::Output).next().unwrap();
            let inner: usize = small.shape.dimensions()[axis + 1..].iter().product();
            let copies = large.shape.elements() / small.shape.elements();
            for base in ["he_normal", "orthogonal", "sparse(nonzeros=2)", "torch:kaiming_uniform_(a=2.236)"] {
                let repeated = draw(&format!("icnr(scale={scale}, base={base})"), &large);
                let drawn = draw(base, &small);
                for (place, value) in repeated.into_iter().enumerate() {
                    // an index along the outputs, and all slower ones, in one number: copies follow one another in it
                    let output = place / inner / copies;
                    assert_eq!(value, drawn[output * inner + place % inner], "{base} {} {place}", large.shape);
                }
            }
        }
    }

    /// fastai 2.8: t = torch.arange(0., 3*2*2*2).reshape(3,2,2,2); icnr_init(torch.zeros(12,2,2,2), 2, lambda x:
    /// x.copy_(t)) has t[0, 0, 0, 1], t[1, 1, 0, 0] and t[2, 0, 1, 1] = 1, 12 and 19 at these outputs.
    #[test]
    fn copies_follow_one_another() {
        let large = parameter("12x2x2x2", &Layout::Convolution, 1);
        let small = parameter("3x2x2x2", &Layout::Convolution, 1);
        let (repeated, drawn) = (draw("icnr(base=normal)", &large), draw("normal", &small));
        for (outputs, rest, place) in [(0..4, 1, 1), (4..8, 4, 12), (8..12, 3, 19)] {
            assert!(outputs.into_iter().all(|output| repeated[output * 8 + rest] == drawn[place]));
        }
    }

    #[test]
    fn a_large_kernel_is_the_same_in_any_slice_and_on_any_number_of_threads() {
        for (shape, layout) in [("1024x48x3x3", Layout::Convolution), ("3x3x48x1024", Layout::ConvolutionInOut)] {
            let parameter = parameter(shape, &layout, 1);
            for base in ["he_uniform", "orthogonal", "permuted_blocks"] {
                let initializer: Initializer = format!("icnr(base={base})").parse().unwrap();
                let whole = initializer.draw(&parameter, 2).unwrap();
                let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
                assert!(pool.install(|| initializer.draw(&parameter, 2).unwrap()) == whole);
                for text in ["2:3,1:3", ":,:,1", "1:3,0:3,1:3,2:3"] {
                    let slice: Slice = text.parse().unwrap();
                    let region = slice.within(&parameter.shape).unwrap();
                    let expected: Vec<f32> = region.runs().flatten().map(|place| whole[place]).collect();
                    assert!(
                        initializer.draw_slice::<f32>(&parameter, 2, &slice).unwrap() == expected,
                        "{shape} {text}"
                    );
                }
            }
        }
    }

    #[test]
    fn facts_are_those_of_the_base() {
        let large = parameter("12x5x3x3", &Layout::Convolution, 1);
        let facts = "icnr(base=he_uniform)".parse::<Initializer>().unwrap().facts(&large).unwrap();
        let small = "he_uniform".parse::<Initializer>().unwrap();
        assert_eq!(facts, small.facts(&parameter("3x5x3x3", &Layout::Convolution, 1)).unwrap());
    }

    #[test]
    fn bounds_hold_after_rounding() {
        let large = parameter("64x64x3x3", &Layout::Convolution, 1);
        let values: Vec<half::bf16> =
            "icnr(base=uniform(-0.1, 0.1))".parse::<Initializer>().unwrap().draw_as(&large, 1).unwrap();
        assert!(values.iter().all(|value| value.to_f64().abs() <= 0.1)); // the bf16 nearest to 0.1 is larger
    }

    #[test]
    fn texts_nest_and_round_trip() {
        for text in
            ["icnr", "icnr(scale=3)", "icnr(base=sparse(nonzeros=2, gain=3))", "icnr(scale=4, base=keras:he_normal)"]
        {
            assert_eq!(text.parse::<Initializer>().unwrap().to_string(), text);
        }
        assert_eq!("icnr(2, he_normal)".parse::<Initializer>().unwrap().to_string(), "icnr");
        let message = "icnr(base=he_norml)".parse::<Initializer>().unwrap_err().to_string();
        assert!(message.contains("'he_normal'"), "{message}");
        assert!("icnr(scale=0)".parse::<Initializer>().unwrap_err().to_string().contains("scale"));
    }

    #[test]
    fn outputs_that_do_not_divide_are_refused() {
        let refused = |text: &str, parameter: Parameter| {
            text.parse::<Initializer>().unwrap().draw(&parameter, 0).unwrap_err().to_string()
        };
        let message = refused("icnr", parameter("6x5x3x3", &Layout::Convolution, 1));
        assert!(message.contains("'w' (6x5x3x3)") && message.contains("its 6 outputs must be a multiple of 2^2"));
        let message = refused("icnr", parameter("12x5x3x3", &Layout::Convolution, 2));
        assert!(message.contains("6 outputs of each group"), "{message}");
        let huge = format!("icnr(scale={})", u64::MAX);
        assert!(refused(&huge, parameter("12x5x3x3", &Layout::Convolution, 1)).contains("multiple"));
        assert!(refused("icnr", parameter("12x5", &Layout::Dense, 1)).contains("kernel"));
        assert!(
            refused("icnr(base=lstm_bias)", parameter("12x5x3x3", &Layout::Convolution, 1))
                .contains("a vector of 4 gates")
        );
    }
}
