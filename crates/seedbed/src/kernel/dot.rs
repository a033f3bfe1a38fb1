//! The dot product in double precision, in a fixed order.

/// Independent sums, so that it can run in vector lanes and still has one order.
const LANES: usize = 8;

/// The dot product, of numbers of single precision widened, in eight interleaved sums, added in pairs at the end.
pub fn dot<A: Copy + Into<f64>, B: Copy + Into<f64>>(one: &[A], other: &[B]) -> f64 {
    let product = |(&a, &b): (&A, &B)| -> f64 { a.into() * b.into() };
    let mut sums = [0.0; LANES];
    let (one_lanes, other_lanes) = (one.chunks_exact(LANES), other.chunks_exact(LANES));
    let rest: f64 = one_lanes.remainder().iter().zip(other_lanes.remainder()).map(product).sum();
    for (one, other) in one_lanes.zip(other_lanes) {
        for lane in 0..LANES {
            sums[lane] += product((&one[lane], &other[lane]));
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    (((a + e) + (b + f)) + ((c + g) + (d + h))) + rest
}
