//! stub
#![allow(missing_docs)]
use seedbed::Shape;
#[derive(Clone, Debug)]
pub struct Dataset {
    pub name: String,
    pub example_shape: Shape,
    pub classes: usize,
    pub train: Split,
    pub test: Split,
}
#[derive(Clone, Debug)]
pub struct Split {
    pub inputs: Vec<f32>,
    pub labels: Vec<u32>,
}
impl Split {
    pub fn examples(&self) -> usize {
        self.labels.len()
    }
}
pub fn digits() -> Dataset {
    let raw = std::fs::read("/work/shared/data/digits_1797x65_u8.bin").unwrap();
    let rows: Vec<&[u8]> = raw.chunks(65).collect();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut s = 12345u64;
    for i in (1..order.len()).rev() {
        s = s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        order.swap(i, (s >> 33) as usize % (i + 1));
    }
    let (tr, te) = order.split_at(1437);
    let mean: Vec<f64> = (0..64).map(|j| tr.iter().map(|&i| rows[i][j] as f64).sum::<f64>() / 1437.0).collect();
    let std: Vec<f64> = (0..64)
        .map(|j| (tr.iter().map(|&i| (rows[i][j] as f64 - mean[j]).powi(2)).sum::<f64>() / 1437.0).sqrt())
        .collect();
    let split = |ix: &[usize]| Split {
        inputs: ix
            .iter()
            .flat_map(|&i| (0..64).map(move |j| (i, j)))
            .map(|(i, j)| if std[j] > 0.0 { ((rows[i][j] as f64 - mean[j]) / std[j]) as f32 } else { 0.0 })
            .collect(),
        labels: ix.iter().map(|&i| rows[i][64] as u32).collect(),
    };
    Dataset {
        name: "digits".into(),
        example_shape: Shape::new(vec![1, 8, 8]).unwrap(),
        classes: 10,
        train: split(tr),
        test: split(te),
    }
}
