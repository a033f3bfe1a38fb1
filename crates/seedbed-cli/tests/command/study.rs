//! `seedbed study`.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::Place;

const STUDY: &str = r#"
title = "two starts"
networks = ["mlp(64, 8, 10, relu)"]
data = "digits"
starts = ["he_normal", "zeros"]
learning_rates = [1e-2, 1e-1]
batch = 64
steps = 60
target = 1.0

[[expect]]
says = "he_normal solves"
start = "he_normal"
measure = "solved"
at_least = 0.5
"#;

fn written(text: &str) -> Place {
    let place = Place::new();
    std::fs::write(place.path("two.toml"), text).unwrap();
    place
}

#[test]
fn a_study_is_run_kept_and_taken_up_again() {
    let place = written(STUDY);
    let first = place.run(&["study", "two.toml", "--json"]);
    assert_eq!(first.status, 0, "{first:?}");
    let json = first.json();
    assert_eq!(
        (json["schema"].as_str(), json["judged"][0]["verdict"].as_str()),
        (Some("seedbed.study/1"), Some("agrees"))
    );
    for name in ["results.json", "results.html", "study.db"] {
        assert!(place.path("two").join(name).is_file(), "{name}");
    }
    let again = place.run(&["study", "two.toml", "--resume", "--json", "--threads", "1"]);
    assert_eq!(again.json()["tasks"], json["tasks"]);
    // changed between run and resume: refused, with what differs
    std::fs::write(place.path("two.toml"), STUDY.replace("steps = 60", "steps = 50")).unwrap();
    let changed = place.run(&["study", "two.toml"]);
    assert_eq!(changed.status, 2);
    assert!(changed.stderr.contains("holds another study") && changed.stderr.contains("steps"), "{}", changed.stderr);
}

#[test]
fn tables_hold_every_trial_and_step() {
    let place = written(STUDY);
    assert_eq!(place.run(&["study", "two.toml", "--export", "csv,parquet", "-q"]).status, 0);
    let names =
        ["results.html", "results.json", "steps.csv", "steps.parquet", "study.db", "trials.csv", "trials.parquet"];
    assert_eq!(place.names("two"), names);
    let trials = rows(&place, "two/trials.csv");
    assert_eq!(trials[0][..5].join(" "), "trial task start phase seed");
    assert!(trials[0][13..].iter().any(|measure| measure == "relative_distance"), "{:?}", trials[0]);
    // two starts: a seed at each of two rates, two more at the rates that solved; then six pairs each
    let paired: Vec<&Vec<String>> = trials.iter().filter(|row| row[3] == "paired").collect();
    assert_eq!((trials[1][3].as_str(), paired.len()), ("search", 12));
    let seeds: Vec<&str> = paired.iter().map(|row| row[4].as_str()).collect();
    assert_eq!(seeds[..6], ["0", "1", "2", "3", "4", "5"]);
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(place.path("two/results.json")).unwrap()).unwrap();
    for (row, trial) in paired.iter().zip(json["tasks"][0]["starts"][0]["trials"].as_array().unwrap()) {
        assert_eq!(row[6], trial["ended"]);
        assert_eq!(row[11].parse::<f64>().unwrap(), trial["test_loss"].as_f64().unwrap());
    }
    let steps = rows(&place, "two/steps.csv");
    let run: usize = trials[1..].iter().map(|row| row[8].parse::<usize>().unwrap()).sum();
    assert_eq!(steps.len() - 1, run);
    // asked for afterwards, the same tables come from the store
    let before = std::fs::read(place.path("two/trials.csv")).unwrap();
    assert_eq!(place.run(&["study", "two.toml", "--export", "csv", "-q", "--threads", "1"]).status, 0);
    assert_eq!(std::fs::read(place.path("two/trials.csv")).unwrap(), before);
    assert!(place.run(&["study", "two.toml", "--export", "xlsx"]).stderr.contains("possible values: csv, parquet"));
}

/// A CSV file without quoted cells that hold a comma or a line end, `mlp(…)` apart.
fn rows(place: &Place, name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(place.path(name)).unwrap();
    let unquoted = text.replace("\"mlp(64, 8, 10, relu)\"", "task");
    unquoted.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn a_contradicted_expectation_is_a_finding() {
    let place = written(&STUDY.replace("at_least = 0.5", "at_most = 0.5"));
    let found = place.run(&["study", "two.toml"]);
    assert_eq!(found.status, 1, "{found:?}");
    assert!(found.stdout.contains("does not agree"), "{}", found.stdout);
}

#[test]
fn what_cannot_be_run_is_named() {
    for (from, to, part) in [
        ("steps = 60", "seeds = 1", "at least 6"),
        ("steps = 60", "step = 60", "step"),
        ("\"zeros\"", "\"zeross\"", "zeross"),
        ("start = \"he_normal\"", "start = \"ones\"", "one of the starts: he_normal, zeros"),
        ("[1e-2, 1e-1]", "[1e-1, 1e-2]", "ascending"),
    ] {
        let place = written(&STUDY.replace(from, to));
        let refused = place.run(&["study", "two.toml"]);
        assert_eq!(refused.status, 2, "{refused:?}");
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
        assert!(!place.path("two").exists());
    }
    for pause in ["-1", "nan", "soon"] {
        let place = written(STUDY);
        let refused = place.run(&["study", "two.toml", "--keep-every", pause]);
        assert!(refused.status == 2 && refused.stderr.contains("--keep-every"), "{refused:?}");
        assert!(!place.path("two").exists());
    }
    let missing = Place::new().run(&["study", "none.toml"]);
    assert!(missing.status == 2 && missing.stderr.contains("none.toml"));
}

#[test]
fn what_no_start_can_reach_is_said_with_the_evidence() {
    let without_expectations = STUDY.split("[[expect]]").next().unwrap();
    let place = written(&without_expectations.replace("target = 1.0", "target = 1e-9"));
    let unreachable = place.run(&["study", "two.toml", "-q"]);
    assert_eq!(unreachable.status, 1, "{unreachable:?}");
    let said = unreachable.words();
    assert!(said.contains("no start solves the task within the budget: the lowest smoothed loss"), "{unreachable:?}");
    assert!(said.contains(", of he_normal"), "{unreachable:?}");
    let place =
        written(&without_expectations.replace("[1e-2, 1e-1]", "[1e6, 1e8]").replace("\"zeros\"", "\"glorot_normal\""));
    let large = place.run(&["study", "two.toml", "-q"]);
    assert_eq!(large.status, 1, "{large:?}");
    let said = large.words();
    assert!(said.contains("every trial diverged, at the smallest learning rate too (1000000)"), "{large:?}");
}

/// What a study came to, without the times.
fn timeless(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.retain(|name, _| name != "seconds" && name != "wall_seconds");
            fields.values_mut().for_each(timeless);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(timeless),
        _ => (),
    }
}

fn results(place: &Place) -> serde_json::Value {
    let mut found = serde_json::from_str(&std::fs::read_to_string(place.path("two/results.json")).unwrap()).unwrap();
    timeless(&mut found);
    found
}

/// Trials that a study took up again, as it says on stderr.
fn taken_up(stderr: &str) -> Option<usize> {
    let (before, _) = stderr.split_once(" finished trials of this study")?;
    before.rsplit(' ').next()?.parse().ok()
}

#[test]
fn a_hundred_kills_lose_no_finished_trial_and_change_no_result() {
    let whole = written(STUDY);
    assert_eq!(whole.run(&["study", "two.toml"]).status, 0);
    let expected = results(&whole);
    let (mut kills, mut random, mut in_the_middle) = (0, 1u64, 0);
    while kills < 100 {
        let place = written(STUDY);
        let mut kept = 0;
        while kills < 100 {
            let mut command = place.command(&["study", "two.toml"]);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            // Knuth's linear congruential generator: up to 0.1 s
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            std::thread::sleep(Duration::from_micros((random >> 33) % 100_000));
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            let found = taken_up(&String::from_utf8_lossy(&output.stderr));
            if output.status.success() {
                break;
            }
            kills += 1;
            if let Some(found) = found {
                assert!(found >= kept, "{found} finished trials after {kept}");
                (in_the_middle, kept) = (in_the_middle + usize::from(found > kept), found);
            }
        }
        let last = place.run(&["study", "two.toml"]);
        assert_eq!(last.status, 0, "{last:?}");
        assert_eq!(results(&place), expected);
    }
    assert!(in_the_middle > 0, "{in_the_middle} of {kills} kills came between two trials");
}

#[test]
fn trials_longer_than_every_life_of_the_process_end_all_the_same() {
    // one rate, so no search: six trials of 800 steps to the end
    let long = STUDY
        .replace(r#"["he_normal", "zeros"]"#, r#"["he_normal"]"#)
        .replace("[1e-2, 1e-1]", "[1e-3]")
        .replace("8, 10, relu", "32x4, 10, relu, dropout(0.1)")
        .replace("steps = 60", "steps = 800")
        .replace("target = 1.0", "target = 1e-9");
    let command = ["study", "two.toml", "--keep-every", "0", "--threads", "2"];
    let whole = written(&long);
    let begun = Instant::now();
    assert_eq!(whole.run(&command).status, 1, "no start solves");
    // two threads: a trial takes a third of the time
    let life = begun.elapsed() / 6;
    let place = written(&long);
    let (mut kills, mut under_way) = (0, 0);
    loop {
        let mut child = place.command(&command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(life);
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        if output.status.code() == Some(1) {
            break;
        }
        kills += 1;
        under_way += usize::from(String::from_utf8_lossy(&output.stderr).contains("under way; going on"));
        assert!(kills < 60, "no end after {kills} lives of {life:?}");
    }
    assert!(kills >= 5 && under_way >= 4, "{under_way} of {kills}");
    assert_eq!(results(&place), results(&whole));
}
