//! Adapters made from weights whose singular values and vectors are known.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::low_rank::{Adapter, Method, Options, minor, olora, pissa};
use seedbed::{Initializer, Parameter, Side};

type Made = Result<Adapter, seedbed::Error>;
type Start = fn(&[f32], usize, usize, usize, &Options) -> Made;

const SIZES: [(usize, usize); 3] = [(40, 60), (60, 40), (30, 30)];

fn haar(rows: usize, columns: usize, name: &str) -> Vec<f64> {
    let parameter = Parameter::dense(name, columns, rows).unwrap();
    Initializer::Orthogonal { gain: 1.0, columns: Side::Output }.draw_as(&parameter, 5).unwrap()
}

/// W = U S Vᵀ with its factors: U in rows of `count`, V as rows.
struct Known {
    rows: usize,
    columns: usize,
    left: Vec<f64>,
    right: Vec<f64>,
    spectrum: Vec<f64>,
    weight: Vec<f32>,
}

fn known(rows: usize, columns: usize, value: impl Fn(usize) -> f64) -> Known {
    let count = rows.min(columns);
    let (left, right) = (haar(rows, count, "left"), haar(count, columns, "right"));
    let spectrum: Vec<f64> = (0..count).map(value).collect();
    let scaled: Vec<f64> = left.iter().enumerate().map(|(place, entry)| entry * spectrum[place % count]).collect();
    let weight = times(&scaled, &right, rows, count, columns).iter().map(|value| *value as f32).collect();
    Known { rows, columns, left, right, spectrum, weight }
}

fn times(a: &[f64], b: &[f64], rows: usize, depth: usize, columns: usize) -> Vec<f64> {
    let mut c = vec![0.0; rows * columns];
    for row in 0..rows {
        for k in 0..depth {
            for column in 0..columns {
                c[row * columns + column] += a[row * depth + k] * b[k * columns + column];
            }
        }
    }
    c
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// B A.
fn change(adapter: &Adapter, rows: usize, columns: usize) -> Vec<f64> {
    let rank = adapter.a.len() / columns;
    times(&wide(&adapter.b), &wide(&adapter.a), rows, rank, columns)
}

fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |most, value| most.max(value.abs()))
}

/// Part of W made of some of its singular triples.
fn part(known: &Known, which: std::ops::Range<usize>) -> Vec<f64> {
    let count = known.spectrum.len();
    let kept = |place: usize| if which.contains(&(place % count)) { known.spectrum[place % count] } else { 0.0 };
    let scaled: Vec<f64> = known.left.iter().enumerate().map(|(place, entry)| entry * kept(place)).collect();
    times(&scaled, &known.right, known.rows, count, known.columns)
}

fn sketched() -> Options<'static> {
    Options::sketched("w", 3)
}

#[test]
fn the_weight_is_kept_by_every_start() {
    for (rows, columns) in SIZES {
        let weight = "he_normal".parse::<Initializer>().unwrap();
        let weight = weight.draw(&Parameter::dense("w", columns, rows).unwrap(), 1).unwrap();
        for scale in [1.0, 2.0, 0.3] {
            let exact = Options { scale, ..Options::exact("w") };
            let quick = Options { scale, ..sketched() };
            let starts: [(Start, &Options); 4] = [(pissa, &exact), (pissa, &quick), (minor, &exact), (olora, &exact)];
            for (start, options) in starts {
                for rank in [1, 8, 30] {
                    let adapter = start(&weight, rows, columns, rank, options).unwrap();
                    let change = change(&adapter, rows, columns);
                    let sum =
                        adapter.residual.iter().zip(change).map(|(rest, change)| f64::from(*rest) + scale * change);
                    let error = largest(sum.zip(&weight).map(|(sum, weight)| sum - f64::from(*weight)));
                    assert!(error < 1e-6 * largest(wide(&weight)), "{rows}x{columns} {options:?} {rank}: {error:e}");
                }
            }
        }
    }
}

#[test]
fn the_change_is_the_principal_part_of_the_weight() {
    for (rows, columns) in SIZES {
        let known = known(rows, columns, |index| 0.9f64.powi(index as i32));
        let expected = part(&known, 0..6);
        let halved = Options { scale: 2.0, ..Options::exact("w") };
        for (options, tolerance) in [(Options::exact("w"), 3e-7), (halved, 3e-7), (sketched(), 1e-5)] {
            let adapter = pissa(&known.weight, rows, columns, 6, &options).unwrap();
            let error = largest(
                change(&adapter, rows, columns).iter().zip(&expected).map(|(found, part)| options.scale * found - part),
            );
            assert!(error < tolerance, "{rows}x{columns} {options:?}: {error:e}");
        }
    }
}

/// A Aᵀ and Bᵀ B are diagonal and hold the singular values.
#[test]
fn both_factors_hold_the_roots_of_the_singular_values() {
    for (rows, columns) in SIZES {
        let known = known(rows, columns, |index| 4.0 / (index + 1) as f64);
        for options in [Options::exact("w"), sketched()] {
            let adapter = pissa(&known.weight, rows, columns, 5, &options).unwrap();
            let squares = |entry: &dyn Fn(usize, usize) -> f32, length: usize, one: usize, other: usize| -> f64 {
                (0..length).map(|at| f64::from(entry(at, one)) * f64::from(entry(at, other))).sum()
            };
            let mut values = Vec::new();
            for (one, other) in (0..5).flat_map(|one| (0..5).map(move |other| (one, other))) {
                let a = squares(&|at, index| adapter.a[index * columns + at], columns, one, other);
                let b = squares(&|at, index| adapter.b[at * 5 + index], rows, one, other);
                assert!((a - b).abs() < 3e-6, "{options:?} {one} {other}: {a} {b}");
                if one == other { values.push(a) } else { assert!(a.abs() < 3e-6, "{options:?}: {a:e}") }
            }
            values.sort_by(|one, other| other.total_cmp(one));
            let error = largest(values.iter().zip(&known.spectrum).map(|(found, wanted)| found - wanted));
            let allowed = if options.method == Method::Exact { 2e-6 } else { 2e-3 };
            assert!(error < allowed, "{options:?}: {values:?}");
        }
    }
}

#[test]
fn the_minor_part_is_the_smallest_values_and_leaves_the_principal_ones() {
    for (rows, columns) in SIZES {
        let known = known(rows, columns, |index| 1.0 + (29 - index.min(29)) as f64 / 10.0);
        let count = known.spectrum.len();
        let known = Known { ..known };
        let adapter = minor(&known.weight, rows, columns, 4, &Options::exact("w")).unwrap();
        let change = change(&adapter, rows, columns);
        // equal smallest values in the larger sizes leave the choice among them free; the principal space is not
        let principal = 20;
        let share: Vec<f64> = (0..principal)
            .flat_map(|index| {
                let known = &known;
                let change = &change;
                (0..columns).map(move |column| {
                    (0..rows).map(|row| known.left[row * count + index] * change[row * columns + column]).sum::<f64>()
                })
            })
            .collect();
        assert!(largest(share) < 2e-6, "{rows}x{columns}");
        let size: f64 = change.iter().map(|value| value * value).sum::<f64>().sqrt();
        let wanted: f64 = known.spectrum[count - 4..].iter().map(|value| value * value).sum::<f64>().sqrt();
        assert!((size / wanted - 1.0).abs() < 1e-5, "{size} {wanted}");
    }
}

#[test]
fn olora_is_the_start_of_a_qr_decomposition() {
    for (rows, columns) in SIZES {
        let known = known(rows, columns, |index| 1.0 + index as f64);
        let adapter = olora(&known.weight, rows, columns, 7, &Options::exact("w")).unwrap();
        let b = wide(&adapter.b);
        for (one, other) in (0..7).flat_map(|one| (0..7).map(move |other| (one, other))) {
            let product: f64 = (0..rows).map(|row| b[row * 7 + one] * b[row * 7 + other]).sum();
            assert!((product - if one == other { 1.0 } else { 0.0 }).abs() < 1e-6);
            let entry = adapter.a[one * columns + other];
            assert!(if other < one { entry.abs() < 1e-4 } else { other > one || entry > 0.0 }, "R: {entry}");
        }
        // the columns that Q spans are all in B A
        let rest = adapter.residual.chunks(columns).flat_map(|row| wide(&row[..7]));
        assert!(largest(rest) < 1e-5 * largest(wide(&known.weight)));
    }
}

#[test]
fn weights_of_low_rank_and_zeros_do_no_harm() {
    let low = known(20, 30, |index| if index < 3 { 1.0 } else { 0.0 });
    for options in [Options::exact("w"), sketched()] {
        let adapter = pissa(&low.weight, 20, 30, 8, &options).unwrap();
        assert!(largest(wide(&adapter.residual)) < 1e-6, "all of it is in the adapter");
        let nothing = pissa(&[0.0; 600], 20, 30, 8, &options).unwrap();
        assert!(nothing.a.iter().chain(&nothing.b).chain(&nothing.residual).all(|value| *value == 0.0));
    }
    assert!(olora(&[0.0; 600], 20, 30, 8, &sketched()).unwrap().b.iter().all(|value| value.is_finite()));
}

#[test]
fn a_sketch_is_a_function_of_seed_and_name() {
    let known = known(40, 30, |index| 1.0 / (index + 1) as f64);
    let draw = |name, seed| pissa(&known.weight, 40, 30, 4, &Options::sketched(name, seed)).unwrap();
    assert_eq!(draw("w", 1), draw("w", 1));
    assert_ne!(draw("w", 1).a, draw("w", 2).a);
    assert_ne!(draw("w", 1).a, draw("v", 1).a);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let refused = |made: Made| made.unwrap_err().to_string();
    let exact = Options::exact("layer1.weight");
    for start in [pissa as Start, minor, olora] {
        let message = refused(start(&[0.0; 12], 3, 4, 4, &exact));
        assert!(message.contains("'layer1.weight' (3x4): rank is 4; it must be between 1 and 3"), "{message}");
        assert!(refused(start(&[0.0; 12], 3, 4, 0, &exact)).contains("rank is 0"));
        assert!(refused(start(&[0.0; 11], 3, 4, 1, &exact)).contains("the buffer holds 11 values"));
        assert!(refused(start(&[], usize::MAX, 2, 1, &exact)).contains("the buffer holds 0 values"));
        assert!(refused(start(&[], 0, 0, 1, &exact)).contains("rank is 1"));
        let mut weight = [0.0; 12];
        weight[6] = f32::NAN;
        assert!(refused(start(&weight, 3, 4, 1, &exact)).contains("weight (1, 2) is NaN"));
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let options = Options { scale, ..exact.clone() };
            assert!(refused(start(&[0.0; 12], 3, 4, 1, &options)).contains("scale is"), "{scale}");
        }
    }
    assert!(refused(minor(&[0.0; 12], 3, 4, 1, &sketched())).contains("take the exact method"));
}

/// FNV-1a over the bits of A and B, the same on any machine.
fn digest(adapter: &Adapter) -> u64 {
    let bytes = adapter.a.iter().chain(&adapter.b).flat_map(|value| value.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn adapters_keep_their_bits_for_any_number_of_threads() {
    let weight = Initializer::Normal { mean: 0.0, std: 1.0 };
    let weight = weight.draw(&Parameter::dense("w", 300, 290).unwrap(), 1).unwrap();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let made = pool.install(|| {
            let (exact, sketched) = (Options::exact("w"), sketched());
            let starts: [(Start, &Options); 4] =
                [(pissa, &exact), (pissa, &sketched), (minor, &exact), (olora, &exact)];
            starts.map(|(start, options)| digest(&start(&weight, 290, 300, 4, options).unwrap()))
        });
        assert_eq!(made, BITS, "{threads} threads");
    }
}
const BITS: [u64; 4] =
    [17_985_752_305_386_592_278, 525_300_074_126_206_911, 1_174_630_624_847_969_767, 17_962_479_069_682_586_193];
