//! `seedbed dimension`.

use crate::support::{Place, Ran};

const NETWORK: &str = "mlp(64, 8, 10, relu)";

/// Small enough for a test: 60 steps at two learning rates with two seeds.
fn dimension(place: &Place, more: &[&str]) -> Ran {
    let words = ["dimension", NETWORK, "--prior", "he_normal", "--steps", "60", "--learning-rate", "0.03,0.3"];
    place.run(&[&words[..], &["--seeds", "2"], more].concat())
}

#[test]
fn a_dimension_for_every_prior_and_threads_change_nothing() {
    let place = Place::new();
    let words = ["--prior", "glorot_uniform", "--share", "0.8", "--json"];
    let found = dimension(&place, &words);
    assert_eq!(found.status, 0, "{found:?}");
    let json = found.json();
    assert_eq!((json["schema"].as_str(), json["parameters"].as_u64()), (Some("seedbed.dimension/1"), Some(610)));
    for prior in json["priors"].as_array().unwrap() {
        let median = prior["dimension"]["value"].as_f64().unwrap();
        assert!(median > 1.0 && median < 610.0, "{prior}");
        assert_eq!(
            (prior["dimension"]["method"].as_str(), prior["reached"].as_u64()),
            (Some("order_statistics"), Some(2))
        );
        assert!(prior["whole"]["value"].as_f64().unwrap() > 0.5);
    }
    assert_eq!(json, dimension(&place, &[&words[..], &["--threads", "1"]].concat()).json());
    assert_ne!(json, dimension(&place, &[&words[..], &["--seed", "5"]].concat()).json());
}

#[test]
fn the_table_says_what_the_goal_was_and_what_it_cost() {
    let place = Place::new();
    let found = dimension(&place, &["--target", "1.5"]);
    assert_eq!(found.status, 0, "{found:?}");
    for part in
        ["Intrinsic dimension of mlp(64, 8, 10, relu) (610 parameters)", "a training loss of at most 1.5", "2 of 2"]
    {
        assert!(found.words().contains(part), "{part}: {}", found.stdout);
    }
    for part in ["2 seeds are too few for an interval", "training steps in all"] {
        assert!(found.words().contains(part), "{part}: {}", found.stdout);
    }
}

#[test]
fn a_start_that_never_gets_there_is_a_finding() {
    let place = Place::new();
    let found = dimension(&place, &["--prior", "normal(mean=0, std=100)", "--share", "1"]);
    assert_eq!(found.status, 1, "{found:?}");
    assert!(found.words().contains("2 of 2 seeds do not get there in the whole space"), "{}", found.stdout);
    assert!(found.words().contains("above 610"), "{}", found.stdout);
}

#[test]
fn bad_input_is_refused() {
    let place = Place::new();
    dimension(&place, &["--share", "1.5"]).is_refused_with(&["share is 1.5", "at most 1"]);
    dimension(&place, &["--share", "0"]).is_refused_with(&["share is 0"]);
    dimension(&place, &["--target=-1"]).is_refused_with(&["target is -1"]);
    dimension(&place, &["--from", "611"]).is_refused_with(&["from is 611", "610 parameters"]);
    place
        .run(&["dimension", NETWORK, "--prior", "zeros", "--seeds", "0"])
        .is_refused_with(&["seeds is 0", "at least 1"]);
    dimension(&place, &["--learning-rate", "0.1,0.01"]).is_refused_with(&["learning rate", "ascending"]);
    dimension(&place, &["--data", "nowhere.csv"]).is_refused_with(&["nowhere.csv"]);
    dimension(&place, &["--data", "adding(steps=8)"]).is_refused_with(&["does not fit"]);
    dimension(&place, &["--optimizer", "adamm"]).is_refused_with(&["adamm", "rmsprop"]);
    dimension(&place, &["--prior", "nonsense"]).is_refused_with(&["nonsense"]);
    // clap: a share or a loss, not both
    assert_eq!(dimension(&place, &["--share", "0.5", "--target", "1"]).status, 2);
}
