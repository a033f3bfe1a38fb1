//! The promise of same seed, same bits: `golden.json` holds the first values of many draws. It changes only with a
//! major version. `docs/streams.py` re-creates its uniform and normal rows from the specification alone.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::{Initializer, Parameter, Shape};
use serde_json::Value;

/// A tensor of two axes is a dense weight, one of more a convolution's.
fn parameter(name: &str, shape: &Shape) -> Parameter {
    match *shape.dimensions() {
        [outputs, inputs] => Parameter::dense(name, inputs, outputs).unwrap(),
        [outputs, inputs, ref kernel @ ..] => Parameter::convolution(name, inputs, outputs, kernel, 1).unwrap(),
        _ => panic!("{shape} is no weight"),
    }
}

fn check(row: &Value) {
    let text = |key: &str| row[key].as_str().unwrap();
    let expected: Vec<&str> = row["bits"].as_array().unwrap().iter().map(|bits| bits.as_str().unwrap()).collect();
    let parameter = parameter(text("name"), &text("shape").parse().unwrap());
    let initializer: Initializer = text("initializer").parse().unwrap();
    let values = initializer.draw(&parameter, row["seed"].as_u64().unwrap()).unwrap();
    let found: Vec<String> =
        values.iter().take(expected.len()).map(|value| format!("{:08x}", value.to_bits())).collect();
    assert_eq!(found, expected, "{row}");
}

#[test]
fn draws_keep_their_bits() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("golden.json")).unwrap();
    rows.iter().for_each(check);
}

#[test]
fn every_initializer_is_in_the_table() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("golden.json")).unwrap();
    for entry in seedbed::catalogue::entries() {
        let is_named = |row: &Value| row["initializer"].as_str().unwrap().split('(').next() == Some(entry.name);
        assert!(rows.iter().any(is_named), "{}", entry.name);
    }
}
