//! How complex one Boolean function is.

/// K_LZ of a function of `inputs` bits: log₂ N for a constant, else log₂ N · (words forward + words backward)/2, with N =
/// 2^inputs outputs in their order and the words of the parse of Lempel & Ziv (1976) by Kaspar & Schuster (1987).
///
/// About 7 for constants of 7 bits and 149 ± 6 for random functions. Source: Dingle et al. (2018); Valle-Pérez et al. (2019).
///
/// ```
/// use seedbed_theory::boolean::complexity;
/// assert_eq!(complexity(0, 7), 7.0);
/// assert_eq!(complexity(1 << 127, 7), 17.5); // 1 at the last input alone
/// ```
pub fn complexity(function: u128, inputs: usize) -> f64 {
    let length = 1usize << inputs;
    let bits: Vec<bool> = (0..length).map(|place| function >> place & 1 == 1).collect();
    complexity_of(&bits)
}

/// The same of any string.
fn complexity_of(bits: &[bool]) -> f64 {
    let scale = (bits.len() as f64).log2();
    if bits.windows(2).all(|pair| pair[0] == pair[1]) {
        return scale;
    }
    let reversed: Vec<bool> = bits.iter().rev().copied().collect();
    scale * (words(bits) + words(&reversed)) as f64 / 2.0
}

/// Words of the parse: each is the shortest string that does not occur before its own last letter.
fn words(bits: &[bool]) -> usize {
    let (mut count, mut start) = (1, 1);
    while start < bits.len() {
        // the longest copy that begins before `start`; it may run into itself
        let copy =
            |from: usize| (start..bits.len()).take_while(|&place| bits[place] == bits[from + place - start]).count();
        let longest = (0..start).map(copy).max().unwrap_or(0);
        count += 1;
        start += longest + 1;
    }
    count
}

/// H(t/N) in bits, t the number of ones: 0 for a constant, 1 for a balanced function.
///
/// ```
/// assert_eq!(seedbed_theory::boolean::entropy_bits(0b0110, 2), 1.0);
/// ```
pub fn entropy_bits(function: u128, inputs: usize) -> f64 {
    let share = f64::from(function.count_ones()) / (1u128 << inputs) as f64;
    let term = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
    term(share) + term(1.0 - share)
}

/// The share of pairs of inputs one bit apart whose outputs differ: 0 for a constant, 1 for the parity, 1/2 on average over all
/// functions. (Average sensitivity divided by the number of inputs.)
///
/// ```
/// assert_eq!(seedbed_theory::boolean::boundary_sensitivity(0b0110, 2), 1.0);
/// ```
pub fn boundary_sensitivity(function: u128, inputs: usize) -> f64 {
    if inputs == 0 {
        return 0.0;
    }
    let differing = |bit: usize| {
        let step = 1u32 << bit;
        // inputs whose bit is 0, each beside the one whose bit is 1
        let zeros = (0..1u32 << inputs).filter(|input| input & step == 0);
        zeros.filter(|input| (function >> input ^ function >> (input + step)) & 1 == 1).count()
    };
    (0..inputs).map(differing).sum::<usize>() as f64 / (inputs << (inputs - 1)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(output: impl Fn(u32) -> bool) -> u128 {
        (0..128).filter(|&input| output(input)).fold(0, |function, input| function | 1 << input)
    }

    #[test]
    fn complexities_are_the_published_ones() {
        // by the code of the papers' authors
        assert_eq!(complexity(u128::MAX, 7), 7.0);
        for (found, expected) in [
            (function(|input| input >= 64), 21.0),
            (function(|input| input & 1 == 1), 21.0),
            (function(|input| input.count_ones() >= 4), 70.0),
            (function(|input| input.count_ones() % 2 == 1), 91.0),
        ] {
            assert_eq!(complexity(found, 7), expected);
        }
        let bits: Vec<bool> = "0001101001000101".chars().map(|bit| bit == '1').collect();
        assert_eq!((words(&bits), complexity_of(&bits)), (6, 24.0));
    }

    #[test]
    fn random_functions_are_complex() {
        let stream = seedbed::Stream::new(1, "functions");
        let random = |index| stream.block(index, 0).into_iter().fold(0, |bits, word| bits << 32 | u128::from(word));
        let complexities: Vec<f64> = (0..2000).map(|index| complexity(random(index), 7)).collect();
        let mean = complexities.iter().sum::<f64>() / 2000.0;
        let deviation = (complexities.iter().map(|k| (k - mean).powi(2)).sum::<f64>() / 2000.0).sqrt();
        // 149.07 ± 6.08 over many; 2000 know the mean to 0.14
        assert!((mean - 149.07).abs() < 0.6 && (deviation - 6.08).abs() < 0.5, "{mean} {deviation}");
    }

    #[test]
    fn entropy_and_sensitivity_of_known_functions() {
        let parity = function(|input| input.count_ones() % 2 == 1);
        let first = function(|input| input >= 64);
        assert_eq!((entropy_bits(parity, 7), boundary_sensitivity(parity, 7)), (1.0, 1.0));
        assert_eq!((entropy_bits(first, 7), boundary_sensitivity(first, 7)), (1.0, 1.0 / 7.0));
        assert_eq!((entropy_bits(0, 7), boundary_sensitivity(u128::MAX, 7)), (0.0, 0.0));
        assert!((entropy_bits(0b1000, 2) - 0.8112781244591328).abs() < 1e-15);
    }
}
