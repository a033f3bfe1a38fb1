//! `seedbed list`.

use seedbed::gain::{backward_gain, centred_gain, forward_gain};
use seedbed::{Activation, RECIPES, catalogue};
use seedbed_network::data;
use serde_json::json;

use crate::arguments::{Everywhere, List, What};
use crate::failure::{Failure, Outcome};
use crate::output;

/// Runs the command.
pub fn run(arguments: &List, everywhere: &Everywhere) -> Result<Outcome, Failure> {
    let rows = rows(arguments.what);
    if everywhere.json {
        let rows: Vec<_> = rows.iter().map(|(name, summary)| json!({ "name": name, "summary": summary })).collect();
        output::json(&json!({ "schema": "seedbed.list/1", "entries": rows }))?;
    } else {
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let lines: Vec<String> = rows.iter().map(|(name, summary)| format!("{name:<width$}  {summary}")).collect();
        output::text(&lines.join("\n"))?;
    }
    Ok(Outcome::Fine)
}

/// Names and one line each.
fn rows(what: What) -> Vec<(String, String)> {
    let owned = |(name, summary): (&str, &str)| (name.to_owned(), summary.to_owned());
    match what {
        What::Initializers => catalogue::entries().map(|entry| owned((entry.name, entry.summary))).collect(),
        What::Recipes => RECIPES.iter().map(|recipe| owned((recipe.name, recipe.summary))).collect(),
        What::Activations => Activation::all().map(activation).collect(),
        What::Data => data::KINDS.iter().copied().map(owned).collect(),
    }
}

fn activation(activation: Activation) -> (String, String) {
    let (forward, backward, centred) = (forward_gain(activation), backward_gain(activation), centred_gain(activation));
    let summary =
        format!("{}; gain forward {forward:.7}, backward {backward:.7}, centred {centred:.7}", activation.formula());
    (activation.to_string(), summary)
}
