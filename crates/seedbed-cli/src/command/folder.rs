//! The folder of a study: the store, and what is written beside it.

use std::path::PathBuf;

use seedbed_feasibility::study::store::{Opened, Store};

use crate::arguments::{Everywhere, Keeping};
use crate::failure::Failure;
use crate::output;

/// Where the results go.
pub struct Folder(PathBuf);

impl Folder {
    /// A folder that need not be there yet.
    pub fn new(path: PathBuf) -> Self {
        Folder(path)
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Opens the folder's study, or begins one; refuses a folder that holds one of the `results` but no study.
    pub fn open(
        &self,
        identity: &str,
        results: &[&str],
        keeping: &Keeping,
        everywhere: &Everywhere,
    ) -> Result<Store, Failure> {
        let study = self.file("study.db");
        if keeping.resume && !study.is_file() {
            return Err(Failure::Error(format!(
                "--resume was asked, but {} holds no study; leave --resume out to begin one",
                self.0.display()
            )));
        }
        if !study.exists() {
            self.refuse_foreign(results)?;
        }
        std::fs::create_dir_all(&self.0)
            .map_err(|error| Failure::Error(format!("cannot make the folder {}: {error}", self.0.display())))?;
        let (mut store, opened) = Store::open(&study, identity)?;
        if let Some(pause) = keeping.keep_every {
            store.set_keep_every(pause);
        }
        if let Opened::Same { trials, under_way } = opened {
            let begun = if under_way > 0 { format!(" and {under_way} under way") } else { String::new() };
            let folder = self.0.display();
            let message = format!("{folder} holds {trials} finished trials of this study{begun}; going on from there");
            output::note(everywhere, &message);
        }
        Ok(store)
    }

    fn refuse_foreign(&self, results: &[&str]) -> Result<(), Failure> {
        match results.iter().find(|name| self.file(name).exists()) {
            None => Ok(()),
            Some(name) => Err(Failure::Error(format!(
                "{} holds {name} but no study.db: it was not made by a study here and would be overwritten; choose another --out",
                self.0.display()
            ))),
        }
    }

    /// An interruption, with how to go on.
    pub fn explain_interruption(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Interrupted(_) => Failure::Interrupted(format!(
                "interrupted; every trial is kept in {} as it stands. The same command goes on from there (with --resume to be sure).",
                self.file("study.db").display()
            )),
            other => other,
        }
    }

    /// A line for each file that was written.
    pub fn written(&self, results: &[&str]) -> String {
        let lines = results.iter().chain(&["study.db"]).map(|name| format!("written  {}", self.file(name).display()));
        lines.collect::<Vec<_>>().join("\n")
    }
}
