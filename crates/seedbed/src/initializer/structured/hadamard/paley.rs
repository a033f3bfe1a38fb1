//! Paley's Hadamard matrices (Paley 1933), of orders that are no powers of two.

/// A Hadamard matrix from the quadratic residues of a prime q.
///
/// With χ(x) = 1 if x is a nonzero square modulo q, −1 if it is none, 0 for 0, the matrix C of order q + 1 has zeros on
/// its diagonal, C(0, j) = 1, C(i, 0) = χ(−1) and C(i, j) = χ(i − j).
#[derive(Clone, Debug)]
pub struct Paley {
    kind: Kind,
    /// Whether x is a nonzero square modulo the prime.
    is_square: Vec<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// 1 + C, order q + 1, for q = 4k + 3.
    First,
    /// Order 2 (q + 1), for q = 4k + 1: each entry c of C off the diagonal is c [1 1; 1 −1], on it [1 −1; −1 −1].
    Second,
}

impl Paley {
    /// The matrix of an order, by the first construction where it gives one.
    pub fn of_order(order: usize) -> Option<Paley> {
        if order < 4 || !order.is_multiple_of(4) {
            return None;
        }
        let (first, second) = (order - 1, order / 2 - 1);
        if is_prime(first) {
            Some(Paley { kind: Kind::First, is_square: squares(first) })
        } else if second % 4 == 1 && is_prime(second) {
            Some(Paley { kind: Kind::Second, is_square: squares(second) })
        } else {
            None
        }
    }

    /// Rows and columns.
    pub fn order(&self) -> usize {
        match self.kind {
            Kind::First => self.is_square.len() + 1,
            Kind::Second => 2 * (self.is_square.len() + 1),
        }
    }

    /// Whether each entry of a row, or of a column, is −1.
    pub fn line(&self, index: usize, is_row: bool) -> Vec<bool> {
        let half = self.is_square.len() + 1;
        let place = index % half;
        let mut line = self.line_of_c(place, is_row);
        if self.kind == Kind::Second {
            let is_second = index >= half;
            line.extend_from_within(..);
            line[half..].iter_mut().for_each(|entry| *entry ^= is_second);
            (line[place], line[half + place]) = (is_second, true);
        }
        line
    }

    /// C, with 1 on its diagonal.
    fn line_of_c(&self, index: usize, is_row: bool) -> Vec<bool> {
        let (prime, is_skew) = (self.is_square.len(), self.kind == Kind::First);
        let mut line = Vec::with_capacity(2 * prime + 2);
        line.push(is_row && is_skew && index > 0);
        if index == 0 {
            line.resize(prime + 1, !is_row && is_skew);
            return line;
        }
        // χ(j − i) for j from 1 on; in a row it is χ(i − j), which is the opposite if C is skew
        let (end, start) = self.is_square.split_at((prime + 1 - index) % prime);
        let flips = is_row && is_skew;
        line.extend(start.iter().chain(end).map(|is_square| *is_square == flips));
        line[index] = false;
        line
    }
}

/// Whether each number below a prime is a nonzero square modulo it.
fn squares(prime: usize) -> Vec<bool> {
    let mut is_square = vec![false; prime];
    // x² mod q of each x from that of the one before it, without a product that could overflow
    let mut square = 0;
    for x in 1..=prime / 2 {
        square = (square + (2 * x - 1)) % prime;
        is_square[square] = true;
    }
    is_square
}

fn is_prime(number: usize) -> bool {
    number >= 2
        && (2..).take_while(|divisor| divisor * divisor <= number).all(|divisor| !number.is_multiple_of(divisor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_constructions_are_hadamard_matrices() {
        for order in [4, 8, 12, 20, 24, 28, 36, 44, 60, 76, 84, 108, 124, 148] {
            let paley = Paley::of_order(order).unwrap();
            let lines = |are_rows| (0..order).map(|index| paley.line(index, are_rows)).collect::<Vec<_>>();
            let (rows, columns) = (lines(true), lines(false));
            for i in 0..order {
                for j in 0..order {
                    assert!(rows[i].len() == order && rows[i][j] == columns[j][i], "{order}: {i} {j}");
                    let equal = rows[i].iter().zip(&rows[j]).filter(|(one, other)| one == other).count();
                    assert_eq!(equal, if i == j { order } else { order / 2 }, "{order}: {i} {j}");
                }
            }
        }
    }

    /// q = 3, of which 1 is the only square; and the first two rows of the second construction.
    #[test]
    fn rows_by_hand() {
        let row = |order: usize, index: usize| -> String {
            let line = Paley::of_order(order).unwrap().line(index, true);
            line.into_iter().map(|is_negative| if is_negative { '-' } else { '+' }).collect()
        };
        assert_eq!([0, 1, 2, 3].map(|index| row(4, index)), ["++++", "-+-+", "-++-", "--++"]);
        assert_eq!(row(28, 0), "+".repeat(14) + "-" + &"+".repeat(13));
        assert_eq!(row(28, 14), "-".to_owned() + &"+".repeat(13) + &"-".repeat(14));
    }

    #[test]
    fn there_is_none_of_other_orders() {
        // 92 − 1 = 7 · 13 and 46 − 1 = 45; 16 − 1 = 15 and 8 − 1 = 7 = 4 + 3
        for order in [0, 1, 2, 3, 6, 10, 16, 92, 116, 1001] {
            assert!(Paley::of_order(order).is_none(), "{order}");
        }
    }

    #[test]
    fn squares_and_primes_by_hand() {
        let of_eleven: Vec<usize> =
            squares(11).iter().enumerate().filter(|(_, square)| **square).map(|x| x.0).collect();
        assert_eq!(of_eleven, [1, 3, 4, 5, 9]);
        let primes: Vec<usize> = (0..30).filter(|number| is_prime(*number)).collect();
        assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
    }
}
