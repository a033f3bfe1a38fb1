//! What the initializers of a prior claim.

use seedbed::{Prior, catalogue};
use seedbed_network::graph::Network;

use super::record::Claimed;
use crate::error::FeasibilityError;

/// The claims about weights, each with its belief: those of every initializer that some weighted layer has, in
/// execution order, an initializer once. Biases and norms claim nothing of the network.
pub fn of_prior(network: &Network, prior: &Prior) -> Result<Vec<(&'static str, Claimed)>, FeasibilityError> {
    let mut names: Vec<&str> = Vec::new();
    for (_, node) in network.weighted_layers() {
        for weight in node.operation.weights() {
            let name = prior.initializer(&network.parameters[weight])?.name();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    // a name of another library that is none here claims nothing
    let entries = names.into_iter().filter_map(|name| catalogue::find(name).ok());
    let claims = entries.flat_map(|entry| entry.claims.iter().map(move |claim| (entry.name, claim)));
    let claimed = claims
        .map(|(name, claim)| (claim.belief, Claimed { by: name.to_owned(), statement: claim.statement.to_owned() }));
    Ok(claimed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed(prior: &str) -> Vec<(&'static str, String)> {
        let network: Network = "mlp(8, 4x2, 2, relu)".parse().unwrap();
        let claims = of_prior(&network, &prior.parse().unwrap()).unwrap();
        claims.into_iter().map(|(belief, claimed)| (belief, claimed.by)).collect()
    }

    #[test]
    fn each_initializer_of_the_weights_claims_once() {
        let he = claimed("he_normal");
        assert_eq!(
            he.iter().map(|(belief, _)| *belief).collect::<Vec<_>>(),
            ["scale", "gradient_flow", "symmetry", "evenness"]
        );
        let mixed = claimed("{layer3.weight=zeros; *.bias=constant(value=1); *=orthogonal}");
        assert!(mixed.contains(&("isometry", "orthogonal".to_owned())));
        assert_eq!(mixed.last().unwrap(), &("symmetry", "zeros".to_owned()));
        assert!(!mixed.iter().any(|(_, by)| by == "constant"));
    }
}
