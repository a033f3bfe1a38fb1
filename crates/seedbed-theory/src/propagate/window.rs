//! Windows that slide over an image.

/// Height and width of an image; a sequence is one of one column, a vector one of one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    pub height: usize,
    pub width: usize,
}

impl Grid {
    pub const POINT: Grid = Grid { height: 1, width: 1 };

    pub fn of(shape: &[usize]) -> Grid {
        match *shape {
            [_, height, width] => Grid { height, width },
            [time, _] => Grid { height: time, width: 1 },
            _ => Grid::POINT,
        }
    }

    pub fn positions(self) -> usize {
        self.height * self.width
    }

    /// Pairs of neighbours, side by side and one above the other.
    pub fn neighbours(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.positions()).flat_map(move |place| {
            let beside = (place % self.width + 1 < self.width).then_some((place, place + 1));
            let below = (place + self.width < self.positions()).then_some((place, place + self.width));
            beside.into_iter().chain(below)
        })
    }
}

/// A window, its step and the zeros around the image.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub kernel: Grid,
    pub stride: usize,
    pub padding: usize,
    pub input: Grid,
    pub output: Grid,
}

impl Window {
    /// Windows that tile the image, as in pooling.
    pub fn tiles(size: usize, input: Grid, output: Grid) -> Window {
        Window { kernel: Grid { height: size, width: size }, stride: size, padding: 0, input, output }
    }

    /// One window over everything.
    pub fn whole(input: Grid) -> Window {
        Window { kernel: input, stride: 1, padding: 0, input, output: Grid::POINT }
    }

    /// Each position for itself.
    pub fn each(grid: Grid) -> Window {
        Window { kernel: Grid::POINT, stride: 1, padding: 0, input: grid, output: grid }
    }

    /// For each place of the window the position that an output sees through it; `None` in the padding.
    pub fn seen(&self, output: usize) -> impl Iterator<Item = Option<usize>> {
        let (row, column) = (output / self.output.width * self.stride, output % self.output.width * self.stride);
        let Window { kernel, padding, input, .. } = *self;
        (0..kernel.positions()).map(move |tap| {
            let y = (row + tap / kernel.width).checked_sub(padding).filter(|y| *y < input.height)?;
            let x = (column + tap % kernel.width).checked_sub(padding).filter(|x| *x < input.width)?;
            Some(y * input.width + x)
        })
    }

    /// A sum over the positions that each output sees.
    pub fn sums(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..self.output.positions()).map(|output| self.seen(output).flatten().map(&value).sum()).collect()
    }

    /// The other way: for each position the sum over the outputs that see it.
    pub fn back(&self, values: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.input.positions()];
        for (output, value) in values.iter().enumerate() {
            self.seen(output).flatten().for_each(|place| sums[place] += value);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_see_fewer_positions() {
        let grid = |side| Grid { height: side, width: side };
        let same = Window { kernel: grid(3), stride: 1, padding: 1, input: grid(4), output: grid(4) };
        let counts = same.sums(|_| 1.0);
        assert_eq!(counts[..6], [4.0, 6.0, 6.0, 4.0, 6.0, 9.0]);
        assert_eq!(same.back(&[1.0; 16]), counts);
        assert_eq!(same.seen(0).collect::<Vec<_>>()[3..6], [None, Some(0), Some(1)]);
        let strided = Window { stride: 2, output: grid(2), ..same };
        assert_eq!(strided.sums(|place| place as f64)[3], (5 + 6 + 7 + 9 + 10 + 11 + 13 + 14 + 15) as f64);
        assert_eq!(Grid { height: 2, width: 3 }.neighbours().count(), 7);
        assert_eq!(Window::tiles(2, grid(5), grid(2)).back(&[1.0; 4])[4], 0.0);
    }
}
