//! A race: priors run in rounds of pairs, and one that another beats for certain is dropped.

use serde::{Deserialize, Serialize};

use super::always_valid::sign_sequence;
use super::holm;

/// Pairs before anything is claimed.
pub const FEWEST_PAIRS: usize = 6;

/// Where a prior stands after the rounds so far.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum Standing {
    /// No other has beaten it for certain: run its next pair.
    Remains,
    /// Out: its records after that round are not looked at.
    Dropped {
        /// The prior that beat it, by its place; the one with the smallest p-value.
        by: usize,
        /// Rounds that it took.
        rounds: usize,
        /// Holm's p-value at that round.
        p: f64,
    },
}

/// Replays a race over its records and says where each prior stands.
///
/// `scores[prior][round]` is what the prior came to under the seed of that round; lower is better, infinity or NaN is the
/// worst (never solved). A prior that was dropped has fewer rounds. After each round from the sixth, every two priors are
/// compared on the rounds both have run by the always-valid [`sign_sequence`], the p-values are corrected together by
/// [`holm`], and of each pair at or below `level` the one that lost more rounds is dropped. So among
/// priors that are equally good the chance of ever dropping one is at most `level`, whenever the race is stopped. Rounds in
/// which two are equal do not count as their pairs. Pure: a longer record repeats all earlier decisions.
///
/// Two priors may be told apart from their 7th round on, if all rounds favour one, and 8 priors from their 12th: what certainty without
/// assumptions costs.
///
/// ```
/// use seedbed_feasibility::statistics::{Standing, race};
/// let good: Vec<f64> = (0..8).map(f64::from).collect();
/// let bad: Vec<f64> = good.iter().map(|score| score + 1.0).collect();
/// let Standing::Dropped { by: 0, rounds: 7, .. } = race(&[good, bad], 0.05)[1] else { panic!() };
/// ```
pub fn race(scores: &[Vec<f64>], level: f64) -> Vec<Standing> {
    let mut standings = vec![Standing::Remains; scores.len()];
    let rounds = scores.iter().map(Vec::len).max().unwrap_or(0);
    for round in FEWEST_PAIRS..=rounds {
        let runs = |place: usize| match standings[place] {
            Standing::Remains => round,
            Standing::Dropped { rounds, .. } => rounds,
        };
        let pairs: Vec<Pair> = (0..scores.len())
            .flat_map(|one| (0..one).map(move |other| (one, other)))
            .map(|(one, other)| Pair::of(scores, one, other, runs(one).min(runs(other))))
            .collect();
        let corrected = holm(&pairs.iter().map(|pair| pair.p).collect::<Vec<f64>>());
        let mut beaten: Vec<(f64, &Pair)> = corrected.into_iter().zip(&pairs).filter(|(p, _)| *p <= level).collect();
        beaten.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        for (p, pair) in beaten {
            if standings[pair.loser] == Standing::Remains && pair.rounds >= FEWEST_PAIRS {
                standings[pair.loser] = Standing::Dropped { by: pair.winner, rounds: round, p };
            }
        }
    }
    standings
}

struct Pair {
    winner: usize,
    loser: usize,
    rounds: usize,
    p: f64,
}

impl Pair {
    fn of(scores: &[Vec<f64>], one: usize, other: usize, rounds: usize) -> Pair {
        let worst = |score: &f64| if score.is_nan() { f64::INFINITY } else { *score };
        let both = scores[one].iter().zip(&scores[other]).take(rounds);
        let signs: Vec<f64> = both.map(|(one, other)| sign(worst(one), worst(other))).collect();
        let (winner, loser) = if signs.iter().sum::<f64>() > 0.0 { (other, one) } else { (one, other) };
        let rounds = signs.iter().filter(|sign| **sign != 0.0).count();
        Pair { winner, loser, rounds, p: sign_sequence(&signs) }
    }
}

/// Of one − other, also where both are infinite.
fn sign(one: f64, other: f64) -> f64 {
    f64::from(i8::from(one > other) - i8::from(one < other))
}

#[cfg(test)]
mod tests {
    use super::super::TestStream;
    use super::*;

    fn dropped(standings: &[Standing]) -> Vec<bool> {
        standings.iter().map(|standing| *standing != Standing::Remains).collect()
    }

    #[test]
    fn fewer_than_six_pairs_claim_nothing() {
        let scores = vec![vec![0.0; 5], vec![1.0; 5]];
        assert_eq!(race(&scores, 0.999), [Standing::Remains; 2]);
        assert_eq!(race(&[], 0.05), []);
    }

    #[test]
    fn never_solving_loses_and_two_that_never_solve_are_tied() {
        let never = vec![f64::INFINITY; 12];
        let scores = vec![vec![100.0; 12], never.clone(), vec![f64::NAN; 12]];
        assert_eq!(dropped(&race(&scores, 0.05)), [false, true, true]);
        assert_eq!(dropped(&race(&[never.clone(), never], 0.05)), [false, false]);
    }

    #[test]
    fn rounds_that_are_equal_are_no_pairs() {
        let scores = [vec![0.0; 20], [vec![0.0; 15], vec![1.0; 5]].concat()];
        assert_eq!(race(&scores, 0.999), [Standing::Remains; 2]);
    }

    #[test]
    fn a_longer_record_repeats_the_decisions() {
        let mut stream = TestStream(31);
        let scores: Vec<Vec<f64>> =
            (0..4).map(|prior| (0..40).map(|_| 2.0 * f64::from(prior) + stream.normal()).collect()).collect();
        let all = race(&scores, 0.05);
        assert_eq!(dropped(&all), [false, true, true, true]);
        for (place, standing) in all.iter().enumerate() {
            let Standing::Dropped { rounds, .. } = *standing else { continue };
            let until: Vec<Vec<f64>> = scores.iter().map(|of_prior| of_prior[..rounds].to_vec()).collect();
            assert_eq!(race(&until, 0.05)[place], *standing);
            let before: Vec<Vec<f64>> = scores.iter().map(|of_prior| of_prior[..rounds - 1].to_vec()).collect();
            assert_eq!(race(&before, 0.05)[place], Standing::Remains);
        }
        // a record that ends where its prior was dropped says the same
        let Standing::Dropped { rounds, .. } = all[3] else { panic!() };
        let mut cut = scores;
        cut[3].truncate(rounds);
        assert_eq!(race(&cut, 0.05), all);
    }

    #[test]
    fn equal_priors_are_dropped_as_rarely_as_said() {
        let mut stream = TestStream(37);
        let wrong = (0..500).filter(|_| {
            let scores: Vec<Vec<f64>> = (0..4).map(|_| (0..40).map(|_| stream.normal()).collect()).collect();
            dropped(&race(&scores, 0.05)).contains(&true)
        });
        let share = wrong.count() as f64 / 500.0;
        assert!(share <= 0.05, "{share}");
    }
}
