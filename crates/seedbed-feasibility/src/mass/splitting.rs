//! Subset simulation (multilevel splitting): the mass of a rare set as a product of shares that are not rare.
//!
//! Particles are drawn from the prior. The lowest loss of all but the best tenth is the first level; the tenth below it are
//! copied to full number and moved by a chain that leaves the prior as it is and stays below the level; and so on until a tenth
//! reach the target. P is the product of the shares. As those that set a level are not of those that go on, the product is
//! unbiased, however well or badly the chain mixes. The chain is the preconditioned Crank–Nicolson one, w′ = √(1 − b²) w + b ξ with
//! ξ ~ N(0, I), which leaves N(0, I) as it is for every b: a move is kept if its loss is below the level. b is adapted to
//! the share of moves that are kept.
//!
//! Where losses are tied (error counts, sign networks) all that tie with the best tenth go on with them; if those are all
//! there are, all but the highest go on.
//!
//! One run says nothing of its own error, so several independent ones are made, and the interval comes from them.
//!
//! Sources: Au & Beck (2001), "Estimation of small failure probabilities in high dimensions by subset simulation"; Cotter, Roberts,
//! Stuart & White (2013) for the move; Cérou, Del Moral, Furon & Guyader (2012) for copying whole populations; Bréhier, Gazeau,
//! Goudenège, Lelièvre & Rousset (2016), "Unbiasedness of some generalized adaptive multilevel splitting algorithms".

use seedbed::Stream;

use super::landscape::{Landscape, comparable};
use super::normals::Normals;
use crate::error::FeasibilityError;
use crate::study::{Observer, workers};

/// The share of moves kept at which b stays as it is. Of 0.2 to 0.6 the product of distance and acceptance hardly depends on
/// it (Papaioannou et al. 2015 find 0.44 best in one dimension at a time, and less for all together).
const KEPT_MOVES: f64 = 0.35;
/// The step that the first level begins with.
const FIRST_STEP: f64 = 0.7;
/// The smallest step: below, nothing moves within a level.
const SMALLEST_STEP: f64 = 1e-4;
/// Levels that progress is told for; ln P = −23 at a tenth a level.
const TOLD_LEVELS: u64 = 10;

/// How the splitting is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Particles of a run; at least 20.
    pub particles: usize,
    /// Share of them that reaches the next level; in (0, 0.5].
    pub share: f64,
    /// Moves of every particle at every level; at least 1.
    pub moves: usize,
    /// Independent runs; at least 2.
    pub repeats: usize,
    /// Levels after which a run gives up.
    pub levels: usize,
    /// The seed.
    pub seed: u64,
}

impl Settings {
    /// 1000 particles, a tenth a level, 10 moves, 10 runs, at most 400 levels: ln P down to about −900.
    pub const DEFAULT: Settings =
        Settings { particles: 1000, share: 0.1, moves: 10, repeats: 10, levels: 400, seed: 0 };

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// The setting, what was found and what would work.
    pub fn check(&self) -> Result<(), FeasibilityError> {
        let refuse = |setting, found: String, wanted: &str| {
            Err(FeasibilityError::Setting { setting, found, wanted: wanted.to_owned() })
        };
        if self.particles < 20 {
            return refuse("particles", self.particles.to_string(), "at least 20");
        }
        if !(self.share > 0.0 && self.share <= 0.5) {
            return refuse("share", self.share.to_string(), "above 0 and at most 0.5");
        }
        if self.moves == 0 {
            return refuse("moves", "0".to_owned(), "at least 1");
        }
        if self.repeats < 2 {
            return refuse("repeats", self.repeats.to_string(), "at least 2: one run says nothing of its own error");
        }
        if self.levels == 0 {
            return refuse("levels", "0".to_owned(), "at least 1");
        }
        Ok(())
    }

    /// Units of work that the observer is told of.
    pub fn work(&self) -> u64 {
        self.repeats as u64 * self.particles as u64 * self.moves as u64 * TOLD_LEVELS
    }
}

/// One level of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Its loss: what is below goes on. The target itself is reached by a loss of at most that.
    pub loss: f64,
    /// Share of the particles that went on.
    pub share: f64,
    /// Share of the moves below it that were kept; none are made at the last.
    pub kept: Option<f64>,
    /// The step b that the moves ended with.
    pub step: Option<f64>,
}

/// One independent run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// ln P; −∞ where no particle got further.
    pub log_mass: f64,
    /// The levels, the target last if it was reached.
    pub levels: Vec<Level>,
    /// Evaluations of the loss.
    pub evaluations: u64,
    /// Particles of the first population, which is drawn from the prior, that solve.
    pub first_hits: usize,
    /// Where the run ended: the points that solve, and their losses.
    pub solutions: Vec<(Vec<f64>, f64)>,
}

/// Independent runs, in the order of their numbers; the result does not depend on `threads`.
///
/// # Errors
/// Settings out of range, what the landscape says, or the interruption.
pub fn splitting(
    landscape: &impl Landscape,
    target: f64,
    settings: &Settings,
    threads: usize,
    observer: &dyn Observer,
) -> Result<Vec<Run>, FeasibilityError> {
    settings.check()?;
    let repeats: Vec<usize> = (0..settings.repeats).collect();
    workers::run(&repeats, threads, |&repeat| Population::new(landscape, settings, repeat, observer)?.run(target))
}

/// The particles of one run.
struct Population<'p, L> {
    landscape: &'p L,
    settings: &'p Settings,
    observer: &'p dyn Observer,
    random: Normals,
    points: Vec<Vec<f64>>,
    losses: Vec<f64>,
    step: f64,
    evaluations: u64,
    told: u64,
}

impl<'p, L: Landscape> Population<'p, L> {
    /// Draws the particles from the prior.
    fn new(
        landscape: &'p L,
        settings: &'p Settings,
        repeat: usize,
        observer: &'p dyn Observer,
    ) -> Result<Self, FeasibilityError> {
        let mut random = Normals::new(Stream::new(settings.seed, "solution mass, splitting"), repeat as u32);
        let mut population = Population {
            landscape,
            settings,
            observer,
            points: (0..settings.particles).map(|_| random.vector(landscape.dimension())).collect(),
            random,
            losses: Vec::with_capacity(settings.particles),
            step: FIRST_STEP,
            evaluations: 0,
            told: settings.moves as u64 * TOLD_LEVELS,
        };
        for place in 0..settings.particles {
            let loss = population.loss(&population.points[place])?;
            population.losses.push(loss);
        }
        population.evaluations = settings.particles as u64;
        Ok(population)
    }

    fn loss(&self, point: &[f64]) -> Result<f64, FeasibilityError> {
        self.landscape.loss(point).map(comparable)
    }

    fn run(mut self, target: f64) -> Result<Run, FeasibilityError> {
        let first_hits = self.solving(target);
        let (mut log_mass, mut levels) = (0.0, Vec::new());
        let share = |count: usize| count as f64 / self.settings.particles as f64;
        while levels.len() < self.settings.levels {
            let (wanted, level) = self.next_level();
            if wanted <= target || self.below(level).all(|place| self.losses[place] <= target) {
                let share = share(self.solving(target));
                log_mass += share.ln();
                if share > 0.0 {
                    levels.push(Level { loss: target, share, kept: None, step: None });
                }
                break;
            }
            let share = share(self.below(level).count());
            log_mass += share.ln();
            let kept = self.regrow(level)?;
            levels.push(Level { loss: level, share, kept: Some(kept), step: Some(self.step) });
        }
        if levels.last().is_none_or(|level| level.kept.is_some()) {
            log_mass = f64::NEG_INFINITY;
        }
        self.tell(self.told);
        let solutions = self.points.into_iter().zip(self.losses).filter(|(_, loss)| *loss <= target).collect();
        Ok(Run { log_mass, levels, evaluations: self.evaluations, first_hits, solutions })
    }

    fn solving(&self, target: f64) -> usize {
        self.losses.iter().filter(|loss| **loss <= target).count()
    }

    fn below(&self, level: f64) -> impl Iterator<Item = usize> {
        (0..self.losses.len()).filter(move |&place| self.losses[place] < level)
    }

    /// The loss that the wanted share of the particles reaches, and the level: the lowest loss above that, or, where all reach
    /// it, itself.
    fn next_level(&self) -> (f64, f64) {
        let particles = self.settings.particles;
        let wanted = ((self.settings.share * particles as f64).ceil() as usize).clamp(1, particles);
        let mut sorted = self.losses.clone();
        sorted.sort_by(f64::total_cmp);
        let reached = sorted[wanted - 1];
        (reached, sorted.into_iter().find(|loss| *loss > reached).unwrap_or(reached))
    }

    /// Copies those below the level to full number and moves all; the share of moves kept.
    fn regrow(&mut self, level: f64) -> Result<f64, FeasibilityError> {
        let survivors: Vec<usize> = self.below(level).collect();
        let parents = |place: usize| survivors[place % survivors.len()];
        self.points = (0..self.settings.particles).map(|place| self.points[parents(place)].clone()).collect();
        self.losses = (0..self.settings.particles).map(|place| self.losses[parents(place)]).collect();
        let mut kept = 0.0;
        for _ in 0..self.settings.moves {
            if !self.observer.goes_on() {
                return Err(FeasibilityError::Interrupted);
            }
            let share = self.sweep(level)?;
            // from the last sweep alone, so that a sweep's own moves do not choose its step
            self.step = (self.step * (share - KEPT_MOVES).exp()).clamp(SMALLEST_STEP, 1.0);
            kept += share;
            self.tell(1);
        }
        Ok(kept / self.settings.moves as f64)
    }

    /// One move of every particle; the share that was kept.
    fn sweep(&mut self, level: f64) -> Result<f64, FeasibilityError> {
        let shrink = (1.0 - self.step * self.step).sqrt();
        let mut proposal = vec![0.0; self.landscape.dimension()];
        let mut kept = 0usize;
        for place in 0..self.points.len() {
            for (new, old) in proposal.iter_mut().zip(&self.points[place]) {
                *new = shrink * old + self.step * self.random.next();
            }
            let loss = self.loss(&proposal)?;
            if loss < level {
                std::mem::swap(&mut self.points[place], &mut proposal);
                self.losses[place] = loss;
                kept += 1;
            }
        }
        self.evaluations += self.points.len() as u64;
        Ok(kept as f64 / self.points.len() as f64)
    }

    /// Tells the observer of so many sweeps, of which it hears at most what was announced.
    fn tell(&mut self, sweeps: u64) {
        let sweeps = sweeps.min(self.told);
        self.told -= sweeps;
        self.observer.advanced(sweeps * self.settings.particles as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mass::landscape::Function;
    use crate::study::Silent;

    const QUICK: Settings = Settings { particles: 200, moves: 5, repeats: 4, ..Settings::DEFAULT };

    #[test]
    fn threads_change_nothing() {
        let tail = Function::new(3, |w: &[f64]| -w[0]);
        let runs = |threads| splitting(&tail, -3.0, &QUICK, threads, &Silent).unwrap();
        assert_eq!(runs(1), runs(4));
        assert_ne!(runs(1)[0].log_mass, runs(1)[1].log_mass);
    }

    #[test]
    fn levels_fall_and_solutions_solve() {
        let tail = Function::new(3, |w: &[f64]| -w[0]);
        for run in splitting(&tail, -4.0, &QUICK, 2, &Silent).unwrap() {
            assert!(run.levels.windows(2).all(|pair| pair[1].loss < pair[0].loss));
            assert_eq!(run.levels.last().unwrap().loss, -4.0);
            assert!(run.solutions.iter().all(|(point, loss)| *loss <= -4.0 && *loss == -point[0]));
            let moved = run.levels.len() as u64 - 1;
            assert_eq!(run.evaluations, 200 * (1 + 5 * moved));
            assert!((run.log_mass - (3.167e-5f64).ln()).abs() < 2.5, "{}", run.log_mass);
        }
    }

    /// A ledge that nearly all stand on is passed by the few below it.
    #[test]
    fn ties_are_taken_whole() {
        // 2 with probability 1/2, 1 with 0.49, 0 with 0.01
        let stairs =
            Function::new(1, |w: &[f64]| if w[0] < 0.0 { 2.0 } else { f64::from(u8::from(w[0] < 2.326_347_874)) });
        for run in splitting(&stairs, 0.0, &Settings { particles: 2000, ..QUICK }, 2, &Silent).unwrap() {
            assert!((run.log_mass - 0.01f64.ln()).abs() < 0.8, "{run:?}");
            assert_eq!((run.levels[0].loss, run.levels[1].loss), (2.0, 0.0));
            assert!((run.levels[0].share - 0.5).abs() < 0.05);
        }
    }

    #[test]
    fn what_cannot_be_reached_ends_without_a_mass() {
        let flat = Function::new(2, |_: &[f64]| 1.0);
        for run in splitting(&flat, 0.0, &QUICK, 1, &Silent).unwrap() {
            assert_eq!((run.log_mass, run.first_hits), (f64::NEG_INFINITY, 0));
            assert!(run.solutions.is_empty());
        }
        let nan = Function::new(2, |_: &[f64]| f64::NAN);
        assert_eq!(splitting(&nan, 0.0, &QUICK, 1, &Silent).unwrap()[0].log_mass, f64::NEG_INFINITY);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        for (settings, word) in [
            (Settings { particles: 5, ..QUICK }, "particles"),
            (Settings { share: 0.7, ..QUICK }, "share"),
            (Settings { moves: 0, ..QUICK }, "moves"),
            (Settings { repeats: 1, ..QUICK }, "repeats"),
            (Settings { levels: 0, ..QUICK }, "levels"),
        ] {
            assert!(settings.check().unwrap_err().to_string().starts_with(word));
        }
    }
}
