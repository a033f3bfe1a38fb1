//! The HTML page: one file, no network, charts drawn by the embedded Observable Plot and d3.
//!
//! The record travels as JSON inside the page; `assets/page.js` and `assets/charts.js` draw from it. The title and the verdict are
//! plain HTML, so they are readable without scripts too.

use seedbed_feasibility::record::Recommendation;

use crate::ReportError;

const TEMPLATE: &str = include_str!("../assets/page.html");

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
    let json = serde_json::to_string(record)?;
    let places = [
        ("title", escaped(&title(record))),
        ("style", include_str!("../assets/page.css").to_owned()),
        ("headline", escaped(&headline(record))),
        ("verdict", verdict(record)),
        ("d3_licence", escaped(include_str!("../assets/d3.LICENSE.txt"))),
        ("plot_licence", escaped(include_str!("../assets/plot.LICENSE.txt"))),
        ("record", json.replace('<', "\\u003c")),
        ("d3", include_str!("../assets/d3.min.js").to_owned()),
        ("plot", include_str!("../assets/plot.umd.min.js").to_owned()),
        ("charts", include_str!("../assets/charts.js").to_owned()),
        ("script", include_str!("../assets/page.js").to_owned()),
    ];
    fill(TEMPLATE, &places)
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

fn verdict(record: &Recommendation) -> String {
    record.verdict.iter().map(|sentence| format!("<p>{}</p>\n", escaped(sentence))).collect()
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
