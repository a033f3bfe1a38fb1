//! A prior in the space of its weights, parameter by parameter: what is derived beside what draws show.

pub mod record;

use seedbed::{Initializer, Parameter, Prior, WeightMatrix};
use seedbed_network::graph::Network;
use seedbed_theory::parameter_space::{
    Divergence, Entropy, MatrixFacts, ParameterFacts, divergence, parameter_facts, spectral_norm,
};

use crate::error::FeasibilityError;
use crate::statistics::{Estimate, mean};
use crate::study::{Observer, workers};
use record::{
    DivergenceRecord, EntropyRecord, MatrixRecord, ParameterRecord, ParametersRecord, PriorDivergence, PriorParameters,
    SCHEMA,
};

/// A parameter of more elements is derived but not drawn here.
pub const MOST_ELEMENTS: usize = 1 << 26;
/// Draws below which there is no interval.
const FEWEST_DRAWS: usize = 2;

/// What to look at.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The network.
    pub network: &'r Network,
    /// The priors; at least one. Of several, each is set against each other.
    pub priors: &'r [Prior],
    /// Draws of each parameter whose norms and densities are measured; at least 2.
    pub draws: usize,
    /// Seed of the first draw.
    pub seed: u64,
    /// Confidence of the intervals.
    pub confidence: f64,
}

impl Request<'_> {
    /// Refuses a request that cannot be run.
    ///
    /// # Errors
    /// No prior, too few draws, or a prior that cannot draw some parameter.
    pub fn check(&self) -> Result<(), FeasibilityError> {
        let setting = |setting, found: String, wanted: &str| {
            Err(FeasibilityError::Setting { setting, found, wanted: wanted.to_owned() })
        };
        if self.priors.is_empty() {
            return setting("priors", "empty".to_owned(), "at least one");
        }
        if self.draws < FEWEST_DRAWS {
            return setting("draws", self.draws.to_string(), "at least 2: an interval needs draws");
        }
        for prior in self.priors {
            for parameter in &self.network.parameters {
                prior.initializer(parameter)?.facts(parameter)?;
            }
        }
        Ok(())
    }
}

/// Every parameter of a network under each prior, with norms and densities of draws, and the divergences of each prior
/// from each other. The result does not depend on `threads`.
///
/// ```
/// use seedbed_feasibility::parameters::{Request, parameters};
/// use seedbed_feasibility::study::Silent;
/// let network = "mlp(64, 32x2, 10, relu)".parse()?;
/// let priors = ["orthogonal(gain=2)".parse()?];
/// let request = Request { network: &network, priors: &priors, draws: 4, seed: 0, confidence: 0.95 };
/// let found = parameters(&request, 1, &Silent)?;
/// let hidden = &found.priors[0].parameters[2].matrices[0]; // layer2.weight
/// assert_eq!((hidden.predicted_norm, hidden.wanted_norm), (Some(2.0), 1.0));
/// assert!((hidden.measured_norm.value - 2.0).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`Request::check`], or the interruption.
pub fn parameters(
    request: &Request,
    threads: usize,
    observer: &dyn Observer,
) -> Result<ParametersRecord, FeasibilityError> {
    request.check()?;
    let elements: usize = request.network.parameters.iter().map(|parameter| parameter.shape.elements()).sum();
    observer.begins((elements * request.priors.len()) as u64);
    observer.stage("measuring draws");
    let priors = request.priors.iter().map(|prior| of_prior(request, prior, threads, observer));
    Ok(ParametersRecord {
        schema: SCHEMA.to_owned(),
        network: request.network.text.clone(),
        draws: request.draws,
        seed: request.seed,
        priors: priors.collect::<Result<_, _>>()?,
        divergences: each_pair(request)?,
    })
}

fn of_prior(
    request: &Request,
    prior: &Prior,
    threads: usize,
    observer: &dyn Observer,
) -> Result<PriorParameters, FeasibilityError> {
    let one = |parameter: &Parameter| {
        let initializer = prior.initializer(parameter)?;
        let facts = parameter_facts(&initializer, parameter)?;
        let shown = Shown::of(request, &initializer, parameter, observer)?;
        observer.advanced(parameter.shape.elements() as u64);
        Ok((record_of(parameter, &facts, &shown, request.confidence), facts.entropy))
    };
    let found = workers::run(&request.network.parameters, threads, one)?;
    let together = Entropy::sum(found.iter().map(|(_, entropy)| *entropy));
    Ok(PriorParameters {
        prior: prior.to_string(),
        parameters: found.into_iter().map(|(record, _)| record).collect(),
        entropy: together.as_ref().map(EntropyRecord::of),
    })
}

/// The divergences between any two of the priors, both ways.
fn each_pair(request: &Request) -> Result<Vec<PriorDivergence>, FeasibilityError> {
    let mut all = Vec::new();
    for (place, one) in request.priors.iter().enumerate() {
        for other in &request.priors[place + 1..] {
            all.push(divergences(request.network, one, other)?);
            all.push(divergences(request.network, other, one)?);
        }
    }
    Ok(all)
}

/// Kullback–Leibler divergence of one prior of a network from another, in nats.
///
/// # Errors
/// A prior that cannot draw some parameter.
pub fn divergences(network: &Network, from: &Prior, to: &Prior) -> Result<PriorDivergence, FeasibilityError> {
    let one = |parameter: &Parameter| -> Result<Divergence, FeasibilityError> {
        Ok(divergence(&from.initializer(parameter)?, &to.initializer(parameter)?, parameter)?)
    };
    let all = network.parameters.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    let names = network.parameters.iter().map(|parameter| parameter.name.clone());
    let parameters: Vec<DivergenceRecord> =
        names.zip(&all).map(|(name, one)| DivergenceRecord::of(name, one)).collect();
    let mut together = DivergenceRecord::of("in all".to_owned(), &Divergence::sum(all));
    // the reason is some parameter's
    let same = |one: &&DivergenceRecord| one.reason.is_some() && one.reason == together.reason;
    together.reason = parameters.iter().find(same).map(|one| format!("{}: {}", one.parameter, words(one)));
    Ok(PriorDivergence { from: from.to_string(), to: to.to_string(), parameters, together })
}

fn words(record: &DivergenceRecord) -> &str {
    record.reason.as_deref().unwrap_or_default()
}

/// What draws of one parameter show.
struct Shown {
    /// Share of the elements that are not zero, one a draw.
    densities: Vec<f64>,
    /// Spectral norms: by matrix, by draw.
    norms: Vec<Vec<f64>>,
}

impl Shown {
    fn of(
        request: &Request,
        initializer: &Initializer,
        parameter: &Parameter,
        observer: &dyn Observer,
    ) -> Result<Shown, FeasibilityError> {
        let matrices = parameter.weight_matrices()?;
        let mut shown = Shown { densities: Vec::new(), norms: vec![Vec::new(); matrices.len()] };
        let elements = parameter.shape.elements();
        let draws = if elements > MOST_ELEMENTS { 0 } else { request.draws };
        for draw in 0..draws as u64 {
            if !observer.goes_on() {
                return Err(FeasibilityError::Interrupted);
            }
            let values: Vec<f32> = initializer.draw(parameter, request.seed.wrapping_add(draw))?;
            let nonzero = values.iter().filter(|value| **value != 0.0).count();
            shown.densities.push(nonzero as f64 / elements as f64);
            let norm = |matrix: &WeightMatrix| -> Result<f64, FeasibilityError> {
                let own = matrix.gather(parameter, &values)?;
                Ok(spectral_norm(matrix.rows(), matrix.columns(), &own))
            };
            for (norms, matrix) in shown.norms.iter_mut().zip(&matrices) {
                norms.push(norm(matrix)?);
            }
        }
        Ok(shown)
    }
}

fn record_of(parameter: &Parameter, facts: &ParameterFacts, shown: &Shown, confidence: f64) -> ParameterRecord {
    let matrices = facts.matrices.iter().zip(&shown.norms);
    ParameterRecord {
        name: facts.name.clone(),
        initializer: facts.initializer.to_string(),
        shape: parameter.shape.to_string(),
        elements: facts.elements,
        density: facts.density,
        measured_density: mean(&shown.densities, confidence),
        mean: facts.mean,
        std: facts.std,
        entropy: EntropyRecord::of(&facts.entropy),
        matrices: matrices.map(|(facts, norms)| matrix(facts, norms, confidence)).collect(),
    }
}

fn matrix(facts: &MatrixFacts, norms: &[f64], confidence: f64) -> MatrixRecord {
    let condition = facts.condition;
    // a matrix of zeros is infinitely far; a mean and its ends go through the logarithm, since it is increasing
    let measured = mean(norms, confidence);
    let distance = |norm: f64| condition.ln_distance(norm.max(0.0));
    let measured_distance = Estimate {
        value: distance(measured.value),
        low: distance(measured.low),
        high: distance(measured.high),
        ..measured.clone()
    };
    MatrixRecord {
        outputs: condition.outputs,
        inputs: condition.inputs,
        wanted_norm: condition.wanted_norm(),
        predicted_norm: facts.norm.map(|norm| norm.value),
        measured_norm: measured,
        predicted_distance: facts.norm.map(|norm| distance(norm.value)).filter(|distance| distance.is_finite()),
        measured_distance,
    }
}

#[cfg(test)]
mod tests;
