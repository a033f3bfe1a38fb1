//! Folders of IDX files.

use super::*;

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
    assert_eq!(data.train.labels(), [0, 1, 2, 0, 1, 2]);
    assert_eq!(data.test.labels(), [0, 1, 2]);
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
        let count = |class| split.labels().iter().filter(|&&label| label == class).count();
        assert!((0..10).all(|class| count(class) == examples / 10));
    }
    let n = data.train.inputs.len() as f64;
    let mean = data.train.inputs.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let var = data.train.inputs.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n;
    assert!(mean.abs() < 1e-6 && (var.sqrt() - 1.0).abs() < 1e-6, "{mean} {var}");
    // the mean and std of the training pixels are published as 0.2860 and 0.3530 of 255; an empty pixel is 0
    assert!((f64::from(data.train.inputs[0]) + 0.2860 / 0.3530).abs() < 1e-3, "{}", data.train.inputs[0]);
}
