//! Whatever is asked, an answer or an error: nothing panics, and what is drawn is what was asked for.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::LazyLock;

use proptest::prelude::*;
use seedbed::{DataType, Initializer, Layout, Parameter, Prior, Shape, Slice, catalogue};

const LAYOUTS: [&str; 11] = [
    "plain",
    "dense",
    "dense_in_out",
    "convolution",
    "convolution_in_out",
    "transposed_convolution",
    "embedding",
    "experts",
    "oi",
    "ioo",
    "b",
];

/// Names, and the names of arguments and choices, that the text form knows.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let entries = catalogue::entries().flat_map(|entry| {
        let arguments = entry.arguments.iter().map(|argument| argument.name.to_owned());
        arguments.chain([entry.name.to_owned(), entry.example.to_owned()]).collect::<Vec<_>>()
    });
    let others =
        ["torch:", "torch:kaiming_uniform_", "jax:glorot_normal", "keras:dense.kernel", "fan_in", "backward(tanh)"];
    entries.chain(others.map(str::to_owned)).collect()
});

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0..WORDS.len()).prop_map(|index| WORDS[index].clone()),
        2 => "[(),=\\[\\] :.]{1,3}",
        1 => "\\PC{0,6}",
        2 => number(),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<f64>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        (-9..9).prop_map(|value: i32| value.to_string()),
        (-2.0..2.0).prop_map(|value: f64| value.to_string()),
        Just("nan".to_owned()),
        Just("1e400".to_owned()),
    ]
}

/// A call of a known initializer with its own arguments and any numbers.
fn call() -> impl Strategy<Value = String> {
    let entries: Vec<_> = catalogue::entries().collect();
    let chosen = (0..entries.len()).prop_map(move |index| entries[index]);
    (chosen, prop::collection::vec(number(), 0..4), any::<prop::sample::Index>()).prop_map(|(entry, numbers, start)| {
        let names = entry.arguments.iter().map(|argument| argument.name).cycle();
        let skip = if entry.arguments.is_empty() { 0 } else { start.index(entry.arguments.len()) };
        let arguments: Vec<String> =
            names.skip(skip).zip(numbers).map(|(name, number)| format!("{name}={number}")).collect();
        format!("{}({})", entry.name, arguments.join(", "))
    })
}

fn parameter() -> impl Strategy<Value = Result<Parameter, seedbed::Error>> {
    let sizes =
        prop_oneof![9 => prop::collection::vec(0usize..9, 0..5), 1 => prop::collection::vec(any::<usize>(), 0..5)];
    (sizes, 0..LAYOUTS.len(), 0usize..5, prop::collection::vec(0usize..9, 0..4)).prop_map(
        |(sizes, layout, groups, packed)| {
            let layout: Layout = LAYOUTS[layout].parse()?;
            let parameter = Parameter::laid_out("weight", Shape::new(sizes)?, &layout, groups)?;
            if packed.is_empty() { Ok(parameter) } else { parameter.packed(packed) }
        },
    )
}

/// Draws in every type, whole and by a slice, unless the parameter is too large for a test.
fn draw(initializer: &Initializer, parameter: &Parameter, slice: &str) {
    let _ = initializer.facts(parameter);
    if parameter.shape.elements() > 1 << 14 {
        return;
    }
    for data_type in DataType::ALL {
        if let Ok(bytes) = initializer.draw_bytes(parameter, 1, &Slice::whole(), data_type) {
            assert_eq!(bytes.len(), parameter.shape.elements() * data_type.bytes());
        }
    }
    if let (Ok(whole), Ok(slice)) = (initializer.draw(parameter, 1), slice.parse::<Slice>()) {
        let Ok(part) = initializer.draw_slice::<f32>(parameter, 1, &slice) else { return };
        assert!(part.len() <= whole.len());
        assert!(whole.iter().all(|value| value.is_finite()), "{initializer} on {}", parameter.shape);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4096) })]

    #[test]
    fn any_text_is_read_or_refused(words in prop::collection::vec(word(), 0..7)) {
        let text = words.concat();
        if let Ok(initializer) = text.parse::<Initializer>() {
            let written = initializer.to_string();
            prop_assert_eq!(written.parse::<Initializer>().unwrap().to_string(), written);
        }
        let _ = text.parse::<Prior>();
        let _ = text.parse::<Layout>();
        let _ = text.parse::<Shape>();
        let _ = text.parse::<Slice>();
    }

    #[test]
    fn any_arguments_on_any_shape_draw_or_are_refused(text in call(), parameter in parameter(), slice in "[0-9:,]{0,7}") {
        if let (Ok(initializer), Ok(parameter)) = (text.parse::<Initializer>(), parameter) {
            draw(&initializer, &parameter, &slice);
        }
    }

    #[test]
    fn every_example_on_any_shape_draws_or_is_refused(index in any::<prop::sample::Index>(), parameter in parameter()) {
        let entries: Vec<_> = catalogue::entries().collect();
        let initializer: Initializer = index.get(&entries).example.parse().unwrap();
        if let Ok(parameter) = parameter {
            draw(&initializer, &parameter, "0:2");
        }
    }
}
