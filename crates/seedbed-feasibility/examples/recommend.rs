//! A recommendation from Rust: which prior should this small network start from, on the embedded digits?
//!
//! Run with `cargo run --release -p seedbed-feasibility --example recommend`, a network's shorthand if wanted, and
//! a folder for the study.

#![allow(clippy::print_stdout, reason = "an example shows its result")]

use seedbed_feasibility::recommend::{Narrowing, Request, default_candidates, default_learning_rates, recommend};
use seedbed_feasibility::study::{Silent, store::Store};
use seedbed_feasibility::trial::{Optimizer, Plan};
use seedbed_network::{data, graph::Network};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let network: Network = arguments.next().as_deref().unwrap_or("mlp(64, 64x2, 10, tanh)").parse()?;
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("seedbed-example"), Into::into);
    let data = data::digits();
    let request = Request {
        network: &network,
        data: &data,
        candidates: default_candidates(&network)?,
        plan: Plan::default_with(Optimizer::MOMENTUM),
        learning_rates: default_learning_rates(),
        seeds: 6,
        seed: 0,
        confidence: 0.95,
        narrowing: Narrowing::ByTheory,
    };
    std::fs::create_dir_all(&folder)?;
    let (store, _) = Store::open(&folder.join("study.db"), &request.identity())?;
    let threads = std::thread::available_parallelism()?.get();
    let found = recommend(&request, store, threads, &Silent)?;
    for prior in &found.priors {
        println!("{} {}: {}", prior.rank, prior.prior, prior.why);
    }
    println!("\n{}\n({:.1} s)", found.verdict.join("\n"), found.seconds);
    Ok(())
}
