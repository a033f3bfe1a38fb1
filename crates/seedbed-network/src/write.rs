//! Weights to a safetensors file, written beside the target and renamed, so that a file is whole or absent.
//!
//! The writer is our own because two things matter here that the format's library does not promise: the
//! same arguments give the same bytes (its metadata is a hash map), and no tensor need be in memory as a whole.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use seedbed::{DataType, Parameter};
use serde_json::{Map, Value, json};

use crate::error::NetworkError;

/// The header is padded with spaces to a multiple of this many bytes, as the format asks.
const HEADER_ALIGNMENT: usize = 8;

/// Text pairs of the file's `__metadata__`, in a fixed order.
pub type Metadata = BTreeMap<String, String>;

/// Writes one tensor a parameter, under its name and in the given order, with `metadata` in the header.
///
/// `draw` is asked for one parameter after the other and hands on its values as little-endian bytes of `data_type`, in
/// pieces of any size, so that memory need not hold a tensor.
///
/// # Errors
/// What `draw` says (which may be that the user wants to stop), a tensor of the wrong length, or a file that cannot
/// be written; in each case an older file at `path` is untouched and nothing half-written stays.
pub fn safetensors<E: From<NetworkError>>(
    path: &Path,
    parameters: &[Parameter],
    data_type: DataType,
    metadata: &Metadata,
    mut draw: impl FnMut(&Parameter, &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |source| NetworkError::File { action: "write", path: path.to_owned(), source };
    let beside = beside(path).map_err(failed)?;
    let mut out = BufWriter::with_capacity(1 << 20, beside.as_file());
    write_header(&mut out, &header(parameters, data_type, metadata)).map_err(failed)?;
    for parameter in parameters {
        let mut written = 0;
        draw(parameter, &mut |piece| {
            written += piece.len();
            Ok(out.write_all(piece).map_err(failed)?)
        })?;
        let (found, needed) = (written / data_type.bytes(), parameter.shape.elements());
        if written != needed * data_type.bytes() {
            return Err(NetworkError::Mismatch { what: parameter.name.clone(), found, needed }.into());
        }
    }
    out.into_inner().map_err(|error| failed(error.into_error()))?;
    Ok(put_in_place(beside, path).map_err(failed)?)
}

fn header(parameters: &[Parameter], data_type: DataType, metadata: &Metadata) -> Map<String, Value> {
    let mut header = Map::new();
    if !metadata.is_empty() {
        header.insert("__metadata__".to_owned(), json!(metadata));
    }
    let mut start = 0;
    for parameter in parameters {
        let end = start + parameter.shape.elements() * data_type.bytes();
        let name = data_type.to_string().to_uppercase();
        let shape = parameter.shape.dimensions();
        let entry = json!({ "dtype": name, "shape": shape, "data_offsets": [start, end] });
        header.insert(parameter.name.clone(), entry);
        start = end;
    }
    header
}

fn write_header(out: &mut impl Write, header: &Map<String, Value>) -> io::Result<()> {
    let mut text = serde_json::to_vec(header)?;
    text.resize(text.len().next_multiple_of(HEADER_ALIGNMENT), b' ');
    out.write_all(&(text.len() as u64).to_le_bytes())?;
    out.write_all(&text)
}

/// Writes `bytes` to `path` as a whole: into a temporary file in the same folder, flushed, then renamed.
///
/// # Errors
/// What the system says; the temporary file is removed and an older file at `path` is untouched.
pub fn publish(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = beside(path)?;
    beside.write_all(bytes)?;
    put_in_place(beside, path)
}

fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => tempfile::NamedTempFile::new_in(folder),
        _ => tempfile::NamedTempFile::new_in("."),
    }
}

fn put_in_place(beside: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    beside.as_file().sync_all()?;
    make_readable(beside.as_file())?;
    beside.persist(path)?;
    Ok(())
}

/// Temporary files are private to their owner; a result should be as readable as other files.
#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> Vec<Parameter> {
        vec![Parameter::dense("b.weight", 3, 2).unwrap(), Parameter::norm_scale("a.scale", 3).unwrap()]
    }

    type Take<'t> = &'t mut dyn FnMut(&[u8]) -> Result<(), NetworkError>;

    fn values(parameter: &Parameter, take: Take) -> Result<(), NetworkError> {
        let values: Vec<f32> = (0..parameter.shape.elements()).map(|index| index as f32 + 0.5).collect();
        DataType::F32.encode(&values).chunks(5).try_for_each(take)
    }

    #[test]
    fn the_formats_own_library_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        let metadata = Metadata::from([("seed".to_owned(), "7".to_owned())]);
        safetensors(&path, &parameters(), DataType::F32, &metadata, values).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let (_, header) = ::safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        assert_eq!(header.metadata().as_ref().unwrap()["seed"], "7");
        let file = ::safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let tensor = file.tensor("b.weight").unwrap();
        assert_eq!(tensor.shape(), [2, 3]);
        let first = f32::from_le_bytes(tensor.data()[..4].try_into().unwrap());
        assert_eq!(first, 0.5);
        assert_eq!(file.tensor("a.scale").unwrap().data().len(), 12);
    }

    #[test]
    fn the_same_arguments_give_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let metadata: Metadata = ["x", "y", "z", "w"].map(|key| (key.to_owned(), key.to_owned())).into();
        let read = |name: &str| {
            let path = folder.path().join(name);
            safetensors(&path, &parameters(), DataType::F32, &metadata, values).unwrap();
            std::fs::read(path).unwrap()
        };
        assert_eq!(read("one"), read("two"));
    }

    #[test]
    fn a_failing_draw_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        std::fs::write(&path, "old").unwrap();
        let result = safetensors(&path, &parameters(), DataType::F32, &Metadata::new(), |_, take: Take| take(&[0; 4]));
        assert!(matches!(result, Err(NetworkError::Mismatch { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
