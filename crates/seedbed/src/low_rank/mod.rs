//! Starts of low-rank adapters that are made from the weight: W = residual + scale · B A.
//!
//! | start | B `[out, rank]` | A `[rank, in]` | source |
//! |---|---|---|---|
//! | [`pissa`] | U √(S / scale), the largest singular values | √(S / scale) Vᵀ | Meng et al. 2024, arXiv 2404.02948 |
//! | [`minor`] | the same of the smallest singular values | | Wang et al. 2024, arXiv 2406.09044 (MiLoRA) |
//! | [`olora`] | the first columns of W's Q | the first rows of W's R | Büyükakyüz 2024, arXiv 2406.01775 |
//!
//! The bits are the same on any machine and for any number of threads: the linear algebra is here, in a fixed order,
//! from exactly rounded operations.

mod eigen;
mod matrix;
mod singular;

use singular::{Triple, exact, sketched};

use crate::Error;
use crate::kernel::gemm::{self, Operand, Scratch, Sign, Tile, View, ViewMut};
use matrix::orthonormal;

/// Largest size of a weight: products of such weights still fit single precision.
const LARGEST: f32 = 1e30;

/// How an adapter is made from a weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Options<'n> {
    /// Name of the weight: for messages, and the key of the sketch's stream beside the seed.
    pub name: &'n str,
    /// The adapter's factor: alpha / rank in LoRA; positive.
    pub scale: f64,
    /// How singular vectors are found.
    pub method: Method,
}

/// How singular vectors are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// All of the spectrum's part that is asked for, to double precision. The time grows with the square of the
    /// smaller side times the larger one.
    Exact,
    /// Halko, Martinsson & Tropp 2011: the range of W times a random matrix, sharpened by passes over W. Quick; exact
    /// for a weight of low rank, and close where singular values fall fast. For the largest values only.
    Sketched {
        /// Of the random matrix.
        seed: u64,
        /// Passes forth and back: 4 is enough for most weights.
        iterations: usize,
        /// Random directions beyond the rank; 10 is common.
        oversampling: usize,
    },
}

impl<'n> Options<'n> {
    /// Exact, with scale 1.
    pub fn exact(name: &'n str) -> Options<'n> {
        Options { name, scale: 1.0, method: Method::Exact }
    }

    /// Sketched with 4 iterations and 10 directions beyond the rank, and scale 1.
    pub fn sketched(name: &'n str, seed: u64) -> Options<'n> {
        Options { name, scale: 1.0, method: Method::Sketched { seed, iterations: 4, oversampling: 10 } }
    }
}

/// An adapter and what it leaves of its weight: residual + scale · B A is the weight, to single precision.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapter {
    /// `[rank, in]`, row-major.
    pub a: Vec<f32>,
    /// `[out, rank]`, row-major.
    pub b: Vec<f32>,
    /// `[out, in]`, row-major: what is frozen in place of the weight.
    pub residual: Vec<f32>,
}

/// The principal singular values and vectors: A = √(S / scale) Vᵀ, B = U √(S / scale) of the `rank` largest.
///
/// ```
/// use seedbed::{Initializer, Parameter};
/// use seedbed::low_rank::{Options, pissa};
/// let weight = Parameter::dense("layer1.weight", 48, 64)?;
/// let values = "he_normal".parse::<Initializer>()?.draw(&weight, 7)?;
/// let adapter = pissa(&values, 64, 48, 8, &Options::sketched("layer1.weight", 7))?;
/// assert_eq!((adapter.a.len(), adapter.b.len(), adapter.residual.len()), (8 * 48, 64 * 8, 64 * 48));
/// # Ok::<(), seedbed::Error>(())
/// ```
///
/// # Errors
/// A rank of 0 or above the smaller side, a buffer of another length than rows · columns, weights that are not finite
/// or above 1e30 in size, a scale that is not positive, or a matrix for which there is no memory.
pub fn pissa(weight: &[f32], rows: usize, columns: usize, rank: usize, options: &Options) -> Result<Adapter, Error> {
    let weight = Weight::new(weight, rows, columns, rank, options)?;
    let triples = match options.method {
        Method::Exact => {
            let smaller = rows.min(columns);
            exact(&weight, smaller - rank..smaller)?
        }
        Method::Sketched { seed, iterations, oversampling } => {
            sketched(&weight, rank, options.name, seed, iterations, oversampling)
        }
    };
    Ok(weight.split_off(&triples, options.scale))
}

/// The minor singular values and vectors, of the `rank` smallest: what the weight uses least is what is trained, and
/// the principal part stays. Always exact. A component whose singular value is 0 gives zeros in A and B, which no
/// gradient moves.
///
/// # Errors
/// As [`pissa`]; and a sketch, which finds the largest values only.
pub fn minor(weight: &[f32], rows: usize, columns: usize, rank: usize, options: &Options) -> Result<Adapter, Error> {
    let weight = Weight::new(weight, rows, columns, rank, options)?;
    if options.method != Method::Exact {
        return Err(weight.refuse("a sketch finds the largest singular values only; take the exact method"));
    }
    let triples = exact(&weight, 0..rank)?;
    Ok(weight.split_off(&triples, options.scale))
}

/// B = the first `rank` columns of Q and A = the first rows of R, with W = Q R and R's diagonal not negative. It
/// depends on the first `rank` columns of W for B: Q's columns span them. The method is not used, and the scale takes
/// part in the residual only, as in peft.
///
/// # Errors
/// As [`pissa`].
pub fn olora(weight: &[f32], rows: usize, columns: usize, rank: usize, options: &Options) -> Result<Adapter, Error> {
    let weight = Weight::new(weight, rows, columns, rank, options)?;
    let leading: Vec<Vec<f64>> = (0..rank)
        .map(|column| (0..rows).map(|row| f64::from(weight.values[row * columns + column])).collect())
        .collect();
    let q = orthonormal(leading);
    let b = matrix::rows(&q);
    let a = gemm::product(View::of(&b, rows, rank, rank).transposed(), weight.view(), [rank, rows, columns]);
    Ok(weight.without(a, b, options.scale))
}

/// A weight whose values, sizes and rank fit together.
struct Weight<'w> {
    name: &'w str,
    values: &'w [f32],
    rows: usize,
    columns: usize,
}

impl<'w> Weight<'w> {
    fn new(
        values: &'w [f32],
        rows: usize,
        columns: usize,
        rank: usize,
        options: &Options<'w>,
    ) -> Result<Weight<'w>, Error> {
        let weight = Weight { name: options.name, values, rows, columns };
        if rows.checked_mul(columns) != Some(values.len()) {
            return Err(weight.refuse(format!("the buffer holds {} values", values.len())));
        }
        let smaller = rows.min(columns);
        if rank == 0 || rank > smaller {
            return Err(weight.refuse(format!("rank is {rank}; it must be between 1 and {smaller}, the smaller side")));
        }
        if let Some(place) = values.iter().position(|value| !(-LARGEST..=LARGEST).contains(value)) {
            let (row, column) = (place / columns, place % columns);
            let value = values[place];
            return Err(weight.refuse(format!("weight ({row}, {column}) is {value}; it must be at most 1e30 in size")));
        }
        if !(options.scale > 0.0 && options.scale.is_finite()) {
            return Err(weight.refuse(format!("scale is {}; it must be positive", options.scale)));
        }
        Ok(weight)
    }

    fn refuse(&self, problem: impl Into<String>) -> Error {
        let shape = format!("{}x{}", self.rows, self.columns);
        Error::Adapter { parameter: self.name.to_owned(), shape, problem: problem.into() }
    }

    fn view(&self) -> View<'w> {
        View::of(self.values, self.rows, self.columns, self.columns)
    }

    /// The adapter of some singular triples.
    fn split_off(&self, triples: &[Triple], scale: f64) -> Adapter {
        let root = |triple: &Triple| (triple.value / scale).sqrt();
        let scaled = |vector: &[f64], root: f64| vector.iter().map(|entry| root * entry).collect::<Vec<f64>>();
        let a = triples.iter().flat_map(|triple| scaled(&triple.right, root(triple)));
        let b: Vec<Vec<f64>> = triples.iter().map(|triple| scaled(&triple.left, root(triple))).collect();
        self.without(a.map(|entry| entry as f32).collect(), matrix::rows(&b), scale)
    }

    /// The adapter of A and B, with W − scale · B A.
    fn without(&self, a: Vec<f32>, b: Vec<f32>, scale: f64) -> Adapter {
        let rank = a.len() / self.columns;
        let scaled: Vec<f32> = a.iter().map(|entry| (scale * f64::from(*entry)) as f32).collect();
        let mut residual = self.values.to_vec();
        let rest = ViewMut::of(&mut residual, self.rows, self.columns, self.columns);
        let left = Operand::Plain(View::of(&b, self.rows, rank, rank));
        let right = Operand::Plain(View::of(&scaled, rank, self.columns, self.columns));
        gemm::multiply(Tile::chosen(), rest, Sign::Minus, left, right, &mut Scratch::default());
        Adapter { a, b, residual }
    }
}
