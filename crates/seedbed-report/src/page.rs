//! The HTML pages: one file each, no network, charts drawn by the embedded Observable Plot and d3.
//!
//! All pages have one frame, `frame.html`; `page.html` and `beliefs.html` are what it holds. The record travels as JSON inside
//! the page; scripts in `assets` draw from it: `shared.js` in all, `page.js` and `charts.js` of a recommendation,
//! `beliefs.js` and `beliefs_charts.js` of beliefs, `study.js` and `study_charts.js` of a study. The title and the verdict are plain
//! HTML, so they are readable without scripts too.

use seedbed_feasibility::believe::record::{Beliefs, Comparison};
use seedbed_feasibility::record::Recommendation;
use seedbed_feasibility::study::expectation::{Judged, Verdict};
use seedbed_feasibility::study::record::StudyResult;
use serde::Serialize;

use crate::ReportError;

/// The page about a recommendation, complete.
///
/// Errors: [`ReportError::Json`] if the record cannot be written as JSON.
///
/// ```
/// use seedbed_feasibility::record::Recommendation;
///
/// fn save(found: &Recommendation) -> Result<(), Box<dyn std::error::Error>> {
///     std::fs::write("report.html", seedbed_report::page::recommendation(found)?)?;
///     Ok(())
/// }
/// ```
pub fn recommendation(record: &Recommendation) -> Result<String, ReportError> {
    let page = Page {
        about: "which prior to start from",
        sections: include_str!("../assets/page.html"),
        notes_title: "What the intervals mean",
        title: title(record),
        headline: headline(record),
        verdict: record.verdict.clone(),
        charts: include_str!("../assets/charts.js"),
        script: include_str!("../assets/page.js"),
    };
    page.with(record)
}

/// The page about what priors believe, complete: one prior with its pictures, or several side by side.
///
/// Errors: [`ReportError::Json`] if the record cannot be written as JSON.
pub fn beliefs(record: &Comparison) -> Result<String, ReportError> {
    let network = record.priors.first().map_or("", |prior| prior.network.text.as_str());
    let headline = match record.priors.as_slice() {
        [prior] => format!("What {} believes of {network}", prior.prior),
        several => format!("What {} priors believe of {network}", several.len()),
    };
    let page = Page {
        about: "what a prior believes",
        sections: include_str!("../assets/beliefs.html"),
        notes_title: "What the numbers mean",
        title: headline.clone(),
        headline,
        verdict: record.priors.iter().map(|prior| claims(prior, record.priors.len() > 1)).collect(),
        charts: include_str!("../assets/beliefs_charts.js"),
        script: include_str!("../assets/beliefs.js"),
    };
    page.with(record)
}

/// The page about a study, complete: expectations beside measurements, loss curves, tables.
///
/// Errors: [`ReportError::Json`] if the record cannot be written as JSON.
pub fn study(record: &StudyResult) -> Result<String, ReportError> {
    let judged = |judged: &Judged| {
        let task = judged.task.as_deref().unwrap_or("all tasks");
        format!("{}: {} ({task}).", crate::study::verdict(judged.verdict), judged.expectation.says)
    };
    let page = Page {
        about: "starts compared by training",
        sections: include_str!("../assets/study.html"),
        notes_title: "What the numbers mean",
        title: record.design.title.clone(),
        headline: record.design.title.clone(),
        verdict: record.judged.iter().filter(|one| one.verdict != Verdict::Agrees).map(judged).collect(),
        charts: include_str!("../assets/study_charts.js"),
        script: include_str!("../assets/study.js"),
    };
    page.with(record)
}

/// A sentence on the claims of a prior; with its name where it is not the only one.
fn claims(record: &Beliefs, named: bool) -> String {
    let said = |sentence: String| match named {
        true => format!("{}: {sentence}", record.prior),
        false => sentence,
    };
    let broken = record.rows.iter().filter(|row| row.claimed.is_some() && row.held == Some(false));
    let broken: Vec<String> = broken.map(|row| format!("{}, {}", row.belief.replace('_', " "), row.note)).collect();
    let judged = record.rows.iter().any(|row| row.claimed.is_some() && row.held.is_some());
    match (broken.as_slice(), judged) {
        ([], true) => said("Every claim that can be judged is held here.".to_owned()),
        ([], false) => said("Nothing is claimed that could be judged here.".to_owned()),
        (broken, _) => said(format!("Not held here: {}.", broken.join("; "))),
    }
}

/// What a page is made from, within the frame that all have.
struct Page {
    /// What it is about, above the headline.
    about: &'static str,
    /// What it shows, between the verdict and how to reproduce it.
    sections: &'static str,
    notes_title: &'static str,
    title: String,
    headline: String,
    /// Sentences below the headline.
    verdict: Vec<String>,
    charts: &'static str,
    script: &'static str,
}

impl Page {
    fn with(self, record: &impl Serialize) -> Result<String, ReportError> {
        let verdict = self.verdict.iter().map(|sentence| format!("<p>{}</p>\n", escaped(sentence))).collect();
        let places = [
            ("title", escaped(&self.title)),
            ("style", include_str!("../assets/page.css").to_owned()),
            ("about", self.about.to_owned()),
            ("headline", escaped(&self.headline)),
            ("verdict", verdict),
            ("sections", self.sections.to_owned()),
            ("notes_title", self.notes_title.to_owned()),
            ("d3_licence", escaped(include_str!("../assets/d3.LICENSE.txt"))),
            ("plot_licence", escaped(include_str!("../assets/plot.LICENSE.txt"))),
            ("record", serde_json::to_string(record)?.replace('<', "\\u003c")),
            ("d3", include_str!("../assets/d3.min.js").to_owned()),
            ("plot", include_str!("../assets/plot.umd.min.js").to_owned()),
            ("shared", include_str!("../assets/shared.js").to_owned()),
            ("charts", self.charts.to_owned()),
            ("script", self.script.to_owned()),
        ];
        fill(include_str!("../assets/frame.html"), &places)
    }
}

fn title(record: &Recommendation) -> String {
    format!("{}: {} on {}", headline(record), record.network.text, record.data.name)
}

fn headline(record: &Recommendation) -> String {
    match &record.recommended {
        Some(prior) => format!("Start from {prior}"),
        None => "No candidate solved the task".to_owned(),
    }
}

/// Text as HTML, also inside a quoted attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Puts each text at its `{{name}}`. What has been put in is not searched again, so a network called `{{d3}}` is
/// harmless.
fn fill(template: &str, places: &[(&'static str, String)]) -> Result<String, ReportError> {
    let mut rest = template;
    let mut page = String::new();
    for (name, text) in places {
        let (before, after) = rest.split_once(&format!("{{{{{name}}}}}")).ok_or(ReportError::Template { name })?;
        page.push_str(before);
        page.push_str(text);
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_order_and_only_once() {
        let places = [("one", "{{two}}".to_owned()), ("two", "b".to_owned())];
        assert_eq!(fill("<{{one}}|{{two}}>", &places).unwrap(), "<{{two}}|b>");
    }

    #[test]
    fn a_missing_place_is_an_error_that_names_it() {
        let error = fill("nothing here", &[("style", String::new())]).unwrap_err();
        assert_eq!(error.to_string(), "the page template has no place called style; it must hold {{style}} once");
    }

    #[test]
    fn markup_becomes_text() {
        assert_eq!(escaped("a<b & \"c\" 'd'>"), "a&lt;b &amp; &quot;c&quot; &#39;d&#39;&gt;");
    }
}
