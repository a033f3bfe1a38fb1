//! The spectral condition: features learn at any width where ‖W‖₂ = Θ(√(n_out/n_in)).
//!
//! A vector of n_in numbers of size 1 has the length √n_in; numbers of size 1 come out when a weight takes it to √n_out,
//! so a weight whose largest singular value is √(n_out/n_in) neither shrinks nor blows them up, whatever the widths. The
//! maximal update parametrization (muP) asks the same of every step: ‖ΔW‖₂ = Θ(√(n_out/n_in)).
//!
//! Θ leaves a factor open that does not change with width, so the distance ln(‖W‖₂/√(n_out/n_in)) need not be 0: it is
//! ln(1 + √(min/max)) for normal elements of std min(1, √(n_out/n_in))/√n_in. It must not move with width.
//!
//! A convolution counts as its patches do: n_in is channels times taps, n_out is channels.
//!
//! Source: Yang, Simon & Bernstein (2023), "A spectral condition for feature learning", condition 1.

/// A matrix beside the condition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpectralCondition {
    /// n_out, output units; at least 1.
    pub outputs: usize,
    /// n_in, weights into each; at least 1.
    pub inputs: usize,
}

impl SpectralCondition {
    /// √(n_out/n_in).
    pub fn wanted_norm(&self) -> f64 {
        libm::sqrt(self.outputs as f64 / self.inputs as f64)
    }

    /// ln(‖W‖₂/√(n_out/n_in)): 0 at the condition, −∞ for a matrix of zeros.
    ///
    /// ```
    /// use seedbed_theory::parameter_space::SpectralCondition;
    /// let readout = SpectralCondition { outputs: 10, inputs: 1000 };
    /// assert_eq!(readout.wanted_norm(), 0.1);
    /// assert!((readout.ln_distance(0.2) - 2f64.ln()).abs() < 1e-15);
    /// ```
    pub fn ln_distance(&self, norm: f64) -> f64 {
        libm::log(norm / self.wanted_norm())
    }
}

#[cfg(test)]
mod tests {
    use super::super::predicted_norms;
    use super::*;
    use seedbed::Parameter;

    fn distance(text: &str, inputs: usize, outputs: usize) -> f64 {
        let weight = Parameter::dense("w", inputs, outputs).unwrap();
        let norm = predicted_norms(&text.parse().unwrap(), &weight).unwrap()[0].unwrap().value;
        SpectralCondition { outputs, inputs }.ln_distance(norm)
    }

    /// Of the readout, the standard choice grows as √width and the spectral one stays.
    #[test]
    fn the_readout_tells_the_parametrizations_apart() {
        let slope = |text: &str| (distance(text, 4096, 10) - distance(text, 256, 10)) / 16f64.ln();
        assert!((slope("lecun_normal") - 0.5).abs() < 0.05, "{}", slope("lecun_normal"));
        assert!(slope("spectral").abs() < 0.05, "{}", slope("spectral"));
        assert_eq!(distance("zeros", 256, 10), f64::NEG_INFINITY);
    }

    /// numpy.linalg.norm(w, 2)/√(n_out/n_in) of one draw each: 1.9991, 1.4938, 1.3510.
    #[test]
    fn published_norms() {
        for (outputs, inputs, found) in [(512, 512, 1.9991f64), (1024, 256, 1.4938), (128, 1024, 1.3510)] {
            let std = (outputs as f64 / inputs as f64).sqrt().min(1.0) / (inputs as f64).sqrt();
            let predicted = distance(&format!("normal(mean=0, std={std})"), inputs, outputs);
            assert!((predicted - found.ln()).abs() < 0.02, "{outputs}x{inputs}: {predicted} for {}", found.ln());
        }
    }
}
