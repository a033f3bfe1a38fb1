//! `seedbed prior --parameters` from outside: the tables, the record, what it refuses.

use crate::support::Place;

const NETWORK: &str = "mlp(8, 4, 3, relu)";

/// The command on few draws.
fn words<'w>(more: &[&'w str]) -> Vec<&'w str> {
    [&["prior", NETWORK, "--parameters", "--draws", "3"], more].concat()
}

#[test]
fn one_prior_is_a_table_of_its_parameters() {
    let place = Place::new();
    let ran = place.run(&words(&["--prior", "lecun_normal"]));
    assert_eq!(ran.status, 0, "{ran:?}");
    for parameter in ["layer1.weight", "layer1.bias", "layer2.weight", "layer2.bias"] {
        assert!(ran.stdout.lines().any(|line| line.starts_with(parameter)), "{}", ran.stdout);
    }
    assert!(ran.words().contains("entropy in all:") && !ran.stdout.contains("KL("), "{}", ran.stdout);
}

#[test]
fn priors_side_by_side_have_divergences_with_their_reasons() {
    let place = Place::new();
    let compare = ["--compare", "lecun_normal", "he_normal", "orthogonal"];
    let ran = place.run(&words(&compare));
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.words().contains("How far p = lecun_normal is from q = he_normal"), "{}", ran.stdout);
    let found = place.run(&words(&[&compare[..], &["--json"]].concat())).json();
    assert_eq!((&found["schema"], &found["draws"]), (&"seedbed.parameters/1".into(), &3.into()));
    assert_eq!(found["priors"][1]["prior"], "he_normal");
    let divergences = found["divergences"].as_array().unwrap();
    assert_eq!(divergences.len(), 6);
    // 44 weights of ln(σ_q/σ_p) + σ_p²/(2 σ_q²) − 1/2 with σ_q² = 2 σ_p²
    let nats = divergences[0]["together"]["nats"].as_f64().unwrap();
    assert!((nats - 44.0 * (0.5 * 2f64.ln() - 0.25)).abs() < 1e-9, "{nats}");
    let never = divergences.iter().find(|one| one["from"] == "orthogonal").unwrap();
    assert!(never["together"]["nats"].is_null() && never["together"]["infinite"] == true);
    assert!(never["together"]["reason"].as_str().unwrap().contains("layer1.weight: the first lies on a set without"));
    let again = place.run(&words(&[&compare[..], &["--json", "--threads", "1"]].concat())).json();
    assert_eq!(found, again);
}

#[test]
fn bad_input_is_refused() {
    let place = Place::new();
    place.run(&["prior", NETWORK, "--parameters", "--draws", "1"]).is_refused_with(&["draws", "at least 2"]);
    place.run(&words(&["--prior", "normal(variance=-1)"])).is_refused_with(&["variance", "-1"]);
    place.run(&words(&["--prior", "{layer1.weight=zeros}"])).is_refused_with(&["layer2.weight"]);
    for conflict in [["--data", "digits"], ["--out", "here"], ["--transfer", "width"]] {
        assert_eq!(place.run(&words(&conflict)).status, 2, "{conflict:?}");
    }
}
