//! Gate biases whose memories are spread over a range of times.

use super::gates::{Gate, Gates};
use crate::Stream;
use crate::kernel::double;
use crate::kernel::transformed::{Transform, Transformed};
use crate::plan::{Facts, Pattern};
use crate::purpose;

/// ln x for the gate that keeps the state, x uniform between 1 and the longest time less 1; minus the same draw for the
/// input gate, 0 for the others. Each unit's draw has the place of its keeping gate.
#[derive(Debug)]
pub(super) struct Chrono {
    gates: Gates,
    units: usize,
    law: Transformed,
}

impl Chrono {
    /// For a vector of `units` values a gate; `t_max` is at least 2.
    pub fn new(gates: Gates, units: usize, t_max: f64) -> Chrono {
        Chrono { gates, units, law: Transformed::new(Transform::Logarithm, 1.0, t_max - 1.0) }
    }

    fn value(&self, place: usize, stream: &Stream) -> f64 {
        let (gate, unit) = (Some(place / self.units), place % self.units);
        let sign = match gate {
            gate if gate == self.gates.keeper() => 1.0,
            gate if gate == self.gates.place(Gate::Input) => -1.0,
            _ => return 0.0,
        };
        sign * self.law.value_at(self.share(unit, stream))
    }

    fn share(&self, unit: usize, stream: &Stream) -> f64 {
        let element = self.gates.keeper().unwrap_or_default() * self.units + unit;
        let word = |purpose| stream.block((element / 4) as u64, purpose)[element % 4];
        double::share(word(purpose::VALUES), word(purpose::LOW_WORDS))
    }
}

impl Pattern for Chrono {
    fn fill(&self, first: usize, out: &mut [f32], stream: &Stream) {
        out.iter_mut().enumerate().for_each(|(index, value)| *value = self.value(first + index, stream) as f32);
    }

    fn fill_f64(&self, first: usize, out: &mut [f64], stream: &Stream) {
        out.iter_mut().enumerate().for_each(|(index, value)| *value = self.value(first + index, stream));
    }

    /// Of a gate picked at random.
    fn facts(&self) -> Facts {
        let (mean, variance) = self.law.moments();
        let inputs = f64::from(u8::from(self.gates.place(Gate::Input).is_some()));
        let gates = self.gates.count() as f64;
        let (least, longest) = self.law.bounds();
        let average = (mean - inputs * mean) / gates;
        Facts {
            distribution: "chrono".to_owned(),
            mean: average,
            variance: (1.0 + inputs) * (variance + mean * mean) / gates - average * average,
            bounds: (if inputs > 0.0 { -longest } else { least }, longest),
        }
    }
}
