//! Images from channels × height × width to height × width × channels and back; vectors stay as they are.

use seedbed::Shape;

use super::Real;

/// Images with channels first, to channels last.
pub fn channels_last<R: Real>(values: &[R], shape: &Shape) -> Vec<R> {
    let [channels, pixels] = sizes(shape);
    transpose(values, channels, pixels)
}

/// Images with channels last, to channels first.
pub fn channels_first<R: Real>(values: &[R], shape: &Shape) -> Vec<R> {
    let [channels, pixels] = sizes(shape);
    transpose(values, pixels, channels)
}

/// Matrices of `rows × columns`, one after the other, each transposed.
pub fn transpose<R: Real>(values: &[R], rows: usize, columns: usize) -> Vec<R> {
    if rows == 1 || columns == 1 {
        return values.to_vec();
    }
    let mut out = vec![R::zero(); values.len()];
    for (from, to) in values.chunks_exact(rows * columns).zip(out.chunks_exact_mut(rows * columns)) {
        for (row, from) in from.chunks_exact(columns).enumerate() {
            to[row..].iter_mut().step_by(rows).zip(from).for_each(|(to, &from)| *to = from);
        }
    }
    out
}

/// Channels and pixels; a vector is one pixel.
fn sizes(shape: &Shape) -> [usize; 2] {
    match *shape.dimensions() {
        [channels, height, width] => [channels, height * width],
        _ => [shape.elements(), 1],
    }
}
