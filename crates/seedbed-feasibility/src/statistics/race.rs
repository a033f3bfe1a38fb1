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
/// `scores[prior][round]` is what the prior came to under the seed of that round, above 0; lower is better, infinity or NaN is
/// the worst (never solved). A prior that was dropped has fewer rounds. One is worse than another in a round where its score is
/// more than `margin` ≥ 1 times the other's. After each round from the sixth, every prior is set against every other on the
/// rounds both have run by the always-valid [`sign_sequence`], the p-values are corrected together by [`holm`], and from the
/// smallest up to `level` the one that is worse is dropped, if the other is still in the race: one always remains. So among
/// priors none of which is worse in more than half of the rounds the chance of ever dropping one is at most `level`,
/// whenever the race is stopped. Rounds in which two are equal do not count as their pairs. Pure: a longer record repeats all
/// earlier decisions.
///
/// Two priors may be told apart from their 7th round on, if all rounds favour one, and 8 priors from their 12th: what certainty without
/// assumptions costs.
///
/// ```
/// use seedbed_feasibility::statistics::{Standing, race};
/// let good: Vec<f64> = (1..9).map(f64::from).collect();
/// let bad: Vec<f64> = good.iter().map(|score| 2.0 * score).collect();
/// let Standing::Dropped { by: 0, rounds: 7, .. } = race(&[good.clone(), bad.clone()], 1.5, 0.05)[1] else { panic!() };
/// assert_eq!(race(&[good, bad], 3.0, 0.05)[1], Standing::Remains);
/// ```
pub fn race(scores: &[Vec<f64>], margin: f64, level: f64) -> Vec<Standing> {
    let mut standings = vec![Standing::Remains; scores.len()];
    let rounds = scores.iter().map(Vec::len).max().unwrap_or(0);
    for round in FEWEST_PAIRS..=rounds {
        let runs = |place: usize| match standings[place] {
            Standing::Remains => round,
            Standing::Dropped { rounds, .. } => rounds,
        };
        let pairs: Vec<Pair> = (0..scores.len())
            .flat_map(|winner| (0..scores.len()).map(move |loser| (winner, loser)))
            .filter(|(winner, loser)| winner != loser)
            .map(|(winner, loser)| Pair::of(scores, winner, loser, (runs(winner).min(runs(loser)), margin)))
            .collect();
        let corrected = holm(&pairs.iter().map(|pair| pair.p).collect::<Vec<f64>>());
        let mut beaten: Vec<(f64, &Pair)> = corrected.into_iter().zip(&pairs).filter(|(p, _)| *p <= level).collect();
        beaten.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        for (p, pair) in beaten {
            let both_run = [pair.winner, pair.loser].iter().all(|place| standings[*place] == Standing::Remains);
            if both_run && pair.rounds >= FEWEST_PAIRS {
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
    fn of(scores: &[Vec<f64>], winner: usize, loser: usize, (rounds, margin): (usize, f64)) -> Pair {
        let worst = |score: &f64| if score.is_nan() { f64::INFINITY } else { *score };
        let both = scores[winner].iter().zip(&scores[loser]).take(rounds);
        let signs: Vec<f64> = both.map(|(one, other)| sign(worst(other), margin * worst(one))).collect();
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
        assert_eq!(race(&scores, 1.0, 0.999), [Standing::Remains; 2]);
        assert_eq!(race(&[], 1.0, 0.05), []);
    }

    #[test]
    fn never_solving_loses_and_two_that_never_solve_are_tied() {
        let never = vec![f64::INFINITY; 12];
        let scores = vec![vec![100.0; 12], never.clone(), vec![f64::NAN; 12]];
        assert_eq!(dropped(&race(&scores, 1.0, 0.05)), [false, true, true]);
        assert_eq!(dropped(&race(&[never.clone(), never], 1.0, 0.05)), [false, false]);
    }

    #[test]
    fn rounds_that_are_equal_are_no_pairs() {
        let scores = [vec![0.0; 20], [vec![0.0; 15], vec![1.0; 5]].concat()];
        assert_eq!(race(&scores, 1.0, 0.999), [Standing::Remains; 2]);
    }

    #[test]
    fn a_longer_record_repeats_the_decisions() {
        let mut stream = TestStream(31);
        let scores: Vec<Vec<f64>> =
            (0..4).map(|prior| (0..40).map(|_| 2.0 * f64::from(prior) + stream.normal()).collect()).collect();
        let all = race(&scores, 1.0, 0.05);
        assert_eq!(dropped(&all), [false, true, true, true]);
        for (place, standing) in all.iter().enumerate() {
            let Standing::Dropped { rounds, .. } = *standing else { continue };
            let until: Vec<Vec<f64>> = scores.iter().map(|of_prior| of_prior[..rounds].to_vec()).collect();
            assert_eq!(race(&until, 1.0, 0.05)[place], *standing);
            let before: Vec<Vec<f64>> = scores.iter().map(|of_prior| of_prior[..rounds - 1].to_vec()).collect();
            assert_eq!(race(&before, 1.0, 0.05)[place], Standing::Remains);
        }
        // a record that ends where its prior was dropped says the same
        let Standing::Dropped { rounds, .. } = all[3] else { panic!() };
        let mut cut = scores;
        cut[3].truncate(rounds);
        assert_eq!(race(&cut, 1.0, 0.05), all);
    }

    #[test]
    fn a_circle_of_winners_leaves_one() {
        // each beats the next in two rounds of three
        let scores: Vec<Vec<f64>> =
            [[1.0, 2.0, 3.0], [2.0, 3.0, 1.0], [3.0, 1.0, 2.0]].map(|three| three.repeat(60)).to_vec();
        let standings = race(&scores, 1.0, 0.05);
        assert!(dropped(&standings).contains(&false), "{standings:?}");
        assert!(dropped(&standings).contains(&true));
    }

    #[test]
    fn what_drops_a_prior_is_in_the_race() {
        let mut stream = TestStream(41);
        for _ in 0..200 {
            let scores: Vec<Vec<f64>> = (0..5)
                .map(|prior| (0..30).map(|_| (0.3 * f64::from(prior) + stream.normal()).exp()).collect())
                .collect();
            let standings = race(&scores, 1.0, 0.3);
            assert!(dropped(&standings).contains(&false));
            for standing in &standings {
                let Standing::Dropped { by, rounds, .. } = *standing else { continue };
                let Standing::Dropped { rounds: later, .. } = standings[by] else { continue };
                assert!(later >= rounds);
            }
        }
    }

    #[test]
    fn within_the_margin_nobody_is_worse() {
        let mut stream = TestStream(47);
        let good: Vec<f64> = (0..40).map(|_| 100.0 + stream.uniform()).collect();
        let scores = [
            good.clone(),
            good.iter().map(|steps| 1.3 * steps).collect(),
            good.iter().map(|steps| 2.0 * steps).collect(),
        ];
        assert_eq!(dropped(&race(&scores, 1.7, 0.05)), [false, false, true]);
        assert_eq!(dropped(&race(&scores, 1.0, 0.05)), [false, true, true]);
    }

    #[test]
    fn equal_priors_are_dropped_as_rarely_as_said() {
        let mut stream = TestStream(37);
        let wrong = (0..500).filter(|_| {
            let scores: Vec<Vec<f64>> = (0..4).map(|_| (0..40).map(|_| stream.normal()).collect()).collect();
            dropped(&race(&scores, 1.0, 0.05)).contains(&true)
        });
        let share = wrong.count() as f64 / 500.0;
        assert!(share <= 0.05, "{share}");
    }
}
