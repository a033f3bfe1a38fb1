//! Marchenko and Pastur's law: the singular values of a large matrix of independent elements.
//!
//! For m × n elements of mean 0 and variance σ², y = min(m, n)/max(m, n) and s a singular value, x = s²/(σ² max(m, n)) has,
//! as m and n grow, the density √((b − x)(x − a))/(2π y x) between a = (1 − √y)² and b = (1 + √y)². So the largest singular
//! value is near σ (√m + √n), whatever law the elements have.
//!
//! At finite size the largest squared singular value of normal elements is μ + τ T with μ = (√(N − 1) + √M)²,
//! τ = (√(N − 1) + √M)(1/√(N − 1) + 1/√M)^(1/3), N and M the longer and the shorter side, and T of Tracy and Widom's law.
//!
//! Sources: Marchenko & Pastur (1967); Bai & Yin (1988); Johnstone (2001), theorem 1.1; moments of T: Bornemann (2010),
//! table 10.

use std::f64::consts::{PI, SQRT_2};

/// Mean of Tracy and Widom's law for real matrices.
const TRACY_WIDOM_MEAN: f64 = -1.206_533_574_582_1;
/// Its variance.
const TRACY_WIDOM_VARIANCE: f64 = 1.607_781_034_581;

/// The law of the squared singular values of an m × n matrix of independent elements, the min(m, n) of them that are not
/// zero by their number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarchenkoPastur {
    longer: f64,
    shorter: f64,
    std: f64,
}

impl MarchenkoPastur {
    /// For a matrix of at least one row and one column, with elements of mean 0 and this standard deviation, above 0.
    ///
    /// ```
    /// use seedbed_theory::parameter_space::MarchenkoPastur;
    /// let law = MarchenkoPastur::new(512, 512, (1.0f64 / 512.0).sqrt());
    /// let (low, high) = law.edges();
    /// assert!(low.abs() < 1e-12 && (high - 4.0).abs() < 1e-12);
    /// assert!((law.moment(2) - 2.0).abs() < 1e-12); // Catalan's numbers: 1, 2, 5
    /// ```
    pub fn new(rows: usize, columns: usize, std: f64) -> MarchenkoPastur {
        MarchenkoPastur { longer: rows.max(columns) as f64, shorter: rows.min(columns) as f64, std }
    }

    /// y, the shorter side over the longer.
    pub fn ratio(&self) -> f64 {
        self.shorter / self.longer
    }

    /// σ² max(m, n): the unit of the squared singular values, and their mean.
    pub fn scale(&self) -> f64 {
        self.std * self.std * self.longer
    }

    /// Smallest and largest squared singular value in the limit.
    pub fn edges(&self) -> (f64, f64) {
        let root = libm::sqrt(self.ratio());
        (self.scale() * (1.0 - root) * (1.0 - root), self.scale() * (1.0 + root) * (1.0 + root))
    }

    /// Density at the squared singular value `x`; 0 beyond the edges.
    pub fn density(&self, x: f64) -> f64 {
        let (low, high) = self.edges();
        if !(x > low && x < high) {
            return 0.0;
        }
        libm::sqrt((high - x) * (x - low)) / (2.0 * PI * self.ratio() * x * self.scale())
    }

    /// Share of the squared singular values up to `x`.
    ///
    /// With r = √((b − x)/(x − a)): (π y + √((b − x)(x − a)) − (1 + y) atan((r² − 1)/(2r)) + (1 − y) atan((a r² − b)/(2 (1 − y) r)))
    /// / (2π y).
    pub fn cumulative(&self, x: f64) -> f64 {
        let (low, high) = self.edges();
        if x <= low || high <= low {
            return f64::from(x >= high);
        }
        if x >= high {
            return 1.0;
        }
        let (y, scale) = (self.ratio(), self.scale());
        let (x, low, high) = (x / scale, low / scale, high / scale);
        let r = libm::sqrt((high - x) / (x - low));
        // angles by their two sides, so that nothing is divided where y is 1
        let first = libm::atan2(r * r - 1.0, 2.0 * r);
        let second = libm::atan2(low * r * r - high, 2.0 * (1.0 - y) * r);
        let sum = PI * y + libm::sqrt((high - x) * (x - low)) - (1.0 + y) * first + (1.0 - y) * second;
        (sum / (2.0 * PI * y)).clamp(0.0, 1.0)
    }

    /// E x^k of the squared singular values: scale^k Σ_(r<k) y^r/(r + 1) C(k, r) C(k − 1, r).
    pub fn moment(&self, k: u32) -> f64 {
        if k == 0 {
            return 1.0;
        }
        let choose = |n: u32, r: u32| (0..r).fold(1.0, |product, i| product * f64::from(n - i) / f64::from(i + 1));
        let term = |r: u32| self.ratio().powi(r as i32) / f64::from(r + 1) * choose(k, r) * choose(k - 1, r);
        self.scale().powi(k as i32) * (0..k).map(term).sum::<f64>()
    }

    /// Mean and standard deviation of the largest singular value of one draw with normal elements: exact for a vector, by
    /// Tracy and Widom's law otherwise, with an error of a few parts in a thousand from sides of 10 on.
    pub fn largest(&self) -> (f64, f64) {
        if self.shorter == 1.0 {
            let mean = SQRT_2 * libm::exp(libm::lgamma(0.5 * (self.longer + 1.0)) - libm::lgamma(0.5 * self.longer));
            return (self.std * mean, self.std * libm::sqrt(f64::max(self.longer - mean * mean, 0.0)));
        }
        let (longer, shorter) = (libm::sqrt(self.longer - 1.0), libm::sqrt(self.shorter));
        let width = (longer + shorter) * libm::cbrt(1.0 / longer + 1.0 / shorter);
        let square = (longer + shorter) * (longer + shorter) + width * TRACY_WIDOM_MEAN;
        let value = libm::sqrt(square);
        (self.std * value, self.std * width * libm::sqrt(TRACY_WIDOM_VARIANCE) / (2.0 * value))
    }
}

#[cfg(test)]
mod tests {
    use super::super::element::integral;
    use super::*;

    fn law(y: f64) -> MarchenkoPastur {
        MarchenkoPastur { longer: 100.0, shorter: 100.0 * y, std: 0.1 }
    }

    #[test]
    fn cumulative_against_scipy() {
        // scipy.integrate.quad of the density
        for (y, x, expected) in [
            (0.1, 0.5940355743730592, 0.0962173455431843),
            (0.1, 1.605964425626941, 0.9685792877526882),
            (0.5, 0.3686291501015239, 0.22865361923131128),
            (0.5, 2.631370849898476, 0.9810303863862492),
            (0.9, 1.5205266807797946, 0.7344565551521911),
            (1.0, 1.0, 0.608_997_781_044_229_5),
        ] {
            let found = law(y).cumulative(x);
            assert!((found - expected).abs() < 3e-10, "{y} {x}: {found}");
        }
    }

    #[test]
    fn density_edges_and_moments_belong_together() {
        for y in [0.05, 0.4, 0.95] {
            let law = law(y);
            let (low, high) = law.edges();
            assert!((low - (1.0 - y.sqrt()).powi(2)).abs() < 1e-14 && (high - (1.0 + y.sqrt()).powi(2)).abs() < 1e-14);
            assert_eq!((law.density(low * 0.9), law.density(high * 1.1)), (0.0, 0.0));
            assert_eq!((law.cumulative(low), law.cumulative(high)), (0.0, 1.0));
            // x = middle + half sin t, so that the roots at the edges are smooth
            let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
            for k in 0..5u32 {
                let at = |t: f64| {
                    let x = middle + half * t.sin();
                    x.powi(k as i32) * law.density(x) * half * t.cos()
                };
                let found = integral((-0.5 * PI, 0.5 * PI), 0.02, &[], at);
                assert!((found / law.moment(k) - 1.0).abs() < 1e-9, "{y} {k}: {found}");
            }
        }
        assert_eq!([1, 2, 3, 4].map(|k| law(1.0).moment(k).round()), [1.0, 2.0, 5.0, 14.0]);
    }

    #[test]
    fn largest_singular_values_against_numpy() {
        // numpy.linalg.norm(z, 2) of standard normal matrices: mean, standard deviation, draws
        for (rows, columns, mean, std, draws) in NUMPY {
            let (found, spread) = MarchenkoPastur::new(rows, columns, 1.0).largest();
            let error = 4.0 * std / f64::from(draws).sqrt();
            assert!((found - mean).abs() < error + 0.01 * mean, "{rows}x{columns}: {found} for {mean}");
            assert!(
                (spread / std - 1.0).abs() < 0.05 + 4.0 / (2.0 * f64::from(draws)).sqrt(),
                "{rows}x{columns}: {spread} for {std}"
            );
        }
    }

    const NUMPY: [(usize, usize, f64, f64, u32); 6] = [
        (10, 10, 5.5746, 0.5342, 400),
        (64, 64, 15.5632, 0.4034, 200),
        (256, 64, 23.6488, 0.3412, 200),
        (10, 128, 13.9286, 0.4838, 400),
        (1, 30, 5.4314, 0.6937, 4000),
        (512, 512, 44.9109, 0.2158, 12),
    ];
}
