//! `seedbed study`.

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
    let missing = Place::new().run(&["study", "none.toml"]);
    assert!(missing.status == 2 && missing.stderr.contains("none.toml"));
}

#[test]
fn what_no_start_can_reach_is_said_with_the_evidence() {
    let without_expectations = STUDY.split("[[expect]]").next().unwrap();
    let place = written(&without_expectations.replace("target = 1.0", "target = 1e-9"));
    let unreachable = place.run(&["study", "two.toml", "-q"]);
    assert_eq!(unreachable.status, 1, "{unreachable:?}");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = words(&unreachable.stdout);
    assert!(said.contains("no start solves the task within the budget: the lowest smoothed loss"), "{unreachable:?}");
    assert!(said.contains(", of he_normal"), "{unreachable:?}");
    let place =
        written(&without_expectations.replace("[1e-2, 1e-1]", "[1e6, 1e8]").replace("\"zeros\"", "\"glorot_normal\""));
    let large = place.run(&["study", "two.toml", "-q"]);
    assert_eq!(large.status, 1, "{large:?}");
    let said = words(&large.stdout);
    assert!(said.contains("every trial diverged, at the smallest learning rate too (1000000)"), "{large:?}");
}
