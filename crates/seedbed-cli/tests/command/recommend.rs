//! `seedbed recommend` from outside: what it writes, what it promises, what it refuses.

use std::io::Read;
use std::process::Stdio;

use crate::support::{Place, Ran, quick};

#[test]
fn it_writes_weights_report_and_study_and_says_why() {
    let place = Place::new();
    let ran = place.recommend("out", &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(place.names("out"), ["report.html", "study.db", "weights.safetensors"]);
    assert!(ran.words().contains("Start from"), "{}", ran.stdout);
    assert!(ran.words().contains("all 16 units of layer1 are tied"), "{}", ran.stdout);
}

#[test]
fn json_holds_the_schema_of_the_design() {
    let place = Place::new();
    let found = place.recommend("out", &["--full", "--json"]).json();
    assert_eq!(found["schema"], "seedbed.recommend/1");
    assert!(found["recommended"].is_string() && found["seconds"].is_number());
    assert!(found["weights"].as_str().unwrap().ends_with("weights.safetensors"));
    let zeros = found["priors"].as_array().unwrap().iter().find(|prior| prior["prior"] == "zeros").unwrap();
    assert_eq!(zeros["solved"]["value"], 0.0);
    assert_eq!(zeros["solved"]["n"], 6);
    assert_eq!(zeros["solved"]["method"], "wilson");
    let steps = &zeros["steps_to_target"];
    assert!(steps["value"].is_null() && steps["high"].is_null() && steps["low"].as_f64().unwrap() > 0.0, "{steps}");
    let symmetry = zeros["beliefs"].as_array().unwrap().iter().find(|belief| belief["belief"] == "symmetry").unwrap();
    assert_eq!(symmetry["held"], false);
    assert_eq!(symmetry["measured"]["value"], 1.0 / 16.0);
    assert_eq!(symmetry["layer"], "layer1");
}

#[test]
fn what_theory_rules_out_is_shown_and_not_tried() {
    let place = Place::new();
    let found = place.recommend("out", &["--json"]).json();
    let stages = found["stages"].as_array().unwrap();
    let names: Vec<&str> = stages.iter().map(|stage| stage["stage"].as_str().unwrap()).collect();
    assert_eq!(names, ["theory", "probes", "search", "comparison"]);
    assert_eq!((&stages[0]["candidates_before"], &stages[0]["trials"]), (&3.into(), &0.into()));
    assert_eq!(stages[0]["removed"][0]["prior"], "zeros");
    // two rates, and two more seeds at the one that solves
    assert_eq!((&stages[2]["candidates_before"], &stages[2]["trials"]), (&2.into(), &8.into()));
    assert_eq!(stages[3]["trials"], 12);
    let zeros = found["priors"].as_array().unwrap().last().unwrap();
    assert_eq!((&zeros["prior"], &zeros["removed_by"], &zeros["rank"]), (&"zeros".into(), &"theory".into(), &0.into()));
    assert!(zeros["solved"]["value"].is_null() && zeros["learning_rate"].is_null(), "{zeros}");
    assert_eq!(zeros["solved"]["n"], 0);
    let text = place.recommend("out", &[]).words();
    assert!(
        text.contains("Not tried: zeros (all 16 units of layer1 are tied") && text.contains("--full tries all"),
        "{text}"
    );
    assert!(text.contains("theory 3 1 0 0") && text.contains("comparison 2 0 12"), "{text}");
}

#[test]
fn a_narrowed_study_goes_on_in_full() {
    let place = Place::new();
    place.recommend("out", &[]);
    let on = place.recommend("out", &["--full", "--json"]);
    assert!(on.stderr.contains("20 finished trials of this study"), "{}", on.stderr);
    let (on, fresh) = (on.json(), place.recommend("fresh", &["--full", "--json"]).json());
    assert_eq!(on["priors"], fresh["priors"]);
    assert!(on["priors"].as_array().unwrap().iter().all(|prior| prior["removed_by"].is_null()));
    assert!(on["command"].as_str().unwrap().ends_with("--full"));
}

#[test]
fn stated_beliefs_narrow_the_candidates() {
    let place = Place::new();
    place.write("beliefs.toml", "density = 0.25");
    let words = ["--beliefs", "beliefs.toml", "--prior", "sparse(nonzeros=4)", "--json"];
    let found = place.recommend("out", &words).json();
    let stage = &found["stages"][1];
    assert_eq!((&stage["stage"], &stage["candidates_before"]), (&"beliefs".into(), &3.into()));
    let removed = stage["removed"].as_array().unwrap();
    assert!(
        removed.len() == 1 && removed[0]["why"].as_str().unwrap().contains("density is stated as 0.25"),
        "{removed:?}"
    );
    place.recommend("other", &["--beliefs", "missing.toml"]).is_refused_with(&["missing.toml"]);
    place.recommend("other", &["--beliefs", "beliefs.toml", "--full"]).is_refused_with(&["--full"]);
}

#[test]
fn data_may_be_made_from_a_seed() {
    let place = Place::new();
    let words =
        ["recommend", "mlp(8, 16x2, 3, relu)", "--data", "prototypes(features=8, classes=3, train=300, test=60)"];
    let more = ["--steps", "30", "--learning-rates", "0.01,0.1", "--prior", "he_normal", "--json", "--out", "out"];
    let found = place.run(&[&words[..], &more[..]].concat()).json();
    assert_eq!(found["data"]["name"], "prototypes(features=8, classes=3, noise=0.5, train=300, test=60)");
    assert_eq!(found["recommended"], "he_normal");
}

#[test]
fn threads_change_neither_weights_nor_verdict() {
    let place = Place::new();
    let one = place.recommend("one", &["--threads", "1", "--json"]).json();
    let two = place.recommend("two", &["--threads", "2", "--json"]).json();
    for key in ["recommended", "tied_with", "verdict", "priors"] {
        assert_eq!(one[key], two[key], "{key}");
    }
    let weights = |out: &str| std::fs::read(place.path(out).join("weights.safetensors")).unwrap();
    assert_eq!(weights("one"), weights("two"));
    let other = place.recommend("three", &["--seed", "9", "--json"]).json();
    assert_eq!(other["study"]["seed"], 9);
    assert_ne!(weights("one"), weights("three"));
}

#[test]
fn a_second_run_measures_nothing_twice() {
    let place = Place::new();
    let first = place.recommend("out", &["--json"]).json();
    let ran = place.recommend("out", &["--json", "--resume"]);
    assert!(ran.stderr.contains("finished trials of this study"), "{}", ran.stderr);
    let second = ran.json();
    assert_eq!(first["priors"], second["priors"]);
    assert_eq!(first["verdict"], second["verdict"]);
}

#[cfg(unix)]
#[test]
fn a_killed_study_resumes_to_the_same_result() {
    let place = Place::new();
    let whole = place.recommend("whole", &["--json"]).json();
    for milliseconds in [30, 80, 150, 250] {
        let mut child = place.command(&quick("killed")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let resumed = place.recommend("killed", &["--json"]).json();
    assert_eq!(resumed["priors"], whole["priors"]);
    let weights = |out: &str| std::fs::read(place.path(out).join("weights.safetensors")).unwrap();
    assert_eq!(weights("killed"), weights("whole"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_in_order_and_is_resumable() {
    let place = Place::new();
    let mut words = quick("out");
    words.extend(["--seeds", "400"]);
    let mut child = place.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !place.path("out/study.db").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    let signalled = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    let status = child.wait().unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("--resume"), "{stderr}");
    assert!(!place.path("out/weights.safetensors").exists());
    words.extend(["--resume"]);
    let again = place.command(&words).spawn().unwrap().wait_with_output();
    assert!(Ran::of(again.unwrap()).status < 2);
}

#[test]
fn a_network_and_a_study_in_one_toml_file() {
    let place = Place::new();
    let text = r#"
        [network]
        input = [1, 8, 8]
        layers = [
          { kind = "conv2d", channels = 4 },
          { kind = "activation", function = "tanh" },
          { kind = "average_pool", size = 2 },
          { kind = "flatten" },
          { kind = "dense", units = 10, name = "head" },
        ]
        [study]
        priors = ["glorot_uniform", "zeros"]
        steps = 15
        target = 2.0
        learning_rates = [0.1]
        out = "from-file"
    "#;
    place.write("study.toml", text);
    let found = place.run(&["recommend", "study.toml", "--steps", "12", "--json"]).json();
    assert_eq!(found["study"]["steps"], 12, "a flag wins over the file");
    assert_eq!(found["network"]["layers"], serde_json::json!(["layer1", "head"]));
    assert!(place.names("from-file").contains(&"report.html".to_owned()));
}

#[test]
fn no_candidate_that_solves_is_a_finding() {
    let place = Place::new();
    let mut words = quick("out");
    words.truncate(words.len() - 2);
    words.extend(["--target", "0.0001"]);
    let ran = place.run(&words);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.words().contains("none is recommended. The closest was he_normal"), "{}", ran.stdout);
    assert_eq!(place.names("out"), ["report.html", "study.db"]);
}

#[test]
fn bad_input_is_refused_before_anything_is_written() {
    let place = Place::new();
    let refuse = |words: &[&str], parts: &[&str]| {
        let words: Vec<&str> = ["recommend"].into_iter().chain(words.iter().copied()).chain(["--out", "out"]).collect();
        place.run(&words).is_refused_with(parts);
        assert!(!place.path("out").exists(), "{words:?} made the folder");
    };
    refuse(&["mlp(64, 128y30, 10, relu)"], &["128y30", "\n          ^"]);
    refuse(&["mlp(64, 16, 10, rleu)"], &["rleu", "did you mean one of 'relu'"]);
    refuse(&["mlp(64, 16, 10, relu)", "--prior", "he_norml"], &["he_norml", "he_normal"]);
    refuse(&["mlp(64, 16, 10, relu)", "--prior", "sparse(nonzero=3)"], &["nonzeros"]);
    refuse(&["mlp(50, 16, 10, relu)"], &["50", "64", "digits"]);
    refuse(&["mlp(64, 16, 5, relu)"], &["10 classes", "5 outputs"]);
    refuse(&["missing.toml"], &["missing.toml"]);
    refuse(&["mlp(64, 16, 10, relu)", "--data", "nowhere"], &["nowhere"]);
    refuse(
        &["mlp(64, 16, 10, relu)", "--optimizer", "adamm"],
        &["adamm", "sgd, momentum, nesterov, adam, adamw or rmsprop"],
    );
    refuse(&["mlp(64, 16, 10, relu)", "--seeds", "3"], &["seeds", "at least 6"]);
    refuse(&["mlp(64, 16, 10, relu)", "--learning-rates", "0.1,0.01"], &["ascending"]);
    let twice = ["mlp(64, 16, 10, relu)", "--prior", "he_normal", "--prior", "kaiming_normal"];
    refuse(&twice, &["he_normal twice", "different priors"]);
    refuse(&["mlp(64, 16, 10, relu)", "--resume"], &["--resume", "no study"]);
}

#[test]
fn bad_data_is_refused_by_name() {
    let place = Place::new();
    let refuse = |name: &str, bytes: &[u8], parts: &[&str]| {
        place.write(name, bytes);
        place.run(&["recommend", "mlp(2, 4, 2, relu)", "--data", name, "--out", "out"]).is_refused_with(parts);
        assert!(!place.path("out").exists());
    };
    refuse("hole.csv", b"a,b,label\n1,2,0\n3,nan,1\n", &["hole.csv", "b"]);
    refuse("labels.csv", b"a,b,label\n1,2,-1\n3,4,1\n", &["labels.csv", "-1"]);
    refuse("cut.npz", b"PK\x03\x04 cut off", &["cut.npz"]);
    let images = [&[0u8, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2][..], &[1, 2, 3]].concat();
    place.write("idx/train-images-idx3-ubyte", images);
    place.write("idx/train-labels-idx1-ubyte", [0u8, 0, 8, 1, 0, 0, 0, 1, 0]);
    place.write("idx/t10k-images-idx3-ubyte", [0u8; 16]);
    place.write("idx/t10k-labels-idx1-ubyte", [0u8; 8]);
    let cut = place.run(&["recommend", "mlp(2, 4, 2, relu)", "--data", "idx", "--out", "out"]);
    cut.is_refused_with(&["train-images-idx3-ubyte"]);
}

#[test]
fn a_folder_with_another_study_is_left_alone() {
    let place = Place::new();
    assert_eq!(place.recommend("out", &[]).status, 0);
    let before = std::fs::read(place.path("out/study.db")).unwrap();
    let other = place.recommend("out", &["--seed", "1"]);
    other.is_refused_with(&["study", "seed"]);
    assert!(std::fs::read(place.path("out/study.db")).unwrap() == before);
    place.write("mine/weights.safetensors", "precious");
    place.recommend("mine", &[]).is_refused_with(&["weights.safetensors", "--out"]);
    assert_eq!(std::fs::read(place.path("mine/weights.safetensors")).unwrap(), b"precious");
    assert_eq!(place.names("mine"), ["weights.safetensors"]);
}
