//! The promise of same seed, same bits: `golden.json` holds the first values of many draws. It changes only with a
//! major version. `docs/streams.py` re-creates its uniform and normal rows from the specification alone.
//!
//! `SEEDBED_GOLDEN=write cargo test -p seedbed --test golden` writes the bits of every row anew: for new rows, whose
//! bits may be left out.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::{DataType, Initializer, Layout, Parameter, Shape, Slice};
use serde_json::{Map, Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.json");
/// Values kept of each draw.
const KEPT: usize = 16;

fn rows() -> Vec<Map<String, Value>> {
    serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap()
}

/// The first values of a row's draw, as hexadecimal bits.
fn bits(row: &Map<String, Value>) -> Vec<String> {
    let text = |key: &str| row.get(key).and_then(Value::as_str);
    let shape: Shape = text("shape").unwrap().parse().unwrap();
    let layout = text("layout").map_or_else(|| Layout::assumed(&shape), |layout| layout.parse().unwrap());
    let parameter = Parameter::laid_out(text("name").unwrap(), shape, &layout, 1).unwrap();
    let data_type: DataType = text("type").unwrap_or("f32").parse().unwrap();
    let initializer: Initializer = text("initializer").unwrap().parse().unwrap();
    let bytes = initializer.draw_bytes(&parameter, row["seed"].as_u64().unwrap(), &Slice::whole(), data_type).unwrap();
    let hexadecimal = |value: &[u8]| value.iter().rev().map(|byte| format!("{byte:02x}")).collect();
    bytes.chunks(data_type.bytes()).take(KEPT).map(hexadecimal).collect()
}

#[test]
fn draws_keep_their_bits() {
    let mut rows = rows();
    if std::env::var("SEEDBED_GOLDEN").is_ok_and(|mode| mode == "write") {
        for row in &mut rows {
            let bits = bits(row);
            row.insert("bits".to_owned(), json!(bits));
        }
        let lines: Vec<String> = rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect();
        std::fs::write(FILE, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
        return;
    }
    for row in rows {
        assert_eq!(json!(bits(&row)), row["bits"], "{row:?}");
    }
}

#[test]
fn every_initializer_is_in_the_table() {
    let rows = rows();
    for entry in seedbed::catalogue::entries() {
        let is_named =
            |row: &Map<String, Value>| row["initializer"].as_str().unwrap().split('(').next() == Some(entry.name);
        assert!(rows.iter().any(is_named), "{}", entry.name);
    }
}
