//! The terminal table, letter by letter.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use seedbed_feasibility::record::Ended;
use seedbed_report::table;

#[test]
fn one_line_a_prior_where_there_is_room() {
    assert_eq!(
        table::recommendation(&support::example(), Some(150)),
        "\
rank  prior                                solved            steps to target  learning rate  test accuracy      how they ended
─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
1     orthogonal(gain=1.4142135)           6/6 [0.61, 1.00]  118 [96, 131]    0.03           0.95 [0.94, 0.96]  6 solved
1     he_normal                            6/6 [0.61, 1.00]  141 [117, 188]   0.03           0.94 [0.92, 0.95]  6 solved
3     sparse(nonzeros=15, gain=1.4142135)  5/6 [0.44, 0.97]  287 [203, ∞)     0.01           0.92 [0.90, 0.95]  5 solved, 1 stalled
4     glorot_uniform                       0/6 [0.00, 0.39]  —                0.1            0.18 [0.13, 0.23]  6 still falling
4     lecun_normal                         0/6 [0.00, 0.39]  —                0.1            0.16 [0.12, 0.21]  6 stalled
4     torch:default                        0/6 [0.00, 0.39]  —                0.3            0.10 [0.10, 0.11]  6 stalled
4     normal(mean=0, std=0.001)            0/6 [0.00, 0.39]  —                0.001          0.10 [0.10, 0.11]  6 stalled
4     zeros                                0/6 [0.00, 0.39]  —                0.001          0.10 [0.10, 0.11]  6 stalled

Start from orthogonal(gain=1.4142135): signal x1.00 and gradient x1.00 per layer; it solved 6 of 6 in a median of 118 steps. The evidence cannot tell
he_normal from it. 5 of 8 candidates never solved the task: through 31 layers their signal shrinks or their units stay tied."
    );
}

#[test]
fn intervals_and_long_priors_are_broken_at_eighty_columns() {
    assert_eq!(
        table::recommendation(&support::example(), Some(80)),
        "\
rank prior              solved       steps      learning test         how they
                                     to target  rate     accuracy     ended
────────────────────────────────────────────────────────────────────────────────
1    orthogonal(        6/6          118        0.03     0.95         6 solved
      gain=1.4142135)   [0.61, 1.00] [96, 131]           [0.94, 0.96]
1    he_normal          6/6          141        0.03     0.94         6 solved
                        [0.61, 1.00] [117, 188]          [0.92, 0.95]
3    sparse(            5/6          287        0.01     0.92         5 solved,
      nonzeros=15,      [0.44, 0.97] [203, ∞)            [0.90, 0.95] 1 stalled
      gain=1.4142135)
4    glorot_uniform     0/6          —          0.1      0.18         6 still
                        [0.00, 0.39]                     [0.13, 0.23] falling
4    lecun_normal       0/6          —          0.1      0.16         6 stalled
                        [0.00, 0.39]                     [0.12, 0.21]
4    torch:default      0/6          —          0.3      0.10         6 stalled
                        [0.00, 0.39]                     [0.10, 0.11]
4    normal(            0/6          —          0.001    0.10         6 stalled
      mean=0,           [0.00, 0.39]                     [0.10, 0.11]
      std=0.001)
4    zeros              0/6          —          0.001    0.10         6 stalled
                        [0.00, 0.39]                     [0.10, 0.11]

Start from orthogonal(gain=1.4142135): signal x1.00 and gradient x1.00 per
layer; it solved 6 of 6 in a median of 118 steps. The evidence cannot tell
he_normal from it. 5 of 8 candidates never solved the task: through 31 layers
their signal shrinks or their units stay tied."
    );
}

#[test]
fn what_was_not_tried_and_what_each_stage_cost_stand_too() {
    let text = table::recommendation(&support::narrowed(), Some(150));
    let row =
        |start: &str| text.lines().find(|line| line.contains(start)).unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(row("zeros "), ["—", "zeros", "not", "tried", "—", "—", "—", "out", "by", "theory"]);
    let lecun = [
        "4",
        "lecun_normal",
        "0/3",
        "[0.00,",
        "0.56]",
        "—",
        "0.1",
        "0.16",
        "[0.12,",
        "0.21]",
        "3",
        "stalled,",
        "out",
        "by",
        "search",
    ];
    assert_eq!(row("lecun_normal"), lecun);
    assert!(
        text.ends_with(
            "\
stage       candidates  removed  trials  steps  seconds
─────────────────────────────────────────────────────────
theory               8        1       0      0     0.01
search               7        1      63  18000     41.2
comparison           6        0      36   9500     20.1
note: theory has no answer for he_normal: layer3: attention"
        ),
        "{text}"
    );
}

#[test]
fn no_line_is_wider_than_asked() {
    for width in [60, 80, 90, 100, 120, 140, 200] {
        let text = table::recommendation(&support::example(), Some(width));
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= usize::from(width), "{widest} columns of {width}\n{text}");
    }
}

#[test]
fn nobody_solved_and_numbers_are_missing() {
    let text = table::recommendation(&support::unsolved(), Some(100));
    assert!(text.contains("0/2 [0.00, 0.66]  —"), "{text}");
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}

#[test]
fn every_way_to_end_has_its_words() {
    let mut record = support::example();
    record.priors[0].ended =
        [(Ended::Solved, 1), (Ended::StillFalling, 2), (Ended::Stalled, 3), (Ended::Diverged, 4)].into();
    let text = table::recommendation(&record, Some(200));
    assert!(text.contains("1 solved, 2 still falling, 3 stalled, 4 diverged"), "{text}");
}

#[test]
fn no_priors_is_a_header_and_the_verdict() {
    let mut record = support::example();
    record.priors.clear();
    assert!(table::recommendation(&record, Some(100)).starts_with("rank  prior  solved"));
}
