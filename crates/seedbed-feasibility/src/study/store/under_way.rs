//! Trials that have begun and not ended: the state after a step, in rows.

use rusqlite::{Connection, OptionalExtension, Transaction, params, params_from_iter};

use super::TrialKey;
use super::table::{OF_KEY, integer, key_values, name_of, named, number, size};
use crate::trial::State;

/// Numbers in a piece: 16 MiB, so that no state is beyond the largest value that SQLite holds.
const PIECE: usize = 1 << 22;

/// The tables of a trial under way, those that refer to another first.
const TABLES: [&str; 3] = ["under_way_piece", "under_way_measure", "under_way"];

/// A task and a trial of it.
type Of<'k> = (&'k str, &'k TrialKey);

/// Writes the state in place of the one before, in one transaction that is not flushed: it outlives the process, and a loss
/// of power takes it or leaves it whole.
pub(super) fn keep(connection: &mut Connection, of: Of<'_>, state: &State, wall_seconds: f64) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let kept = write(connection, of, state, wall_seconds);
    connection.pragma_update(None, "synchronous", "FULL")?;
    kept
}

fn write(connection: &mut Connection, of: Of<'_>, state: &State, wall_seconds: f64) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    forget(&transaction, of)?;
    let (task, key) = of;
    let steps_to_target = state.steps_to_target.map(integer).transpose()?;
    transaction
        .prepare_cached(
            "INSERT INTO under_way (prior, phase, seed, learning_rate, task, steps_to_target, wall_seconds, losses)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            key.prior,
            name_of(key.phase)?,
            key.seed.to_string(),
            key.learning_rate,
            task,
            steps_to_target,
            wall_seconds,
            bytes(&state.losses),
        ])?;
    let id = transaction.last_insert_rowid();
    for (measure, value) in &state.measures {
        let mut insert = transaction.prepare_cached("INSERT INTO under_way_measure VALUES (?1, ?2, ?3)")?;
        insert.execute(params![id, name_of(measure)?, value])?;
    }
    let pieces = state.numbers().flat_map(|numbers| numbers.chunks(PIECE));
    for (place, piece) in (0_i64..).zip(pieces) {
        let mut insert = transaction.prepare_cached("INSERT INTO under_way_piece VALUES (?1, ?2, ?3)")?;
        insert.execute(params![id, place, bytes(piece)])?;
    }
    transaction.commit()
}

/// Fills `state` with what is kept, and returns the seconds that the trial had run.
pub(super) fn recall(connection: &Connection, of: Of<'_>, state: &mut State) -> rusqlite::Result<Option<f64>> {
    let find = format!("SELECT under_way_id, steps_to_target, wall_seconds, losses FROM under_way WHERE {OF_KEY}");
    let mut find = connection.prepare_cached(&find)?;
    let found = find.query_row(params_from_iter(key_values(of.0, of.1)?), |row| {
        let steps_to_target = row.get::<_, Option<i64>>(1)?.map(|_| size(row, 1)).transpose()?;
        Ok((row.get::<_, i64>(0)?, steps_to_target, row.get(2)?, numbers(row.get_ref(3)?.as_blob()?)))
    });
    let Some((id, steps_to_target, wall_seconds, losses)) = found.optional()? else { return Ok(None) };
    (state.losses, state.steps_to_target) = (losses, steps_to_target);
    let mut measures =
        connection.prepare_cached("SELECT name, value FROM under_way_measure WHERE under_way_id = ?1")?;
    let measures = measures.query_map([id], |row| Ok((named(row, 0)?, number(row, 1)?)))?;
    state.measures = measures.collect::<rusqlite::Result<_>>()?;
    let mut pieces =
        connection.prepare_cached("SELECT numbers FROM under_way_piece WHERE under_way_id = ?1 ORDER BY piece")?;
    let mut pieces = pieces.query([id])?;
    let steps = state.losses.len();
    for place in state.numbers_after(steps).flat_map(|values| values.chunks_mut(PIECE)) {
        let row = pieces.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let piece = numbers(row.get_ref(0)?.as_blob()?);
        if piece.len() != place.len() {
            return Err(rusqlite::Error::IntegralValueOutOfRange(0, integer(piece.len())?));
        }
        place.copy_from_slice(&piece);
    }
    Ok(Some(wall_seconds))
}

/// Removes what is kept of this trial.
pub(super) fn forget(transaction: &Transaction<'_>, of: Of<'_>) -> rusqlite::Result<()> {
    for table in TABLES {
        let rows =
            format!("DELETE FROM {table} WHERE under_way_id IN (SELECT under_way_id FROM under_way WHERE {OF_KEY})");
        transaction.prepare_cached(&rows)?.execute(params_from_iter(key_values(of.0, of.1)?))?;
    }
    Ok(())
}

/// Counts them.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<usize> {
    connection.query_row("SELECT count(*) FROM under_way", [], |row| size(row, 0))
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&number| f32::from_le_bytes(number)).collect()
}
