//! `seedbed mass`.

use crate::support::{Place, Ran};

const NETWORK: &str = "mlp(64, 4, 10, tanh)";

fn mass(place: &Place, more: &[&str]) -> Ran {
    place.run(&[&["mass", NETWORK, "--prior", "glorot_uniform"], more].concat())
}

#[test]
fn a_mass_in_bits_with_an_interval() {
    let place = Place::new();
    let found = mass(&place, &["--exact-fit", "--examples", "1", "--samples", "2000", "--json"]);
    assert_eq!(found.status, 0, "{found:?}");
    let json = found.json();
    assert_eq!(json["schema"], "seedbed.mass/1");
    let prior = &json["priors"][0];
    // one example of ten classes: about one draw in ten
    let bits = prior["log_mass_bits"]["value"].as_f64().unwrap();
    assert!((bits - 0.1f64.log2()).abs() < 1.0, "{bits}");
    assert_eq!(
        (prior["method"].as_str(), prior["log_mass_bits"]["method"].as_str()),
        (Some("direct"), Some("clopper_pearson"))
    );
    assert!(prior["test_error"]["value"].as_f64().unwrap() > 0.5 && prior["error_bound"]["value"] == 1.0);
}

#[test]
fn what_is_rare_is_split_and_threads_change_nothing() {
    let place = Place::new();
    let words = ["--exact-fit", "--examples", "6", "--particles", "100", "--moves", "3", "--repeats", "4", "--json"];
    let found = mass(&place, &words).json();
    let prior = &found["priors"][0];
    assert_eq!((prior["method"].as_str(), prior["repeats"].as_array().unwrap().len()), (Some("splitting"), 4));
    assert!(prior["r_hat"].as_f64().is_some() && prior["effective_samples"].as_f64().is_some());
    assert_eq!(found, mass(&place, &[&words[..], &["--threads", "1"]].concat()).json());
}

#[test]
fn no_hit_is_a_finding_with_a_bound() {
    let place = Place::new();
    let found = mass(&place, &["--target", "0.001", "--method", "direct", "--samples", "500"]);
    assert_eq!(found.status, 1, "{found:?}");
    assert!(found.words().contains("no hit, so log2 P is below -7.1 at 95 %"), "{}", found.stdout);
}

#[test]
fn priors_side_by_side_with_a_budget() {
    let place = Place::new();
    let words = ["--prior", "zeros", "--error", "0.5", "--examples", "4", "--method", "direct", "--samples", "300"];
    let found = mass(&place, &[&words[..], &["--within", "40", "--learning-rate", "0.1", "--draws", "3"]].concat());
    assert!(found.words().contains("rank correlation of mass and solved share across 2 priors"), "{}", found.stdout);
}

#[test]
fn bad_input_is_refused() {
    let place = Place::new();
    mass(&place, &["--target", "-1"]).is_refused_with(&["target", "-1"]);
    mass(&place, &["--error", "1.5"]).is_refused_with(&["error", "1.5"]);
    mass(&place, &["--exact-fit", "--examples", "0"]).is_refused_with(&["examples", "1437"]);
    mass(&place, &["--exact-fit", "--repeats", "1"]).is_refused_with(&["repeats", "at least 2"]);
    mass(&place, &["--exact-fit", "--data", "nowhere.csv"]).is_refused_with(&["nowhere.csv"]);
    mass(&place, &["--exact-fit", "--within", "5", "--learning-rate", "0"]).is_refused_with(&["learning rate"]);
    let words = ["mass", "mlp(64, 8, 10, tanh)", "--prior", "givens(rounds=1)", "--exact-fit", "--method", "splitting"];
    place.run(&words).is_refused_with(&["givens", "layer1.weight"]);
    // clap: which of them is a solution must be said, once
    assert_eq!(mass(&place, &[]).status, 2);
    assert_eq!(mass(&place, &["--exact-fit", "--error", "0.1"]).status, 2);
    assert_eq!(mass(&place, &["--exact-fit", "--learning-rate", "0.1"]).status, 2);
}
