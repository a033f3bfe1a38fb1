//! The short-time Fourier transform as a convolution.

use super::Filter;
use super::kernel::Kernel;
use crate::initializer::catalogue::{Entry, argument, claim};
use crate::initializer::family::{Family, unsuited};
use crate::kernel::double::cos_sin;
use crate::plan::{Formula, Plan};
use crate::{Error, Parameter};

pub(super) const ENTRY: Entry = Entry {
    name: "stft",
    aliases: &[],
    summary: "a kernel that takes the short-time Fourier transform of a signal",
    formula: "w(k, t) = cos(2π k t / n) or -sin(2π k t / n) times window(t) / s; n = 2 (outputs - 1), t < kernel \
              size; s = √(Σ window²) for density, Σ |window| for spectrum, 1 for none or without a window",
    arguments: &[
        argument("part", Some("real"), "real or imaginary"),
        argument("window", Some("hann"), "hann, hamming, blackman, nuttall, blackmanharris, flattop or none"),
        argument("scaling", Some("density"), "density, spectrum or none; of the window, so nothing without one"),
        argument("periodic", Some("false"), "whether the window goes on after its end (true) or is symmetric (false)"),
    ],
    rationale: "Spectrograms within the network: fixed, or as a start that training refines.",
    claims: &[claim("frequency", "each output answers to one frequency", "gain of the layer by frequency")],
    source: "Keras 3's STFT; SciPy's windows",
    elsewhere: "keras.initializers.STFT: the same values up to its single precision, whose phase is off by up to 2e-4 \
                for frames of a thousand; it takes any of SciPy's windows",
    example: "stft",
};

/// Settings of a short-time Fourier transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stft {
    /// Which part of e^(−2πi k t / n).
    pub part: StftPart,
    /// The window over the frame.
    pub window: Option<StftWindow>,
    /// What the window is divided by.
    pub scaling: Option<StftScaling>,
    /// Whether the window is one period of a longer one, rather than symmetric.
    pub periodic: bool,
}

/// A part of a complex number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StftPart {
    /// cos.
    Real,
    /// −sin.
    Imaginary,
}

/// A window: a sum of cosines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StftWindow {
    /// Two terms, 0 at the ends.
    Hann,
    /// Two terms, lowest first side lobe.
    Hamming,
    /// Three terms.
    Blackman,
    /// Four terms, least side lobes (Nuttall's 4c).
    Nuttall,
    /// Four terms (Blackman & Harris).
    BlackmanHarris,
    /// Five terms, flat top.
    FlatTop,
}

/// What a window is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StftScaling {
    /// √(Σ window²): for power densities.
    Density,
    /// Σ |window|: for amplitudes.
    Spectrum,
}

pub(super) const PARTS: [(&str, StftPart); 2] = [("real", StftPart::Real), ("imaginary", StftPart::Imaginary)];

pub(super) const WINDOWS: [(&str, Option<StftWindow>); 7] = [
    ("hann", Some(StftWindow::Hann)),
    ("hamming", Some(StftWindow::Hamming)),
    ("blackman", Some(StftWindow::Blackman)),
    ("nuttall", Some(StftWindow::Nuttall)),
    ("blackmanharris", Some(StftWindow::BlackmanHarris)),
    ("flattop", Some(StftWindow::FlatTop)),
    ("none", None),
];

pub(super) const SCALINGS: [(&str, Option<StftScaling>); 3] =
    [("density", Some(StftScaling::Density)), ("spectrum", Some(StftScaling::Spectrum)), ("none", None)];

pub(super) const PERIODIC: [(&str, bool); 2] = [("false", false), ("true", true)];

impl StftWindow {
    /// Harris 1978, Nuttall 1981, and D'Antona & Ferrero 2006 for the flat top: the sizes of the cosines.
    fn terms(self) -> &'static [f64] {
        match self {
            StftWindow::Hann => &[0.5, 0.5],
            StftWindow::Hamming => &[0.54, 0.46],
            StftWindow::Blackman => &[0.42, 0.5, 0.08],
            StftWindow::Nuttall => &[0.363_581_9, 0.489_177_5, 0.136_599_5, 0.010_641_1],
            StftWindow::BlackmanHarris => &[0.358_75, 0.488_29, 0.141_28, 0.011_68],
            StftWindow::FlatTop => &[0.215_578_95, 0.416_631_58, 0.277_263_158, 0.083_578_947, 0.006_947_368],
        }
    }

    /// Σ over k of (−1)^k a(k) cos(2π k t / period), for each t of a frame.
    fn values(self, frame: usize, periodic: bool) -> Vec<f64> {
        let period = if periodic { frame } else { frame.saturating_sub(1) };
        if frame == 1 || period == 0 {
            return vec![1.0; frame];
        }
        let term = |t: usize, k: usize, size: f64| {
            let cos = cos_sin((k * t % period) as f64 / period as f64).0;
            if k.is_multiple_of(2) { size * cos } else { -size * cos }
        };
        let value = |t: usize| self.terms().iter().enumerate().map(|(k, &size)| term(t, k, size)).sum();
        (0..frame).map(value).collect()
    }
}

impl Stft {
    /// The scaled window; `None` where the scale is 0.
    fn window(&self, frame: usize) -> Option<Vec<f64>> {
        let Some(window) = self.window else { return Some(vec![1.0; frame]) };
        let values = window.values(frame, self.periodic);
        let scale = match self.scaling {
            None => 1.0,
            Some(StftScaling::Density) => values.iter().map(|value| value * value).sum::<f64>().sqrt(),
            Some(StftScaling::Spectrum) => values.iter().map(|value| value.abs()).sum(),
        };
        (scale > 0.0 || frame == 0).then(|| values.into_iter().map(|value| value / scale).collect())
    }

    pub(super) fn plan(&self, filter: &Filter, parameter: &Parameter) -> Result<Plan, Error> {
        let kernel = Kernel::of(filter, parameter)?;
        let refuse = |problem: String| Err(unsuited(filter.name(), parameter, problem));
        let (frame, frequencies) = (kernel.taps(), kernel.outputs);
        if kernel.sizes.len() != 1 || kernel.inputs != 1 {
            let (axes, inputs) = (kernel.sizes.len(), kernel.inputs);
            return refuse(format!(
                "it needs one kernel axis, the time, and one input channel (in each group), not {axes} and {inputs}"
            ));
        }
        if frequencies < 2 {
            return refuse("it needs at least two outputs: frequency 0 and the highest".to_owned());
        }
        let Some(window) = self.window(frame) else {
            return refuse(format!(
                "its window is 0 at all {frame} places of the frame; take a longer frame, periodic=true or scaling=none"
            ));
        };
        let period = 2 * (frequencies - 1);
        let wave = |step: usize| {
            let (cos, sin) = cos_sin(step as f64 / period as f64);
            if self.part == StftPart::Real { cos } else { 0.0 - sin }
        };
        let (waves, elements): (Vec<f64>, usize) = ((0..period).map(wave).collect(), kernel.elements);
        let value = move |place: usize| {
            let indices = kernel.indices(place);
            waves[indices.output % frequencies * indices.tap % period] * window[indices.tap]
        };
        Ok(Plan::pattern(Formula { name: "Fourier", elements, value }))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Initializer, Layout, Parameter};

    /// Keras's layout: `[time, 1, frequency]`.
    fn keras(text: &str, frame: usize, frequencies: usize) -> Vec<f64> {
        let shape = format!("{frame}x1x{frequencies}").parse().unwrap();
        let parameter = Parameter::laid_out("w", shape, &Layout::ConvolutionInOut, 1).unwrap();
        text.parse::<Initializer>().unwrap().draw_as(&parameter, 0).unwrap()
    }

    #[track_caller]
    fn assert_near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        let error = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max);
        assert!(error < 2e-15, "{error}: {found:?}");
    }

    /// The formula of keras.initializers.STFT 3.15 in NumPy, in double precision, with the windows of SciPy 1.17.
    #[test]
    fn values_are_those_of_keras() {
        #[rustfmt::skip]
        assert_near(&keras("stft", 5, 4), &[
            0.0, 0.0, 0.0, 0.0, 0.4082482904638631, 0.20412414523193156, -0.20412414523193143, -0.4082482904638631,
            0.8164965809277261, -0.40824829046386285, -0.4082482904638634, 0.8164965809277261, 0.4082482904638631,
            -0.4082482904638631, 0.4082482904638631, -0.4082482904638631, 0.0, 0.0, 0.0, 0.0,
        ]);
        let hamming = "stft(part=imaginary, window=hamming, scaling=spectrum, periodic=true)";
        assert_near(&keras(hamming, 4, 3), &[0.0, 0.0, 0.0, 0.0, -0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0]);
        let (half, s) = (0.866_025_403_784_438_6, -0.866_025_403_784_438_6);
        assert_near(&keras("stft(imaginary, none)", 3, 4), &[0.0, 0.0, 0.0, 0.0, 0.0, s, s, 0.0, 0.0, s, half, 0.0]);
        let blackman = "stft(window=blackman, scaling=none, periodic=true)";
        let expected = [0.0, 0.0, 0.0, 0.34, 0.0, -0.34, 1.0, -1.0, 1.0, 0.34, 0.0, -0.34];
        assert_near(&keras(blackman, 4, 3), &expected);
    }

    /// The same for a whole kernel of the usual size.
    #[test]
    fn a_large_kernel_is_that_of_keras() {
        let values = keras("stft", 1024, 513);
        // row by row, for one long sum would lose 3e-11
        let sum = |term: fn(f64) -> f64| -> f64 {
            values.chunks(513).map(|row| row.iter().copied().map(term).sum::<f64>()).sum()
        };
        let (total, square) = (sum(|value| value), sum(|value| value * value));
        assert!((total - 13.057_564_857_200_72).abs() < 1e-11, "{total}");
        assert!((square - 257.667_315_198_071_4).abs() < 1e-11, "{square}");
        let error = (values[100 * 513 + 77] + 0.004_630_425_819_783_420_5).abs();
        assert!(error < 1e-14, "{error}"); // NumPy's own phase of 48 turns carries 1e-14
        // PyTorch's layout holds the same values
        let parameter = Parameter::convolution("w", 1, 513, &[1024], 1).unwrap();
        let across: Vec<f64> = "stft".parse::<Initializer>().unwrap().draw_as(&parameter, 0).unwrap();
        assert!(across.iter().enumerate().all(|(place, value)| *value == values[place % 1024 * 513 + place / 1024]));
    }

    /// scipy.signal.get_window(name, 6, fftbins=periodic), which frequency 0 shows.
    #[test]
    fn windows_are_those_of_scipy() {
        #[rustfmt::skip]
        let windows = [
            ("hann", [0.0, 0.34549150281252633, 0.9045084971874737], [0.0, 0.25, 0.75, 1.0]),
            ("hamming", [0.08, 0.3978521825875243, 0.9121478174124759], [0.08, 0.31, 0.77, 1.0]),
            ("blackman", [0.0, 0.2007701432625305, 0.8492298567374694], [0.0, 0.13, 0.63, 1.0]),
            ("nuttall", [0.0003628, 0.11051525304987181, 0.7982580969501283], [0.0003628, 0.0613345, 0.5292298, 1.0]),
            ("blackmanharris", [6e-5, 0.10301148934566379, 0.7938335106543363], [6e-5, 0.055645, 0.520575, 1.0]),
            ("flattop", [-0.000421051, -0.06771425207621193, 0.606872152576212],
                [-0.000421051, -0.051263156, 0.19821053, 1.000000003]),
        ];
        for (name, [a, b, c], [d, e, f, g]) in windows {
            let at_zero = |periodic: bool| -> Vec<f64> {
                let text = format!("stft(window={name}, scaling=none, periodic={periodic})");
                keras(&text, 6, 3).into_iter().step_by(3).collect()
            };
            assert_near(&at_zero(false), &[a, b, c, c, b, a]);
            assert_near(&at_zero(true), &[d, e, f, g, f, e]);
        }
        assert_near(&keras("stft(scaling=none)", 1, 2), &[1.0, 1.0]);
        assert_near(&keras("stft(scaling=none, periodic=true)", 2, 2), &[0.0, 0.0, 1.0, -1.0]);
    }

    #[test]
    fn each_group_has_its_frequencies() {
        let grouped = Parameter::convolution("w", 3, 12, &[8], 3).unwrap();
        let values: Vec<f64> = "stft".parse::<Initializer>().unwrap().draw_as(&grouped, 0).unwrap();
        assert!(values.chunks(32).all(|group| group == &values[..32]));
        assert_near(&values[..8], &keras("stft", 8, 4).into_iter().step_by(4).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let refused = |text: &str, parameter: Parameter| {
            text.parse::<Initializer>().unwrap().draw(&parameter, 0).unwrap_err().to_string()
        };
        let kernel = |inputs, outputs, size: &[usize]| Parameter::convolution("w", inputs, outputs, size, 1).unwrap();
        assert!(refused("stft", kernel(2, 5, &[16])).contains("one input channel (in each group), not 1 and 2"));
        assert!(refused("stft", kernel(1, 5, &[16, 3])).contains("one kernel axis"));
        assert!(refused("stft", kernel(1, 1, &[16])).contains("at least two outputs"));
        assert!(refused("stft", kernel(1, 5, &[2])).contains("0 at all 2 places"));
        assert!(refused("stft", Parameter::dense("w", 4, 4).unwrap()).contains("kernel"));
        assert!("stft(window=kaiser)".parse::<Initializer>().unwrap_err().to_string().contains("blackmanharris"));
        assert!("stft(periodic=yes)".parse::<Initializer>().unwrap_err().to_string().contains("true"));
    }
}
