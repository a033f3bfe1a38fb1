//! The store against kills, foreign files, full disks and a second process.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::*;
use crate::trial::{Measure, Optimizer, Plan};

const IDENTITY: &str = r#"{"network":"mlp(64, 128x30, 10, relu)","batch":128}"#;

fn record(seed: u64, learning_rate: f64) -> TrialRecord {
    TrialRecord {
        key: TrialKey { prior: "he_normal".to_owned(), phase: Phase::Paired, seed, learning_rate },
        ended: Ended::StillFalling,
        stall: None,
        steps: 3,
        steps_to_target: None,
        losses: vec![2.25, 0.1, 1e-40],
        test_accuracy: 0.1 + 0.2,
        test_loss: 2.3,
        measures: [(Measure::Distance, 1.5)].into(),
        wall_seconds: 0.125,
    }
}

fn open(path: &Path) -> (Store, Opened) {
    Store::open(path, IDENTITY).unwrap()
}

fn message(path: &Path) -> String {
    Store::open(path, IDENTITY).unwrap_err().to_string()
}

#[test]
fn a_trial_comes_back_as_it_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let (mut store, opened) = open(&path);
    assert_eq!((opened, store.is_empty().unwrap()), (Opened::New, true));
    let next = f64::from_bits(0.3_f64.to_bits() + 1);
    let written = [
        record(0, 0.3),
        record(0, next),
        record(u64::MAX, 5e-324),
        TrialRecord { ended: Ended::Solved, steps_to_target: Some(3), ..record(1 << 63, 1.0) },
        TrialRecord { stall: Some(StallKind::PoorMinimum), ..record(9, 1.0) },
        TrialRecord { losses: vec![], steps: 0, ..record(7, f64::INFINITY) },
    ];
    for record in &written {
        store.record("task", record).unwrap();
    }
    drop(store);
    let (store, opened) = open(&path);
    assert_eq!(opened, Opened::Same { trials: 6, under_way: 0 });
    for record in &written {
        assert_eq!(store.trial("task", &record.key).unwrap().as_ref(), Some(record));
    }
    let all: Vec<TrialRecord> = store.trials().unwrap().into_iter().map(|(_, trial)| trial).collect();
    assert_eq!(all, written);
    let search = TrialKey { phase: Phase::Search, ..written[0].key.clone() };
    assert_eq!(store.trial("task", &search).unwrap(), None);
    assert_eq!(store.trial("task", &record(1, 0.3).key).unwrap(), None);
}

#[test]
fn nan_and_infinity_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&folder.path().join("study.db"));
    let mut diverged = record(0, 10.0);
    diverged.ended = Ended::Diverged;
    diverged.losses = vec![2.3, f32::INFINITY, f32::NAN];
    diverged.test_loss = f64::NAN;
    store.record("task", &diverged).unwrap();
    let found = store.trial("task", &diverged.key).unwrap().unwrap();
    assert_eq!((found.losses[0], found.losses[1]), (2.3, f32::INFINITY));
    assert!(found.losses[2].is_nan() && found.test_loss.is_nan());
    assert_eq!((found.losses.len(), found.ended), (3, Ended::Diverged));
}

#[test]
fn the_same_trial_twice_and_a_nan_rate_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&folder.path().join("study.db"));
    store.record("task", &record(0, 0.1)).unwrap();
    for refused in [record(0, 0.1), record(1, f64::NAN)] {
        assert!(matches!(store.record("task", &refused), Err(StoreError::Recorded { .. })));
    }
    assert_eq!(store.len().unwrap(), 1);
    assert_eq!(store.trial("task", &record(1, f64::NAN).key).unwrap(), None);
}

/// A state of `mlp(3, 2, 2, relu)` with Adam, after two steps; every number is another one.
fn state(offset: f32) -> State {
    let plan = Plan::default_with(Optimizer::ADAM);
    let mut state = State::begin(&plan, 0.1, vec![vec![0.0; 6], vec![0.0; 2], vec![]]);
    let mut next = offset;
    for values in state.numbers_after(2) {
        for value in values {
            *value = next;
            next += 1.0;
        }
    }
    state.losses = vec![2.5, offset];
    state
}

fn fresh() -> State {
    State::begin(&Plan::default_with(Optimizer::ADAM), 0.1, vec![vec![0.0; 6], vec![0.0; 2], vec![]])
}

#[test]
fn a_trial_under_way_comes_back_until_it_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let (mut store, _) = open(&path);
    let (first, second) = (record(0, 0.1).key, record(1, 0.1).key);
    store.keep("task", &first, &state(1.0), 0.5).unwrap();
    store.keep("other task", &first, &state(200.0), 0.5).unwrap();
    let solved = State { steps_to_target: Some(2), measures: record(0, 0.1).measures, ..state(100.0) };
    store.keep("task", &first, &solved, 1.5).unwrap();
    drop(store);
    let (mut store, opened) = open(&path);
    assert_eq!(opened, Opened::Same { trials: 0, under_way: 2 });
    let mut found = fresh();
    assert_eq!(store.recall("task", &second, &mut found).unwrap(), None);
    assert_eq!(found, fresh());
    assert_eq!(store.recall("task", &first, &mut found).unwrap(), Some(1.5));
    assert_eq!(found, solved);
    store.record("task", &record(0, 0.1)).unwrap();
    assert_eq!(store.recall("task", &first, &mut fresh()).unwrap(), None);
    assert_eq!(store.recall("other task", &first, &mut fresh()).unwrap(), Some(0.5));
    let rows = |table: &str| -> i64 {
        store.connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!(["under_way", "under_way_measure"].map(rows), [1, 0]);
    assert_eq!(rows("under_way_piece"), state(0.0).numbers().filter(|values| !values.is_empty()).count() as i64);
}

#[test]
fn a_state_keeps_what_is_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&folder.path().join("study.db"));
    let mut lost = state(1.0);
    lost.weights[0][..3].copy_from_slice(&[f32::NAN, f32::INFINITY, -0.0]);
    lost.losses = vec![f32::INFINITY, f32::NAN];
    lost.measures = [(Measure::TestAccuracyAtTarget, f64::NAN), (Measure::Distance, f64::INFINITY)].into();
    store.keep("task", &record(0, 0.1).key, &lost, 0.5).unwrap();
    let mut found = fresh();
    store.recall("task", &record(0, 0.1).key, &mut found).unwrap();
    let bits = |state: &State| -> Vec<u32> {
        state.numbers().chain([&state.losses]).flatten().map(|value| value.to_bits()).collect()
    };
    assert_eq!(bits(&found), bits(&lost));
    assert!(found.measures[&Measure::TestAccuracyAtTarget].is_nan());
    assert_eq!(found.measures[&Measure::Distance], f64::INFINITY);
}

#[test]
fn a_state_of_another_shape_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&folder.path().join("study.db"));
    let key = record(0, 0.1).key;
    store.keep("task", &key, &state(1.0), 0.5).unwrap();
    for change in [
        "UPDATE under_way_piece SET numbers = x'0000' WHERE piece = 0",
        "DELETE FROM under_way_piece WHERE piece = 3",
        "UPDATE under_way SET losses = 'text'",
    ] {
        store.connection.execute_batch(&format!("SAVEPOINT before; {change}")).unwrap();
        let error = store.recall("task", &key, &mut fresh()).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{change}: {error:?}");
        store.connection.execute_batch("ROLLBACK TO before; RELEASE before").unwrap();
    }
    assert_eq!(store.recall("task", &key, &mut fresh()).unwrap(), Some(0.5));
}

#[test]
fn what_was_kept_leaves_no_hole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let (mut store, _) = open(&path);
    let plan = Plan::default_with(Optimizer::ADAM);
    // more than a piece
    let mut large = State::begin(&plan, 0.1, vec![vec![0.0; (1 << 22) + 5]]);
    large
        .numbers_after(1)
        .for_each(|values| values.iter_mut().zip(1..).for_each(|(value, place)| *value = place as f32));
    large.losses = vec![1.0];
    for _ in 0..2 {
        store.keep("task", &record(0, 0.1).key, &large, 0.5).unwrap();
    }
    let mut found = State::begin(&plan, 0.1, vec![vec![0.0; (1 << 22) + 5]]);
    store.recall("task", &record(0, 0.1).key, &mut found).unwrap();
    assert!(found == large);
    store.record("task", &record(0, 0.1)).unwrap();
    drop(store);
    assert!(std::fs::metadata(&path).unwrap().len() < 100_000);
}

#[test]
fn another_study_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    open(&path).0.record("task", &record(0, 0.1)).unwrap();
    let other = Store::open(&path, r#"{"network":"mlp(64, 128x30, 10, relu)","batch":64}"#);
    let text = other.unwrap_err().to_string();
    assert!(text.contains("holds another study: batch is 128 there and 64 here"), "{text}");
    assert!(!text.contains("network is"), "{text}");
    assert_eq!(open(&path).1, Opened::Same { trials: 1, under_way: 0 });
    assert!(matches!(Store::open(&path, "{"), Err(StoreError::Identity { .. })));
}

#[test]
fn foreign_files_are_refused_and_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let text_file = folder.path().join("notes ?#%41ü.db");
    std::fs::write(&text_file, "these are my notes, and no database\n".repeat(10)).unwrap();
    let database = folder.path().join("mine ?#%41ü.db");
    let mine = Connection::open(&database).unwrap();
    mine.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE trial (x); INSERT INTO trial VALUES (1);").unwrap();
    for (path, expected) in [(&text_file, "no SQLite database"), (&database, "of another program")] {
        let files = || -> Vec<_> {
            let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
            names.sort();
            names.into_iter().map(|name| (std::fs::read(&name).unwrap(), name)).collect()
        };
        let before = files();
        let text = message(path);
        assert!(text.contains("is not a study") && text.contains(expected), "{text}");
        assert!(files() == before, "{path:?} was touched");
    }
    assert!(message(folder.path()).contains("it is a folder"));
    assert!(message(&folder.path().join("no/such/folder.db")).contains("its folder must exist"));
}

#[test]
fn an_empty_file_is_a_new_study() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    std::fs::write(&path, "").unwrap();
    assert_eq!(open(&path).1, Opened::New);
}

/// What is left of a kill between the two writes that begin a study.
#[test]
fn a_database_that_holds_nothing_is_a_new_study() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    Connection::open(&path).unwrap().execute_batch("PRAGMA auto_vacuum = FULL; BEGIN EXCLUSIVE; COMMIT").unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() > 0);
    assert_eq!(open(&path).1, Opened::New);
}

#[test]
fn damage_is_noticed_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let (mut store, _) = open(&path);
    for seed in 0..40 {
        store.record("task", &TrialRecord { losses: vec![1.5; 300], ..record(seed, 0.1) }).unwrap();
    }
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    for length in [50, 512, 4096, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let error = Store::open(&path, IDENTITY).unwrap_err();
        let clear = matches!(error, StoreError::Damaged { .. } | StoreError::NotAStudy { .. });
        assert!(clear, "{length} bytes: {error:?}");
        assert_eq!(std::fs::read(&path).unwrap(), whole[..length], "{length} bytes: {error:?}");
    }
    let text = message(&path);
    assert!(text.contains("cut short") && text.contains("left as it is"), "{text}");
    let mut scribbled = whole.clone();
    let last_page = whole.len() - 4096;
    scribbled[last_page..].fill(0xAA);
    std::fs::write(&path, &scribbled).unwrap();
    assert!(message(&path).contains("is damaged"));
    let without_tables = Connection::open(folder.path().join("bare.db")).unwrap();
    without_tables.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    without_tables.execute_batch("CREATE TABLE other (x)").unwrap();
    drop(without_tables);
    assert!(message(&folder.path().join("bare.db")).contains("is damaged (no such table: study"));
}

#[test]
fn a_newer_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    open(&path).0.connection.execute("UPDATE study SET format = 5", []).unwrap();
    assert!(message(&path).contains("has format 5, this version reads 4"));
}

#[test]
fn a_copy_taken_in_the_middle_holds_every_finished_trial() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let (mut store, _) = open(&path);
    for seed in 0..5 {
        store.record("task", &record(seed, 0.1)).unwrap();
    }
    // A sixth trial is being written, with its pages spilled to the log, and is not committed.
    store.connection.execute_batch("PRAGMA cache_size = 1; BEGIN; INSERT INTO trial SELECT NULL, task, 'half', phase, seed, learning_rate, ended, stall, steps, steps_to_target, test_accuracy, test_loss, wall_seconds FROM trial LIMIT 1;").unwrap();
    for step in 0..20_000 {
        store.connection.execute("INSERT INTO step VALUES (6, ?1, 1.0)", [step]).unwrap();
    }
    let copy = folder.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(folder.path().join("study.db-wal"), folder.path().join("copy.db-wal")).unwrap();
    let (copy, opened) = open(&copy);
    assert_eq!(opened, Opened::Same { trials: 5, under_way: 0 });
    assert_eq!(copy.trial("task", &record(4, 0.1).key).unwrap(), Some(record(4, 0.1)));
}

#[test]
fn a_second_store_in_this_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let (mut first, _) = open(&path);
    assert!(message(&path).contains("in use by another process"));
    first.record("task", &record(0, 0.1)).unwrap();
    drop(first);
    assert_eq!(open(&path).1, Opened::Same { trials: 1, under_way: 0 });
}

#[test]
fn a_full_disk_keeps_what_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let (mut store, _) = open(&path);
    store.record("task", &record(0, 0.1)).unwrap();
    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    // Answers with the limit, so it is a query.
    store.connection.query_row(&format!("PRAGMA max_page_count = {}", pages + 2), [], |_| Ok(())).unwrap();
    let large = TrialRecord { losses: vec![1.5; 100_000], ..record(1, 0.1) };
    let text = store.record("task", &large).unwrap_err().to_string();
    assert!(text.contains("full") && text.contains("finished before are kept"), "{text}");
    assert_eq!(store.len().unwrap(), 1);
    drop(store);
    let (mut store, opened) = open(&path);
    assert_eq!(opened, Opened::Same { trials: 1, under_way: 0 });
    store.record("task", &large).unwrap();
}

/// A full disk can also end the move of the log into the file half-way: the header then speaks of pages that only the
/// log holds.
#[test]
fn a_file_that_only_its_log_makes_whole_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let log = folder.path().join("study.db-wal");
    let (mut store, _) = open(&path);
    // what was written before there was a log
    let begun = std::fs::metadata(&path).unwrap().len() as usize;
    for seed in 0..40 {
        store.record("task", &TrialRecord { losses: vec![1.5; 300], ..record(seed, 0.1) }).unwrap();
    }
    let whole_log = std::fs::read(&log).unwrap();
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    for length in [begun, begun + 100, begun + 4 * 4096] {
        std::fs::write(&path, &whole[..length]).unwrap();
        std::fs::write(&log, &whole_log).unwrap();
        let (store, opened) = open(&path);
        assert_eq!(opened, Opened::Same { trials: 40, under_way: 0 });
        assert_eq!(store.trial("task", &record(39, 0.1).key).unwrap().unwrap().losses, vec![1.5; 300]);
    }
}

/// The variable that turns [`records_until_killed`] from an empty test into the process to be killed.
const PATH_OF_THE_KILLED: &str = "SEEDBED_TEST_STORE_TO_KILL";

#[test]
fn records_until_killed() {
    let Some(path) = std::env::var_os(PATH_OF_THE_KILLED) else {
        return;
    };
    let (mut store, _) = open(Path::new(&path));
    for seed in 0.. {
        store.record("task", &TrialRecord { losses: vec![0.5; 300], ..record(seed, 0.1) }).unwrap();
        println!("recorded {}", seed + 1);
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn another_process_is_kept_out_and_its_kill_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "study::store::tests::records_until_killed", "--nocapture"])
        .env(PATH_OF_THE_KILLED, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let count = |line: std::io::Result<String>| line.unwrap().rsplit_once("recorded ")?.1.parse::<usize>().ok();
    let mut recorded = lines.filter_map(count);
    let begun = recorded.find(|trials| *trials >= 20);
    let refused = message(&path);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(begun, Some(20));
    assert!(refused.contains("in use by another process"), "{refused}");
    let said = recorded.last().unwrap_or(20);
    let Opened::Same { trials, .. } = open(&path).1 else { panic!("nothing was kept") };
    // One more may be on disk than the child came to say.
    assert!((said..=said + 1).contains(&trials), "said {said}, kept {trials}");
}
