//! NPY arrays and NPZ containers.

use super::*;

#[test]
fn tables_of_every_type_agree_with_numpy() {
    for name in ["u1", "i4", "i8", "f4", "f8", "fortran"] {
        let data = read(&fixture(&format!("table_{name}.npy")), None).unwrap();
        assert_eq!(data.train.labels(), [0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1]);
        assert_eq!(data.test.labels(), [1, 0, 1, 0]);
        close(&data.train.inputs[..3], &[0.09325048, 1.36944086, 0.0]);
        close(&data.test.inputs[9..], &[-1.77175914, -1.34680547, 0.0]);
        assert_eq!((data.example_shape.to_string().as_str(), data.classes), ("3", 2));
    }
    let same = read(&fixture("table_u1.npy"), Some("3")).unwrap();
    assert_eq!(same.test.labels(), [1, 0, 1, 0]);
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
        assert_eq!((data.train.examples(), data.test.labels()), (9, &[0, 1, 2][..]));
        close(&data.train.inputs[..1], &[1.3577063063185175]);
        close(&data.test.inputs[11..], &[-1.8350821675006606]);
    }
}

#[test]
fn a_container_without_a_test_part_is_split() {
    let table = read(&fixture("table_f4.npy"), None).unwrap();
    for name in ["x_y.npz", "big_x_y.npz"] {
        let data = read(&fixture(name), None).unwrap();
        assert_eq!((&data.train.inputs, data.test.labels()), (&table.train.inputs, table.test.labels()));
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
