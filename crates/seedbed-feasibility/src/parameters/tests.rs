use super::*;
use crate::study::Silent;

fn all_of(network: &str, priors: &[&str], threads: usize) -> ParametersRecord {
    let network = network.parse().unwrap();
    let priors: Vec<Prior> = priors.iter().map(|prior| prior.parse().unwrap()).collect();
    let request = Request { network: &network, priors: &priors, draws: 6, seed: 1, confidence: 0.95 };
    parameters(&request, threads, &Silent).unwrap()
}

fn of(network: &str, prior: &str) -> PriorParameters {
    all_of(network, &[prior], 2).priors.remove(0)
}

#[test]
fn derived_and_measured_agree() {
    for prior in ["he_normal", "glorot_uniform", "orthogonal(gain=1.5)", "sparse(nonzeros=20)", "torch:default"] {
        for parameter in of("mlp(64, 128x2, 10, relu)", prior).parameters {
            let density = parameter.density.unwrap();
            assert!((parameter.measured_density.value - density).abs() < 1e-12, "{prior} {}", parameter.name);
            for matrix in parameter.matrices {
                let ratio = matrix.measured_norm.value / matrix.predicted_norm.unwrap();
                assert!((ratio - 1.0).abs() < 0.06, "{prior} {}: {ratio}", parameter.name);
                let distance = matrix.measured_distance.value - matrix.predicted_distance.unwrap();
                assert!((distance - ratio.ln()).abs() < 1e-9);
                assert!(matrix.measured_distance.low <= matrix.measured_distance.high);
            }
        }
    }
}

#[test]
fn entropy_in_all_is_the_sum() {
    let found = of("mlp(8, 4, 3, relu)", "torch:default");
    let sum: f64 = found.parameters.iter().map(|parameter| parameter.entropy.density_nats).sum();
    let together = found.entropy.unwrap();
    assert!((together.differential_nats.unwrap() - sum).abs() < 1e-9);
    assert_eq!(together.free, (8 * 4 + 4 + 4 * 3 + 3) as f64);
    // biases of 0 have none
    let he = of("mlp(8, 4, 3, relu)", "he_normal");
    assert_eq!(he.entropy.unwrap().differential_nats, None);
    assert_eq!(he.parameters[1].entropy.support, "one fixed tensor, of which nothing is free");
}

#[test]
fn divergences_sum_and_say_why_they_are_infinite() {
    let network = "mlp(8, 4, 3, relu)".parse().unwrap();
    let between = |from: &str, to: &str| divergences(&network, &from.parse().unwrap(), &to.parse().unwrap()).unwrap();
    let found = between("lecun_normal", "he_normal");
    let each = 0.5 * 2f64.ln() - 0.25;
    assert!((found.together.nats.unwrap() - 44.0 * each).abs() < 1e-10);
    assert_eq!(found.parameters[1].nats, Some(0.0));
    let never = between("orthogonal", "he_normal").together;
    assert!(never.infinite && never.nats.is_none());
    assert!(never.reason.unwrap().starts_with("layer1.weight: the first lies on a set without volume"));
}

#[test]
fn the_record_survives_json() {
    let found = all_of("mlp(8, 4, 3, relu)", &["sparse(nonzeros=2)", "he_normal"], 1);
    let text = serde_json::to_string(&found).unwrap();
    let read: ParametersRecord = serde_json::from_str(&text).unwrap();
    let bits = |record: &ParametersRecord| record.priors[0].entropy.as_ref().unwrap().discrete_nats;
    assert!((bits(&read) - bits(&found)).abs() < 1e-12 && bits(&found) > 0.0);
    assert_eq!(read.divergences[0].together, found.divergences[0].together);
    assert_eq!(all_of("mlp(8, 4, 3, relu)", &["sparse(nonzeros=2)", "he_normal"], 3), found);
    assert_eq!((found.schema.as_str(), found.divergences.len()), ("seedbed.parameters/1", 2));
}

/// Packed gates and projections are matrices of their own; positions are none.
#[test]
fn recurrent_cells_and_attention() {
    let cell = of("lstm(5x3, 8, 2)", "{*.recurrent=orthogonal; *.weight=glorot_uniform}");
    assert_eq!(cell.parameters[0].matrices.len(), 4);
    let own = &cell.parameters[1].matrices;
    assert!(own.iter().all(|gate| gate.predicted_norm == Some(1.0) && (gate.measured_norm.value - 1.0).abs() < 1e-5));
    let transformer = of("transformer(5x3, 8x1, 2, gelu, heads(2))", "glorot_uniform");
    let matrices: Vec<(&str, usize)> =
        transformer.parameters.iter().map(|found| (found.name.as_str(), found.matrices.len())).collect();
    assert!(matrices.contains(&("layer2.weight", 3)) && matrices.contains(&("position1.weight", 0)), "{matrices:?}");
}

#[test]
fn bad_requests_are_refused() {
    let network = "mlp(8, 4, 3, relu)".parse().unwrap();
    let priors = ["he_normal".parse().unwrap()];
    let request = Request { network: &network, priors: &priors, draws: 2, seed: 0, confidence: 0.95 };
    let refused = |request: Request| parameters(&request, 1, &Silent).unwrap_err().to_string();
    assert!(refused(Request { draws: 1, ..request }).contains("draws is 1"));
    assert!(refused(Request { priors: &[], ..request }).contains("priors is empty"));
}
