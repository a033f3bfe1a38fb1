//! The promise of same seed, same bits: `golden.json` holds draws of every initializer. It changes only with a major
//! version. `docs/streams.py` re-creates the rows of the elementwise laws from the specification alone.
//!
//! A row says what is drawn (`initializer`, `name`, `seed`, `shape`; `layout`, `groups`, `packed` and `type` where they
//! are not the assumed layout, 1, none and f32) and holds `bits`, the first 16 values as hexadecimal bits. A row
//! without a `type` also holds `draws`: for each number type a BLAKE2b hash of 16 bytes over the little-endian bytes of
//! whole draws, one after the other, of each parameter in `over`.
//!
//! A new row needs only `initializer`, `name`, `seed` and `shape`:
//!
//! `SEEDBED_GOLDEN=write cargo test --release -p seedbed --test golden`
//!
//! fills in what is missing, and changes nothing that is there. `over` may be given by hand where the usual parameters
//! do not do: each is a shape, then a layout, then `groups=2` or `packed=8,8`, as far as they are needed.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use blake2::digest::consts::U16;
use blake2::{Blake2b, Digest};
use seedbed::{DataType, Error, Initializer, Layout, Parameter, Shape, Slice};
use serde_json::{Map, Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.json");
/// Values kept of each draw.
const KEPT: usize = 16;
/// What a row is drawn over unless it says so: every layout, wide and tall, odd and even, and one of several tasks.
const OVER: [&str; 16] = [
    "scalar",
    "7",
    "24",
    "33x20",
    "20x33",
    "64x64",
    "24x16 dense_in_out",
    "12x6x3x3",
    "8x3x2x2 convolution groups=2",
    "6x4x3 transposed_convolution groups=2",
    "3x3x6x12 convolution_in_out",
    "30x8 embedding",
    "3x10x6 experts",
    "64x16 dense packed=16,16,16,16",
    "8x4x6 ioo",
    "520x512",
];

type Row = Map<String, Value>;
/// What a row holds under a key.
type Part = (&'static str, fn(&Row) -> Value);

fn rows() -> Vec<Row> {
    serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap()
}

fn text<'r>(row: &'r Row, key: &str) -> Option<&'r str> {
    row.get(key).and_then(Value::as_str)
}

fn initializer(row: &Row) -> Initializer {
    text(row, "initializer").unwrap().parse().unwrap()
}

/// A parameter written as in `over`.
fn parameter(name: &str, written: &str) -> Parameter {
    let mut words = written.split(' ');
    let shape: Shape = words.next().unwrap().parse().unwrap();
    let (mut layout, mut groups, mut packed) = (Layout::assumed(&shape), 1, Vec::new());
    for word in words {
        match word.split_once('=') {
            None => layout = word.parse().unwrap(),
            Some(("groups", number)) => groups = number.parse().unwrap(),
            Some(("packed", sizes)) => packed = sizes.split(',').map(|size| size.parse().unwrap()).collect(),
            _ => panic!("{word} in {written}"),
        }
    }
    let parameter = Parameter::laid_out(name, shape, &layout, groups).unwrap();
    if packed.is_empty() { parameter } else { parameter.packed(packed).unwrap() }
}

fn drawn(row: &Row, written: &str, data_type: DataType) -> Result<Vec<u8>, Error> {
    let parameter = parameter(text(row, "name").unwrap(), written);
    initializer(row).draw_bytes(&parameter, row["seed"].as_u64().unwrap(), &Slice::whole(), data_type)
}

/// The first values of a row's draw, as hexadecimal bits.
fn bits(row: &Row) -> Value {
    let data_type: DataType = text(row, "type").unwrap_or("f32").parse().unwrap();
    let layout = text(row, "layout").map(|layout| format!(" {layout}")).unwrap_or_default();
    let bytes = drawn(row, &format!("{}{layout}", text(row, "shape").unwrap()), data_type).unwrap();
    let hexadecimal = |value: &[u8]| value.iter().rev().map(|byte| format!("{byte:02x}")).collect::<String>();
    bytes.chunks(data_type.bytes()).take(KEPT).map(hexadecimal).collect()
}

/// Those of the usual parameters that the initializer can fill.
fn usual(row: &Row) -> Value {
    OVER.into_iter().filter(|written| drawn(row, written, DataType::F32).is_ok()).collect()
}

/// The hash of a row's draws in each number type that can hold them all.
fn draws(row: &Row) -> Value {
    let over: Vec<&str> = row["over"].as_array().unwrap().iter().map(|written| written.as_str().unwrap()).collect();
    let hash = |data_type: DataType| {
        let mut hash = Blake2b::<U16>::new();
        for written in &over {
            match drawn(row, written, data_type) {
                Ok(bytes) => hash.update(bytes),
                Err(Error::DataType { .. }) => return None,
                Err(refused) => panic!("{refused}"),
            }
        }
        let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Some((data_type.to_string(), json!(digest)))
    };
    DataType::ALL.into_iter().filter_map(hash).collect()
}

/// Adds what a row lacks.
fn complete(row: &mut Row) {
    let parts: [Part; 3] = [("bits", bits), ("over", usual), ("draws", draws)];
    let needed = if text(row, "type").is_none() { &parts[..] } else { &parts[..1] };
    for (key, value) in needed {
        if !row.contains_key(*key) {
            let value = value(row);
            row.insert((*key).to_owned(), value);
        }
    }
}

#[test]
fn draws_keep_their_bits() {
    let mut rows = rows();
    if std::env::var("SEEDBED_GOLDEN").is_ok_and(|mode| mode == "write") {
        rows.iter_mut().for_each(complete);
        let lines: Vec<String> = rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect();
        std::fs::write(FILE, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
        return;
    }
    for row in rows {
        assert_eq!(bits(&row), row["bits"], "{row:?}");
        if text(&row, "type").is_none() {
            assert!(row.contains_key("draws"), "fill in the row by SEEDBED_GOLDEN=write: {row:?}");
            assert_eq!(draws(&row), row["draws"], "{row:?}");
        }
    }
}

#[test]
fn every_initializer_is_in_the_table() {
    let rows = rows();
    for entry in seedbed::catalogue::entries() {
        let has_name = |row: &&Row| text(row, "initializer").unwrap().split('(').next() == Some(entry.name);
        let over = rows.iter().filter(has_name).filter_map(|row| row.get("over")?.as_array());
        assert!(over.map(Vec::len).sum::<usize>() > 0, "{} is not in the table", entry.name);
    }
}

/// The processor's instructions are chosen once in a process, so each choice needs its own.
#[test]
fn neither_instructions_nor_threads_change_a_bit() {
    for (instructions, threads) in [("scalar", "1"), ("avx2", "2"), ("avx512", "7")] {
        let ended = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "draws_keep_their_bits"])
            .env("SEEDBED_VECTOR", instructions)
            .env("RAYON_NUM_THREADS", threads)
            .env_remove("SEEDBED_GOLDEN")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success() && said.contains("1 passed"), "{instructions}, {threads} threads: {said}");
    }
}
