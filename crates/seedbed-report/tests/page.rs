//! The page as text: complete, escaped, nothing fetched.

#![allow(clippy::unwrap_used)]

mod support;

use seedbed_feasibility::record::Recommendation;
use seedbed_report::page;

fn page_of(record: &Recommendation) -> String {
    page::recommendation(record).unwrap()
}

/// The JSON between the tags of the embedded record.
fn embedded(page: &str) -> &str {
    let (_, after) = page.split_once("<script type=\"application/json\" id=\"record\">").unwrap();
    after.split_once("</script>").unwrap().0
}

#[test]
fn the_record_travels_unchanged() {
    let mut record = support::example();
    record.data.name = "a<b \u{2028} \"c\"".to_owned();
    let page = page_of(&record);
    assert!(embedded(&page).replace("\\u003c", "<") == serde_json::to_string(&record).unwrap());
    let found: serde_json::Value = serde_json::from_str(embedded(&page)).unwrap();
    assert_eq!(found["data"]["name"], "a<b \u{2028} \"c\"");
    assert_eq!(found["priors"][2]["steps_to_target"]["high"], serde_json::Value::Null);
}

#[test]
fn markup_in_names_stays_text() {
    let mut record = support::example();
    record.network.text = "</script><b>&{{d3}}<!--".to_owned();
    record.recommended = Some("<i>prior</i>".to_owned());
    record.verdict = vec!["1 < 2 </div><script>alert(1)</script>".to_owned()];
    let page = page_of(&record);
    assert!(!page.contains("</script><b>") && !page.contains("<i>prior") && !page.contains("<script>alert"));
    assert!(!embedded(&page).contains('<'));
    assert!(page.contains("on digits</title>") && page.contains("&lt;/script&gt;&lt;b&gt;&amp;{{d3}}&lt;!--"));
    assert!(page.contains("<p>1 &lt; 2 &lt;/div&gt;"));
    let found: serde_json::Value = serde_json::from_str(embedded(&page)).unwrap();
    assert_eq!(found["network"]["text"], "</script><b>&{{d3}}<!--");
    let scripts = |text: &str| text.matches("</script>").count();
    assert_eq!(scripts(&page), scripts(&page_of(&support::example())));
}

#[test]
fn nothing_is_fetched() {
    let page = page_of(&support::example());
    for tag in ["<script src", "<img", "<iframe", "@import", "<link rel=\"stylesheet\"", "url(http"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn the_verdict_is_readable_without_scripts() {
    let page = page_of(&support::example());
    assert!(page.contains("<h1>Start from orthogonal(gain=1.4142135)</h1>"));
    assert!(page.contains("<p>The evidence cannot tell he_normal from it.</p>"));
    let page = page_of(&support::unsolved());
    assert!(page.contains("<h1>No candidate solved the task</h1>"));
}

#[test]
fn numbers_that_are_not_finite_become_null() {
    let page = page_of(&support::unsolved());
    let found: serde_json::Value = serde_json::from_str(embedded(&page)).unwrap();
    assert_eq!(found["priors"][0]["signal"]["forward_mean_square"][0]["value"], serde_json::Value::Null);
    assert_eq!(found["priors"][0]["loss_curve"]["median"][3], serde_json::Value::Null);
    assert!(!embedded(&page).contains("NaN"));
}

#[test]
fn the_page_of_beliefs_holds_its_record_and_says_what_is_not_held() {
    let mut record = support::beliefs::compared(&["he_normal", "zeros"]);
    let page = page::beliefs(&record).unwrap();
    assert!(embedded(&page).replace("\\u003c", "<") == serde_json::to_string(&record).unwrap());
    assert!(page.contains("<h1>What 2 priors believe of mlp(8, 6x3, 2, relu)</h1>"));
    assert!(page.contains("<p>zeros: Not held here: symmetry, all 6 units of layer1 are tied"), "{}", &page[..9000]);
    record.priors.pop();
    record.priors[0].network.text = "</script><b>".to_owned();
    let page = page::beliefs(&record).unwrap();
    assert!(page.contains("What he_normal believes of &lt;/script&gt;&lt;b&gt;") && !page.contains("</script><b>"));
    assert!(page.contains("default-src 'none'") && !page.contains("<script src"));
}

#[test]
fn the_licences_travel_with_the_libraries() {
    let page = page_of(&support::example());
    for notice in [
        "Copyright 2010-2026 Mike Bostock",
        "Copyright 2020-2025 Observable, Inc.",
        "THE SOFTWARE IS PROVIDED &quot;AS IS&quot;",
    ] {
        assert!(page.contains(notice), "{notice}");
    }
}
