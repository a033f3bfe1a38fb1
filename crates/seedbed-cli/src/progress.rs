//! Progress on stderr: a bar with the time left on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use seedbed_feasibility::study::Observer;
use seedbed_feasibility::study::store::TrialRecord;

use crate::arguments::Everywhere;
use crate::failure::Failure;

/// Seconds between two lines where stderr is no terminal.
const SECONDS_BETWEEN_LINES: u64 = 10;

/// Set by Ctrl-C; asked by everything that runs long.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Exit status of an interrupted command, as shells count it: 128 + SIGINT.
pub const INTERRUPTED_STATUS: u8 = 130;

/// Makes the first Ctrl-C end the work in order and the second one end it at once.
pub fn catch_interrupts() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            #[allow(clippy::exit, reason = "the user asked twice")]
            std::process::exit(i32::from(INTERRUPTED_STATUS));
        }
    };
    // without a handler Ctrl-C still ends the program, only less tidily
    let _ = ctrlc::set_handler(handler);
}

/// Whether the user asked to stop.
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Ends a command between two pieces of a file, which is then not there.
///
/// # Errors
/// The user asked to stop.
pub fn stop_writing_if_interrupted() -> Result<(), Failure> {
    match is_interrupted() {
        true => Err(Failure::Interrupted("interrupted; nothing was written".to_owned())),
        false => Ok(()),
    }
}

/// Does long work that shows how far it is and ends in order on Ctrl-C.
pub fn watched<T>(everywhere: &Everywhere, work: impl FnOnce(&Progress) -> T) -> T {
    catch_interrupts();
    let progress = Progress::new(everywhere);
    let done = work(&progress);
    progress.finish();
    done
}

/// Shows how far a study is.
pub struct Progress {
    bar: ProgressBar,
    lines: Option<Mutex<Lines>>,
    done: AtomicU64,
    total: AtomicU64,
    verbose: bool,
}

/// Progress where there is no terminal.
struct Lines {
    begun: Instant,
    last: Instant,
    stage: String,
}

impl Progress {
    /// Shown unless quiet is asked for; with `-v` every trial that ends gets a line.
    pub fn new(everywhere: &Everywhere) -> Self {
        let quiet = everywhere.quiet;
        let terminal = std::io::stderr().is_terminal();
        let now = Instant::now();
        let lines = (!quiet && !terminal).then(|| Mutex::new(Lines { begun: now, last: now, stage: String::new() }));
        let bar = if quiet || !terminal { ProgressBar::hidden() } else { ProgressBar::no_length() };
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {elapsed} gone, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─"));
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress { bar, lines, done: AtomicU64::new(0), total: AtomicU64::new(0), verbose: everywhere.verbose }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, lines: &mut Lines) {
        lines.last = Instant::now();
        let share = self.done.load(Ordering::Relaxed) as f64 / self.total.load(Ordering::Relaxed).max(1) as f64;
        let gone = lines.begun.elapsed().as_secs_f64();
        let left = if share > 0.0 { format!(", {:.0} s left", gone * (1.0 - share) / share) } else { String::new() };
        #[allow(clippy::print_stderr, reason = "progress goes to stderr")]
        {
            eprintln!("{:3.0} %  {}  {gone:.0} s gone{left}", 100.0 * share, lines.stage);
        }
    }
}

impl Observer for Progress {
    fn begins(&self, steps: u64) {
        self.total.store(steps, Ordering::Relaxed);
        self.bar.set_length(steps);
    }

    fn stage(&self, text: &str) {
        self.bar.set_message(text.to_owned());
        if let Some(lines) = &self.lines {
            let mut lines = lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            lines.stage = text.to_owned();
            self.line(&mut lines);
        }
    }

    fn advanced(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
        self.bar.inc(steps);
        if let Some(lines) = &self.lines {
            let mut lines = lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if lines.last.elapsed() >= Duration::from_secs(SECONDS_BETWEEN_LINES) {
                self.line(&mut lines);
            }
        }
    }

    fn ended(&self, trial: &TrialRecord) {
        if self.verbose {
            let TrialRecord { key, ended, steps, wall_seconds, .. } = trial;
            let line = format!(
                "{:?} {} seed {} rate {}: {ended:?} after {steps} steps, {wall_seconds:.1} s",
                key.phase, key.prior, key.seed, key.learning_rate
            );
            #[allow(clippy::print_stderr, reason = "notes go to stderr")]
            self.bar.suspend(|| eprintln!("{line}"));
        }
    }

    fn goes_on(&self) -> bool {
        !is_interrupted()
    }
}
