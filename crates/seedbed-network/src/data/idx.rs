//! Folders with the four IDX files of MNIST, Fashion-MNIST and their kin.
//!
//! An IDX file is big-endian: two zero bytes, a type code, the number of dimensions, each dimension as
//! u32, then the values. Images are u8 in three dimensions, labels u8 in one. All pixels share one mean
//! and one std.
//!
//! Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".

use std::io::Read;
use std::path::{Path, PathBuf};

use super::labels::{Labels, Part};
use super::source::{name, open};
use super::standardize::{Scope, standardize};
use super::{DataError, Dataset, Split};

/// Type code of unsigned bytes.
const UNSIGNED_BYTES: u8 = 0x08;

/// A checked IDX file.
struct Idx {
    path: PathBuf,
    dimensions: Vec<usize>,
    values: Vec<u8>,
}

/// Reads the training and the test part from the four files in `folder`.
pub(super) fn read(folder: &Path) -> Result<Dataset, DataError> {
    let (train, train_labels) = part(folder, "train")?;
    let (test, test_labels) = part(folder, "t10k")?;
    let (height, width) = (train.dimensions[1], train.dimensions[2]);
    let example_shape = super::shape(&train.path, vec![1, height, width])?;
    let size = |images: &Idx| format!("images of {}x{}", images.dimensions[1], images.dimensions[2]);
    if size(&train) != size(&test) {
        return Err(format(&test.path, "size of the images", size(&train), size(&test)));
    }
    let numbers = |labels: &Idx| labels.values.iter().map(|&label| f64::from(label)).collect::<Vec<f64>>();
    let labels = Labels { path: folder, train: &numbers(&train_labels), test: &numbers(&test_labels) };
    let place = |part, index| {
        let labels = if part == Part::Train { &train_labels } else { &test_labels };
        format!("label {index} of {}, counted from 0", name(&labels.path))
    };
    let checked = labels.check(place, |class| class.to_string())?;
    let (train_inputs, test_inputs) =
        standardize(folder, example_shape.elements(), Scope::Whole, &train.values, &test.values)?;
    Ok(Dataset {
        name: name(folder),
        example_shape,
        classes: checked.classes,
        train: Split::classes(train_inputs, checked.train),
        test: Split::classes(test_inputs, checked.test),
    })
}

/// Images and labels of one part, as many of the one as of the other.
fn part(folder: &Path, part: &str) -> Result<(Idx, Idx), DataError> {
    let images = file(&find(folder, &format!("{part}-images"), 3)?, 3)?;
    let labels = file(&find(folder, &format!("{part}-labels"), 1)?, 1)?;
    let (expected, found) = (images.dimensions[0], labels.dimensions[0]);
    if expected != found {
        let expected = format!("{expected}, as many as there are images");
        return Err(format(&labels.path, "number of labels", expected, found.to_string()));
    }
    Ok((images, labels))
}

fn find(folder: &Path, stem: &str, rank: u8) -> Result<PathBuf, DataError> {
    let names = ["-", "."].map(|joint| format!("{stem}{joint}idx{rank}-ubyte"));
    let paths = names.iter().flat_map(|name| [folder.join(name), folder.join(format!("{name}.gz"))]);
    let found = paths.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| DataError::Part {
        path: folder.to_owned(),
        part: names.join(" or "),
        found: listing(folder),
        needed: "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and \
                 t10k-labels-idx1-ubyte, each plain or with .gz"
            .to_owned(),
    })
}

/// Up to eight names in a folder, sorted.
fn listing(folder: &Path) -> String {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let more = if names.len() > 8 { format!(" and {} more", names.len() - 8) } else { String::new() };
    names.truncate(8);
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") + &more }
}

/// Reads one file and checks it against its own header: exact length, nothing after.
fn file(path: &Path, rank: u8) -> Result<Idx, DataError> {
    let mut reader = open(path)?;
    let header = 4 + 4 * usize::from(rank);
    let (start, _) = fill(path, &mut reader, header as u64)?;
    check_magic(path, &start, rank)?;
    if start.len() < header {
        return Err(length(path, header as u128, start.len() as u128, "; it ends within its header"));
    }
    let dimensions: Vec<usize> = start[4..].chunks_exact(4).map(big_endian).collect();
    // at most three factors below 2^32: a u128 holds them
    let product: u128 = dimensions.iter().map(|&size| size as u128).product();
    let expected = header as u128 + product;
    // memory grows with what is read, never with what the header claims; one byte more shows a longer file
    let limit = u64::try_from(product).unwrap_or(u64::MAX).saturating_add(1);
    let (values, cut) = fill(path, &mut reader, limit)?;
    if (values.len() as u128) < product {
        return Err(length(path, expected, (header + values.len()) as u128, cut.unwrap_or("")));
    }
    if (values.len() as u128) > product {
        let rest = std::io::copy(&mut reader, &mut std::io::sink()).unwrap_or(0);
        return Err(length(path, expected, (header + values.len()) as u128 + u128::from(rest), ""));
    }
    if cut.is_some() {
        let expected = "its checksum and nothing after it".to_owned();
        return Err(format(path, "end of the gzip stream", expected, "a stream that breaks off".to_owned()));
    }
    Ok(Idx { path: path.to_owned(), dimensions, values })
}

/// Up to `limit` bytes, with a note if a packed stream broke off.
fn fill(path: &Path, reader: &mut dyn Read, limit: u64) -> Result<(Vec<u8>, Option<&'static str>), DataError> {
    let mut bytes = Vec::new();
    match reader.take(limit).read_to_end(&mut bytes) {
        Ok(_) => Ok((bytes, None)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Ok((bytes, Some(" where its gzip stream breaks off")))
        }
        Err(source) => Err(DataError::Read { path: path.to_owned(), source }),
    }
}

fn check_magic(path: &Path, start: &[u8], rank: u8) -> Result<(), DataError> {
    let [zero, nought, code, dimensions, ..] = *start else {
        let header = 4 + 4 * u128::from(rank);
        return Err(length(path, header, start.len() as u128, "; it ends within its header"));
    };
    if (zero, nought) != (0, 0) {
        let found = format!("{zero:#04x} {nought:#04x}");
        return Err(format(path, "first two bytes of an IDX file", "0x00 0x00".to_owned(), found));
    }
    if code != UNSIGNED_BYTES {
        let expected = "0x08, unsigned bytes".to_owned();
        return Err(format(path, "type code of the values", expected, format!("{code:#04x}, {}", type_name(code))));
    }
    if dimensions != rank {
        return Err(format(path, "number of dimensions", rank.to_string(), dimensions.to_string()));
    }
    Ok(())
}

fn type_name(code: u8) -> &'static str {
    match code {
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floats",
        0x0e => "64-bit floats",
        _ => "no type of IDX",
    }
}

fn big_endian(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, &byte| (number << 8) | usize::from(byte))
}

fn format(path: &Path, what: &'static str, expected: String, found: String) -> DataError {
    DataError::Format { path: path.to_owned(), what, expected, found }
}

fn length(path: &Path, expected: u128, found: u128, note: &'static str) -> DataError {
    DataError::Length { path: path.to_owned(), expected, found, note }
}
