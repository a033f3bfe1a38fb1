//! Complex values: laws on the plane that do not favour a phase.
//!
//! An element is `[real, imaginary]`. E|z − mean|² is what a real element's variance is, so that the scaling laws keep
//! the size of a complex signal. In the words of [`crate::purpose`]:
//!
//! - normal: the real part is √½ times the real draw, of the words VALUES; the imaginary one is drawn so from IMAGINARY
//! - `orthogonal`: unitary, of the words VALUES and IMAGINARY as `unitary.rs` says
//! - uniform on a disk, and normal cut by its modulus: |z| is a function of the element's word of VALUES, and the
//!   phase is 2π · word / 2³² of its word of IMAGINARY

mod unitary;

use std::f64::consts::FRAC_1_SQRT_2;

use rayon::prelude::*;

use crate::initializer::matrix::Matrix;
use crate::kernel::elementary::{exp_f64, ln_f64};
use crate::kernel::{self, double};
use crate::plan::{Part, TASK, parts};
use crate::slice::{Common, Region, common};
use crate::{Distribution, Error, Initializer, Parameter, Side, Slice, Stream, purpose};

/// Where the scaling law cuts a complex normal: at this many of its standard deviations, as JAX.
const CUT: f64 = 2.0;
/// Below this square of a cut the density within it is even, to single precision.
const FLAT: f64 = 1e-8;
/// Elements drawn together.
const CHUNK: usize = 512;

/// What one weight of a tensor is filled with.
#[derive(Clone, Debug)]
enum Plan {
    /// Independent elements of one law.
    Law(Law),
    /// gain times a unitary matrix, which is computed as a whole.
    Unitary {
        matrix: Matrix,
        gain: f64,
        /// Which of several weights it is, each with a stream of its own; `None` where it is alone.
        part: Option<u64>,
    },
}

/// The law of independent complex elements.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Law {
    /// One real value everywhere.
    Constant { value: f64 },
    /// E|z − mean|² = std², real and imaginary part independent.
    Normal { mean: f64, std: f64 },
    /// Uniform on a disk around 0: E|z|² = radius² / 2.
    Disk { radius: f64 },
    /// Normal around `mean` with E|z − mean|² = std² before it is cut at |z − mean| = cut · std.
    Cut { mean: f64, std: f64, cut: f64 },
}

impl Initializer {
    /// One complex value an element, row-major, as `[real, imaginary]` in single precision.
    ///
    /// - `zeros`, `ones`, `constant`: real
    /// - `normal`: E|z − mean|² = std², the real and the imaginary part of variance std² / 2 each
    /// - `uniform(low=-a, high=a)`: uniform on the disk of radius a, E|z|² = a² / 2
    /// - `truncated_normal(low=-c, high=c)`: normal, cut where |z − mean| is c · std
    /// - `variance_scaling` and its named settings: E|z|² = scale / fan, normal, uniform on a disk, or normal cut at
    ///   two of its standard deviations with the variance restored
    /// - `orthogonal`: gain times a Haar-distributed unitary matrix, Qᴴ Q = I (or Q Qᴴ = I where it is wide); a slice is
    ///   cut from the whole
    ///
    /// JAX's laws, but for its constant of the cut one: .9531 is the root of 1 − 5/e⁴, which lacks the division by the
    /// mass 1 − 1/e⁴; with it the std of the cut law is .9620, and JAX's complex `he_normal` is 0.93 % too wide.
    ///
    /// ```
    /// use seedbed::{Initializer, Parameter};
    /// let weight = Parameter::dense("layer1.weight", 100, 200)?;
    /// let values = "lecun_uniform".parse::<Initializer>()?.draw_complex(&weight, 7)?;
    /// let size = values.iter().map(|[real, imaginary]| real * real + imaginary * imaginary).sum::<f32>();
    /// assert!((size / 200.0 - 1.0).abs() < 0.02); // 20000 elements of 1/100 each
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Initializer::draw`]; and any other initializer, or bounds that are not symmetric.
    pub fn draw_complex(&self, parameter: &Parameter, seed: u64) -> Result<Vec<[f32; 2]>, Error> {
        self.draw_complex_slice(parameter, seed, &Slice::whole())
    }

    /// The elements of a slice of [`Initializer::draw_complex`]: the same values as in the whole.
    ///
    /// # Errors
    /// As [`Initializer::draw_complex`], or a slice that leaves the parameter.
    pub fn draw_complex_slice(&self, parameter: &Parameter, seed: u64, slice: &Slice) -> Result<Vec<[f32; 2]>, Error> {
        let plans = self.complex_plans(parameter)?;
        let region = slice.within(&parameter.shape)?;
        let stream = Stream::new(seed, &parameter.name);
        let mut values = vec![[0.0; 2]; region.elements()];
        for (part, plan) in &plans {
            let mut drawn = None;
            for Common { places, before_in_one, before_in_other } in common(region.runs(), part.runs()) {
                let those = &mut values[before_in_one..before_in_one + places.len()];
                match plan {
                    Plan::Law(law) => law.fill_tasks(places.start, those, &stream),
                    Plan::Unitary { matrix, gain, part: index } => {
                        let stream = index.map_or(stream, |index| stream.part(index));
                        let made = drawn.get_or_insert_with(|| unitary::drawn(matrix, &stream, *gain));
                        those.copy_from_slice(&made[before_in_other..before_in_other + places.len()]);
                    }
                }
            }
        }
        Ok(values)
    }

    /// The plan of each weight in the tensor, and where that weight lies.
    fn complex_plans(&self, parameter: &Parameter) -> Result<Vec<(Region, Plan)>, Error> {
        self.plan(parameter)?; // refuses settings out of range
        let parts = parts(parameter)?;
        if parts.is_empty() {
            return Ok(vec![(Slice::whole().within(&parameter.shape)?, self.complex_plan(parameter, None)?)]);
        }
        let plan = |(index, part): (u64, Part)| Ok((part.region, self.complex_plan(&part.parameter, Some(index))?));
        (0..).zip(parts).map(plan).collect()
    }

    fn complex_plan(&self, parameter: &Parameter, part: Option<u64>) -> Result<Plan, Error> {
        let Initializer::Orthogonal { gain, columns } = *self else {
            return self.complex_law(parameter).map(Plan::Law);
        };
        let matrix = match columns {
            Side::Output => Matrix::of(self, parameter)?,
            Side::Input => Matrix::of_inputs(self, parameter)?,
        };
        Ok(Plan::Unitary { matrix, gain, part })
    }

    fn complex_law(&self, parameter: &Parameter) -> Result<Law, Error> {
        let refuse = |problem: &str| {
            Err(Error::Unsuited {
                initializer: self.to_string(),
                parameter: parameter.name.clone(),
                shape: parameter.shape.to_string(),
                problem: problem.to_owned(),
            })
        };
        Ok(match *self {
            Initializer::Zeros => Law::Constant { value: 0.0 },
            Initializer::Ones => Law::Constant { value: 1.0 },
            Initializer::Constant { value } => Law::Constant { value },
            Initializer::Normal { mean, std } => Law::Normal { mean, std },
            Initializer::Uniform { low, high } if low == -high => Law::Disk { radius: high },
            Initializer::Uniform { .. } => {
                return refuse("complex uniform values fill a disk, so low must be -high");
            }
            Initializer::TruncatedNormal { mean, std, low, high } if low == -high => Law::Cut { mean, std, cut: high },
            Initializer::TruncatedNormal { .. } => {
                return refuse("complex values are cut by their modulus, so low must be -high");
            }
            Initializer::VarianceScaling { scale, mode, distribution } => {
                Law::scaled(distribution, self.scaled_variance(parameter, scale, mode)?)
            }
            _ => {
                return refuse(
                    "it has no complex form; zeros, ones, constant, uniform, normal, truncated_normal, orthogonal \
                     and variance_scaling with its named settings have one",
                );
            }
        })
    }
}

impl Law {
    /// The law of this kind around 0 with E|z|² = `variance`.
    fn scaled(distribution: Distribution, variance: f64) -> Law {
        let std = variance.sqrt();
        match distribution {
            Distribution::Normal => Law::Normal { mean: 0.0, std },
            Distribution::Uniform => Law::Disk { radius: (2.0 * variance).sqrt() },
            Distribution::TruncatedNormal => Law::Cut { mean: 0.0, std: std / cut_variance(CUT).sqrt(), cut: CUT },
        }
    }

    /// The elements from `first` on, shared among threads.
    fn fill_tasks(&self, first: usize, out: &mut [[f32; 2]], stream: &Stream) {
        let tasks = out.par_chunks_mut(TASK).enumerate();
        tasks.for_each(|(task, chunk)| self.fill(first + task * TASK, chunk, stream));
    }

    /// The elements from `first` on.
    fn fill(&self, first: usize, out: &mut [[f32; 2]], stream: &Stream) {
        match *self {
            Law::Constant { value } => out.fill([value as f32, 0.0]),
            Law::Normal { mean, std } => {
                let part = (std * FRAC_1_SQRT_2) as f32;
                let (mut real, mut imaginary) = ([0.0; CHUNK], [0.0; CHUNK]);
                for (index, now) in out.chunks_mut(CHUNK).enumerate() {
                    let first = (first + index * CHUNK) as u64;
                    let (real, imaginary) = (&mut real[..now.len()], &mut imaginary[..now.len()]);
                    kernel::normal(real, first, stream, purpose::VALUES, mean as f32, part);
                    kernel::normal(imaginary, first, stream, purpose::IMAGINARY, 0.0, part);
                    now.iter_mut().zip(real.iter().zip(imaginary)).for_each(|(z, (x, y))| *z = [*x, *y]);
                }
            }
            Law::Disk { radius } => Polar { centre: 0.0, radius }.fill(first, out, stream, f64::sqrt),
            Law::Cut { mean, std, cut } => {
                let (square, polar) = (cut * cut, Polar { centre: mean, radius: cut * std });
                if square < FLAT {
                    return polar.fill(first, out, stream, f64::sqrt);
                }
                let mass = 1.0 - exp_f64(-square);
                // −ln(1 − u · mass) is the square of a modulus of unit variance
                polar.fill(first, out, stream, |u| ((-ln_f64(1.0 - u * mass)).sqrt() / cut).min(1.0));
            }
        }
    }
}

/// Values around a centre, no farther from it than the radius.
#[derive(Clone, Copy, Debug)]
struct Polar {
    centre: f64,
    radius: f64,
}

impl Polar {
    /// The elements from `first` on; `share` gives the modulus as a share of the radius, from u = (word + 1/2)·2⁻³².
    fn fill(self, first: usize, out: &mut [[f32; 2]], stream: &Stream, share: impl Fn(f64) -> f64) {
        const SCALE: f64 = 1.0 / 4_294_967_296.0;
        let mut words = ([0; 4], [0; 4]);
        for (place, value) in (first..).zip(out.iter_mut()) {
            let (block, within) = ((place / 4) as u64, place % 4);
            if within == 0 || place == first {
                words = (stream.block(block, purpose::VALUES), stream.block(block, purpose::IMAGINARY));
            }
            let modulus = self.radius * share((f64::from(words.0[within]) + 0.5) * SCALE);
            *value = self.point(modulus, f64::from(words.1[within]) * SCALE);
        }
    }

    /// The nearest single-precision point, or one nearer to the centre where that lies beyond the radius.
    fn point(self, modulus: f64, turn: f64) -> [f32; 2] {
        let (cos, sin) = double::cos_sin(turn);
        let exact = [self.centre + modulus * cos, modulus * sin];
        let rounded = exact.map(|part| part as f32);
        let [x, y] = [f64::from(rounded[0]) - self.centre, f64::from(rounded[1])];
        if x * x + y * y <= self.radius * self.radius {
            return rounded;
        }
        [toward(rounded[0], self.centre), toward(rounded[1], 0.0)]
    }
}

/// The next single-precision number on the way to `goal`.
fn toward(value: f32, goal: f64) -> f32 {
    if f64::from(value) > goal {
        value.next_down()
    } else if f64::from(value) < goal {
        value.next_up()
    } else {
        value
    }
}

/// E|z|² of a complex normal of unit variance, given |z| ≤ cut: the mean of an exponential law cut at cut².
fn cut_variance(cut: f64) -> f64 {
    let square = cut * cut;
    let beyond = exp_f64(-square);
    1.0 - square * beyond / (1.0 - beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variance_of_the_cut_law() {
        // 1 - 4/(e⁴ - 1) by mpmath; JAX's .95311164380491208² is 1 - 5/e⁴
        assert!((cut_variance(2.0).sqrt() - CUT_STD).abs() < 1e-15);
        assert!((cut_variance(30.0) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn rounding_takes_no_point_beyond_the_radius() {
        for (centre, radius) in [(0.0, 0.1), (0.0, 1e-30), (3.0, 0.7)] {
            for step in 0..4000 {
                let [x, y] = Polar { centre, radius }.point(radius, f64::from(step) / 4000.0).map(f64::from);
                let distance = (x - centre).hypot(y);
                assert!(distance <= radius * (1.0 + 1e-15) && distance > radius * 0.999_999, "{centre}: {distance}");
            }
        }
    }
    const CUT_STD: f64 = 0.961_961_828_008_213_5;
}
