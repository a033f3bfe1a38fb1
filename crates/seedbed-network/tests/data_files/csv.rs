//! CSV tables.

use super::*;

#[test]
fn penguins_agree_with_numpy() {
    let data = read(&fixture("penguins_whole.csv.gz"), Some("species")).unwrap();
    assert_eq!((data.train.examples(), data.test.examples(), data.classes), (273, 69, 3));
    assert_eq!((data.name.as_str(), data.example_shape.to_string().as_str()), ("penguins_whole.csv.gz", "5"));
    assert_eq!(data.train.labels()[..6], [2, 1, 1, 2, 0, 0]);
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
        assert_eq!((&data.train.inputs, data.test.labels()), (&bare.train.inputs, bare.test.labels()), "{header}");
    }
    assert_eq!((bare.train.examples(), bare.test.examples(), bare.classes), (16, 4, 2));
    let named =
        read(&written(&folder, "named.csv", csv("", 99, "").replace(",1\n", ",yes\n").replace(",0\n", ",no\n")), None);
    assert_eq!(named.unwrap().train.labels(), bare.train.labels());
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
