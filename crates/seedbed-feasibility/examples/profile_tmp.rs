//! tmp
use seedbed_feasibility::trial::{Optimizer, Updates};
use seedbed_network::{
    data,
    graph::Network,
    run::{Batch, Runner},
};
fn main() {
    let network: Network = std::env::args().nth(1).unwrap_or("mlp(64, 128x30, 10, relu)".into()).parse().unwrap();
    let data = data::digits();
    let mut w = "he_normal".parse::<seedbed::Prior>().unwrap().draw(&network.parameters, 0).unwrap();
    let r = Runner::new(&network);
    let mut u = Updates::new(Optimizer::SGD, 1e-3, &w);
    let n = 128;
    let b = Batch { inputs: &data.train.inputs[..n * 64], labels: &data.train.labels[..n] };
    for _ in 0..4 {
        let t = std::time::Instant::now();
        let mut tu = 0.0;
        for _ in 0..150 {
            let s = r.loss_and_gradients(&w, &b).unwrap();
            let t1 = std::time::Instant::now();
            u.apply(&mut w, &s.gradients);
            tu += t1.elapsed().as_secs_f64();
        }
        println!("{:.3} ms/step, update {:.3}", t.elapsed().as_secs_f64() / 150.0 * 1e3, tu / 150.0 * 1e3);
    }
}
