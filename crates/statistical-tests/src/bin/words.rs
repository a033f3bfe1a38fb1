//! Writes an endless stream of 32-bit words to the standard output, for batteries of tests that read from a pipe.
//!
//! `words raw`: the words of the parameter "weight" under seed 0, as they are. `words uniform`: 32-bit words made from
//! two draws of `uniform` each: the 23 bits of one above the upper 9 bits of the next. `words interleaved`: one word
//! after the other from 1024 parameters in turn, under seed 7.

#![allow(clippy::print_stderr, reason = "a program for the terminal")]

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use seedbed::{Error, Initializer, Layout, Parameter, Shape, Slice, Stream, purpose};

fn main() -> ExitCode {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let out = &mut BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let result = match mode.as_str() {
        "raw" => raw(out),
        "uniform" => uniform(out),
        "interleaved" => interleaved(out),
        _ => Err(io::Error::other("say which stream: raw, uniform or interleaved")),
    };
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn raw(out: &mut impl Write) -> io::Result<()> {
    let stream = Stream::new(0, "weight");
    for block in 0.. {
        for word in stream.block(block, purpose::VALUES) {
            out.write_all(&word.to_le_bytes())?;
        }
    }
    Ok(())
}

fn uniform(out: &mut impl Write) -> io::Result<()> {
    const CHUNK: usize = 1 << 16;
    let refused = |error: Error| io::Error::other(error.to_string());
    let shape = Shape::new(vec![1 << 44]).map_err(refused)?;
    let endless = Parameter::laid_out("weight", shape, &Layout::Plain, 1).map_err(refused)?;
    let law: Initializer = "uniform(low=0, high=1)".parse().map_err(refused)?;
    for chunk in 0.. {
        let slice = Slice::from(chunk * CHUNK..(chunk + 1) * CHUNK);
        let values: Vec<f32> = law.draw_slice(&endless, 0, &slice).map_err(refused)?;
        for pair in values.chunks_exact(2) {
            // u = (k + 1/2) 2^-23 with k of 23 bits
            let [upper, lower] = [pair[0], pair[1]].map(|u| (u * 8_388_608.0) as u32);
            out.write_all(&(upper << 9 | lower >> 14).to_le_bytes())?;
        }
    }
    Ok(())
}

fn interleaved(out: &mut impl Write) -> io::Result<()> {
    const PARAMETERS: usize = 1024;
    let streams: Vec<Stream> = (0..PARAMETERS).map(|layer| Stream::new(7, &format!("layer{layer}.weight"))).collect();
    for block in 0.. {
        let words: Vec<[u32; 4]> = streams.iter().map(|stream| stream.block(block, purpose::VALUES)).collect();
        for place in 0..4 {
            for word in &words {
                out.write_all(&word[place].to_le_bytes())?;
            }
        }
    }
    Ok(())
}
