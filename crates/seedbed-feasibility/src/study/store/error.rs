//! What can go wrong with the file of a study.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a study's file could not be opened, read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file or its folder cannot be opened or written.
    #[error("cannot open the study {path} for writing ({problem}); its folder must exist and be writable")]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        problem: String,
    },
    /// Another process holds the study.
    #[error("the study {path} is in use by another process; let that one end, or choose another output folder")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// Something else lies there.
    #[error("{path} is not a study ({problem}); it was left untouched: move it away or choose another output folder")]
    NotAStudy {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        problem: String,
    },
    /// The file was a study but is cut short or altered.
    #[error("the study {path} is damaged ({problem}); it was left as it is: move it away to begin again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        problem: String,
    },
    /// The tables are those of another version.
    #[error(
        "the study {path} has format {found}, this version reads {known}; it was left untouched: use the version of Seedbed that wrote it, or choose another output folder"
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The format that this version reads.
        known: i64,
    },
    /// A study with other settings.
    #[error(
        "{path} holds another study: {differences}; repeat those settings to resume it, or choose another output folder"
    )]
    OtherStudy {
        /// The file.
        path: PathBuf,
        /// Setting by setting, what differs.
        differences: String,
    },
    /// The identity is no JSON.
    #[error("the identity of a study must be JSON: {problem}")]
    Identity {
        /// What the parser says.
        problem: String,
    },
    /// The trial is there already.
    #[error("the study {path} refuses the trial {key}: it is recorded already, or its learning rate is NaN")]
    Recorded {
        /// The file.
        path: PathBuf,
        /// Which trial.
        key: String,
    },
    /// A full or failing disk.
    #[error(
        "the disk of the study {path} is full or failing ({problem}); the trials finished before are kept: make room and resume"
    )]
    Disk {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        problem: String,
    },
    /// Anything else that SQLite reports.
    #[error("cannot read or write the study {path}: {problem}")]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        problem: String,
    },
}

impl StoreError {
    /// What an error of SQLite means for the study at `path`.
    pub(super) fn new(path: &Path, error: rusqlite::Error) -> StoreError {
        let (path, problem) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::InUse { path },
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => StoreError::Disk { path, problem },
            Some(ErrorCode::NotADatabase) => {
                StoreError::NotAStudy { path, problem: "it is no SQLite database".to_owned() }
            }
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { path, problem },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                StoreError::CannotOpen { path, problem }
            }
            // Our own statements on tables that lack, or values that cannot be, what we wrote there.
            Some(ErrorCode::Unknown) => StoreError::Damaged { path, problem },
            None if is_unexpected_content(&error) => StoreError::Damaged { path, problem },
            _ => StoreError::Database { path, problem },
        }
    }
}

fn is_unexpected_content(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::QueryReturnedNoRows
    )
}
