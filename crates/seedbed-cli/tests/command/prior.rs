//! `seedbed prior` from outside: the table, the record, the exit status, what it refuses.

use crate::support::Place;

/// The command on few draws.
fn words<'w>(network: &'w str, more: &[&'w str]) -> Vec<&'w str> {
    [&["prior", network, "--draws", "4"], more].concat()
}

#[test]
fn a_prior_that_keeps_its_claims_ends_well() {
    let place = Place::new();
    let ran = place.run(&words("mlp(64, 64x5, 10, relu)", &["--prior", "he_normal"]));
    assert_eq!(ran.status, 0, "{ran:?}");
    for column in ["belief", "claimed", "theory", "measured", "held?"] {
        assert!(ran.stdout.contains(column), "{}", ran.stdout);
    }
    assert!(ran.words().contains("he_normal claims: scale: the signal neither grows nor vanishes"), "{}", ran.stdout);
    assert!(ran.words().contains("phase: critical (σ_w² = 2.00, σ_b² = 0 of the typical layer, relu)"));
}

#[test]
fn a_claim_that_is_not_held_here_is_a_finding() {
    let place = Place::new();
    let ran = place.run(&words("mlp(64, 64x5, 10, relu)", &["--prior", "orthogonal(gain=relu)"]));
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.words().contains("not held here: isometry"), "{}", ran.stdout);
    let linear = place.run(&words("mlp(64, 64x5, 10, identity)", &["--prior", "orthogonal"]));
    assert_eq!(linear.status, 0, "{linear:?}");
    let zeros = place.run(&words("mlp(64, 32x3, 10, relu)", &["--prior", "zeros"]));
    assert_eq!(zeros.status, 1);
    assert!(zeros.words().contains("not held here: symmetry, all 32 units of layer1 are tied"), "{}", zeros.stdout);
}

#[test]
fn json_holds_rows_and_pictures() {
    let place = Place::new();
    let network = "mlp(64, 32x4, 10, relu)";
    let found = place.run(&words(network, &["--prior", "he_normal", "--json", "--seed", "9"])).json();
    assert_eq!(found["schema"], "seedbed.prior/1");
    assert_eq!((&found["prior"], &found["draws"], &found["seed"]), (&"he_normal".into(), &4.into(), &9.into()));
    assert_eq!(found["command"], format!("seedbed prior '{network}' --prior he_normal --draws 4 --seed 9"));
    let rows = found["rows"].as_array().unwrap();
    let scale = rows.iter().find(|row| row["quantity"] == "forward variance ratio per layer").unwrap();
    assert_eq!(scale["claimed"]["by"], "he_normal");
    assert!((scale["theory"]["value"].as_f64().unwrap() - 1.0).abs() < 1e-9);
    assert!(scale["measured"]["n"] == 4 && scale["held"] == true);
    assert_eq!(found["signal"].as_array().unwrap().len(), 5);
    assert_eq!(found["jacobian"]["singular_values"][0].as_array().unwrap().len(), 32);
    assert_eq!(found["phase"]["phase"], "critical");
    let again = place.run(&words(network, &["--prior", "he_normal", "--json", "--seed", "9", "--threads", "1"])).json();
    assert_eq!(found, again);
}

#[test]
fn priors_stand_side_by_side() {
    let place = Place::new();
    let compare = ["--compare", "he_normal", "glorot_uniform"];
    let ran = place.run(&words("mlp(64, 32x6, 10, relu)", &compare));
    assert_eq!(ran.status, 1, "{ran:?}");
    let header = ran.stdout.lines().find(|line| line.starts_with("belief")).unwrap();
    assert!(header.contains("he_normal") && header.contains("glorot_uniform"), "{}", ran.stdout);
    let found = place.run(&[&words("mlp(64, 32x6, 10, relu)", &compare)[..], &["--json"]].concat()).json();
    assert_eq!(found["schema"], "seedbed.prior_comparison/1");
    assert_eq!(found["priors"][1]["prior"], "glorot_uniform");
}

#[test]
fn the_page_goes_to_the_folder_asked_for() {
    let place = Place::new();
    let ran = place.run(&words("mlp(64, 16x3, 10, relu)", &["--prior", "he_normal", "--out", "runs/he"]));
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.ends_with("page  runs/he/prior.html\n"), "{}", ran.stdout);
    let page = std::fs::read_to_string(place.path("runs/he/prior.html")).unwrap();
    assert!(page.contains("<h1>What he_normal believes of mlp(64, 16x3, 10, relu)</h1>"));
    let more = ["--compare", "he_normal", "zeros", "--out", "runs/he", "--json"];
    let found = place.run(&words("mlp(64, 16x3, 10, relu)", &more)).json();
    assert_eq!(found["schema"], "seedbed.prior_comparison/1");
    let page = std::fs::read_to_string(place.path("runs/he/prior.html")).unwrap();
    assert!(page.contains("What 2 priors believe"));
    place.write("file", "");
    place.run(&words("mlp(64, 16, 10, relu)", &["--out", "file/x"])).is_refused_with(&["file/x"]);
}

#[test]
fn stand_in_inputs_are_told() {
    let place = Place::new();
    let ran = place.run(&words("mlp(5, 16x2, 1, tanh)", &["--prior", "glorot_normal"]));
    assert!(ran.status < 2, "{ran:?}");
    assert!(
        ran.words()
            .contains("the digits do not fit mlp(5, 16x2, 1, tanh); independent standard normal inputs stand in"),
        "{}",
        ran.stdout
    );
    place.write("rows.csv", "a,b,label\n1,2,0\n1,2,0\n3,-1,1\n0,4,1\n5,1,0\n2,2,1\n");
    let table = place.run(&words("mlp(2, 16x2, 2, tanh)", &["--data", "rows.csv", "--label", "label"]));
    assert!(table.status < 2 && table.words().contains("on rows.csv"), "{table:?}");
}

#[test]
fn bad_input_is_refused() {
    let place = Place::new();
    place.run(&["prior", "mlp(64, 128x0, 10, relu)"]).is_refused_with(&["128x0"]);
    place
        .run(&words("mlp(64, 16, 10, relu)", &["--prior", "normal(variance=-1)"]))
        .is_refused_with(&["variance", "-1"]);
    place.run(&words("mlp(64, 16, 10, relu)", &["--prior", "he_norml"])).is_refused_with(&["'he_normal'"]);
    place.run(&words("mlp(9, 16, 10, relu)", &["--data", "digits"])).is_refused_with(&["digits", "64", "9"]);
    place.run(&["prior", "mlp(64, 16, 10, relu)", "--draws", "1"]).is_refused_with(&["draws", "at least 4"]);
    let both = place.run(&words("mlp(64, 16, 10, relu)", &["--prior", "zeros", "--compare", "ones"]));
    assert_eq!(both.status, 2);
}
