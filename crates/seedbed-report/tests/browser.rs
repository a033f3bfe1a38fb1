//! The page in a real browser: every chart is drawn, and nothing complains.
//!
//! Needs Chromium or Chrome; without one the test says so and passes.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use seedbed_feasibility::believe::compared;
use seedbed_feasibility::believe::record::Comparison;
use seedbed_feasibility::record::Recommendation;
use seedbed_report::page;

const SKIPPED: &str = "browser tests skipped: no chromium, chromium-browser or google-chrome found; \
    install one (Debian: apt-get install chromium) or set SEEDBED_CHROMIUM to its path";
const CHARTS: [&str; 7] = ["forward", "backward", "rank", "loss", "solved", "steps", "rates"];

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("seedbed-report-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The first browser that answers; without one, a line that says so, once and not captured.
fn browser() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let named = std::env::var("SEEDBED_CHROMIUM").ok();
        let usual = ["chromium", "chromium-browser", "google-chrome"].map(str::to_owned);
        let found = named.into_iter().chain(usual).find(|program| answers(program));
        if found.is_none() {
            let _ = writeln!(std::io::stderr(), "{SKIPPED}");
        }
        found
    });
    found.as_deref()
}

fn answers(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The document after its scripts have run, and what the browser logged.
fn drawn(browser: &str, page: &Path, profile: &Path, scheme: &[&str]) -> (String, String) {
    let flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--enable-logging=stderr",
        "--v=0",
        "--virtual-time-budget=5000",
        "--dump-dom",
    ];
    let mut command = Command::new(browser);
    command.args(flags).args(scheme).arg(format!("--user-data-dir={}", profile.display()));
    let Output { status, stdout, stderr } = command.arg(format!("file://{}", page.display())).output().unwrap();
    let log = String::from_utf8_lossy(&stderr).into_owned();
    assert!(status.success(), "the browser failed: {log}");
    (String::from_utf8_lossy(&stdout).into_owned(), log)
}

fn figure<'a>(document: &'a str, name: &str) -> &'a str {
    let (_, after) =
        document.split_once(&format!("<figure data-chart=\"{name}\"")).unwrap_or_else(|| panic!("no {name}"));
    after.split_once("</figure>").unwrap().0
}

/// Draws the page, and checks what holds for every record. `marked` are the charts that must show data.
fn check(name: &str, record: &Recommendation, marked: &[&str], flags: &[&str]) -> Option<String> {
    check_after("", name, record, marked, flags)
}

/// The same after a script has acted like a reader.
fn check_after(action: &str, name: &str, record: &Recommendation, marked: &[&str], flags: &[&str]) -> Option<String> {
    let document = ready(&page::recommendation(record).unwrap(), action, name, flags)?;
    for chart in CHARTS {
        assert!(figure(&document, chart).contains("<svg"), "{chart} is not drawn");
        assert!(!figure(&document, chart).contains("NaN"), "{chart} has NaN in it");
    }
    for chart in marked {
        let drawing = figure(&document, chart);
        let marks = ["aria-label=\"line\"", "aria-label=\"dot\"", "aria-label=\"cell\""];
        assert!(marks.iter().any(|mark| drawing.contains(mark)), "{chart} has no marks");
    }
    Some(document)
}

/// Draws a page; it has to come to its end without a complaint.
fn ready(page: &str, action: &str, name: &str, flags: &[&str]) -> Option<String> {
    let browser = browser()?;
    let folder = Folder::new(name);
    let file = folder.0.join("page.html");
    std::fs::write(&file, page.replace("</body>", &format!("<script>{action}</script></body>"))).unwrap();
    let (document, log) = drawn(browser, &file, &folder.0.join("profile"), flags);
    let complaints: Vec<&str> =
        log.lines().filter(|line| line.contains("CONSOLE") || line.contains("Uncaught")).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert!(document.contains("data-ready=\"true\""), "the script did not come to its end");
    Some(document)
}

#[test]
fn every_chart_of_the_example_is_drawn() {
    let Some(document) = check("example", &support::example(), &CHARTS, &["--window-size=1400,1000"]) else { return };
    let forward = figure(&document, "forward");
    assert!(forward.contains("Not on the logarithmic axis: normal(mean=0, std=0.001) is 0 from layer"));
    assert!(forward.contains("zeros is 0 at every layer."));
    assert_eq!(forward.matches("aria-label=\"line\"").count(), 8);
    assert!(figure(&document, "steps").contains("no median: 0 of 6 reached the target"));
    assert!(document.contains("64 of 64 shown"));
    assert_eq!(document.matches("aria-pressed=\"true\"").count(), 8);
}

#[test]
fn the_legend_hides_a_prior_in_every_chart_and_the_filter_shortens_the_table() {
    let action = "document.querySelector('#legend button').click();
        document.querySelector('#filter-held').value = 'no';
        document.querySelector('#filters').dispatchEvent(new Event('input'));";
    let Some(document) = check_after(action, "legend", &support::example(), &CHARTS, &[]) else { return };
    for chart in CHARTS {
        assert!(!figure(&document, chart).contains("orthogonal"), "{chart} still shows it");
        assert!(figure(&document, chart).contains("svg"));
    }
    assert_eq!(figure(&document, "forward").matches("aria-label=\"line\"").count(), 7);
    assert_eq!(document.matches("aria-pressed=\"true\"").count(), 7);
    // five priors lose both signals, two of them the symmetry too
    assert!(document.contains("12 of 64 shown"));
}

#[test]
fn hovering_shows_the_values() {
    let action = "for (const svg of document.querySelectorAll('figure svg')) {
        const { left, top, width, height } = svg.getBoundingClientRect();
        for (let x = 0.1; x < 1; x += 0.1) for (let y = 0.1; y < 1; y += 0.02) {
            svg.dispatchEvent(new PointerEvent('pointermove', { clientX: left + x * width, clientY: top + y * height, pointerType: 'mouse', bubbles: true }));
            const tip = svg.querySelector('[aria-label=tip] text');
            if (tip) svg.closest('figure').dataset.tip = tip.textContent;
        }
    }";
    let Some(document) = check_after(action, "hover", &support::example(), &CHARTS, &[]) else { return };
    for chart in CHARTS {
        assert!(figure(&document, chart).contains("data-tip="), "{chart} shows nothing");
    }
}

#[test]
fn a_narrow_screen_is_enough() {
    check("narrow", &support::example(), &CHARTS, &["--window-size=400,800"]);
}

#[test]
fn one_prior_that_solves_nothing_and_has_no_numbers() {
    let Some(document) = check("unsolved", &support::unsolved(), &["solved", "rates", "loss"], &[]) else { return };
    assert!(figure(&document, "forward").contains("zeros has no value at any layer."));
    assert!(figure(&document, "loss").contains("Not finite any more: zeros from step 20."));
}

#[test]
fn candidates_that_were_not_tried_stand_without_numbers() {
    let Some(document) = check("narrowed", &support::narrowed(), &CHARTS, &[]) else { return };
    assert!(document.contains("not tried") && document.contains("out by theory") && document.contains("out by search"));
    let (_, stages) = document.split_once("id=\"stages\"").unwrap();
    let (stages, _) = stages.split_once("</table>").unwrap();
    assert!(stages.contains("zeros: every parameter is constant") && stages.contains("18,000"), "{stages}");
}

#[test]
fn more_priors_than_colours() {
    let mut record = support::example();
    let again: Vec<_> = record
        .priors
        .clone()
        .into_iter()
        .map(|mut prior| {
            prior.prior = format!("lsuv({})", prior.prior);
            prior
        })
        .collect();
    record.priors.extend(again);
    check("many", &record, &CHARTS, &[]);
}

#[test]
fn no_priors_at_all() {
    let mut record = support::unsolved();
    record.priors.clear();
    check("none", &record, &[], &[]);
}

#[test]
fn markup_in_names_is_shown_as_text() {
    let mut record = support::example();
    record.network.text = "</script><b>bold</b>".to_owned();
    record.priors[1].prior = "<img src=x onerror=console.error(1)>".to_owned();
    let Some(document) = check("markup", &record, &CHARTS, &[]) else { return };
    assert!(!document.contains("<b>bold") && !document.contains("<img"));
}

/// Draws a page of beliefs; every picture in `marked` has marks.
fn beliefs(name: &str, record: &Comparison, marked: &[&str]) -> Option<String> {
    let document = ready(&page::beliefs(record).unwrap(), "", name, &[])?;
    for picture in marked {
        let drawing = figure(&document, picture);
        let marks = ["aria-label=\"dot\"", "aria-label=\"rect\""];
        assert!(marks.iter().any(|mark| drawing.contains(mark)), "{picture} has no marks");
        assert!(!drawing.contains("NaN"), "{picture} has NaN in it");
    }
    Some(document)
}

#[test]
fn the_pictures_of_one_prior() {
    let prior = support::beliefs::of("mlp(5, 12x3, 1, relu)", "{*.weight=he_normal; *.bias=normal(std=0.5)}");
    let record = compared(vec![prior]);
    let marked = ["forward-0", "backward-0", "jacobian-0", "phase", "rank"];
    let Some(document) = beliefs("beliefs-one", &record, &marked) else { return };
    // the range of one draw, and the prediction
    assert!(figure(&document, "forward-0").contains("aria-label=\"area\""));
    assert!(figure(&document, "forward-0").contains("aria-label=\"line\""));
    assert!(figure(&document, "jacobian-0").contains("the law: 50 % are 0"));
    assert!(document.contains("different functions of 5 bits in 10,000 draws"));
    assert!(document.contains("all inputs count alike at first") && document.contains("✗ not here"));
}

#[test]
fn priors_side_by_side_have_a_column_and_pictures_each() {
    let record = support::beliefs::compared(&["he_normal", "zeros", "orthogonal"]);
    let marked = ["forward-0", "backward-0", "forward-2", "jacobian-0", "jacobian-2", "phase"];
    let Some(document) = beliefs("beliefs-several", &record, &marked) else { return };
    assert!(figure(&document, "forward-1").contains("Nothing to draw."));
    assert!(figure(&document, "forward-1").contains("every layer, where a draw has no signal"));
    assert!(figure(&document, "jacobian-1").contains("Every singular value is 0."));
    assert_eq!(document.matches("<th scope=\"col\">").count(), 5);
    assert!(document.contains("held-yes") && document.contains("held-no"));
}

#[test]
fn beliefs_without_theory_are_drawn_all_the_same() {
    // weights with a mean have no theory in a recurrent cell
    let record = compared(vec![support::beliefs::of("lstm(4x3, 5x2, 2)", "normal(mean=0.1, std=0.3)")]);
    let Some(document) = beliefs("beliefs-lstm", &record, &["forward-0", "backward-0"]) else { return };
    assert!(figure(&document, "forward-0").contains("No prediction"));
    assert!(figure(&document, "phase").contains("No place in the diagram"));
}
