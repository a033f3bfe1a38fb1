//! One NumPy array from the bytes of an NPY file.
//!
//! Source: the NPY format, <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::path::Path;

use super::super::DataError;

/// The longest header read; NumPy itself reads no longer one from a file it does not trust.
const LONGEST_HEADER: usize = 10_000;
const TYPES: &str = "u8, i32, i64, f32 or f64, little-endian; convert with x.astype('float32')";

/// An array in row-major order, whatever the file's order.
#[derive(Debug)]
pub(super) struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

/// What the header says of the data.
struct Header<'a> {
    /// The type of the numbers, such as `<f8`.
    descr: &'a str,
    fortran_order: bool,
    shape: Vec<usize>,
}

/// Decodes an NPY file; `path` is named in messages.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<Array, DataError> {
    let (text, start) = header_text(path, bytes)?;
    let broken = || format(path, "NPY header", "one as NumPy writes it", shown(text.trim_end()));
    let header = Header::parse(text).ok_or_else(broken)?;
    let (width, number) = number_type(path, header.descr)?;
    let data = bytes.get(start..).unwrap_or_default();
    let count = header.shape.iter().try_fold(1u128, |product, &size| product.checked_mul(size as u128));
    let expected = count.and_then(|count| count.checked_mul(width as u128)).unwrap_or(u128::MAX);
    if expected != data.len() as u128 {
        let (expected, found) = (expected.saturating_add(start as u128), bytes.len() as u128);
        return Err(DataError::Length { path: path.to_owned(), expected, found, note: "" });
    }
    let values: Vec<f64> = data.chunks_exact(width).map(number).collect();
    let values = if header.fortran_order { row_major(&header.shape, &values) } else { values };
    Ok(Array { shape: header.shape, values })
}

/// The header's text, and where the data begin.
fn header_text<'a>(path: &Path, bytes: &'a [u8]) -> Result<(&'a str, usize), DataError> {
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
    let text = str::from_utf8(text).map_err(|error| wrong(error.to_string()))?;
    Ok((text, start))
}

impl<'a> Header<'a> {
    /// From `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`, the keys in any order.
    fn parse(text: &'a str) -> Option<Header<'a>> {
        let text = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        let fortran_order = value(text, "fortran_order")?;
        let fortran = fortran_order.starts_with("True");
        if !fortran && !fortran_order.starts_with("False") {
            return None;
        }
        let (shape, _) = value(text, "shape")?.strip_prefix('(')?.split_once(')')?;
        // a trailing comma leaves an empty last part, and so does the shape of a scalar
        let sizes = shape.strip_suffix(',').unwrap_or(shape).split(',').map(str::trim);
        let sizes = sizes.filter(|size| !(size.is_empty() && shape.trim().is_empty()));
        let shape = sizes.map(|size| size.parse().ok()).collect::<Option<Vec<usize>>>()?;
        Some(Header { descr: descr(value(text, "descr")?)?, fortran_order: fortran, shape })
    }
}

/// What follows a key and its colon.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let quoted = |quote: char| text.split_once(&std::format!("{quote}{key}{quote}"));
    let (_, rest) = quoted('\'').or_else(|| quoted('"'))?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

/// The name of a plain type; the list that describes a table of records is given whole, for the message.
fn descr(rest: &str) -> Option<&str> {
    let quote = rest.chars().next()?;
    match quote {
        '\'' | '"' => rest.get(1..)?.split_once(quote).map(|(name, _)| name),
        '[' => rest.rfind(']').and_then(|end| rest.get(..=end)),
        _ => None,
    }
}

/// The start of a text in quotes, control characters escaped, for messages.
fn shown(text: &str) -> String {
    std::format!("'{}'", text.escape_debug().take(100).collect::<String>().replace("\\'", "'"))
}

/// Bytes per number, and how to read one.
type NumberType = (usize, fn(&[u8]) -> f64);

fn number_type(path: &Path, descr: &str) -> Result<NumberType, DataError> {
    match descr {
        "|u1" | "<u1" => Ok((1, |bytes| f64::from(u8::from_le_bytes(array(bytes))))),
        "<i4" => Ok((4, |bytes| f64::from(i32::from_le_bytes(array(bytes))))),
        "<i8" => Ok((8, |bytes| i64::from_le_bytes(array(bytes)) as f64)),
        "<f4" => Ok((4, |bytes| f64::from(f32::from_le_bytes(array(bytes))))),
        "<f8" => Ok((8, |bytes| f64::from_le_bytes(array(bytes)))),
        _ => Err(format(path, "type of the numbers", TYPES, shown(descr))),
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
            (file(1, &5000u16.to_le_bytes(), nested.as_bytes()), "expected one as NumPy writes it, found '((("),
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
    fn headers_are_read_as_numpy_and_others_write_them() {
        for (text, descr, fortran_order, shape) in [
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   \n", "<f8", false, &[3, 4][..]),
            ("{'descr':'|u1','fortran_order':True,'shape':(3,)}", "|u1", true, &[3]),
            (r#"{"shape": (), "descr": "<i8", "fortran_order": False}"#, "<i8", false, &[]),
            (
                "{'descr': [('a', '<f4'), ('b', '<f4', (2,))], 'fortran_order': False, 'shape': (2,), }",
                "[('a', '<f4'), ('b', '<f4', (2,))]",
                false,
                &[2],
            ),
        ] {
            let header = Header::parse(text).unwrap();
            assert_eq!((header.descr, header.fortran_order, header.shape.as_slice()), (descr, fortran_order, shape));
        }
        let good = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }";
        for (from, to) in [
            ("'<f8'", "8"),
            ("False", "0"),
            ("(3, 4)", "3"),
            ("(3, 4)", "(3, x)"),
            ("(3, 4)", "(3,, 4)"),
            ("(3, 4)", "(-3, 4)"),
            ("'shape': (3, 4), ", ""),
            ("{", ""),
            ("}", ""),
            ("4)", "99999999999999999999)"),
        ] {
            assert!(Header::parse(&good.replace(from, to)).is_none(), "{from} {to}");
        }
    }

    #[test]
    fn a_claim_of_a_huge_array_allocates_nothing() {
        for shape in ["(9223372036854775807, 3)", "(18446744073709551615, 18446744073709551615, 18446744073709551615)"]
        {
            let text = std::format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
            let size = (text.len() as u16).to_le_bytes();
            let bytes = [b"\x93NUMPY\x01\x00", &size[..], text.as_bytes(), &[0; 16]].concat();
            let error = decode(Path::new("x.npy"), &bytes).unwrap_err();
            assert!(matches!(error, DataError::Length { .. }), "{error}");
        }
    }
}
