//! Whether a file is a study at all, told before anything of it is touched.

use std::fmt::Write as _;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{APPLICATION_ID, StoreError, tables};

/// Refuses a file that is not marked as a study or is cut short, without a lock, a log or a byte written.
///
/// SQLite itself reads the header, as `immutable`: opening and closing the file behind its back would drop the locks
/// that this process may hold on it.
pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    let length = match std::fs::metadata(path) {
        Ok(file) if file.is_dir() => {
            let problem = "it is a folder".to_owned();
            return Err(StoreError::NotAStudy { path: path.to_owned(), problem });
        }
        Ok(file) if file.len() > 0 => file.len(),
        _ => return Ok(()), // missing, empty, or something that opening it will tell
    };
    let corrupt = Some(ErrorCode::DatabaseCorrupt);
    let Header { mark, tables, page_size } = match read_header(path) {
        Ok(header) => header,
        Err(error) if error.sqlite_error_code() == corrupt && has_log(path) => return Ok(()),
        Err(error) => return Err(StoreError::new(path, error)),
    };
    if mark == 0 && tables == 0 && !lies_beside(path, "-wal") {
        return Ok(()); // holds nothing: a study that was killed while it was begun
    }
    if mark != APPLICATION_ID {
        let problem = "it is a database of another program".to_owned();
        return Err(StoreError::NotAStudy { path: path.to_owned(), problem });
    }
    if length % page_size != 0 && !has_log(path) {
        let problem = format!("cut short: {length} bytes are not whole pages of {page_size}");
        return Err(StoreError::Damaged { path: path.to_owned(), problem });
    }
    Ok(())
}

/// What a file says of itself.
struct Header {
    /// Its `application_id`; 0 where none was set.
    mark: i64,
    tables: i64,
    page_size: u64,
}

fn read_header(path: &Path) -> rusqlite::Result<Header> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = Connection::open_with_flags(immutable_uri(path), flags)?;
    let page_size: u32 = file.pragma_query_value(None, "page_size", |row| row.get(0))?;
    Ok(Header {
        mark: file.pragma_query_value(None, "application_id", |row| row.get(0))?,
        tables: tables(&file)?,
        page_size: u64::from(page_size.max(1)),
    })
}

/// Whether a log lies beside the file, as after a kill or on a full disk. Then the file by itself may be cut short or
/// disagree with its header, and opening it with the log makes it whole.
fn has_log(path: &Path) -> bool {
    ["-wal", "-journal"].iter().any(|ending| lies_beside(path, ending))
}

/// Whether there is a file whose name is this one's with that ending.
fn lies_beside(path: &Path, ending: &str) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    Path::new(&name).exists()
}

/// `file:PATH?immutable=1`, every byte of the path that could mean something in an address written as %XX.
fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    let bytes = path.as_os_str().as_encoded_bytes();
    if cfg!(windows) && path.is_absolute() {
        uri.push('/');
    }
    for byte in bytes {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b'.' | b'-' | b'_' | b':' => uri.push(char::from(*byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            _ => _ = write!(uri, "%{byte:02X}"), // writing to a String cannot fail
        }
    }
    uri + "?immutable=1"
}
