//! The order in which a vector holds the gates of a cell.

use std::fmt;

/// A gate of a recurrent cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gate {
    /// `i`: how much of the candidate enters an LSTM's state.
    Input,
    /// `f`: how much of an LSTM's state stays.
    Forget,
    /// `g`: the candidate of an LSTM, which Keras calls `c`.
    Cell,
    /// `o`: how much of an LSTM's state shows.
    Output,
    /// `r`: how much of a GRU's state the candidate sees.
    Reset,
    /// `z`: how much of a GRU's state stays.
    Update,
    /// `n`: the candidate of a GRU, which Keras calls `h`.
    New,
}

const LSTM: [(char, Gate); 5] =
    [('i', Gate::Input), ('f', Gate::Forget), ('g', Gate::Cell), ('o', Gate::Output), ('c', Gate::Cell)];
const GRU: [(char, Gate); 4] = [('r', Gate::Reset), ('z', Gate::Update), ('n', Gate::New), ('h', Gate::New)];

/// What an argument `gates` must be.
pub(super) const WANTED: &str = "the gates in their order, a letter each: of an LSTM i, f, g and o with f among them, \
                                 or of a GRU r, z and n with z among them";

/// Gates in the order in which a vector holds them, each with one value a unit. A cell may lack gates, but not the one
/// that keeps the state.
///
/// As text, a letter each: `ifgo` is PyTorch's, Keras's and MXNet's LSTM, `rzn` PyTorch's GRU, `zrn` Keras's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Gates(Vec<Gate>);

impl Gates {
    /// From letters: different gates of one cell, the one that keeps the state among them. `None` otherwise.
    ///
    /// ```
    /// use seedbed::Gates;
    /// assert_eq!(Gates::from_letters("ifco"), Gates::from_letters("ifgo"));
    /// assert_eq!(Gates::from_letters("igo"), None);
    /// ```
    pub fn from_letters(letters: &str) -> Option<Gates> {
        let of_cell = |cell: &[(char, Gate)]| {
            let gate = |letter| cell.iter().find(|(known, _)| *known == letter).map(|(_, gate)| *gate);
            letters.chars().map(gate).collect::<Option<Vec<Gate>>>()
        };
        let gates = Gates(of_cell(&LSTM).or_else(|| of_cell(&GRU))?);
        let are_different = gates.0.iter().enumerate().all(|(place, gate)| !gates.0[..place].contains(gate));
        (are_different && gates.keeper().is_some()).then_some(gates)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The place of a gate.
    pub(super) fn place(&self, gate: Gate) -> Option<usize> {
        self.0.iter().position(|known| *known == gate)
    }

    /// The place of the gate that keeps the state when it is open.
    pub(super) fn keeper(&self) -> Option<usize> {
        self.place(Gate::Forget).or_else(|| self.place(Gate::Update))
    }
}

impl fmt::Display for Gates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |gate| LSTM.iter().chain(&GRU).find(|(_, known)| known == gate).map_or('?', |(letter, _)| *letter);
        f.write_str(&self.0.iter().map(letter).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_round_trip() {
        for letters in ["ifgo", "igfo", "iofg", "rzn", "zrn", "f", "fg", "z"] {
            assert_eq!(Gates::from_letters(letters).unwrap().to_string(), letters);
        }
        assert_eq!(Gates::from_letters("zrh").unwrap().to_string(), "zrn");
    }

    #[test]
    fn what_is_no_cell_is_refused() {
        for letters in ["", "i", "igo", "rn", "iffo", "ifcg", "ifzo", "ifgox", "IFGO"] {
            assert_eq!(Gates::from_letters(letters), None, "{letters}");
        }
    }
}
