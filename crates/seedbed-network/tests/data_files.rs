//! Data files: what is read from files that NumPy and Python wrote, and what is refused.
//!
//! The files and the expected numbers come from `tests/data/make.py`.

#![allow(clippy::unwrap_used)] // in tests, a panic is the report

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use seedbed_network::data::{self, DataError, Dataset, KINDS, Source};
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn read(path: &Path, label: Option<&str>) -> Result<Dataset, DataError> {
    data::read(&Source::parse(path.to_str().unwrap(), label)?)
}

/// The message of the error, which must name the file or folder and hold `parts`.
#[track_caller]
fn refused(path: &Path, label: Option<&str>, parts: &[&str]) {
    let message = read(path, label).unwrap_err().to_string();
    let named = message.contains(path.file_name().unwrap().to_str().unwrap());
    assert!(named && parts.iter().all(|part| message.contains(part)), "{message}");
}

#[track_caller]
fn close(found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5), "{found:?} {expected:?}");
}

fn written(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn cut(bytes: &[u8], missing: usize) -> &[u8] {
    &bytes[..bytes.len() - missing]
}

// sources

#[test]
fn a_source_is_built_in_a_folder_or_a_file() {
    assert_eq!(Source::parse("digits", None).unwrap(), Source::Digits);
    let parse = |name: &str, label| Source::parse(fixture(name).to_str().unwrap(), label).unwrap();
    assert_eq!(parse("idx", None), Source::Idx { folder: fixture("idx") });
    assert_eq!(parse("images.npz", None), Source::Npz { file: fixture("images.npz") });
    assert_eq!(
        parse("penguins_whole.csv.gz", Some("0")),
        Source::Csv { file: fixture("penguins_whole.csv.gz"), label: Some("0".to_owned()) }
    );
    assert_eq!(parse("table_u1.npy", None), Source::Npy { file: fixture("table_u1.npy"), label: None });
}

#[test]
fn other_sources_are_refused_with_what_works() {
    let missing = Source::parse("nowhere.csv", None).unwrap_err().to_string();
    assert!(missing.starts_with("cannot use 'nowhere.csv' as data: there is no such file or folder"), "{missing}");
    let path = fixture("make.py");
    let other = Source::parse(path.to_str().unwrap(), None).unwrap_err().to_string();
    assert!(other.contains("make.py' as data: its name does not say what kind of file"), "{other}");
    assert!(KINDS.iter().all(|(written, _)| missing.contains(written) && other.contains(written)), "{other}");
}

#[test]
fn a_label_is_refused_where_there_are_no_columns() {
    for name in ["idx", "images.npz"] {
        refused(&fixture(name), Some("species"), &["the label column 'species' was asked for", "leave the label out"]);
    }
    let error = Source::parse("digits", Some("3")).unwrap_err();
    assert!(matches!(error, DataError::LabelNotTaken { .. }), "{error}");
}

// the embedded digits

#[test]
fn digits_agree_with_numpy() {
    let digits = data::digits();
    assert_eq!(digits.train.labels[..8], [1, 9, 5, 3, 5, 6, 6, 6]);
    assert_eq!(digits.test.labels[352..], [3, 9, 3, 5, 6, 7, 1, 3]);
    close(&digits.train.inputs[10..14], &[-0.24905452, 1.01189278, -1.34409579, -1.36147325]);
    close(&digits.test.inputs[359 * 64 + 10..][..4], &[0.66346802, -1.51607997, 1.19619222, -0.86600548]);
}

// IDX

const FILES: [&str; 4] =
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

fn idx(kind: u8, dimensions: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, dimensions.len() as u8];
    bytes.extend(dimensions.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(values);
    bytes
}

/// A sound folder of plain files, with `bytes` in place of one of them.
fn idx_folder(replaced: &str, bytes: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sound = [
        idx(8, &[4, 1, 2], &[0, 10, 20, 30, 40, 50, 60, 70]),
        idx(8, &[4], &[0, 1, 0, 1]),
        idx(8, &[2, 1, 2], &[5, 6, 7, 8]),
        idx(8, &[2], &[1, 0]),
    ];
    for (name, sound) in FILES.iter().zip(sound) {
        written(&folder, name, sound);
    }
    let plain = folder.path().join(replaced.trim_end_matches(".gz"));
    fs::remove_file(plain).unwrap();
    written(&folder, replaced, bytes);
    folder
}

#[track_caller]
fn idx_refused(file: &str, bytes: &[u8], parts: &[&str]) {
    let folder = idx_folder(file, bytes);
    let message = read(folder.path(), None).unwrap_err().to_string();
    assert!(message.contains(file) && parts.iter().all(|part| message.contains(part)), "{message}");
}

#[test]
fn idx_files_plain_packed_and_dotted() {
    let data = read(&fixture("idx"), None).unwrap();
    assert_eq!((data.name.as_str(), data.example_shape.to_string().as_str(), data.classes), ("idx", "1x2x3", 3));
    assert_eq!(data.train.labels, [0, 1, 2, 0, 1, 2]);
    assert_eq!(data.test.labels, [0, 1, 2]);
    close(&data.train.inputs[..1], &[-1.6845883288916133]);
    close(&data.test.inputs[17..], &[3.4173077528944154]);
}

#[test]
fn idx_headers_are_checked() {
    let values = [0; 8];
    let magic = [&[1, 2], &idx(8, &[4, 1, 2], &values)[2..]].concat();
    idx_refused(FILES[0], &magic, &["first two bytes", "expected 0x00 0x00, found 0x01 0x02"]);
    let float = idx(0x0d, &[4, 1, 2], &[0; 32]);
    idx_refused(FILES[0], &float, &["type code", "expected 0x08, unsigned bytes, found 0x0d, 32-bit floats"]);
    idx_refused(FILES[0], &idx(8, &[8], &values), &["number of dimensions: expected 3, found 1"]);
    idx_refused(FILES[1], &idx(8, &[4, 1, 1], &[0; 4]), &["number of dimensions: expected 1, found 3"]);
    idx_refused(FILES[1], &idx(8, &[3], &[0, 1, 0]), &["number of labels: expected 4", "found 3"]);
    idx_refused(FILES[2], &idx(8, &[2, 2, 2], &values), &["size of the images: expected images of 1x2, found", "2x2"]);
    idx_refused(FILES[0], b"\0\0", &["16 bytes expected from its header, 2 found; it ends within its header"]);
    idx_refused(FILES[0], b"\0\0\x08\x03\0\0", &["16 bytes expected from its header, 6 found"]);
}

#[test]
fn idx_lengths_are_exact() {
    let sound = idx(8, &[4, 1, 2], &[0; 8]);
    let longer = [&sound[..], &[7; 5]].concat();
    let lengths = ["24 bytes expected from its header, 21 found"];
    idx_refused(FILES[0], cut(&sound, 3), &lengths);
    idx_refused("train-images-idx3-ubyte.gz", &gzip(cut(&sound, 3)), &lengths);
    idx_refused(FILES[0], &longer, &["24 bytes expected from its header, 29 found"]);
    idx_refused("train-images-idx3-ubyte.gz", &gzip(&longer), &["24 bytes expected from its header, 29 found"]);
}

#[test]
fn a_broken_gzip_stream_is_refused() {
    let noise: Vec<u8> = (0..8000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let packed = gzip(&idx(8, &[4, 20, 100], &noise));
    let file = "train-images-idx3-ubyte.gz";
    idx_refused(file, cut(&packed, 500), &["8016 bytes expected", "found where its gzip stream breaks off"]);
    let small = gzip(&idx(8, &[4, 1, 2], &[0; 8]));
    idx_refused(file, cut(&small, 4), &["end of the gzip stream: expected its checksum"]);
    idx_refused(file, &[&small[..], b"x"].concat(), &["end of the gzip stream"]);
    idx_refused(file, b"no gzip at all, though the name says so", &["cannot read", "check that it is a whole file"]);
}

#[test]
fn a_claim_of_many_images_allocates_nothing() {
    idx_refused(FILES[0], &idx(8, &[u32::MAX; 3], &[0; 8]), &["79228162458924105385300197391 bytes", "24 found"]);
}

#[test]
fn idx_without_examples_or_pixels() {
    idx_refused(FILES[0], &idx(8, &[4, 0, 2], &[]), &["shape of one example", "at least one number", "found 1x0x2"]);
    let folder = idx_folder(FILES[2], &idx(8, &[0, 1, 2], &[]));
    written(&folder, FILES[3], idx(8, &[0], &[]));
    refused(folder.path(), None, &["0 test examples found, at least 1 needed"]);
}

#[test]
fn idx_labels_are_classes() {
    idx_refused(FILES[1], &idx(8, &[4], &[0, 1, 9, 1]), &["out of range at label 2 of", "found '9', expected 0 to 2"]);
    idx_refused(FILES[3], &idx(8, &[2], &[1, 2]), &["class 2 is in the test part (first at label 1 of t10k-labels"]);
}

#[test]
fn a_folder_must_hold_all_four_files() {
    let folder = idx_folder(FILES[0], b"");
    fs::remove_file(folder.path().join(FILES[3])).unwrap();
    fs::write(folder.path().join(FILES[0]), idx(8, &[4, 1, 2], &[0; 8])).unwrap();
    refused(folder.path(), None, &["no t10k-labels-idx1-ubyte or t10k-labels.idx1-ubyte in it", "plain or with .gz"]);
    refused(tempfile::tempdir().unwrap().path(), None, &["found nothing", "must hold train-images-idx3-ubyte"]);
}

/// Needs the four files of Fashion-MNIST, 31 MB, which are not in the repository.
#[test]
#[allow(clippy::print_stdout)]
fn fashion_mnist() {
    let Some(folder) = std::env::var_os("SEEDBED_FASHION_MNIST") else {
        let _ = writeln!(
            std::io::stderr(), // past the capture of a passing test's output
            "skipped: SEEDBED_FASHION_MNIST names no folder with Fashion-MNIST (31 MB, not kept here); get it on Debian by \
             `apt-get download dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist*.deb x`, then set it to x/usr/share/datasets/fashion-mnist"
        );
        return;
    };
    let data = read(Path::new(&folder), None).unwrap();
    assert_eq!((data.example_shape.to_string().as_str(), data.classes), ("1x28x28", 10));
    for (split, examples) in [(&data.train, 60_000), (&data.test, 10_000)] {
        assert_eq!((split.examples(), split.inputs.len()), (examples, examples * 784));
        let count = |class| split.labels.iter().filter(|&&label| label == class).count();
        assert!((0..10).all(|class| count(class) == examples / 10));
    }
    let n = data.train.inputs.len() as f64;
    let mean = data.train.inputs.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let var = data.train.inputs.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n;
    assert!(mean.abs() < 1e-6 && (var.sqrt() - 1.0).abs() < 1e-6, "{mean} {var}");
    // the mean and std of the training pixels are published as 0.2860 and 0.3530 of 255; an empty pixel is 0
    assert!((f64::from(data.train.inputs[0]) + 0.2860 / 0.3530).abs() < 1e-3, "{}", data.train.inputs[0]);
}

// CSV

#[test]
fn penguins_agree_with_numpy() {
    let data = read(&fixture("penguins_whole.csv.gz"), Some("species")).unwrap();
    assert_eq!((data.train.examples(), data.test.examples(), data.classes), (273, 69, 3));
    assert_eq!((data.name.as_str(), data.example_shape.to_string().as_str()), ("penguins_whole.csv.gz", "5"));
    assert_eq!(data.train.labels[..6], [2, 1, 1, 2, 0, 0]);
    close(&data.train.inputs[..5], &[-0.06830025, -1.62814303, 1.13834099, 0.83273509, -0.05304337]);
    close(&data.test.inputs[68 * 5..], &[-0.1222423, -1.57793031, 0.49210628, 0.43389881, 1.15369329]);
    let by_index = read(&fixture("penguins_whole.csv.gz"), Some("0")).unwrap();
    assert_eq!(by_index.train.inputs, data.train.inputs);
}

#[test]
fn missing_measurements_are_counted_and_the_first_is_named() {
    let parts = [
        "8 feature cells in 2 examples hold no",
        "first is 'NA' at row 4 (line 5 of the file), column 'bill_length_mm'",
    ];
    refused(&fixture("penguins_numbers.csv"), Some("species"), &parts);
    refused(&fixture("penguins.csv"), Some("species"), &["'Torgersen' at row 1 (line 2 of the file), column 'island'"]);
    refused(&fixture("penguins.csv"), Some("sex"), &["'Adelie' at row 1"]);
}

/// Twenty rows of two features and the label, with one row (from 0) replaced.
fn csv(header: &str, row: usize, text: &str) -> String {
    let line =
        |index: usize| if index == row { text.to_owned() } else { format!("{index},{},{}", index * 2, index % 2) };
    let rows: Vec<String> = (0..20).map(line).collect();
    format!("{header}{}\n", rows.join("\n"))
}

#[test]
fn a_header_is_seen_by_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let bare = read(&written(&folder, "bare.csv", csv("", 99, "")), None).unwrap();
    for (header, label) in
        [("a,b,c\n", None), ("a,b,c\n", Some("c")), ("\u{feff}a,b,c\n", Some("2")), ("2,b,7\n", Some("7"))]
    {
        let data = read(&written(&folder, "headed.csv", csv(header, 99, "")), label).unwrap();
        assert_eq!((&data.train.inputs, &data.test.labels), (&bare.train.inputs, &bare.test.labels), "{header}");
    }
    assert_eq!((bare.train.examples(), bare.test.examples(), bare.classes), (16, 4, 2));
    let named =
        read(&written(&folder, "named.csv", csv("", 99, "").replace(",1\n", ",yes\n").replace(",0\n", ",no\n")), None);
    assert_eq!(named.unwrap().train.labels, bare.train.labels);
}

#[test]
fn csv_features_must_be_numbers() {
    let folder = tempfile::tempdir().unwrap();
    for cell in ["", "NA", "nan", "inf", "-inf", "1e39", "x", "1,5"] {
        let path = written(&folder, "bad.csv", csv("a,b,c\n", 6, &format!("1,\"{cell}\",0")));
        let first = format!(
            "1 feature cells in 1 examples hold no finite 32-bit number, the first is '{cell}' at row 7 (line 8 of the file)"
        );
        refused(&path, None, &[&first, "column 'b'"]);
    }
    for cell in ["inf", "NaN", "1e39"] {
        let path = written(&folder, "first.csv", csv("", 0, &format!("{cell},1,0")));
        refused(&path, None, &[&format!("'{cell}' at row 1 (line 1 of the file), column 0 (from 0)")]);
    }
    refused(
        &written(&folder, "bare.csv", csv("", 0, "NA,,0")),
        None,
        &["2 feature cells in 1 examples", "'NA' at row 1 (line 1", "column 0 (from 0)"],
    );
}

#[test]
fn csv_labels_must_be_classes() {
    let folder = tempfile::tempdir().unwrap();
    let bad = |label: &str| written(&folder, "bad.csv", csv("a,b,c\n", 10, &format!("1,2,{label}")));
    for label in ["-1", "0.5", "inf"] {
        refused(
            &bad(label),
            None,
            &["label out of range at row 11 (line 12 of the file), column 'c'", "a whole number from 0"],
        );
    }
    refused(&bad("7"), None, &["row 11", "found '7', expected 0 to 2, for there are 3 different labels"]);
    refused(&bad("NA"), None, &["row 11", "found 'NA', expected a class: a whole number from 0 or a name"]);
    // row 19 is a test row
    let test = written(&folder, "test.csv", csv("a,b,c\n", 19, "1,2,2"));
    refused(&test, None, &["class 2 is in the test part (first at row 20 (line 21 of the file), column 'c')"]);
    let named = written(&folder, "named.csv", csv("a,b,c\n", 19, "1,2,rare"));
    refused(&named, None, &["class 'rare' is in the test part"]);
    let one = written(&folder, "one.csv", "a,b\n1,0\n2,0\n3,0\n4,0\n5,0\n");
    refused(&one, None, &["1 classes found, at least 2 needed"]);
}

#[test]
fn csv_columns_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let headed = written(&folder, "headed.csv", csv("a,b,c\n", 99, ""));
    refused(&headed, Some("d"), &["no label column 'd'; there are a, b, c"]);
    refused(&headed, Some("3"), &["no label column '3'; there are a, b, c"]);
    let bare = written(&folder, "bare.csv", csv("", 99, ""));
    refused(&bare, Some("c"), &["no label column 'c'; there are 3 columns without a header, numbered 0 to 2"]);
    let ragged = written(&folder, "ragged.csv", csv("a,b,c\n", 4, "1,2"));
    refused(&ragged, None, &["number of cells: expected 3, as in the first row, found 2 at row 5 (line 6"]);
    refused(&written(&folder, "other.csv", "a;b;c\n1;2;0\n"), None, &["1 comma-separated columns found, at least 2"]);
    refused(&written(&folder, "empty.csv", ""), None, &["0 comma-separated columns found"]);
    refused(&written(&folder, "header.csv", "a,b,c\n"), None, &["0 training examples found, at least 1 needed"]);
    refused(&written(&folder, "latin.csv", b"a,b\n1,caf\xe9\n"), None, &["CSV: expected UTF-8 text"]);
}

#[test]
fn a_packed_csv_must_be_whole() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(fixture("penguins_whole.csv.gz")).unwrap();
    refused(&written(&folder, "cut.csv.gz", cut(&whole, 100)), Some("0"), &["cannot read"]);
    refused(&written(&folder, "cut.csv.gz", cut(&whole, 4)), Some("0"), &["cannot read"]);
}

#[test]
fn a_feature_out_of_all_proportion_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text: String =
        (0..20).map(|row| format!("{},{}\n", if row == 19 { 1e38 } else { 1e-30 * f64::from(row) }, row % 2)).collect();
    refused(&written(&folder, "spread.csv", text), None, &["standardizing feature 0", "rescale or drop"]);
}

// NPY

#[test]
fn tables_of_every_type_agree_with_numpy() {
    for name in ["u1", "i4", "i8", "f4", "f8", "fortran"] {
        let data = read(&fixture(&format!("table_{name}.npy")), None).unwrap();
        assert_eq!(data.train.labels, [0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1]);
        assert_eq!(data.test.labels, [1, 0, 1, 0]);
        close(&data.train.inputs[..3], &[0.09325048, 1.36944086, 0.0]);
        close(&data.test.inputs[9..], &[-1.77175914, -1.34680547, 0.0]);
        assert_eq!((data.example_shape.to_string().as_str(), data.classes), ("3", 2));
    }
    let same = read(&fixture("table_u1.npy"), Some("3")).unwrap();
    assert_eq!(same.test.labels, [1, 0, 1, 0]);
}

#[test]
fn npy_arrays_are_checked() {
    refused(&fixture("table_i2.npy"), None, &["type of the numbers: expected u8, i32, i64, f32 or f64", "found '<i2'"]);
    refused(&fixture("table_big_endian.npy"), None, &["little-endian", "found '>f4'"]);
    refused(&fixture("flat.npy"), None, &["shape: expected two dimensions, examples and columns, found [20]"]);
    refused(&fixture("table_u1.npy"), Some("4"), &["no label column '4'; there are 4 columns, numbered 0 to 3"]);
    refused(&fixture("table_u1.npy"), Some("species"), &["no label column 'species'"]);
    refused(&fixture("hole.npy"), None, &["2 feature cells in 2 examples hold no", "first is 'NaN' at index [4, 1]"]);
    refused(&fixture("negative_label.npy"), None, &["label out of range at index [6, 3]", "found '-1'"]);
    refused(&fixture("fraction_label.npy"), None, &["label out of range at index [11, 3]", "found '0.5'"]);
    refused(&fixture("gap_label.npy"), None, &["label out of range at index [13, 3]", "found '7', expected 0 to 2"]);
}

#[test]
fn npy_lengths_are_exact() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(fixture("table_f4.npy")).unwrap();
    refused(&written(&folder, "cut.npy", cut(&whole, 3)), None, &["448 bytes expected from its header, 445 found"]);
    let longer = [&whole[..], b"x"].concat();
    refused(&written(&folder, "long.npy", longer), None, &["448 bytes expected from its header, 449 found"]);
    refused(&written(&folder, "head.npy", &whole[..50]), None, &["128 bytes expected", "50 found; it ends within"]);
    refused(&written(&folder, "empty.npy", ""), None, &["NPY header: expected one as NumPy writes it"]);
    let garbled = [&whole[..10], b"?", &whole[11..]].concat();
    refused(&written(&folder, "garbled.npy", garbled), None, &["NPY header: expected one as NumPy writes it"]);
}

// NPZ

#[test]
fn images_in_a_container_share_one_scale() {
    for name in ["images.npz", "images_packed.npz"] {
        let data = read(&fixture(name), None).unwrap();
        assert_eq!((data.example_shape.to_string().as_str(), data.classes), ("1x2x2", 3));
        assert_eq!((data.train.examples(), data.test.labels.as_slice()), (9, &[0, 1, 2][..]));
        close(&data.train.inputs[..1], &[1.3577063063185175]);
        close(&data.test.inputs[11..], &[-1.8350821675006606]);
    }
}

#[test]
fn a_container_without_a_test_part_is_split() {
    let table = read(&fixture("table_f4.npy"), None).unwrap();
    for name in ["x_y.npz", "big_x_y.npz"] {
        let data = read(&fixture(name), None).unwrap();
        assert_eq!((&data.train.inputs, &data.test.labels), (&table.train.inputs, &table.test.labels));
    }
}

#[test]
fn containers_are_checked() {
    refused(
        &fixture("no_labels.npz"),
        None,
        &["found weights, x", "it must hold x_train, y_train, x_test and y_test, or x and y"],
    );
    refused(
        &fixture("untrained.npz"),
        None,
        &["class 2 is in the test part (first at index [2] of untrained.npz:y_test)"],
    );
    refused(
        &fixture("too_few_labels.npz"),
        None,
        &[":y_train: shape: expected [9], one label for each example, found [8]"],
    );
    refused(
        &fixture("other_size.npz"),
        None,
        &[":x_test: shape of one example: expected [2, 2], as in training, found [2, 3]"],
    );
    refused(&fixture("hole.npz"), None, &[":x_train: 1 feature cells in 1 examples", "'NaN' at index [5, 1, 0]"]);
    refused(&fixture("overflow.npz"), None, &[":x: the shape of one example: expected at least one number"]);
}

#[test]
fn a_broken_container_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(fixture("images.npz")).unwrap();
    refused(&written(&folder, "cut.npz", cut(&whole, 200)), None, &["NPZ container: expected a whole zip file"]);
    refused(&written(&folder, "empty.npz", ""), None, &["NPZ container"]);
    let mut flipped = whole.clone();
    let at = whole.windows(6).position(|bytes| bytes == b"\x93NUMPY").unwrap() + 130;
    flipped[at] ^= 1;
    refused(&written(&folder, "flipped.npz", flipped), None, &["cannot read", "check that it is a whole file"]);
}
