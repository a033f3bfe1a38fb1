//! Trials to rows and back. SQLite turns a NaN into NULL by itself; reading turns it back.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{TrialKey, TrialRecord, under_way};

/// The rows of one trial, by its [`key_values`].
pub(super) const OF_KEY: &str = "prior = ?1 AND phase = ?2 AND seed = ?3 AND learning_rate = ?4 AND task = ?5";
const FOUND: &str = "trial_id, ended, steps, steps_to_target, test_accuracy, test_loss, wall_seconds, stall";
const KEYS: &str = "SELECT task, prior, phase, seed, learning_rate FROM trial ORDER BY trial_id";
const LOSSES: &str = "SELECT loss FROM step WHERE trial_id = ?1 ORDER BY step";
const INSERT_TRIAL: &str = "
INSERT INTO trial (task, prior, phase, seed, learning_rate, ended, steps, steps_to_target, test_accuracy,
                   test_loss, wall_seconds, stall)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
const INSERT_MEASURE: &str = "INSERT INTO measure (trial_id, name, value) VALUES (?1, ?2, ?3)";
const MEASURES: &str = "SELECT name, value FROM measure WHERE trial_id = ?1";
const INSERT_STEP: &str = "INSERT INTO step (trial_id, step, loss) VALUES (?1, ?2, ?3)";

/// Writes the trial and its steps in one transaction, which also forgets what was kept of it under way.
pub(super) fn insert(connection: &mut Connection, task: &str, record: &TrialRecord) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let TrialRecord { key, losses, .. } = record;
    transaction.prepare_cached(INSERT_TRIAL)?.execute(params![
        task,
        key.prior,
        name_of(key.phase)?,
        key.seed.to_string(),
        key.learning_rate,
        name_of(record.ended)?,
        integer(record.steps)?,
        record.steps_to_target.map(integer).transpose()?,
        record.test_accuracy,
        record.test_loss,
        record.wall_seconds,
        record.stall.map(name_of).transpose()?,
    ])?;
    let trial_id = transaction.last_insert_rowid();
    let mut insert_step = transaction.prepare_cached(INSERT_STEP)?;
    for (step, loss) in (1_i64..).zip(losses) {
        insert_step.execute(params![trial_id, step, f64::from(*loss)])?;
    }
    drop(insert_step);
    let mut insert_measure = transaction.prepare_cached(INSERT_MEASURE)?;
    for (measure, value) in &record.measures {
        insert_measure.execute(params![trial_id, name_of(measure)?, value])?;
    }
    drop(insert_measure);
    under_way::forget(&transaction, (task, key))?;
    transaction.commit()
}

/// Reads the trial with this key.
pub(super) fn find(connection: &Connection, task: &str, key: &TrialKey) -> rusqlite::Result<Option<TrialRecord>> {
    let mut statement = connection.prepare_cached(&format!("SELECT {FOUND} FROM trial WHERE {OF_KEY}"))?;
    let wanted = params_from_iter(key_values(task, key)?);
    let found =
        statement.query_row(wanted, |row| Ok((row.get::<_, i64>(0)?, trial_without_losses(row, key)?))).optional()?;
    let Some((trial_id, mut record)) = found else {
        return Ok(None);
    };
    let mut statement = connection.prepare_cached(LOSSES)?;
    let losses = statement.query_map([trial_id], |row| Ok(number(row, 0)? as f32))?;
    record.losses = losses.collect::<rusqlite::Result<_>>()?;
    let mut statement = connection.prepare_cached(MEASURES)?;
    let measures = statement.query_map([trial_id], |row| Ok((named(row, 0)?, number(row, 1)?)))?;
    record.measures = measures.collect::<rusqlite::Result<_>>()?;
    Ok(Some(record))
}

/// Reads every trial.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<(String, TrialRecord)>> {
    let mut statement = connection.prepare(KEYS)?;
    let key = |row: &Row<'_>| {
        let seed: String = row.get(3)?;
        let seed = seed.parse().map_err(|error: std::num::ParseIntError| {
            rusqlite::Error::FromSqlConversionFailure(3, Type::Text, error.into())
        })?;
        Ok((row.get(0)?, TrialKey { prior: row.get(1)?, phase: named(row, 2)?, seed, learning_rate: row.get(4)? }))
    };
    let keys = statement.query_map([], key)?.collect::<rusqlite::Result<Vec<(String, TrialKey)>>>()?;
    let mut trials = Vec::with_capacity(keys.len());
    for (task, key) in keys {
        trials.extend(find(connection, &task, &key)?.map(|trial| (task, trial)));
    }
    Ok(trials)
}

/// Counts the trials.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<usize> {
    connection.query_row("SELECT count(*) FROM trial", [], |row| size(row, 0))
}

fn trial_without_losses(row: &Row<'_>, key: &TrialKey) -> rusqlite::Result<TrialRecord> {
    let steps_to_target = row.get::<_, Option<i64>>(3)?.map(|_| size(row, 3)).transpose()?;
    Ok(TrialRecord {
        key: key.clone(),
        ended: named(row, 1)?,
        stall: row.get::<_, Option<String>>(7)?.map(|_| named(row, 7)).transpose()?,
        steps: size(row, 2)?,
        steps_to_target,
        losses: Vec::new(),
        test_accuracy: number(row, 4)?,
        test_loss: number(row, 5)?,
        measures: Default::default(),
        wall_seconds: row.get(6)?,
    })
}

/// What stands in the places of [`OF_KEY`].
pub(super) fn key_values(task: &str, key: &TrialKey) -> rusqlite::Result<[rusqlite::types::Value; 5]> {
    use rusqlite::types::Value::{Real, Text};
    let [prior, phase, seed] = [key.prior.clone(), name_of(key.phase)?, key.seed.to_string()].map(Text);
    Ok([prior, phase, seed, Real(key.learning_rate), Text(task.to_owned())])
}

/// A number, or NaN for NULL.
pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<f64> {
    Ok(row.get::<_, Option<f64>>(column)?.unwrap_or(f64::NAN))
}

pub(super) fn size(row: &Row<'_>, column: usize) -> rusqlite::Result<usize> {
    let found: i64 = row.get(column)?;
    usize::try_from(found).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, found))
}

pub(super) fn integer(size: usize) -> rusqlite::Result<i64> {
    i64::try_from(size).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// The serde name of an enum without fields: `still_falling`.
pub(super) fn name_of(value: impl Serialize) -> rusqlite::Result<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => Ok(name),
        Ok(other) => Ok(other.to_string()),
        Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(error.into())),
    }
}

/// The enum whose serde name stands in `column`.
pub(super) fn named<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_value(Value::String(row.get(column)?))
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}
