//! What a Gram matrix will hold in memory, before it starts.

use super::gram::{STRIP, block_examples};
use super::series::Series;
use super::{Kernel, Limits, Pairs, Step, Transform};
use crate::bivariate::has_closed_form;
use crate::error::TheoryError;

impl Kernel {
    /// Bytes that [`Kernel::gram`] or [`Kernel::cross`] will hold at most, beside the examples: the result of
    /// `rows × columns` numbers of `number_bytes` each (8 in `f64`), what is kept of each example, and each thread's work.
    pub fn memory_bytes(&self, rows: usize, columns: usize, number_bytes: usize, threads: usize) -> usize {
        let pairs = rows.saturating_mul(columns);
        let result = pairs.saturating_mul(2 * number_bytes);
        let marginals = rows.saturating_add(columns).saturating_mul(self.bytes_of_an_example());
        let strip = if self.is_dense_input() { STRIP.saturating_mul(columns).saturating_mul(number_bytes) } else { 0 };
        let batch = block_examples(self).saturating_mul(self.bytes_of_a_pair());
        let work = threads.saturating_mul(strip.saturating_add(batch));
        result.saturating_add(marginals).saturating_add(work)
    }

    pub(super) fn is_dense_input(&self) -> bool {
        self.steps.first().is_some_and(|step| step.place.pixels() == 1)
    }

    fn bytes_of_an_example(&self) -> usize {
        let number = size_of::<f64>();
        let bytes = |step: &Step| {
            let moments = if step.moments_needed || step.mean_needed { 2 * number } else { 0 };
            let series = match step.transform {
                Transform::Activation(activation) if !has_closed_form(activation) => Series::BYTES,
                _ => 0,
            };
            step.place.pixels().saturating_mul(moments + series)
        };
        self.steps.iter().map(bytes).fold(0, usize::saturating_add)
    }

    /// Both kernels of every node alive at once, and of the one being made with its room between the axes.
    fn bytes_of_a_pair(&self) -> usize {
        let entries = |step: &Step| match step.place.pairs {
            Pairs::Same => step.place.pixels(),
            Pairs::All => step.place.pixels().saturating_mul(step.place.pixels()),
        };
        let last_use =
            |node: usize| self.steps.iter().rposition(|step| step.inputs.contains(&node)).unwrap_or(usize::MAX);
        let alive = |now: usize| {
            let before = (0..now).filter(|&node| last_use(node) >= now).map(|node| entries(&self.steps[node]));
            before.fold(entries(&self.steps[now]), usize::saturating_add)
        };
        let most = (0..self.steps.len()).map(alive).max().unwrap_or(0);
        let room = self.steps.iter().map(entries).max().unwrap_or(0);
        most.saturating_mul(2).saturating_add(room).saturating_mul(size_of::<f64>())
    }

    pub(super) fn check_memory(
        &self,
        rows: usize,
        columns: usize,
        number_bytes: usize,
        limits: &Limits,
    ) -> Result<(), TheoryError> {
        if limits.threads == 0 {
            let allowed = "at least 1";
            return Err(TheoryError::Setting { setting: "number of threads", found: "0".to_owned(), allowed });
        }
        let needed = self.memory_bytes(rows, columns, number_bytes, limits.threads);
        if needed <= limits.memory_bytes {
            return Ok(());
        }
        let pooled = self.steps.iter().find(|step| step.place.pairs == Pairs::All);
        let (what, advice) = match pooled {
            Some(step) => (
                format!(
                    "the kernel of {rows} x {columns} examples, which keeps all pairs of {}x{} pixels for an average,",
                    step.place.height, step.place.width
                ),
                "use smaller images, fewer threads, or flatten without pooling",
            ),
            None => (format!("the kernel of {rows} x {columns} examples"), "use fewer examples or allow more"),
        };
        Err(TheoryError::Memory { what, needed, allowed: limits.memory_bytes, advice })
    }
}
