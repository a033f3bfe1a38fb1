//! Activations of kernels: E φφ for K, and E φ′φ′ times Θ.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use seedbed::Activation;

use super::Place;
use super::block::{Left, Marginal, Pairing};
use super::pool::Signal;
use crate::bivariate::{Bivariate, closed};

/// K ← E φφ and Θ ← Θ · E φ′φ′, for the variances of both examples; `expanded` are the marginals at the activation itself,
/// which hold the series of one without a closed form.
pub fn activate(
    activation: Activation,
    place: Place,
    pairing: &Pairing,
    variances: [&Marginal; 2],
    expanded: [&Marginal; 2],
    signal: &mut Signal,
) {
    let [left, right] = variances.map(|marginal| marginal.variance.as_slice());
    let entries = Entries { place, pairing, left, right };
    match activation {
        Activation::Identity => entries.each(signal, closed::identity),
        Activation::Relu => entries.each(signal, closed::relu),
        Activation::LeakyRelu { slope } => entries.each(signal, |a, b, c| closed::leaky_relu(slope, a, b, c)),
        Activation::ReluSquared => entries.each(signal, closed::relu_squared),
        Activation::Erf => entries.each(signal, closed::erf),
        Activation::Sin => entries.each(signal, closed::sin),
        Activation::Gelu => entries.each(signal, closed::gelu),
        _ => {
            let [Some(first), Some(second)] = expanded.map(|marginal| marginal.series.as_ref()) else {
                unreachable!("blocks hold the series of activations without closed form")
            };
            pairing.runs(place, |run, left_places, right_places| {
                let (nngp, ntk) = (&mut signal.nngp[run.clone()], &mut signal.ntk[run]);
                first.pairs(second, [left, right], left_places, right_places, nngp, ntk);
            });
        }
    }
}

struct Entries<'e> {
    place: Place,
    pairing: &'e Pairing<'e>,
    left: &'e [f64],
    right: &'e [f64],
}

impl Entries<'_> {
    fn each(&self, signal: &mut Signal, form: impl Fn(f64, f64, f64) -> Bivariate + Copy) {
        self.pairing.runs(self.place, |run: Range<usize>, left, right| {
            let (nngp, ntk) = (&mut signal.nngp[run.clone()], &mut signal.ntk[run]);
            let left = match left {
                Left::One(place) => LeftVariance::One(self.left[place]),
                Left::Each(places) => LeftVariance::Each(&self.left[places]),
            };
            Arch::new().dispatch(Run { left, right: &self.right[right], nngp, ntk, form });
        });
    }
}

/// A run of pairs. Its loop must be inlined into the code for the widest vectors at hand, hence a type and no closure.
struct Run<'r, F> {
    left: LeftVariance<'r>,
    right: &'r [f64],
    nngp: &'r mut [f64],
    ntk: &'r mut [f64],
    form: F,
}

enum LeftVariance<'r> {
    One(f64),
    Each(&'r [f64]),
}

impl<F: Fn(f64, f64, f64) -> Bivariate> WithSimd for Run<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let entries = self.right.iter().zip(self.nngp).zip(self.ntk);
        let pass = |a: f64, b: f64, c: &mut f64, slope: &mut f64| {
            let Bivariate { product, derivative_product } = (self.form)(a, b, *c);
            *c = product;
            *slope *= derivative_product;
        };
        match self.left {
            LeftVariance::One(a) => entries.for_each(|((b, c), slope)| pass(a, *b, c, slope)),
            LeftVariance::Each(left) => entries.zip(left).for_each(|(((b, c), slope), a)| pass(*a, *b, c, slope)),
        }
    }
}
