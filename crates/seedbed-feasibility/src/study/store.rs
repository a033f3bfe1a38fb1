//! The file of a study, `study.db`: every finished trial, kept as soon as it has ended.
//!
//! It is an SQLite 3 database that `sqlite3`, pandas or R can query. Format 4 holds:
//!
//! | table | one row | columns |
//! |---|---|---|
//! | `study` | in all | `format`, `seedbed_version`, `identity` (JSON: everything that determines the results) |
//! | `trial` | a trial | `trial_id`, `task` (the network, or the study's name for it), `prior`, `phase` (`search`, `paired`), `seed`, `learning_rate`, `ended`, `stall` (the kind, where it was asked), `steps`, `steps_to_target`, `test_accuracy`, `test_loss`, `wall_seconds` |
//! | `measure` | a measured quantity | `trial_id`, `name` ([`Measure`](crate::trial::Measure)), `value` |
//! | `step` | a measured step | `trial_id`, `step` (from 1), `loss` (training loss of that batch, nats) |
//! | `under_way` | a trial that has not ended | its key as in `trial`, `steps_to_target`, `wall_seconds` so far, `losses` (4 bytes a step) |
//! | `under_way_measure` | what was measured of it | `under_way_id`, `name`, `value` |
//! | `under_way_piece` | its numbers, in pieces | `under_way_id`, `piece`, `numbers` (weights, then the optimizer's memory: little-endian 32-bit floats) |
//!
//! - `seed` is decimal text: seeds reach 2⁶⁴ − 1, SQLite's integers only 2⁶³ − 1.
//! - `learning_rate` is an 8-byte float and is looked up by exactly that value.
//! - `steps_to_target` is NULL when the target was not reached. A NULL in `loss`, `test_loss` or `test_accuracy` is
//!   NaN, which SQLite cannot hold; infinities are kept.
//!
//! ```sql
//! SELECT prior, phase, avg(ended = 'solved') AS solved, count(*) AS trials FROM trial GROUP BY prior, phase;
//! SELECT step, avg(loss) FROM step JOIN trial USING (trial_id) WHERE prior = 'he_normal' GROUP BY step;
//! ```
//!
//! A trial is one transaction in the write-ahead log, flushed to disk: after a kill or a loss of power the file holds
//! each trial whole or not at all. A trial under way is kept every second (see [`Store::keep_every`]), in a transaction too but
//! left to the operating system to write: a kill loses at most the running step or that second, a loss of power may
//! lose a few more. While a study runs it holds the file's lock, and others can neither write nor read.

mod error;
mod header;
mod identity;
mod table;
#[cfg(test)]
mod tests;
mod under_way;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use serde::{Deserialize, Serialize};

use crate::record::Ended;
use crate::stall::StallKind;
use crate::trial::{Measures, State};
pub use error::StoreError;

/// The version of the tables described above, also in the file's `user_version`.
const FORMAT: i64 = 4;
/// Marks the file as ours (`application_id` in the header): "Seed".
const APPLICATION_ID: i64 = 0x5365_6564;
/// How long to wait for another program that is only looking at the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);
/// How often a trial under way is kept.
const KEEP_EVERY: Duration = Duration::from_secs(1);

/// Not `STRICT`: SQLite before 3.37, as in older Pythons, cannot read such tables.
const SCHEMA: &str = "
CREATE TABLE study (format INTEGER NOT NULL, seedbed_version TEXT NOT NULL, identity TEXT NOT NULL);
CREATE TABLE trial (
    trial_id INTEGER PRIMARY KEY,
    task TEXT NOT NULL,
    prior TEXT NOT NULL,
    phase TEXT NOT NULL,
    seed TEXT NOT NULL,
    learning_rate REAL NOT NULL,
    ended TEXT NOT NULL,
    stall TEXT,
    steps INTEGER NOT NULL,
    steps_to_target INTEGER,
    test_accuracy REAL,
    test_loss REAL,
    wall_seconds REAL NOT NULL,
    UNIQUE (task, prior, phase, seed, learning_rate)
);
CREATE TABLE measure (
    trial_id INTEGER NOT NULL REFERENCES trial,
    name TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (trial_id, name)
) WITHOUT ROWID;
CREATE TABLE step (
    trial_id INTEGER NOT NULL REFERENCES trial,
    step INTEGER NOT NULL,
    loss REAL,
    PRIMARY KEY (trial_id, step)
) WITHOUT ROWID;
CREATE TABLE under_way (
    under_way_id INTEGER PRIMARY KEY,
    task TEXT NOT NULL,
    prior TEXT NOT NULL,
    phase TEXT NOT NULL,
    seed TEXT NOT NULL,
    learning_rate REAL NOT NULL,
    steps_to_target INTEGER,
    wall_seconds REAL NOT NULL,
    losses BLOB NOT NULL,
    UNIQUE (task, prior, phase, seed, learning_rate)
);
CREATE TABLE under_way_measure (
    under_way_id INTEGER NOT NULL REFERENCES under_way,
    name TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (under_way_id, name)
) WITHOUT ROWID;
CREATE TABLE under_way_piece (
    under_way_id INTEGER NOT NULL REFERENCES under_way,
    piece INTEGER NOT NULL,
    numbers BLOB NOT NULL,
    PRIMARY KEY (under_way_id, piece)
);";

/// What a trial was run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// To find the prior's best learning rate.
    Search,
    /// To compare priors: the same seeds for each.
    Paired,
}

/// What tells one trial of a study from another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialKey {
    /// The prior's text form.
    pub prior: String,
    /// What the trial was run for.
    pub phase: Phase,
    /// The seed of the weights and of the data order.
    pub seed: u64,
    /// The learning rate; not NaN.
    pub learning_rate: f64,
}

/// A finished trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// Which trial.
    pub key: TrialKey,
    /// How it ended.
    pub ended: Ended,
    /// What it is stuck in, where it ended stalled and was measured.
    #[serde(default)]
    pub stall: Option<StallKind>,
    /// Steps run.
    pub steps: usize,
    /// Steps until the target was reached; `None` if it was not.
    pub steps_to_target: Option<usize>,
    /// Training loss of every step run, in nats; NaN and infinity are kept.
    pub losses: Vec<f32>,
    /// Share of the test examples classified correctly at the end.
    pub test_accuracy: f64,
    /// Test loss at the end, in nats.
    pub test_loss: f64,
    /// What the end showed, where the plan asks for it.
    #[serde(default)]
    pub measures: Measures,
    /// Wall time of the trial in seconds.
    pub wall_seconds: f64,
}

/// What [`Store::open`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// There was no file, or an empty one: a study begins.
    New,
    /// The same study, begun before.
    Same {
        /// Trials that it holds.
        trials: usize,
        /// Trials that had begun and not ended.
        under_way: usize,
    },
}

/// The open file of a study. One process at a time; threads share it behind a mutex.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("seedbed-store-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// use seedbed_feasibility::study::store::{Opened, Store};
/// let path = folder.join("study.db");
/// let (store, opened) = Store::open(&path, r#"{"network": "mlp(64, 128x30, 10, relu)", "batch": 128}"#)?;
/// assert_eq!((opened, store.len()?), (Opened::New, 0));
/// drop(store);
/// let other = Store::open(&path, r#"{"network": "mlp(64, 128x30, 10, relu)", "batch": 64}"#);
/// assert!(other.unwrap_err().to_string().contains("batch is 128 there and 64 here"));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    keep_every: Duration,
}

impl Store {
    /// Opens the study in the file at `path`, or begins it there.
    ///
    /// `identity` is the JSON of everything that determines the results; a file begun with another identity is refused.
    ///
    /// # Errors
    /// [`StoreError`]: a file that is no study, is damaged, holds another study or a newer format, is in use, or cannot
    /// be written; an `identity` that is no JSON. In none of these cases is what the file holds changed.
    pub fn open(path: &Path, identity: &str) -> Result<(Store, Opened), StoreError> {
        let identity_is_json = serde_json::from_str::<serde::de::IgnoredAny>(identity);
        identity_is_json.map_err(|error| StoreError::Identity { problem: error.to_string() })?;
        header::check(path)?;
        let mut store = Store::connect(path).map_err(|error| StoreError::new(path, error))?;
        let opened = store.begin_or_compare(identity)?;
        Ok((store, opened))
    }

    /// The trial of this task with this key, if it is recorded. A NaN learning rate finds nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read or is damaged.
    pub fn trial(&self, task: &str, key: &TrialKey) -> Result<Option<TrialRecord>, StoreError> {
        table::find(&self.connection, task, key).map_err(|error| self.error(error))
    }

    /// Every recorded trial with its task, in the order in which they ended.
    ///
    /// # Errors
    /// As [`Store::trial`].
    pub fn trials(&self) -> Result<Vec<(String, TrialRecord)>, StoreError> {
        table::all(&self.connection).map_err(|error| self.error(error))
    }

    /// Keeps a finished trial: all of it is on disk when this returns, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Recorded`] for a key that is there already; [`StoreError::Disk`] for a full or failing disk. What
    /// was recorded before stays.
    pub fn record(&mut self, task: &str, record: &TrialRecord) -> Result<(), StoreError> {
        let kept = table::insert(&mut self.connection, task, record);
        kept.map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => {
                StoreError::Recorded { path: self.path.clone(), key: format!("{:?}", record.key) }
            }
            _ => self.error(error),
        })
    }

    /// How long a trial may run before its state is kept again; one second. Zero keeps it after every step.
    pub fn keep_every(&self) -> Duration {
        self.keep_every
    }

    /// Sets what [`Store::keep_every`] says; the results do not depend on it.
    pub fn set_keep_every(&mut self, duration: Duration) {
        self.keep_every = duration;
    }

    /// Keeps the state of a trial under way, in place of the one kept before, until the trial is recorded.
    ///
    /// # Errors
    /// As [`Store::record`].
    pub fn keep(&mut self, task: &str, key: &TrialKey, state: &State, wall_seconds: f64) -> Result<(), StoreError> {
        let kept = under_way::keep(&mut self.connection, (task, key), state, wall_seconds);
        kept.map_err(|error| self.error(error))
    }

    /// Puts what was kept of a trial under way into the `state` of one before its first step, and returns the seconds it had
    /// run; `None` where nothing is kept.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read, or holds other numbers than the state has places for.
    pub fn recall(&self, task: &str, key: &TrialKey, state: &mut State) -> Result<Option<f64>, StoreError> {
        under_way::recall(&self.connection, (task, key), state).map_err(|error| self.error(error))
    }

    /// Number of trials recorded.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read or is damaged.
    pub fn len(&self) -> Result<usize, StoreError> {
        table::count(&self.connection).map_err(|error| self.error(error))
    }

    /// Whether no trial is recorded.
    ///
    /// # Errors
    /// As [`Store::len`].
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.len()? == 0)
    }

    fn connect(path: &Path) -> rusqlite::Result<Store> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(Store { connection, path: path.to_owned(), keep_every: KEEP_EVERY })
    }

    fn begin_or_compare(&mut self, identity: &str) -> Result<Opened, StoreError> {
        let begun = self.begin_if_empty(identity).map_err(|error| self.error(error))?;
        if begun {
            return Ok(Opened::New);
        }
        self.check_sound()?;
        let stored = self.stored_identity()?;
        let differences = identity::differences(&stored, identity);
        if differences.is_empty() {
            self.keep_a_log().map_err(|error| self.error(error))?;
            let under_way = under_way::count(&self.connection).map_err(|error| self.error(error))?;
            Ok(Opened::Same { trials: self.len()?, under_way })
        } else {
            let path = self.path.clone();
            Err(StoreError::OtherStudy { path, differences: differences.join("; ") })
        }
    }

    /// Writes the tables if there are none. The transaction takes the lock that is then held until the end.
    fn begin_if_empty(&mut self, identity: &str) -> rusqlite::Result<bool> {
        if tables(&self.connection)? == 0 {
            // what was kept of a trial under way leaves no hole in the file; on one that holds tables this would write
            self.connection.pragma_update(None, "auto_vacuum", "FULL")?;
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        if tables(&transaction)? > 0 {
            return Ok(false);
        }
        transaction.execute_batch(SCHEMA)?;
        let study = (FORMAT, env!("CARGO_PKG_VERSION"), identity);
        transaction.execute("INSERT INTO study VALUES (?1, ?2, ?3)", study)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
        // Without a log yet, so that the mark is in the file itself, where `header` looks for it.
        transaction.commit()?;
        self.keep_a_log()?;
        Ok(true)
    }

    fn keep_a_log(&self) -> rusqlite::Result<()> {
        self.connection.pragma_update(None, "journal_mode", "WAL")
    }

    fn check_sound(&self) -> Result<(), StoreError> {
        let verdict = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
        let verdict: String = verdict.map_err(|error| self.error(error))?;
        match verdict.as_str() {
            "ok" => Ok(()),
            _ => Err(StoreError::Damaged { path: self.path.clone(), problem: verdict }),
        }
    }

    fn stored_identity(&self) -> Result<String, StoreError> {
        let format = self.connection.query_row("SELECT format FROM study", [], |row| row.get(0));
        let found: i64 = format.map_err(|error| self.error(error))?;
        if found != FORMAT {
            let path = self.path.clone();
            return Err(StoreError::Format { path, found, known: FORMAT });
        }
        let identity = self.connection.query_row("SELECT identity FROM study", [], |row| row.get(0));
        identity.map_err(|error| self.error(error))
    }

    fn error(&self, error: rusqlite::Error) -> StoreError {
        StoreError::new(&self.path, error)
    }
}

fn tables(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
}
