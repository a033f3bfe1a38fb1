//! One NumPy array from the bytes of an NPY file.
//!
//! Source: the NPY format, <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::path::Path;

use npyz::{DType, NpyHeader, Order};

use super::super::DataError;

/// The longest header read; NumPy itself reads no longer one from a file it does not trust.
const LONGEST_HEADER: usize = 10_000;
/// The deepest nesting of brackets in a header; what we read needs two.
const DEEPEST_NESTING: usize = 8;
const TYPES: &str = "u8, i32, i64, f32 or f64, little-endian; convert with x.astype('float32')";

/// An array in row-major order, whatever the file's order.
#[derive(Debug)]
pub(super) struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

/// Decodes an NPY file; `path` is named in messages.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<Array, DataError> {
    let start = check_header(path, bytes)?;
    let broken = |error: std::io::Error| format(path, "NPY header", "one as NumPy writes it", error.to_string());
    let header = NpyHeader::from_reader(bytes).map_err(broken)?;
    let (width, number) = number_type(path, &header.dtype())?;
    let data = bytes.get(start..).unwrap_or_default();
    let count = header.shape().iter().try_fold(1u128, |product, &size| product.checked_mul(u128::from(size)));
    let expected = count.and_then(|count| count.checked_mul(width as u128)).unwrap_or(u128::MAX);
    if expected != data.len() as u128 {
        let (expected, found) = (expected.saturating_add(start as u128), bytes.len() as u128);
        return Err(DataError::Length { path: path.to_owned(), expected, found, note: "" });
    }
    let sizes: Option<Vec<usize>> = header.shape().iter().map(|&size| usize::try_from(size).ok()).collect();
    let found = || format(path, "shape", "sizes that fit this machine", std::format!("{:?}", header.shape()));
    let shape = sizes.ok_or_else(found)?;
    let values: Vec<f64> = data.chunks_exact(width).map(number).collect();
    let values = if header.order() == Order::Fortran { row_major(&shape, &values) } else { values };
    Ok(Array { shape, values })
}

/// Where the data begin; checks the header's length and nesting before anything parses it.
fn check_header(path: &Path, bytes: &[u8]) -> Result<usize, DataError> {
    let wrong = |found: String| format(path, "NPY header", "one as NumPy writes it", found);
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err(wrong("other first bytes than \\x93NUMPY".to_owned()));
    }
    let (size, text_start) = match *bytes {
        [_, _, _, _, _, _, 1, _, low, high, ..] => (usize::from(u16::from_le_bytes([low, high])), 10),
        [_, _, _, _, _, _, 2 | 3, _, a, b, c, d, ..] => (u32::from_le_bytes([a, b, c, d]) as usize, 12),
        [_, _, _, _, _, _, 1..=3, ..] => return Err(wrong("a file that ends within it".to_owned())),
        [_, _, _, _, _, _, version, ..] => return Err(wrong(std::format!("version {version}, not 1 to 3"))),
        _ => return Err(wrong("a file that ends within it".to_owned())),
    };
    if size > LONGEST_HEADER {
        return Err(wrong(std::format!("{size} bytes of it, more than {LONGEST_HEADER}")));
    }
    let start = text_start + size;
    let Some(text) = bytes.get(text_start..start) else {
        let (expected, found) = (start as u128, bytes.len() as u128);
        let note = "; it ends within its header";
        return Err(DataError::Length { path: path.to_owned(), expected, found, note });
    };
    // the parser calls itself for every bracket
    let opened = text.iter().filter(|byte| b"([{".contains(byte)).count();
    if opened > DEEPEST_NESTING { Err(wrong(std::format!("{opened} opening brackets in it"))) } else { Ok(start) }
}

/// Bytes per number, and how to read one.
type NumberType = (usize, fn(&[u8]) -> f64);

fn number_type(path: &Path, dtype: &DType) -> Result<NumberType, DataError> {
    let name = match dtype {
        DType::Plain(name) => name.to_string(),
        other => other.descr(),
    };
    match name.as_str() {
        "|u1" | "<u1" => Ok((1, |bytes| f64::from(u8::from_le_bytes(array(bytes))))),
        "<i4" => Ok((4, |bytes| f64::from(i32::from_le_bytes(array(bytes))))),
        "<i8" => Ok((8, |bytes| i64::from_le_bytes(array(bytes)) as f64)),
        "<f4" => Ok((4, |bytes| f64::from(f32::from_le_bytes(array(bytes))))),
        "<f8" => Ok((8, |bytes| f64::from_le_bytes(array(bytes)))),
        _ => Err(format(path, "type of the numbers", TYPES, std::format!("'{name}'"))),
    }
}

/// The bytes of one number; the caller cuts chunks of exactly `N`.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap_or([0; N])
}

/// From column-major order, where the first index runs fastest, to row-major.
fn row_major(shape: &[usize], values: &[f64]) -> Vec<f64> {
    let position = |mut index: usize| {
        let mut stride = values.len();
        shape.iter().rev().fold(0, |position, &size| {
            stride /= size;
            let along = index % size;
            index /= size;
            position + along * stride
        })
    };
    (0..values.len()).filter_map(|index| values.get(position(index)).copied()).collect()
}

pub(super) fn format(path: &Path, what: &'static str, expected: &str, found: String) -> DataError {
    DataError::Format { path: path.to_owned(), what, expected: expected.to_owned(), found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_major_becomes_row_major() {
        // numpy: np.arange(24).reshape(2, 3, 4).ravel("F")
        let fortran = [0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23];
        let values: Vec<f64> = fortran.into_iter().map(f64::from).collect();
        let expected: Vec<f64> = (0..24).map(f64::from).collect();
        assert_eq!(row_major(&[2, 3, 4], &values), expected);
    }

    #[test]
    fn hostile_headers_are_refused() {
        let file = |version: u8, length: &[u8], text: &[u8]| [b"\x93NUMPY", &[version, 0][..], length, text].concat();
        let nested = "(".repeat(5000);
        for (bytes, part) in [
            (file(2, &u32::MAX.to_le_bytes(), b"{}"), "4294967295 bytes of it, more than 10000"),
            (file(1, &5000u16.to_le_bytes(), nested.as_bytes()), "5000 opening brackets"),
            (file(1, &100u16.to_le_bytes(), b"{'descr'"), "110 bytes expected from its header, 18 found"),
            (file(9, &[0; 4], b""), "version 9, not 1 to 3"),
            (file(1, &[], b""), "a file that ends within it"),
            (b"PK".to_vec(), "other first bytes"),
        ] {
            let message = decode(Path::new("x.npy"), &bytes).unwrap_err().to_string();
            assert!(message.starts_with("x.npy: ") && message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_claim_of_a_huge_array_allocates_nothing() {
        for shape in ["(9223372036854775807, 2)", "(18446744073709551615, 18446744073709551615, 18446744073709551615)"]
        {
            let text = std::format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
            let size = (text.len() as u16).to_le_bytes();
            let bytes = [b"\x93NUMPY\x01\x00", &size[..], text.as_bytes(), &[0; 16]].concat();
            let error = decode(Path::new("x.npy"), &bytes).unwrap_err();
            assert!(matches!(error, DataError::Length { .. }), "{error}");
        }
    }
}
