//! `seedbed prior --transfer` from outside: slopes, the exit status, what it refuses.

use crate::support::Place;

/// The command on few draws.
fn words<'w>(network: &'w str, way: &'w str, more: &[&'w str]) -> Vec<&'w str> {
    [&["prior", network, "--transfer", way, "--draws", "2"], more].concat()
}

#[test]
fn equal_learning_rates_fail_in_width_and_scaled_ones_pass() {
    let place = Place::new();
    let network = "mlp(64, 32x2, 10, tanh)";
    let failed = place.run(&words(network, "width", &["--prior", "lecun_normal"]));
    assert_eq!(failed.status, 1, "{failed:?}");
    assert!(failed.words().contains("✗ layer3, change in 4 steps of adam at 0.001: slope"), "{}", failed.stdout);
    let scaled = ["--prior", "{layer3.weight=zeros; *.weight=lecun_normal}", "--rates", "mup"];
    let passed = place.run(&words(network, "width", &scaled));
    assert_eq!(passed.status, 0, "{passed:?}");
    assert!(passed.words().contains("passed: every slope lies within 0.25 of 0"), "{}", passed.stdout);
}

#[test]
fn json_holds_slopes_with_their_intervals() {
    let place = Place::new();
    let json = ["--prior", "lecun_normal", "--json"];
    let ran = place.run(&words("mlp(64, 16x3, 10, relu)", "depth", &json));
    assert_eq!(ran.status, 1, "{ran:?}");
    let found = ran.json();
    assert_eq!((&found["schema"], &found["direction"]), (&"seedbed.transfer/1".into(), &"depth".into()));
    assert_eq!((&found["factors"], &found["passed"]), (&serde_json::json!([1, 2, 4]), &false.into()));
    // each of the copies halves the squared size
    let output = found["slopes"].as_array().unwrap().iter().find(|slope| slope["layer"] == "layer4").unwrap();
    let slope = &output["slope"];
    assert!(output["quantity"] == "size" && slope["value"].as_f64().unwrap() < -0.5 && slope["n"] == 2, "{output}");
    assert!(slope["low"].as_f64() < slope["value"].as_f64() && output["sizes"].as_array().unwrap().len() == 3);
}

#[test]
fn sequences_without_data_get_stand_ins_that_are_told() {
    let place = Place::new();
    let ran = place.run(&words("lstm(5x3, 4, 1)", "width", &["--prior", "glorot_uniform"]));
    assert!(ran.status < 2, "{ran:?}");
    assert!(ran.stderr.contains("independent standard normal inputs and targets stand in"), "{}", ran.stderr);
}

#[test]
fn bad_input_is_refused() {
    let place = Place::new();
    place
        .run(&words("mlp(64, 32, 10, relu)", "depth", &[]))
        .is_refused_with(&["keeps its shape", "mlp(64, 32, 10, relu)"]);
    place.run(&words("mlp(64, 10, relu)", "width", &[])).is_refused_with(&["no hidden layer"]);
    place.run(&words("mlp(9, 8, 10, relu)", "width", &["--data", "digits"])).is_refused_with(&["digits", "64", "9"]);
    place
        .run(&["prior", "mlp(64, 8, 10, relu)", "--transfer", "width", "--draws", "1"])
        .is_refused_with(&["draws is 1"]);
    for wrong in [vec!["--compare", "zeros", "ones"], vec!["--rates", "half"]] {
        assert_eq!(place.run(&words("mlp(64, 8, 10, relu)", "width", &wrong)).status, 2, "{wrong:?}");
    }
    assert_eq!(place.run(&["prior", "mlp(64, 8, 10, relu)", "--transfer", "sideways"]).status, 2);
    assert_eq!(place.run(&["prior", "mlp(64, 8, 10, relu)", "--rates", "mup"]).status, 2);
}
