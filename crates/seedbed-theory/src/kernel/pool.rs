//! Buffers that are used again, and work shared among threads.

use std::sync::Mutex;

/// The kernels of a batch of pairs at one node: batch after batch, the entries of each together.
#[derive(Debug, Default)]
pub struct Signal {
    pub nngp: Vec<f64>,
    pub ntk: Vec<f64>,
}

/// Buffers of one thread.
#[derive(Debug, Default)]
pub struct Buffers(Vec<Vec<f64>>);

impl Buffers {
    /// A buffer with whatever was in it.
    pub fn dirty(&mut self, length: usize) -> Vec<f64> {
        let mut buffer = self.0.pop().unwrap_or_default();
        buffer.resize(length, 0.0);
        buffer
    }

    /// Kernels with whatever was in them.
    pub fn dirty_signal(&mut self, length: usize) -> Signal {
        Signal { nngp: self.dirty(length), ntk: self.dirty(length) }
    }

    /// Kernels of 0.
    pub fn signal(&mut self, length: usize) -> Signal {
        let mut signal = self.dirty_signal(length);
        signal.nngp.fill(0.0);
        signal.ntk.fill(0.0);
        signal
    }

    pub fn keep(&mut self, buffer: Vec<f64>) {
        self.0.push(buffer);
    }

    pub fn keep_signal(&mut self, signal: Signal) {
        self.0.extend([signal.nngp, signal.ntk]);
    }
}

/// Does every task once, in their order, each on whichever thread is free.
pub fn share<T: Send>(threads: usize, tasks: Vec<T>, work: impl Fn(T, &mut Buffers) + Sync) {
    let workers = threads.min(tasks.len());
    let queue = Mutex::new(tasks.into_iter());
    let next = || queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).next();
    let run = || {
        let mut buffers = Buffers::default();
        while let Some(task) = next() {
            work(task, &mut buffers);
        }
    };
    if workers <= 1 {
        return run();
    }
    std::thread::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(run);
        }
        run();
    });
}
