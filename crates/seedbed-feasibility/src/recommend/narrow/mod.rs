//! Fewer candidates before any is trained: what theory, stated beliefs and two draws rule out.
//!
//! Each stage objects to candidates and says why. Two always stay, those with the least against them, and a stage that has
//! no answer for a network removes nothing: a candidate that is removed wrongly costs more than a few trials of one that
//! need not have been tried.

mod by_beliefs;
mod by_probes;
mod by_theory;
mod trunk;

use std::time::Instant;

use seedbed::Prior;
use seedbed_theory::beliefs::Stated;

use super::Request;
use crate::error::FeasibilityError;
use crate::record::{RemovedRecord, Stage, StageRecord};
use crate::study::Observer;

/// Candidates that stay whatever is against them: a comparison needs two.
pub const FEWEST_KEPT: usize = 2;

/// What may remove candidates before trials are spent on them.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Narrowing {
    /// Nothing: every candidate is tried.
    None,
    /// Theory, then two draws of each.
    #[default]
    ByTheory,
    /// Theory, then what is stated, then two draws of each.
    ByBeliefs(Box<Stated>),
}

/// What a stage has against one candidate.
#[derive(Clone, Debug, PartialEq)]
struct Objection {
    /// Greater is worse; infinite where nothing can be learnt.
    weight: f64,
    why: String,
}

/// What a stage says of the candidates, in their order.
struct Screened {
    objections: Vec<Option<Objection>>,
    /// What it had no answer for.
    notes: Vec<String>,
}

/// The candidates that are left, and what became of the others.
#[derive(Clone, Debug)]
pub struct Narrowed {
    /// Places of those that are left among the request's candidates, ascending.
    pub kept: Vec<usize>,
    /// The stages in their order.
    pub stages: Vec<StageRecord>,
}

impl Narrowed {
    /// The stage that removed a candidate, and why.
    pub fn removed(&self, prior: &str) -> Option<(Stage, &str)> {
        let of_stage = |stage: &'_ StageRecord| stage.removed.iter().position(|removed| removed.prior == prior);
        self.stages.iter().find_map(|stage| Some((stage.stage, stage.removed[of_stage(stage)?].why.as_str())))
    }
}

/// Runs the stages that the request asks for.
///
/// # Errors
/// What cannot be drawn or run, beliefs that no prior has, or the interruption.
pub fn narrow(request: &Request, threads: usize, observer: &dyn Observer) -> Result<Narrowed, FeasibilityError> {
    let mut narrowed = Narrowed { kept: (0..request.candidates.len()).collect(), stages: Vec::new() };
    let stated = match &request.narrowing {
        Narrowing::None => return Ok(narrowed),
        Narrowing::ByTheory => None,
        Narrowing::ByBeliefs(stated) => Some(stated),
    };
    observer.stage("screening the candidates by theory");
    narrowed.stage(request, Stage::Theory, |priors| by_theory::screen(request, priors))?;
    if let Some(stated) = stated {
        observer.stage("screening the candidates by what is stated");
        narrowed.stage(request, Stage::Beliefs, |priors| by_beliefs::screen(request, stated, priors, threads))?;
    }
    observer.stage("screening the candidates by two draws");
    narrowed.stage(request, Stage::Probes, |priors| by_probes::screen(request, priors, threads, observer))?;
    Ok(narrowed)
}

impl Narrowed {
    fn stage(
        &mut self,
        request: &Request,
        stage: Stage,
        screen: impl FnOnce(&[&Prior]) -> Result<Screened, FeasibilityError>,
    ) -> Result<(), FeasibilityError> {
        let begun = Instant::now();
        let candidates_before = self.kept.len();
        let priors: Vec<&Prior> = self.kept.iter().map(|&place| &request.candidates[place]).collect();
        let Screened { objections, notes } = screen(&priors)?;
        let stays = stays(&objections);
        let removed = priors.iter().zip(&objections).zip(&stays).filter(|(_, stays)| !**stays);
        let removed = removed.filter_map(|((prior, objection), _)| {
            objection.as_ref().map(|objection| RemovedRecord { prior: prior.to_string(), why: objection.why.clone() })
        });
        let seconds = begun.elapsed().as_secs_f64();
        let record =
            StageRecord { removed: removed.collect(), notes, seconds, ..StageRecord::new(stage, candidates_before) };
        let mut place = stays.iter();
        self.kept.retain(|_| place.next().copied().unwrap_or(true));
        self.stages.push(record);
        Ok(())
    }
}

/// Who stays: all without an objection, and of the others the least objectionable until there are two.
fn stays(objections: &[Option<Objection>]) -> Vec<bool> {
    let mut stays: Vec<bool> = objections.iter().map(Option::is_none).collect();
    let weight = |place: &usize| objections[*place].as_ref().map_or(0.0, |objection| objection.weight);
    let mut objectionable: Vec<usize> = (0..objections.len()).filter(|&place| !stays[place]).collect();
    objectionable.sort_by(|one, other| weight(one).total_cmp(&weight(other)));
    let wanted = FEWEST_KEPT.saturating_sub(objections.len() - objectionable.len());
    objectionable.into_iter().take(wanted).for_each(|place| stays[place] = true);
    stays
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Silent;
    use crate::trial::{Optimizer, Plan};

    fn objection(weight: f64) -> Option<Objection> {
        Some(Objection { weight, why: String::new() })
    }

    #[test]
    fn two_always_stay() {
        assert_eq!(stays(&[None, objection(1.0), None]), [true, false, true]);
        assert_eq!(
            stays(&[objection(3.0), None, objection(f64::INFINITY), objection(2.0)]),
            [false, true, false, true]
        );
        assert_eq!(stays(&[f64::INFINITY; 3].map(objection)), [true, true, false]);
        assert_eq!(stays(&[objection(1.0)]), [true]);
        assert_eq!(stays(&[]), [] as [bool; 0]);
    }

    /// What is left of the default candidates, and the stages.
    fn narrowed(network: &str, narrowing: Narrowing) -> (Vec<String>, Vec<StageRecord>) {
        let network = network.parse().unwrap();
        let data = seedbed_network::data::digits();
        let request = Request {
            network: &network,
            data: &data,
            candidates: super::super::default_candidates(&network).unwrap(),
            plan: Plan::default_with(Optimizer::MOMENTUM),
            learning_rates: super::super::default_learning_rates(),
            seeds: 6,
            seed: 0,
            confidence: 0.95,
            narrowing,
        };
        let found = narrow(&request, 2, &Silent).unwrap();
        let kept = found.kept.iter().map(|&place| request.candidates[place].to_string()).collect();
        (kept, found.stages)
    }

    #[test]
    fn a_deep_relu_net_keeps_what_keeps_the_signal() {
        let (kept, stages) = narrowed("mlp(64, 64x30, 10, relu)", Narrowing::ByTheory);
        assert_eq!(kept, ["he_normal", "orthogonal(gain=1.4142135)", "sparse(gain=1.4142135)"]);
        assert_eq!(stages.iter().map(|stage| stage.stage).collect::<Vec<_>>(), [Stage::Theory, Stage::Probes]);
        assert_eq!((stages[0].candidates_before, stages[0].removed.len(), stages[1].removed.len()), (8, 5, 0));
        let why = |prior: &str| stages[0].removed.iter().find(|removed| removed.prior == prior).unwrap().why.clone();
        assert_eq!(why("zeros"), "every parameter is constant, so the 64 units of layer1 stay tied");
        // 2/(64+64)·64/2 = 1/2 a layer, 29 times
        assert_eq!(why("glorot_uniform"), "by theory the signal shrinks 5.4e8 times from layer1 to layer30");
    }

    #[test]
    fn a_shallow_net_keeps_all_but_what_cannot_learn() {
        let (kept, stages) = narrowed("mlp(64, 32, 10, relu)", Narrowing::ByTheory);
        assert_eq!(kept.len(), 7);
        assert_eq!(stages[0].removed[0].prior, "zeros");
        let (kept, _) = narrowed("mlp(64, 32x4, 10, tanh)", Narrowing::ByTheory);
        assert!(kept.contains(&"glorot_uniform".to_owned()) && kept.contains(&"lecun_normal".to_owned()), "{kept:?}");
    }

    #[test]
    fn nothing_is_removed_where_nothing_is_asked() {
        let (kept, stages) = narrowed("mlp(64, 64x30, 10, relu)", Narrowing::None);
        assert_eq!((kept.len(), stages.len()), (8, 0));
    }

    #[test]
    fn stated_beliefs_remove_what_contradicts_them() {
        let stated = Stated::from_toml("density = 0.25").unwrap();
        let (kept, stages) = narrowed("mlp(64, 64x6, 10, relu)", Narrowing::ByBeliefs(Box::new(stated)));
        assert_eq!(
            stages.iter().map(|stage| stage.stage).collect::<Vec<_>>(),
            [Stage::Theory, Stage::Beliefs, Stage::Probes]
        );
        assert!(kept.contains(&"sparse(gain=1.4142135)".to_owned()), "{kept:?} {stages:?}");
        assert!(kept.len() == FEWEST_KEPT, "{kept:?}");
        assert!(stages[1].removed[0].why.starts_with("density is stated as 0.25, draws show 1 [1, 1]"), "{stages:?}");
    }
}
