//! Stated beliefs from outside: the solved prior, its weights, and what is refused.

use crate::support::Place;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/beliefs.toml");
const NETWORK: &str = "mlp(64, 128x8, 10, tanh)";

/// `seedbed prior` with beliefs in a file.
fn words<'w>(network: &'w str, more: &[&'w str]) -> Vec<&'w str> {
    [&["prior", network, "--beliefs"], more].concat()
}

#[test]
fn the_example_is_solved_for_and_met() {
    let place = Place::new();
    let ran = place.run(&words(NETWORK, &[EXAMPLE, "--draws", "60"]));
    assert_eq!(ran.status, 0, "{ran:?}");
    for text in
        ["layer1.weight", "sparse(nonzeros=16", "layer2.weight … layer8.weight (7)", "met?", "correlation_length"]
    {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.stdout);
    }
    assert!(ran.words().contains("output_std: standard deviation of the outputs"), "{}", ran.stdout);
}

#[test]
fn json_holds_stated_theory_and_measurement() {
    let place = Place::new();
    place.write("rnn.toml", "memory = 6\noutput_std = 0.5");
    let run = |threads: &str| {
        let ran =
            place.run(&words("rnn(8x8, 64, 10, tanh)", &["rnn.toml", "--json", "--threads", threads, "--seed", "4"]));
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.json()
    };
    let found = run("1");
    assert_eq!((&found["schema"], &found["seed"]), (&"seedbed.stated/1".into(), &4.into()));
    assert_eq!((&found["stated"]["memory"], &found["stated"]["output_std"]), (&6.0.into(), &0.5.into()));
    let memory = found["beliefs"].as_array().unwrap().iter().find(|row| row["belief"] == "memory").unwrap();
    assert!((memory["predicted"].as_f64().unwrap() - 6.0).abs() < 1e-6 && memory["met"] == true, "{memory}");
    assert!(memory["measured"]["low"].as_f64().unwrap() > 5.4 && memory["measured"]["high"].as_f64().unwrap() < 6.6);
    let recurrent = &found["parameters"][1];
    assert_eq!(recurrent["name"], "layer1.recurrent");
    assert!(recurrent["initializer"].as_str().unwrap().starts_with("orthogonal(gain=0.8"), "{recurrent}");
    assert_eq!(found, run("2"));
}

#[test]
fn what_is_given_up_is_said_and_is_a_finding() {
    let place = Place::new();
    place.write("both.toml", "correlation_length = 3\ngradient_ratio = 1");
    let ran = place.run(&words(NETWORK, &["both.toml"]));
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.words().contains("given up: gradient_ratio = 1 for correlation_length"), "{}", ran.stdout);
}

#[test]
fn weights_of_the_solved_prior_are_written() {
    let place = Place::new();
    place.write("b.toml", "without_effect = [\"layer9.weight\"]");
    let ran = place.run(&["init", NETWORK, "--beliefs", "b.toml", "-o", "start.safetensors", "--seed", "7"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let bytes = std::fs::read(place.path("start.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.names().len(), 18);
    assert!(file.tensor("layer9.weight").unwrap().data().iter().all(|byte| *byte == 0));
    assert!(file.tensor("layer8.weight").unwrap().data().iter().any(|byte| *byte != 0));
    // the prior in the file's own words draws the same again
    let prior = ran.stdout.split("drawn from ").nth(1).unwrap().split(" with seed").next().unwrap();
    let again = place.run(&["init", NETWORK, "--prior", prior, "-o", "again.safetensors", "--seed", "7"]);
    assert_eq!(again.status, 0, "{again:?}");
    assert_eq!(bytes, std::fs::read(place.path("again.safetensors")).unwrap());
}

#[test]
fn what_cannot_be_is_refused_with_the_reason() {
    let place = Place::new();
    for (network, beliefs, reason) in [
        ("mlp(64, 128x8, 10, relu)", "isometry = 0.1", "slopes of relu differ whatever the weights are"),
        ("mlp(64, 128x8, 10, relu)", "density = 0.0234", "read by none of its 128 units"),
        ("mlp(64, 128x8, 10, relu)", "memory = 20", "no recurrent cell"),
        ("mlp(64, 128x8, 10, relu)", "outputs_std = 1", "did you mean 'output_std'"),
        ("mlp(64, 128x8, 10, relu)", "output_std = 1\nconfidence = 0.5", "state one of them"),
        ("rnn(8x8, 32, 10, tanh)", "isometry = 0.1", "of them output_std, confidence, memory"),
    ] {
        place.write("b.toml", beliefs);
        place.run(&words(network, &["b.toml"])).is_refused_with(&[reason]);
        place.run(&["init", network, "--beliefs", "b.toml", "-o", "w.safetensors"]).is_refused_with(&[reason]);
        assert!(!place.path("w.safetensors").exists());
    }
    place.run(&words(NETWORK, &["none.toml"])).is_refused_with(&["none.toml", "cannot be read"]);
    place.run(&words(NETWORK, &["b.toml", "--prior", "zeros"])).is_refused_with(&["--prior"]);
    place.run(&["init", NETWORK, "-o", "w.safetensors"]).is_refused_with(&["--prior"]);
    place.write("b.toml", "output_std = 1");
    place.run(&words(NETWORK, &["b.toml", "--draws", "3"])).is_refused_with(&["draws", "at least 4"]);
}

#[test]
fn the_docs_say_what_every_key_means() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/beliefs.md")).unwrap();
    for key in seedbed_theory::beliefs::KEYS {
        assert!(docs.contains(&format!("\n| `{key}` |")), "{key}");
    }
}
