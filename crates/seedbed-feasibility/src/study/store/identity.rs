//! What differs between two studies, in words.

use std::collections::BTreeSet;

use serde_json::Value;

/// More differences than this are only counted: two studies that share nothing need no list.
const MOST_NAMED: usize = 5;
/// Longer values are cut in the message.
const LONGEST_VALUE: usize = 60;

/// The settings in which two identities (JSON texts) differ, as `plan.batch is 128 there and 64 here`; empty if in none.
///
/// Objects are compared key by key, everything else whole.
pub(super) fn differences(there: &str, here: &str) -> Vec<String> {
    if there == here {
        return Vec::new();
    }
    let mut found = Vec::new();
    match (serde_json::from_str(there), serde_json::from_str(here)) {
        (Ok(there), Ok(here)) => compare("", Some(&there), Some(&here), &mut found),
        _ => found.push("its description cannot be read".to_owned()),
    }
    if found.len() > MOST_NAMED {
        let more = found.len() - MOST_NAMED;
        found.truncate(MOST_NAMED);
        found.push(format!("and {more} more settings"));
    }
    found
}

fn compare(name: &str, there: Option<&Value>, here: Option<&Value>, found: &mut Vec<String>) {
    if let (Some(Value::Object(there)), Some(Value::Object(here))) = (there, here) {
        let keys: BTreeSet<&String> = there.keys().chain(here.keys()).collect();
        for key in keys {
            let inner = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            compare(&inner, there.get(key), here.get(key), found);
        }
    } else if there != here {
        let name = if name.is_empty() { "the description" } else { name };
        found.push(format!("{name} is {} there and {} here", shown(there), shown(here)));
    }
}

fn shown(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "absent".to_owned(), Value::to_string);
    if text.chars().count() <= LONGEST_VALUE {
        return text;
    }
    text.chars().take(LONGEST_VALUE).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_settings_in_other_words_do_not_differ() {
        assert!(differences(r#"{"a": 1, "b": [1, 2]}"#, r#"{"b":[1,2],"a":1}"#).is_empty());
    }

    #[test]
    fn names_what_differs() {
        let there = r#"{"network": "mlp", "plan": {"batch": 128, "steps": 300}, "seed": 0}"#;
        let here = r#"{"network": "mlp", "plan": {"batch": 64, "steps": 300}, "data": "digits"}"#;
        let expected = [
            r#"data is absent there and "digits" here"#,
            "plan.batch is 128 there and 64 here",
            "seed is 0 there and absent here",
        ];
        assert_eq!(differences(there, here), expected);
        assert_eq!(differences("[1]", "[2]"), ["the description is [1] there and [2] here"]);
        assert_eq!(differences("not json", "{}").len(), 1);
    }

    #[test]
    fn cuts_what_is_long() {
        let here = format!(r#"{{"a": "{}"}}"#, "é".repeat(100));
        let found = differences("{}", &here);
        assert!(found[0].chars().count() < 100 && found[0].contains('…'), "{found:?}");
        let many: Vec<String> = (0..9).map(|key| format!(r#""{key}": 1"#)).collect();
        let found = differences("{}", &format!("{{{}}}", many.join(",")));
        assert_eq!((found.len(), found[5].as_str()), (6, "and 4 more settings"));
    }
}
