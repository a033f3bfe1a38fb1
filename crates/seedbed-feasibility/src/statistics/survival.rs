//! Times to an event when some trials ended before it: the curve of Kaplan and Meier, and its median.
//!
//! A trial that did not reach its target is censored at its budget: it says "later than this". It is not dropped, and
//! its time is not an event.

use serde::{Deserialize, Serialize};

use super::median::interpolated_ends;
use super::{Estimate, clopper_pearson, two_sided_normal_quantile};

/// When the event came, or until when it had not come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time {
    /// Steps to the event, or to the end of watching.
    pub steps: f64,
    /// Whether the event was seen; `false` is a right-censored time.
    pub observed: bool,
}

/// Median of right-censored times with an interval; `None` without times, or with one that is NaN.
///
/// Survival S(t) = ∏ (1 − dᵢ/nᵢ) over event times up to t (dᵢ events, nᵢ still watched; a time censored at an event
/// time counts as watched). The median is the first t with S(t) ≤ 1/2, and infinity where S stays above: a median that was not
/// reached still has a lower end.
///
/// Where no time is censored before the last event, as at a budget that all share, and there are enough times (6 at 95 %), the
/// interval is that of the sign test, interpolated between order statistics and widened to whole steps (method
/// `interpolated_order_statistics`); its upper end is infinity where it lies among the censored times.
///
/// Else it is the band's (method `kaplan_meier`): the times at which a log(−log) band around S includes 1/2, S^exp(±z σ) with
/// σ = √(Σ dᵢ/(nᵢ(nᵢ − dᵢ))) / |ln S|. An upper end that the band does not reach is infinity. Where S is 0 that band is not
/// defined; there its upper end is the exact binomial limit for 0 survivors of the m observed events,
/// 1 − ((1 − confidence)/2)^(1/m): the last event ends the interval if m is large enough (6 at 95 %). R leaves the end open
/// there; lifelines always ends at the last event, which covers too little for small m.
///
/// Sources: Kaplan & Meier (1958); Hettmansperger & Sheather (1986) for the interpolation; Brookmeyer & Crowley (1982), "A
/// confidence interval for the median survival time"; Kalbfleisch & Prentice (1980) for the transform.
///
/// ```
/// use seedbed_feasibility::statistics::{Time, kaplan_meier_median};
/// let mut times: Vec<Time> = [110.0, 120.0, 140.0, 150.0, 200.0].map(|steps| Time { steps, observed: true }).to_vec();
/// times.push(Time { steps: 300.0, observed: false }); // did not solve within 300 steps
/// let median = kaplan_meier_median(&times, 0.95).unwrap();
/// // 110 + 0.357 · (120 − 110), in whole steps
/// assert_eq!((median.value, median.low, median.high), (140.0, 113.0, f64::INFINITY));
/// ```
pub fn kaplan_meier_median(times: &[Time], confidence: f64) -> Option<Estimate> {
    if times.is_empty() || times.iter().any(|time| time.steps.is_nan()) {
        return None;
    }
    let curve = survival_curve(times);
    let median = first(&curve, |point| at_most_half(point.survival)).unwrap_or(f64::INFINITY);
    let ((low, high), method) = match sign_test_ends(times, confidence) {
        Some(ends) => (ends, "interpolated_order_statistics"),
        None => (band_ends(&curve, times, confidence), "kaplan_meier"),
    };
    Some(Estimate::new(median, low, high, times.len(), method))
}

fn first(curve: &[CurvePoint], reached: impl Fn(&CurvePoint) -> bool) -> Option<f64> {
    curve.iter().find(|point| reached(point)).map(|point| point.steps)
}

/// The interpolated interval of the sign test in whole steps, where no time is censored before an event.
fn sign_test_ends(times: &[Time], confidence: f64) -> Option<(f64, f64)> {
    let steps = |observed| times.iter().filter(move |time| time.observed == observed).map(|time| time.steps);
    let (last, censored) = (steps(true).fold(0.0, f64::max), steps(false).fold(f64::INFINITY, f64::min));
    if censored < last {
        return None;
    }
    let sorted = |unseen: f64| {
        let mut sorted: Vec<f64> = times.iter().map(|time| if time.observed { time.steps } else { unseen }).collect();
        sorted.sort_by(f64::total_cmp);
        sorted
    };
    let (low, high) = interpolated_ends(&sorted(censored), &sorted(f64::INFINITY), confidence)?;
    Some((low.floor(), high.ceil()))
}

/// The times at which the band around the curve includes 1/2.
fn band_ends(curve: &[CurvePoint], times: &[Time], confidence: f64) -> (f64, f64) {
    let z = two_sided_normal_quantile(confidence);
    if z.is_nan() {
        return (f64::NAN, f64::NAN);
    }
    // without an event, a median within the watched steps is beyond doubt out only if so many would not all have missed it
    let unseen = times.iter().map(|time| time.steps).fold(f64::INFINITY, f64::min);
    let doubted = at_most_half(clopper_pearson(times.len(), times.len(), confidence).low);
    let low = first(curve, |point| at_most_half(point.band(z, confidence).0));
    let high = first(curve, |point| at_most_half(point.band(z, confidence).1));
    (low.unwrap_or(if doubted { 0.0 } else { unseen }), high.unwrap_or(f64::INFINITY))
}

/// Share of trials that have not come to the event, over time: a step function that falls at the event times.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SurvivalCurve {
    /// 0, and the event times, ascending.
    pub steps: Vec<f64>,
    /// The share still without the event just after each.
    pub unsolved: Vec<f64>,
    /// Lower end of its pointwise band.
    pub low: Vec<f64>,
    /// Upper end.
    pub high: Vec<f64>,
}

/// The curve of Kaplan and Meier with the pointwise band of [`kaplan_meier_median`]; empty if there are no times or one is NaN.
///
/// Before the first event, where the share is 1, the band's lower end is the exact binomial limit of no event in n,
/// ((1 − confidence)/2)^(1/n); R and lifelines have a band of no width there.
///
/// ```
/// use seedbed_feasibility::statistics::{Time, kaplan_meier_curve};
/// let curve = kaplan_meier_curve(&[1.0, 2.0, 3.0, 4.0].map(|steps| Time { steps, observed: steps < 3.0 }), 0.95);
/// assert_eq!((curve.steps, curve.unsolved), (vec![0.0, 1.0, 2.0], vec![1.0, 0.75, 0.5]));
/// ```
pub fn kaplan_meier_curve(times: &[Time], confidence: f64) -> SurvivalCurve {
    if times.is_empty() || times.iter().any(|time| time.steps.is_nan()) {
        return SurvivalCurve::default();
    }
    let z = two_sided_normal_quantile(confidence);
    let before = clopper_pearson(times.len(), times.len(), confidence).low;
    let mut curve = SurvivalCurve { steps: vec![0.0], unsolved: vec![1.0], low: vec![before], high: vec![1.0] };
    for point in survival_curve(times) {
        let (low, high) = point.band(z, confidence);
        curve.steps.push(point.steps);
        curve.unsolved.push(point.survival);
        curve.low.push(low);
        curve.high.push(high);
    }
    curve
}

/// A product such as 23/24 · 22/23 · … · 12/13 may round to just above 1/2.
fn at_most_half(share: f64) -> bool {
    share <= 0.5 + 1e-12
}

/// The survival curve just after an event time.
struct CurvePoint {
    steps: f64,
    survival: f64,
    /// Greenwood's sum Σ d/(n(n − d)), the variance of ln S; infinite where S = 0.
    log_variance: f64,
    /// Events up to and with this time.
    events: usize,
}

impl CurvePoint {
    /// Lower and upper end of the band at this time.
    fn band(&self, z: f64, confidence: f64) -> (f64, f64) {
        if self.log_variance.is_infinite() {
            return (0.0, clopper_pearson(0, self.events, confidence).high);
        }
        let spread = z * self.log_variance.sqrt() / self.survival.ln().abs();
        (self.survival.powf(spread.exp()), self.survival.powf((-spread).exp()))
    }
}

/// The curve at its event times, ascending.
fn survival_curve(times: &[Time]) -> Vec<CurvePoint> {
    let mut sorted = times.to_vec();
    sorted.sort_by(|first, second| first.steps.total_cmp(&second.steps));
    let mut curve = Vec::new();
    let (mut watched, mut survival, mut log_variance, mut events) = (sorted.len(), 1.0, 0.0, 0);
    for group in sorted.chunk_by(|first, second| first.steps == second.steps) {
        let seen = group.iter().filter(|time| time.observed).count();
        if seen > 0 {
            let (at_risk, left) = (watched as f64, (watched - seen) as f64);
            survival *= left / at_risk;
            log_variance += seen as f64 / (at_risk * left);
            events += seen;
            let steps = group.first().map_or(f64::NAN, |time| time.steps);
            curve.push(CurvePoint { steps, survival, log_variance, events });
        }
        watched -= group.len();
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::super::{TestStream, assert_close};
    use super::*;

    fn times(steps: &[f64], observed: &[u8]) -> Vec<Time> {
        let pairs = steps.iter().zip(observed);
        pairs.map(|(steps, observed)| Time { steps: *steps, observed: *observed == 1 }).collect()
    }

    fn interval(times: &[Time], confidence: f64) -> Option<(f64, f64, f64)> {
        kaplan_meier_median(times, confidence).map(|found| (found.value, found.low, found.high))
    }

    #[test]
    fn the_band_gives_the_interval_of_lifelines() {
        // lifelines 0.30: k = KaplanMeierFitter(alpha=a).fit(T, E); k.median_survival_time_ and
        // median_survival_times(k.confidence_interval_). The first data set is 6-MP of Freireich et al. (1963), the
        // second its placebo arm.
        let treated =
            [6., 6., 6., 6., 7., 9., 10., 10., 11., 13., 16., 17., 19., 20., 22., 23., 25., 32., 32., 34., 35.];
        let seen = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0];
        assert_eq!(interval(&times(&treated, &seen), 0.95), Some((23.0, 13.0, f64::INFINITY)));
        let placebo = [1., 1., 2., 2., 3., 4., 4., 5., 5., 8., 8., 8., 8., 11., 11., 12., 12., 15., 17., 22., 23.];
        let placebo = times(&placebo, &[1; 21]);
        assert_eq!(band_ends(&survival_curve(&placebo), &placebo, 0.95), (4.0, 11.0));
        let maintained = [9., 13., 13., 18., 23., 28., 31., 34., 45., 48., 161.];
        let seen = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0];
        assert_eq!(interval(&times(&maintained, &seen), 0.90), Some((31.0, 18.0, 48.0)));
    }

    #[test]
    fn the_curve_and_its_band_match_lifelines() {
        // lifelines 0.30: KaplanMeierFitter(alpha=0.05).fit(T, E), survival_function_ and confidence_interval_, on 6-MP
        let treated =
            [6., 6., 6., 6., 7., 9., 10., 10., 11., 13., 16., 17., 19., 20., 22., 23., 25., 32., 32., 34., 35.];
        let seen = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0];
        let curve = kaplan_meier_curve(&times(&treated, &seen), 0.95);
        let expected = [
            (6.0, 0.857142857142857, 0.6197179552659838, 0.9515517476469969),
            (7.0, 0.8067226890756299, 0.5631465646222333, 0.9228090192028802),
            (10.0, 0.7529411764705878, 0.5031995107999564, 0.8893618351692651),
            (13.0, 0.6901960784313722, 0.43161022248618386, 0.8490659633494505),
            (16.0, 0.6274509803921566, 0.36751085598750194, 0.8049121894718411),
            (22.0, 0.5378151260504199, 0.26777893676713493, 0.7467907176353943),
            (23.0, 0.44817927170868327, 0.18805200595923233, 0.6801426284952412),
        ];
        assert_eq!(curve.steps.len(), 1 + expected.len());
        for (place, (steps, share, low, high)) in (1..).zip(expected) {
            assert_eq!(curve.steps[place], steps);
            for (found, expected) in
                [(curve.unsolved[place], share), (curve.low[place], low), (curve.high[place], high)]
            {
                assert_close(found, expected, 1e-9);
            }
        }
        // before the first event: none of 21
        assert_eq!((curve.steps[0], curve.unsolved[0], curve.high[0]), (0.0, 1.0, 1.0));
        assert_close(curve.low[0], 0.025f64.powf(1.0 / 21.0), 1e-12);
        assert_eq!(kaplan_meier_curve(&[], 0.95), SurvivalCurve::default());
    }

    #[test]
    fn order_does_not_matter() {
        let mut reversed = times(&[31., 9., 18., 13., 23., 28., 13.], &[1, 1, 1, 1, 1, 0, 0]);
        let found = kaplan_meier_median(&reversed, 0.95);
        reversed.reverse();
        assert_eq!(kaplan_meier_median(&reversed, 0.95), found);
    }

    #[test]
    fn exactly_half_reached_counts_and_less_does_not() {
        let half = times(&[110., 120., 140., 300., 300., 300.], &[1, 1, 1, 0, 0, 0]);
        assert_eq!(interval(&half, 0.95), Some((140.0, 113.0, f64::INFINITY)));
        // 23/24 · 22/23 · … · 12/13 is 1/2, in floating point 0.5000000000000001
        let steps: Vec<f64> = (1..=24).map(f64::from).collect();
        let seen: Vec<u8> = (1..=24).map(|step| u8::from(step <= 12)).collect();
        assert_eq!(interval(&times(&steps, &seen), 0.95).map(|found| found.0), Some(12.0));
        let third = times(&[110., 120., 300., 300., 300., 300.], &[1, 1, 0, 0, 0, 0]);
        assert_eq!(interval(&third, 0.95), Some((f64::INFINITY, 113.0, f64::INFINITY)));
        assert_eq!(interval(&times(&[300.0; 6], &[0; 6]), 0.95), Some((f64::INFINITY, 300.0, f64::INFINITY)));
        assert_eq!(interval(&times(&[300.0; 5], &[0; 5]), 0.95), Some((f64::INFINITY, 0.0, f64::INFINITY)));
        assert_eq!(interval(&[], 0.95), None);
        assert_eq!(interval(&times(&[f64::NAN, 1.0], &[1, 1]), 0.95), None);
    }

    #[test]
    fn the_last_event_ends_the_interval_only_with_enough_events() {
        let six = times(&[110., 120., 140., 150., 200., 231.], &[1; 6]);
        // 110 + 10 · 5/14 and 231 − 31 · 5/14, to whole steps
        assert_eq!(interval(&six, 0.95), Some((140.0, 113.0, 220.0)));
        assert_eq!(interval(&six, 0.99), Some((140.0, 110.0, f64::INFINITY)));
        assert_eq!(interval(&six[..5], 0.95), Some((140.0, 110.0, f64::INFINITY)));
        assert_eq!(interval(&times(&[7.0; 6], &[1; 6]), 0.95), Some((7.0, 7.0, 7.0)));
    }

    #[test]
    fn covers_the_true_median() {
        let mut stream = TestStream(11);
        for (n, budget) in [(6, f64::INFINITY), (6, 1200.0), (8, 1200.0), (20, 1200.0)] {
            let covered = (0..5_000).filter(|_| {
                let exponential = (0..n).map(|_| -1000.0 * stream.uniform().ln());
                let draw: Vec<Time> =
                    exponential.map(|time| Time { steps: time.min(budget), observed: time <= budget }).collect();
                let found = kaplan_meier_median(&draw, 0.95).unwrap();
                let median = 1000.0 * std::f64::consts::LN_2;
                found.low <= median && median <= found.high
            });
            let coverage = covered.count() as f64 / 5_000.0;
            assert!((0.94..=0.965).contains(&coverage), "{coverage} at n = {n}, budget {budget}");
        }
    }
}
