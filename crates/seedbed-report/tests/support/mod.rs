//! A realistic record: eight priors for a dense network of 31 layers on the digits, three of which solve the task.

#[allow(dead_code)] // each test binary uses its part
pub mod beliefs;

use std::collections::BTreeMap;

use seedbed_feasibility::record::*;
use seedbed_feasibility::statistics::{Estimate, wilson};

const LAYERS: usize = 31;
const SEEDS: usize = 6;
const STEPS: usize = 600;
const TARGET: f64 = 0.1;
const RATES: [f64; 6] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];

/// What the fixture says about one prior.
struct Case {
    prior: &'static str,
    rank: usize,
    tied: bool,
    solved: usize,
    steps: Option<(f64, f64, f64)>,
    rate: f64,
    accuracy: (f64, f64),
    /// Mean square of the next layer's signal over this one's, forward and backward.
    ratio: f64,
    /// Effective rank share of the first layer, and its factor per layer.
    rank_share: (f64, f64),
    why: &'static str,
}

const CASES: [Case; 8] = [
    Case {
        prior: "orthogonal(gain=1.4142135)",
        rank: 1,
        tied: false,
        solved: 6,
        steps: Some((118.0, 96.0, 131.0)),
        rate: 0.03,
        accuracy: (0.947, 0.011),
        ratio: 0.995,
        rank_share: (0.41, 0.93),
        why: "signal x1.00 and gradient x1.00 per layer; it solved 6 of 6 in a median of 118 steps",
    },
    Case {
        prior: "he_normal",
        rank: 1,
        tied: true,
        solved: 6,
        steps: Some((141.0, 117.0, 188.0)),
        rate: 0.03,
        accuracy: (0.938, 0.014),
        ratio: 0.975,
        rank_share: (0.36, 0.89),
        why: "signal x0.97 and gradient x0.97 per layer; it solved 6 of 6 in a median of 141 steps",
    },
    Case {
        prior: "sparse(nonzeros=15, gain=1.4142135)",
        rank: 3,
        tied: false,
        solved: 5,
        steps: Some((287.0, 203.0, f64::INFINITY)),
        rate: 0.01,
        accuracy: (0.921, 0.024),
        ratio: 0.93,
        rank_share: (0.38, 0.87),
        why: "signal x0.93 and gradient x0.93 per layer; it needs 2.2 times the steps of orthogonal(gain=1.4142135)",
    },
    Case {
        prior: "glorot_uniform",
        rank: 4,
        tied: false,
        solved: 0,
        steps: None,
        rate: 0.1,
        accuracy: (0.181, 0.052),
        ratio: 0.5,
        rank_share: (0.37, 0.9),
        why: "the signal shrinks by 2.000 per layer; it is too slow to solve at any of 6 learning rates within 600 steps",
    },
    Case {
        prior: "lecun_normal",
        rank: 4,
        tied: false,
        solved: 0,
        steps: None,
        rate: 0.1,
        accuracy: (0.164, 0.047),
        ratio: 0.49,
        rank_share: (0.36, 0.89),
        why: "the signal shrinks by 2.041 per layer; it stalls and does not solve at any of 6 learning rates within 600 steps",
    },
    Case {
        prior: "torch:default",
        rank: 4,
        tied: false,
        solved: 0,
        steps: None,
        rate: 0.3,
        accuracy: (0.101, 0.006),
        ratio: 0.17,
        rank_share: (0.35, 0.78),
        why: "the signal shrinks by 5.882 per layer; it stalls and does not solve at any of 6 learning rates within 600 steps",
    },
    Case {
        prior: "normal(mean=0, std=0.001)",
        rank: 4,
        tied: false,
        solved: 0,
        steps: None,
        rate: 0.001,
        accuracy: (0.101, 0.006),
        ratio: 6.4e-5,
        rank_share: (0.36, 0.89),
        why: "all 128 units of layer12 are tied (the signal underflows to zero before it); it stalls and does not solve at any of 6 learning rates within 600 steps",
    },
    Case {
        prior: "zeros",
        rank: 4,
        tied: false,
        solved: 0,
        steps: None,
        rate: 0.001,
        accuracy: (0.101, 0.006),
        ratio: 0.0,
        rank_share: (0.0, 0.0),
        why: "all 128 units of layer1 are tied; it stalls and does not solve at any of 6 learning rates within 600 steps",
    },
];

/// The example record.
pub fn example() -> Recommendation {
    Recommendation {
        schema: SCHEMA.to_owned(),
        version: "0.1.0".to_owned(),
        command: "seedbed recommend 'mlp(64, 128x30, 10, relu)' --data digits --seed 0 --out seedbed-out".to_owned(),
        network: NetworkRecord {
            text: "mlp(64, 128x30, 10, relu)".to_owned(),
            parameters: 488_458,
            layers: (1..=LAYERS).map(|layer| format!("layer{layer}")).collect(),
        },
        data: DataRecord {
            name: "digits".to_owned(),
            example_shape: "64".to_owned(),
            train_examples: 1437,
            test_examples: 360,
            classes: 10,
        },
        study: study(),
        recommended: Some("orthogonal(gain=1.4142135)".to_owned()),
        tied_with: vec!["he_normal".to_owned()],
        verdict: [
            "Start from orthogonal(gain=1.4142135): signal x1.00 and gradient x1.00 per layer; it solved 6 of 6 in a median of 118 steps.",
            "The evidence cannot tell he_normal from it.",
            "5 of 8 candidates never solved the task: through 31 layers their signal shrinks or their units stay tied.",
        ]
        .map(str::to_owned)
        .to_vec(),
        seconds: 214.6,
        stages: Vec::new(),
        weights: Some("seedbed-out/weights.safetensors".to_owned()),
        priors: CASES.iter().map(prior).collect(),
    }
}

/// The same where theory removed one candidate and the search another.
#[allow(dead_code)] // each test binary uses its part
pub fn narrowed() -> Recommendation {
    let stage = |stage, candidates_before, (removed, why): (&str, &str), (trials, steps, seconds)| {
        let removed = RemovedRecord { prior: removed.to_owned(), why: why.to_owned() };
        let removed = Some(removed).filter(|removed| !removed.prior.is_empty());
        let record = StageRecord::new(stage, candidates_before);
        StageRecord { removed: removed.into_iter().collect(), trials, steps, seconds, ..record }
    };
    let mut found = example();
    found.stages = vec![
        stage(Stage::Theory, 8, ("zeros", "every parameter is constant"), (0, 0, 0.012)),
        stage(Stage::Search, 7, ("lecun_normal", "it solves at none of 6 learning rates"), (63, 18_000, 41.23)),
        stage(Stage::Comparison, 6, ("", ""), (36, 9500, 20.06)),
    ];
    found.stages[0].notes.push("theory has no answer for he_normal: layer3: attention".to_owned());
    for prior in &mut found.priors {
        let nothing = Estimate::new(f64::NAN, f64::NEG_INFINITY, f64::INFINITY, 0, "student_t");
        match prior.prior.as_str() {
            "zeros" => {
                (prior.removed_by, prior.rank, prior.learning_rate) = (Some(Stage::Theory), 0, None);
                (prior.solved, prior.test_accuracy, prior.ended) = (wilson(0, 0, 0.95), nothing, ended(0, 0, false, 0));
                prior.learning_rates.clear();
                prior.loss_curve = LossCurve { step: vec![], median: vec![], low: vec![], high: vec![] };
            }
            "lecun_normal" => {
                (prior.removed_by, prior.solved) = (Some(Stage::Search), wilson(0, 3, 0.95));
                prior.ended = ended(0, 3, false, 0);
            }
            _ => (),
        }
    }
    found
}

fn study() -> StudyRecord {
    StudyRecord {
        optimizer: "momentum".to_owned(),
        momentum: Some(0.9),
        batch: 32,
        steps: STEPS,
        target_loss: TARGET,
        smoothing_steps: 20,
        seeds: SEEDS,
        seed: 0,
        learning_rates: RATES.to_vec(),
        confidence: 0.95,
    }
}

fn prior(case: &Case) -> PriorRecord {
    PriorRecord {
        prior: case.prior.to_owned(),
        rank: case.rank,
        removed_by: None,
        tied: case.tied,
        learning_rate: Some(case.rate),
        solved: wilson(case.solved, SEEDS, 0.95),
        steps_to_target: case.steps.map(|(value, low, high)| Estimate::new(value, low, high, SEEDS, "kaplan_meier")),
        ended: ended(case.solved, SEEDS, case.prior == "glorot_uniform", 0),
        test_accuracy: Estimate::new(
            case.accuracy.0,
            case.accuracy.0 - case.accuracy.1,
            case.accuracy.0 + case.accuracy.1,
            SEEDS,
            "student_t",
        ),
        learning_rates: RATES.iter().map(|rate| learning_rate(case, *rate)).collect(),
        beliefs: beliefs(case),
        signal: signal(case),
        loss_curve: loss_curve(case),
        why: case.why.to_owned(),
    }
}

/// Those not solved or diverged stalled, or were still falling.
fn ended(solved: usize, of: usize, falling: bool, diverged: usize) -> BTreeMap<Ended, usize> {
    let rest = of - solved - diverged;
    let (falling, stalled) = if falling { (rest, 0) } else { (0, rest) };
    BTreeMap::from([
        (Ended::Solved, solved),
        (Ended::StillFalling, falling),
        (Ended::Stalled, stalled),
        (Ended::Diverged, diverged),
    ])
}

fn learning_rate(case: &Case, rate: f64) -> LearningRateRecord {
    let solves = case.solved > 0 && (0.003..0.1).contains(&rate);
    let diverged = if case.solved > 0 && rate >= 0.1 { if rate > 0.2 { 2 } else { 1 } } else { 0 };
    let solved = if solves { 2 } else { 0 };
    let stuck = if case.solved > 0 { 0.9 } else { std::f64::consts::LN_10 };
    LearningRateRecord {
        learning_rate: rate,
        trials: 2,
        solved,
        lowest_loss: (diverged < 2).then_some(if solves { 0.099 } else { stuck }),
        ended: ended(solved, 2, false, diverged),
    }
}

fn beliefs(case: &Case) -> Vec<BeliefRecord> {
    let law = Some(Expected {
        low: 0.913,
        high: 1.043,
        source: "finite-width law over 30 layers, 3 standard deviations".to_owned(),
    });
    let one = |low, high, source: &str| Some(Expected { low, high, source: source.to_owned() });
    let tied = case.ratio < 1e-3;
    let distinct = if tied { 1.0 / 128.0 } else { 1.0 };
    let layer = if tied { "layer12" } else { "layer1" };
    let ratio = if case.ratio == 0.0 { f64::NAN } else { case.ratio };
    let (share, factor) = case.rank_share;
    vec![
        belief("scale", "forward variance ratio per layer", None, ratio, law.clone()),
        belief("gradient_flow", "backward variance ratio per layer", None, ratio, law),
        belief(
            "symmetry",
            "distinct units / units",
            Some(layer),
            distinct,
            one(1.0, 1.0, "tied units get equal gradients and never come apart"),
        ),
        belief(
            "evenness",
            "evenness of the input sensitivity",
            None,
            0.62,
            one(0.5, 1.0, "participation ratio: more than half of the inputs count"),
        ),
        belief(
            "sparsity",
            "density of the weights",
            None,
            if case.prior.starts_with("sparse") { 0.117 } else { 1.0 },
            None,
        ),
        belief("diversity", "effective rank of the features / largest", Some("layer1"), share, None),
        belief("diversity", "effective rank of the features / largest", Some("layer30"), share * factor.powi(29), None),
        belief(
            "activity",
            "dead or saturated units / units",
            Some("layer30"),
            0.21,
            one(0.0, 0.9, "a tenth of the width must stay alive"),
        ),
    ]
}

fn belief(name: &str, quantity: &str, layer: Option<&str>, value: f64, expected: Option<Expected>) -> BeliefRecord {
    BeliefRecord {
        belief: name.to_owned(),
        quantity: quantity.to_owned(),
        layer: layer.map(str::to_owned),
        measured: Estimate::new(value, value * 0.98, value * 1.02, SEEDS, "student_t"),
        held: expected.as_ref().map(|range| range.low <= value && value <= range.high),
        expected,
    }
}

fn signal(case: &Case) -> SignalRecord {
    let over_depth = |first: f64, factor: f64| -> Vec<Estimate> {
        (0..LAYERS).map(|layer| single_precision(first, factor, layer)).collect()
    };
    let forward = over_depth(if case.ratio == 0.0 { 0.0 } else { 0.55 * case.ratio.max(1e-3) }, case.ratio);
    let mut backward = over_depth(if case.ratio == 0.0 { 0.0 } else { 4e-6 }, case.ratio);
    backward.reverse();
    SignalRecord {
        forward_mean_square: forward,
        backward_mean_square: backward,
        effective_rank_share: over_depth(case.rank_share.0, case.rank_share.1),
    }
}

/// A geometric sequence with an interval that widens with depth; below the range of f32 it is zero, without one.
fn single_precision(first: f64, factor: f64, layer: usize) -> Estimate {
    let wobble = 1.0 + 0.06 * f64::from((layer as u32 * 7919 % 13) as u8) / 13.0;
    let value = first * factor.powi(layer as i32) * wobble;
    if value < 1e-45 {
        return Estimate::new(0.0, f64::NAN, f64::NAN, SEEDS, "smallest; no signal in some draw");
    }
    let spread = 1.05 + 0.03 * layer as f64;
    Estimate::new(value, value / spread, value * spread, SEEDS, "student_t of the logarithm")
}

fn loss_curve(case: &Case) -> LossCurve {
    let chance = std::f64::consts::LN_10;
    let step: Vec<usize> = (1..=STEPS / 5).map(|place| place * 5).collect();
    let at = |step: usize, late: f64| {
        let wobble = 1.0 + 0.01 * f64::from((step as u32 * 7919 % 11) as u8) / 11.0;
        match case.steps {
            Some((median, ..)) => (2.45 * (TARGET / 2.45_f64).powf(step as f64 / (late * median))).max(0.097) * wobble,
            None if case.prior == "glorot_uniform" => chance - 0.0006 * step as f64 / late,
            None => chance * wobble,
        }
    };
    let curve = |late: f64| step.iter().map(|step| at(*step, late)).collect::<Vec<f64>>();
    LossCurve { median: curve(1.0), low: curve(0.88), high: curve(1.17), step }
}

/// One prior, one layer, two seeds, nothing solved, and no number where there can be none.
pub fn unsolved() -> Recommendation {
    let mut record = example();
    record.network.layers.truncate(1);
    record.study.seeds = 2;
    record.recommended = None;
    record.tied_with.clear();
    record.weights = None;
    record.verdict = vec!["No candidate brought the training loss to 0.1 within 600 steps.".to_owned()];
    record.priors = record.priors.split_off(7);
    let unknown = || Estimate::new(f64::NAN, f64::NEG_INFINITY, f64::INFINITY, 2, "student_t");
    for prior in &mut record.priors {
        prior.solved = wilson(0, 2, 0.95);
        prior.ended = ended(0, 2, false, 2);
        prior.test_accuracy = unknown();
        prior.signal = SignalRecord {
            forward_mean_square: vec![unknown()],
            backward_mean_square: vec![unknown()],
            effective_rank_share: vec![unknown()],
        };
        for curve in [&mut prior.loss_curve.median, &mut prior.loss_curve.low, &mut prior.loss_curve.high] {
            curve.iter_mut().skip(3).for_each(|loss| *loss = f64::INFINITY);
        }
    }
    record
}
