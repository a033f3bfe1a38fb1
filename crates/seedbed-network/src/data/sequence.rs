//! Sequence tasks that ask for memory: each example is a function of (seed, task, index).
//!
//! Example `i` takes its words from part `i` of the stream called by the task's name under the seed: so any example can be
//! made again by itself, and more of them never change those there are.

use seedbed::Stream;

use super::{DataError, Dataset, Split, Targets};

/// Values of elements.
const VALUES: u32 = 0;
/// Choice of positions.
const POSITIONS: u32 = 1;
/// Symbols to remember, in the copy task.
const SYMBOLS: usize = 10;
/// Kinds of symbols.
const ALPHABET: u32 = 8;
/// The symbol between, and where nothing is asked; the class of every step before the last ten.
const BLANK: u32 = 8;
/// Says that the answer is wanted now; never an answer itself.
const GO: u32 = 9;

/// Example `index` of the adding task: the inputs, `steps x 2`, and the sum.
///
/// Each step holds a number uniform on [0, 1) and a mark that is 1 at two steps, one in either half of the sequence, and 0
/// elsewhere; the target is the sum of the two marked numbers.
///
/// # Errors
/// Fewer than 2 steps.
///
/// Source: Hochreiter & Schmidhuber (1997), section 5.4, in the form of Le, Jaitly & Hinton (2015), section 4.1.
pub fn adding_example(seed: u64, index: u64, steps: usize) -> Result<(Vec<f32>, f32), DataError> {
    if steps < 2 {
        let wanted = "at least 2, one step for each number";
        return Err(DataError::Task { task: "adding", setting: "steps", found: steps.to_string(), wanted });
    }
    let stream = Stream::new(seed, "adding task").part(index);
    let words = (0..steps.div_ceil(4) as u64).flat_map(|block| stream.block(block, VALUES));
    // 24 bits, exact in single precision
    let mut inputs: Vec<f32> =
        words.take(steps).flat_map(|word| [(word >> 8) as f32 / (1u32 << 24) as f32, 0.0]).collect();
    let [first, second, ..] = stream.block(0, POSITIONS);
    let half = steps / 2;
    let marked = [below(first, half), half + below(second, steps - half)];
    marked.iter().for_each(|&step| inputs[2 * step + 1] = 1.0);
    let sum = marked.iter().map(|&step| inputs[2 * step]).sum();
    Ok((inputs, sum))
}

/// The adding task over sequences of `steps` steps: one real target of an example.
///
/// A guess of 1, whatever the input, has mean squared error 1/6, the variance of the sum of two uniform numbers: what a
/// network without memory comes to.
///
/// ```
/// let data = seedbed_network::data::adding(0, 50, 1000, 200)?;
/// assert_eq!(data.example_shape.to_string(), "50x2");
/// assert_eq!((data.train.examples(), data.test.examples(), data.is_regression()), (1000, 200, true));
/// # Ok::<(), seedbed_network::data::DataError>(())
/// ```
///
/// # Errors
/// Fewer than 2 steps, or no examples to train or to test on.
pub fn adding(seed: u64, steps: usize, train: usize, test: usize) -> Result<Dataset, DataError> {
    let split = |first: usize, examples: usize| {
        let made = (0..examples).map(|place| adding_example(seed, (first + place) as u64, steps));
        let (inputs, sums): (Vec<Vec<f32>>, Vec<f32>) = made.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        Ok(Split { inputs: inputs.concat(), targets: Targets::Numbers(sums), targets_per_example: 1 })
    };
    check_examples("adding", train, test)?;
    Ok(Dataset {
        name: format!("adding(steps={steps})"),
        example_shape: super::shape("adding".as_ref(), vec![steps, 2])?,
        classes: 1,
        train: split(0, train)?,
        test: split(train, test)?,
    })
}

/// Example `index` of the copy task: the inputs, `(blanks + 20) x 10`, one-hot, and the class asked for at each step.
///
/// Ten symbols of eight kinds come first, then `blanks - 1` blanks, the sign to answer, and ten blanks; asked for is the
/// blank (class 8) at the first `blanks + 10` steps and then the ten symbols in order.
///
/// # Errors
/// No blanks.
///
/// Source: Hochreiter & Schmidhuber (1997), in the form of Arjovsky, Shah & Bengio (2016), section 5.1.
pub fn copy_example(seed: u64, index: u64, blanks: usize) -> Result<(Vec<f32>, Vec<u32>), DataError> {
    if blanks == 0 {
        return Err(DataError::Task { task: "copy", setting: "blanks", found: "0".to_owned(), wanted: "at least 1" });
    }
    let stream = Stream::new(seed, "copy task").part(index);
    let words = (0..SYMBOLS.div_ceil(4) as u64).flat_map(|block| stream.block(block, VALUES));
    let symbols: Vec<u32> = words.take(SYMBOLS).map(|word| word % ALPHABET).collect();
    let blank = |count| std::iter::repeat_n(BLANK, count);
    let shown = symbols.iter().copied().chain(blank(blanks - 1)).chain([GO]).chain(blank(SYMBOLS));
    let one_hot = |symbol: u32| (0..=GO).map(move |kind| if kind == symbol { 1.0 } else { 0.0 });
    let asked = blank(blanks + SYMBOLS).chain(symbols.iter().copied());
    Ok((shown.flat_map(one_hot).collect(), asked.collect()))
}

/// The copy task with `blanks` steps between the symbols and the answer, the last of them the sign: a class of nine at each of `blanks + 20` steps.
///
/// Without memory, the best is the blank where it is asked for and then a guess among eight: cross-entropy
/// 10 ln 8 / (blanks + 20).
///
/// # Errors
/// No blanks, or no examples to train or to test on.
pub fn copy(seed: u64, blanks: usize, train: usize, test: usize) -> Result<Dataset, DataError> {
    let steps = blanks.saturating_add(2 * SYMBOLS);
    let split = |first: usize, examples: usize| {
        let made = (0..examples).map(|place| copy_example(seed, (first + place) as u64, blanks));
        let (inputs, labels): (Vec<Vec<f32>>, Vec<Vec<u32>>) = made.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        Ok(Split { inputs: inputs.concat(), targets: Targets::Classes(labels.concat()), targets_per_example: steps })
    };
    check_examples("copy", train, test)?;
    Ok(Dataset {
        name: format!("copy(blanks={blanks})"),
        example_shape: super::shape("copy".as_ref(), vec![steps, GO as usize + 1])?,
        classes: BLANK as usize + 1,
        train: split(0, train)?,
        test: split(train, test)?,
    })
}

pub(super) fn check_examples(task: &'static str, train: usize, test: usize) -> Result<(), DataError> {
    for (setting, found) in [("number of training examples", train), ("number of test examples", test)] {
        if found == 0 {
            return Err(DataError::Task { task, setting, found: found.to_string(), wanted: "at least 1" });
        }
    }
    Ok(())
}

/// A place below `count`, from one word.
fn below(word: u32, count: usize) -> usize {
    ((u64::from(word) * count as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding_marks_one_number_in_either_half() {
        let data = adding(3, 21, 2000, 10).unwrap();
        let Targets::Numbers(sums) = &data.train.targets else { panic!("real targets") };
        let mut places = [0usize; 21];
        for (example, sum) in data.train.inputs.chunks(42).zip(sums) {
            let marked: Vec<usize> = (0..21).filter(|step| example[2 * step + 1] == 1.0).collect();
            assert!(marked.len() == 2 && marked[0] < 10 && marked[1] >= 10);
            assert_eq!(example[2 * marked[0]] + example[2 * marked[1]], *sum);
            marked.iter().for_each(|&step| places[step] += 1);
        }
        // 200 in each of the first ten places; 6 standard deviations
        assert!(places.iter().all(|&count| (100..290).contains(&count)), "{places:?}");
        let error = sums.iter().map(|sum| (f64::from(*sum) - 1.0).powi(2)).sum::<f64>() / 2000.0;
        // the error of the guess 1: mean 1/6, standard deviation √(7/180) / √2000 = 0.0044
        assert!((error - 1.0 / 6.0).abs() < 4.0 * 0.0044, "{error}");
    }

    #[test]
    fn copy_asks_for_the_symbols_at_the_end() {
        let (inputs, labels) = copy_example(1, 7, 5).unwrap();
        let shown: Vec<usize> =
            inputs.chunks(10).map(|step| step.iter().position(|&value| value == 1.0).unwrap()).collect();
        assert_eq!((shown.len(), labels.len(), inputs.iter().sum::<f32>()), (25, 25, 25.0));
        assert_eq!(shown[10..], [[8; 4].as_slice(), &[9], &[8; 10]].concat());
        assert_eq!(labels[..15], [8; 15]);
        assert!(shown[..10].iter().zip(&labels[15..]).all(|(shown, asked)| *shown == *asked as usize && *shown < 8));
        let data = copy(1, 5, 8, 2).unwrap();
        assert_eq!((data.train.examples(), data.classes, data.is_regression()), (8, 9, false));
        assert_eq!(data.train.labels()[7 * 25..], labels);
        assert_eq!(data.train.inputs[7 * 250..], inputs);
    }

    #[test]
    fn an_example_depends_on_seed_and_index_alone() {
        let (few, many) = (adding(5, 8, 2, 2).unwrap(), adding(5, 8, 4, 1).unwrap());
        assert_eq!([few.train.inputs, few.test.inputs].concat(), many.train.inputs);
        assert_ne!(adding_example(5, 0, 8).unwrap(), adding_example(6, 0, 8).unwrap());
        assert_ne!(copy_example(5, 0, 8).unwrap(), copy_example(5, 1, 8).unwrap());
    }

    #[test]
    fn bad_settings_are_named() {
        assert_eq!(
            adding(0, 1, 5, 5).unwrap_err().to_string(),
            "adding: steps is 1; it must be at least 2, one step for each number"
        );
        assert!(copy(0, 0, 5, 5).unwrap_err().to_string().contains("blanks is 0"));
        assert!(copy(0, 3, 5, 0).unwrap_err().to_string().contains("number of test examples is 0"));
    }
}
