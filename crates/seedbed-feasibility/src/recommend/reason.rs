//! The verdict in words: why a candidate won, tied or lost, in terms of the beliefs.

use crate::probe::summary::ALL_DISTINCT_UNITS;
use crate::record::{BeliefRecord, Ended, PriorRecord};

use super::Request;
use crate::study::ties::Behind;

/// One sentence about a candidate, and what it was removed for.
pub fn of_candidate(
    request: &Request,
    record: &PriorRecord,
    loss: Option<Behind>,
    (best, objection): (&str, &str),
) -> String {
    let outcome = match loss {
        None => format!("not tried: {objection}"),
        _ => outcome(request, record, loss, best),
    };
    match broken_belief(request, record) {
        Some(belief) if record.solved.value.is_nan() || record.solved.value < 1.0 || loss != Some(Behind::Tied) => {
            format!("{belief}; {outcome}")
        }
        Some(belief) => format!("{outcome}, although {belief}"),
        None => match kept(record) {
            Some(_) if loss.is_none() => outcome,
            Some(kept) => format!("{kept}; {outcome}"),
            None => outcome,
        },
    }
}

fn outcome(request: &Request, record: &PriorRecord, loss: Option<Behind>, best: &str) -> String {
    let solved = solved_count(record);
    match (loss, record.median_steps()) {
        (Some(Behind::Slower(ratio)), _) => format!("it needs {ratio:.1} times the steps of {best}"),
        (_, Some(steps)) => {
            format!("it solved {solved} of {} in a median of {steps:.0} steps", record.solved.n)
        }
        (_, None) if solved > 0 => format!("it solved only {solved} of {}", record.solved.n),
        (_, None) => format!("{} within {} steps", how_it_failed(record), request.plan.steps),
    }
}

fn how_it_failed(record: &PriorRecord) -> String {
    let most = record.ended.iter().max_by_key(|(_, count)| **count).map(|(ended, _)| *ended);
    let rates = record.learning_rates.len();
    let solved_in_search = record.learning_rates.iter().any(|rate| rate.solved > 0);
    let nowhere = if solved_in_search { String::new() } else { format!(" at any of {rates} learning rates") };
    let how = match most {
        Some(Ended::Diverged) => "it diverges and does not solve",
        Some(Ended::StillFalling) => "it is too slow to solve",
        _ => "it stalls and does not solve",
    };
    format!("{how}{nowhere}")
}

fn solved_count(record: &PriorRecord) -> usize {
    record.ended.get(&Ended::Solved).copied().unwrap_or(0)
}

/// The broken belief that says most: tied units first, then the signal or the gradient, whichever strays further,
/// then the mild ones.
fn broken_belief(request: &Request, record: &PriorRecord) -> Option<String> {
    let find = |name: &str| record.beliefs.iter().find(|belief| belief.belief == name);
    let broken = |name: &str| find(name).filter(|belief| belief.held == Some(false));
    let propagation = match (broken("scale"), broken("gradient_flow")) {
        (Some(scale), Some(gradient)) if strays(gradient) > CLEARLY * strays(scale) => Some(gradient),
        (scale, gradient) => scale.or(gradient),
    };
    let belief = broken("symmetry").or(propagation).or_else(|| broken("activity")).or_else(|| broken("evenness"));
    belief.map(|belief| in_words(request, record, belief))
}

/// The gradient is named instead of the signal only where it strays this much further.
const CLEARLY: f64 = 1.5;

/// How far a ratio per layer is from 1, as a logarithm; no ratio at all is as far as can be.
fn strays(belief: &BeliefRecord) -> f64 {
    let distance = belief.measured.value.ln().abs();
    if distance.is_nan() { f64::INFINITY } else { distance }
}

fn in_words(request: &Request, record: &PriorRecord, belief: &BeliefRecord) -> String {
    let value = belief.measured.value;
    match belief.belief.as_str() {
        "symmetry" => tied_units(request, record, belief),
        "scale" if value.is_nan() || value == 0.0 => "no signal reaches the output".to_owned(),
        "scale" => format!("the signal {}", grows_or_shrinks(value)),
        "gradient_flow" if value.is_nan() || value == 0.0 => "no gradient reaches the first layer".to_owned(),
        "gradient_flow" => format!("the gradient {} on the way back", grows_or_shrinks(value)),
        "activity" => format!("{:.0} % of the units of {} are dead or saturated", 100.0 * value, layer(belief)),
        _ => format!("few inputs count at the start (evenness {value:.2})"),
    }
}

fn tied_units(request: &Request, record: &PriorRecord, belief: &BeliefRecord) -> String {
    let name = layer(belief);
    let node = request.network.nodes.iter().find(|node| node.name == name);
    let units = node.and_then(|node| node.shape.dimensions().first().copied()).unwrap_or(0);
    let distinct = (belief.measured.value * units as f64).round();
    if distinct > 1.0 {
        return format!("only {distinct:.0} of {units} units of {name} are distinct");
    }
    if are_all_tied(request, record) {
        return format!("all {units} units of {name} are tied, and so in every hidden layer");
    }
    let vanishes = record.signal.forward_mean_square.first().is_some_and(|first| first.value > 0.0);
    let because = if vanishes { " (the signal underflows to zero before it)" } else { "" };
    format!("all {units} units of {name} are tied{because}")
}

/// Whether every hidden layer acts as a single unit.
fn are_all_tied(request: &Request, record: &PriorRecord) -> bool {
    let mut hidden: Vec<usize> = request.network.weighted_layers().map(|(_, node)| node.units()).collect();
    hidden.pop();
    let all = record.beliefs.iter().find(|belief| belief.quantity == ALL_DISTINCT_UNITS);
    let distinct = all.map_or(f64::NAN, |belief| belief.measured.value * hidden.iter().sum::<usize>() as f64);
    hidden.len() > 1 && distinct.round() == hidden.len() as f64
}

fn layer(belief: &BeliefRecord) -> &str {
    belief.layer.as_deref().unwrap_or("the network")
}

fn grows_or_shrinks(ratio: f64) -> String {
    if ratio < 1.0 {
        format!("shrinks by {} per layer", three_digits(1.0 / ratio))
    } else {
        format!("grows by {} per layer", three_digits(ratio))
    }
}

/// A factor of at least 1 to three significant digits.
fn three_digits(factor: f64) -> String {
    match factor {
        ..10.0 => format!("{factor:.2}"),
        10.0..100.0 => format!("{factor:.1}"),
        100.0..1e6 => format!("{factor:.0}"),
        _ => format!("{factor:.1e}"),
    }
}

fn kept(record: &PriorRecord) -> Option<String> {
    let value = |name: &str| {
        let belief = record.beliefs.iter().find(|belief| belief.belief == name && belief.held == Some(true));
        belief.map(|belief| belief.measured.value)
    };
    let (forward, backward) = (value("scale")?, value("gradient_flow")?);
    Some(format!("signal x{forward:.2} and gradient x{backward:.2} per layer"))
}

/// Two or three sentences over all candidates, best first.
pub fn verdict(request: &Request, priors: &[PriorRecord], recommended: Option<&str>) -> Vec<String> {
    let Some(recommended) = recommended else { return nobody(request, priors) };
    let mut sentences = vec![winner(request, priors, recommended)];
    sentences.extend(partly(priors));
    sentences.extend(losers(priors));
    sentences.extend(at_the_edge(request, &priors[0]));
    sentences.extend(not_tried(priors));
    sentences
}

/// A best rate at the end of the grid may not be the best there is.
fn at_the_edge(request: &Request, best: &PriorRecord) -> Option<String> {
    let rates = &request.learning_rates;
    let side = match (rates.first(), rates.last()) {
        (Some(first), Some(last)) if first == last => return None,
        (_, Some(last)) if Some(*last) == best.learning_rate => "largest",
        (Some(first), _) if Some(*first) == best.learning_rate => "smallest",
        _ => return None,
    };
    Some(format!("Its learning rate {} is the {side} of the grid; --learning-rates can look further.", rate(best)))
}

fn nobody(request: &Request, priors: &[PriorRecord]) -> Vec<String> {
    let mut sentences = vec![format!(
        "No candidate brought the training loss to {} within {} steps at any learning rate, so none is recommended.",
        request.plan.target_loss, request.plan.steps
    )];
    sentences.extend(priors.first().map(|best| format!("The closest was {}: {}.", best.prior, best.why)));
    sentences
        .push("Raise the budget (--steps), ease the target (--target), or name other candidates (--prior).".to_owned());
    sentences
}

fn winner(request: &Request, priors: &[PriorRecord], recommended: &str) -> String {
    let best = &priors[0];
    let evidence = format!(
        "it solved {} of {} runs at learning rate {}{}",
        solved_count(best),
        best.solved.n,
        rate(best),
        best.median_steps().map_or_else(String::new, |steps| format!(", in a median of {steps:.0} steps")),
    );
    let tied: Vec<&str> = priors.iter().skip(1).filter(|prior| prior.tied).map(|prior| prior.prior.as_str()).collect();
    let loss = request.plan.target_loss;
    let tried = priors.iter().filter(|prior| prior.was_tried()).count();
    if tried == 1 {
        format!("{recommended} solves the task: {evidence} (training loss {loss}). It was the only candidate.")
    } else if tied.is_empty() {
        format!("Start from {recommended}: {evidence} (training loss {loss}), and no other candidate keeps up.")
    } else if tied.len() + 1 == priors.len() {
        format!(
            "All {tried} candidates tie: on this task the choice of prior does not matter. {recommended} is as good as any: {evidence}.",
        )
    } else {
        let all: Vec<&str> = std::iter::once(recommended).chain(tied).collect();
        format!("{} tie: the evidence cannot tell them apart. Start from {recommended}: {evidence}.", list(&all))
    }
}

/// Candidates that solved some of the runs: a finding of its own.
fn partly(priors: &[PriorRecord]) -> Option<String> {
    let partial: Vec<String> = priors
        .iter()
        .filter(|prior| solved_count(prior) > 0 && prior.solved.value < 1.0)
        .map(|prior| format!("{} ({} of {})", prior.prior, solved_count(prior), prior.solved.n))
        .collect();
    let verb = if partial.len() == 1 { "depends" } else { "depend" };
    (!partial.is_empty()).then(|| format!("Luck decides for some: {} {verb} on the seed.", list(&partial)))
}

/// The candidates that lost, those with one reason together.
fn losers(priors: &[PriorRecord]) -> Option<String> {
    let lost: Vec<String> = priors
        .iter()
        .filter(|prior| !prior.tied && prior.was_tried())
        .map(|prior| format!("{} ({})", prior.prior, short_reason(prior)))
        .collect();
    (!lost.is_empty()).then(|| format!("Behind: {}.", lost.join(", ")))
}

/// The candidates that were removed before they were tried.
fn not_tried(priors: &[PriorRecord]) -> Option<String> {
    let removed: Vec<String> = (priors.iter().filter(|prior| !prior.was_tried()))
        .map(|prior| format!("{} ({})", prior.prior, short_reason(prior)))
        .collect();
    (!removed.is_empty()).then(|| format!("Not tried: {}; --full tries all.", removed.join(", ")))
}

/// The learning rate in words.
fn rate(prior: &PriorRecord) -> String {
    prior.learning_rate.map_or_else(|| "none".to_owned(), |rate| rate.to_string())
}

fn short_reason(prior: &PriorRecord) -> &str {
    let first = prior.why.split(';').next().unwrap_or(&prior.why);
    first.strip_prefix("not tried: ").unwrap_or(first)
}

fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
