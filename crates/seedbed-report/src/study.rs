//! A study as text tables: one a task, then the expectations.

use comfy_table::{ContentArrangement, Table};
use seedbed_feasibility::record::Ended;
use seedbed_feasibility::stall::StallKind;
use seedbed_feasibility::statistics::Estimate;
use seedbed_feasibility::study::expectation::{Judged, Verdict};
use seedbed_feasibility::study::over_tasks::{OverTasks, StartOverTasks};
use seedbed_feasibility::study::record::{StartRecord, StudyResult, TaskRecord, Window};
use seedbed_feasibility::study::ties::Behind;

use crate::table::{DEFAULT_WIDTH, NONE, STYLE, median_steps, word, wrapped};

const HEADER: [&str; 8] = [
    "start",
    "rate",
    "window\n(decades)",
    "solved",
    "steps\nto target",
    "steps with\nrestarts",
    "test\naccuracy",
    "how they\nended",
];

/// Every task's table, and below them what was expected beside what was measured; as wide as the terminal, or 100.
pub fn results(record: &StudyResult, width: Option<u16>) -> String {
    let width = width.or_else(|| Table::new().width()).unwrap_or(DEFAULT_WIDTH);
    let mut parts = vec![record.design.title.clone()];
    parts.extend(record.tasks.iter().map(|task| {
        format!("{}\n{}\n{}", task.task, task_table(task, width), wrapped(&standing(task), usize::from(width)))
    }));
    if let Some(found) = &record.over_tasks {
        parts.push(over_tasks(found, width));
    }
    if !record.warmup.is_empty() {
        parts.push(format!("does a start need warm-up?\n{}", warmup_table(record, width)));
    }
    if !record.judged.is_empty() {
        parts.push(format!("{}\n{}", claim(record, width), judged_table(record, width)));
    }
    parts.join("\n\n")
}

fn claim(record: &StudyResult, width: u16) -> String {
    let source = if record.design.source.is_empty() { String::new() } else { format!(" ({})", record.design.source) };
    wrapped(&format!("published: {}{source}", record.design.claim), usize::from(width))
}

fn table(header: impl IntoIterator<Item = &'static str>, width: u16) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(header.into_iter().collect::<Vec<_>>());
    table
}

fn set(mut table: Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

fn task_table(task: &TaskRecord, width: u16) -> String {
    let mut table = table(HEADER, width);
    table.add_rows(task.starts.iter().map(row));
    set(table)
}

/// Who is best, who ties with it, and who is behind in what.
pub fn standing(task: &TaskRecord) -> String {
    let Some(best) = &task.best else { return unsolved(task) };
    let (mut tied, mut behind) = (Vec::new(), Vec::new());
    for start in task.starts.iter().filter(|start| start.start != *best) {
        match start.behind {
            Behind::Tied => tied.push(start.start.clone()),
            Behind::SolvesLess => behind.push(format!("{} (solves less{})", start.start, out(start))),
            Behind::Slower(ratio) => behind.push(format!("{} ({ratio:.1} times the steps{})", start.start, out(start))),
        }
    }
    let tied = if tied.is_empty() { String::new() } else { format!("; tied with it: {}", tied.join(", ")) };
    let behind = if behind.is_empty() { String::new() } else { format!("; behind: {}", behind.join(", ")) };
    format!("best: {best}{tied}{behind}")
}

/// When it went out of a race.
fn out(start: &StartRecord) -> String {
    start.dropped.as_ref().map_or_else(String::new, |dropped| format!(", out after {} rounds", dropped.rounds))
}

/// That no start solves the task, and what was seen instead.
fn unsolved(task: &TaskRecord) -> String {
    let losses = |start: &StartRecord| start.trials.iter().map(|trial| trial.final_loss).fold(f64::INFINITY, f64::min);
    let Some(lowest) = task.starts.iter().min_by(|one, other| losses(one).total_cmp(&losses(other))) else {
        return "no start solves the task".to_owned();
    };
    let all_diverged = task.starts.iter().all(|start| start.trials.iter().all(|trial| trial.ended == Ended::Diverged));
    match all_diverged {
        true => format!(
            "no start solves the task: every trial diverged, at the smallest learning rate too ({}); try smaller ones",
            lowest.learning_rate
        ),
        false => format!(
            "no start solves the task within the budget: the lowest smoothed loss at an end is {:.3e}, of {}",
            losses(lowest),
            lowest.start
        ),
    }
}

fn row(start: &StartRecord) -> [String; 8] {
    [
        start.start.clone(),
        start.learning_rate.to_string(),
        window(&start.window),
        start.solved.to_string(),
        median_steps(start.steps_to_target.as_ref(), Estimate::to_string),
        match start.steps_with_restarts.value.is_finite() {
            true => start.steps_with_restarts.to_string(),
            false => format!("∞, ≥ {:.0}", start.steps_with_restarts.low),
        },
        if start.test_accuracy.value.is_nan() { NONE.to_owned() } else { start.test_accuracy.to_string() },
        endings(start),
    ]
}

/// The trials in each ending, stalls by their kind: `4 solved, 2 stalled (saddle)`.
fn endings(start: &StartRecord) -> String {
    let count = |share: &Estimate| (share.value * share.n as f64).round() as usize;
    let kinds: Vec<String> = start
        .stalls
        .iter()
        .map(|(kind, share)| match start.stalls.len() {
            1 => stall(*kind).to_owned(),
            _ => format!("{} {}", count(share), stall(*kind)),
        })
        .collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let ended = start.ended.iter().filter(|(_, share)| share.value > 0.0);
    let one = |(ended, share): (&Ended, &Estimate)| match ended {
        Ended::Stalled => format!("{} {}{kinds}", count(share), word(*ended)),
        _ => format!("{} {}", count(share), word(*ended)),
    };
    ended.map(one).collect::<Vec<_>>().join(", ")
}

/// A kind of stall in words.
pub fn stall(kind: StallKind) -> &'static str {
    match kind {
        StallKind::DeadNetwork => "dead network",
        StallKind::TiedUnits => "tied units",
        StallKind::Bouncing => "bouncing",
        StallKind::Saddle => "saddle",
        StallKind::Plateau => "plateau",
        StallKind::PoorMinimum => "poor minimum",
    }
}

/// The starts over all tasks together, and who is best.
fn over_tasks(found: &OverTasks, width: u16) -> String {
    let mut table = table(["start", "solved", "score", "optimality\ngap", "P(faster than\nthe best)", ""], width);
    table.add_rows(found.starts.iter().map(|start| {
        [
            start.start.clone(),
            start.solved.to_string(),
            start.score.to_string(),
            start.optimality_gap.to_string(),
            start.improvement.as_ref().map_or_else(|| NONE.to_owned(), Estimate::to_string),
            over_tasks_standing(found, start).to_owned(),
        ]
    }));
    let left_out = match &found.left_out[..] {
        [] => String::new(),
        names => format!("; left out, since no start solves them: {}", names.join(", ")),
    };
    let about = format!(
        "over {} tasks (score: the task's fewest mean steps / steps to the target, interquartile mean{left_out})",
        found.tasks.len()
    );
    format!("{}\n{}", wrapped(&about, usize::from(width)), set(table))
}

/// Whether a start is the best over all tasks, ties with it or is behind.
fn over_tasks_standing(found: &OverTasks, start: &StartOverTasks) -> &'static str {
    match (start.start == found.best, start.tied) {
        (true, _) => "best",
        (_, true) => "tied",
        _ => "behind",
    }
}

/// Whether the starts need warm-up; empty where nothing was asked.
fn warmup_table(record: &StudyResult, width: u16) -> String {
    let mut table = table(
        [
            "network",
            "start",
            "sharpness\nat start",
            "stable\nbelow",
            "largest rate\nwithout",
            "with\nwarm-up",
            "shortest\n(steps)",
        ],
        width,
    );
    let rate = |rate: Option<f64>| rate.map_or_else(|| NONE.to_owned(), |rate| format!("{rate:.3}"));
    table.add_rows(record.warmup.iter().map(|row| {
        [
            row.network.clone(),
            row.start.clone(),
            row.sharpness_at_start.as_ref().map_or_else(|| NONE.to_owned(), Estimate::to_string),
            rate(row.largest_stable_rate),
            rate(row.largest_rate_without),
            rate(row.largest_rate),
            row.shortest_warmup_steps.map_or_else(|| NONE.to_owned(), |steps| format!("{steps} (n = {})", row.trials)),
        ]
    }));
    set(table)
}

fn window(window: &Window) -> String {
    match window.decades {
        Some(decades) if window.cut => format!("≥ {decades:.1}"),
        Some(decades) => format!("{decades:.1}"),
        None => NONE.to_owned(),
    }
}

fn judged_table(record: &StudyResult, width: u16) -> String {
    let mut table = table(["expected", "in", "bounds", "measured", ""], width);
    table.add_rows(record.judged.iter().map(|judged| {
        [
            judged.expectation.says.clone(),
            judged.task.clone().unwrap_or_else(|| "all, over depth".to_owned()),
            bounds(judged),
            judged.measured.to_string(),
            verdict(judged.verdict).to_owned(),
        ]
    }));
    set(table)
}

fn bounds(judged: &Judged) -> String {
    match (judged.expectation.at_least, judged.expectation.at_most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("≥ {least}"),
        (None, Some(most)) => format!("≤ {most}"),
        (None, None) => NONE.to_owned(),
    }
}

/// A verdict in words.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Agrees => "agrees",
        Verdict::Undecided => "undecided",
        Verdict::Disagrees => "does not agree",
    }
}
