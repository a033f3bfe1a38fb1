//! Drawing: pure functions of (initializer, parameter, seed).

use super::Initializer;
use crate::data_type::{F8E4M3, F8E5M2};
use crate::plan::{Element, Plan};
use crate::{DataType, Error, Parameter, Slice, Stream};
use half::{bf16, f16};

impl Initializer {
    /// One value an element, row-major, in single precision.
    ///
    /// # Errors
    /// Settings out of range, or a parameter that lacks the fans or the axes that the initializer needs.
    pub fn draw(&self, parameter: &Parameter, seed: u64) -> Result<Vec<f32>, Error> {
        self.draw_as(parameter, seed)
    }

    /// One value an element, row-major, in any number type.
    ///
    /// ```
    /// use half::bf16;
    /// use seedbed::{Initializer, Parameter};
    /// let weight = Parameter::dense("layer1.weight", 64, 128)?;
    /// let he: Initializer = "he_normal".parse()?;
    /// let halves: Vec<bf16> = he.draw_as(&weight, 7)?;
    /// assert!(halves.iter().zip(he.draw(&weight, 7)?).all(|(half, single)| *half == bf16::from_f32(single)));
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Initializer::draw`], or values that the number type cannot hold.
    pub fn draw_as<T: Element>(&self, parameter: &Parameter, seed: u64) -> Result<Vec<T>, Error> {
        let plan = self.plan_for::<T>(parameter)?;
        let mut values = vec![T::default(); parameter.shape.elements()];
        plan.fill(&mut values, &Stream::new(seed, &parameter.name));
        Ok(values)
    }

    /// As [`Initializer::draw_as`], into memory that is there. Large tensors are filled by the threads of the current
    /// `rayon` pool; the values do not depend on how many there are.
    ///
    /// # Errors
    /// As [`Initializer::draw_as`], or a buffer of the wrong length. The buffer is then unchanged.
    pub fn fill<T: Element>(&self, parameter: &Parameter, seed: u64, values: &mut [T]) -> Result<(), Error> {
        let plan = self.plan_for::<T>(parameter)?;
        if values.len() != parameter.shape.elements() {
            let (needed, found) = (parameter.shape.elements(), values.len());
            return Err(Error::Length { parameter: parameter.name.clone(), needed, found });
        }
        plan.fill(values, &Stream::new(seed, &parameter.name));
        Ok(())
    }

    /// The elements of a slice, row-major in the slice's own shape: the same values as in the whole.
    ///
    /// Nothing outside of the slice is drawn, unless the initializer needs the whole matrix (`orthogonal` and those
    /// made from it): then the whole is computed and the slice cut from it.
    ///
    /// # Errors
    /// As [`Initializer::draw_as`], or a slice that leaves the parameter.
    pub fn draw_slice<T: Element>(&self, parameter: &Parameter, seed: u64, slice: &Slice) -> Result<Vec<T>, Error> {
        let plan = self.plan_for::<T>(parameter)?;
        let region = slice.within(&parameter.shape)?;
        let mut values = vec![T::default(); region.elements()];
        plan.fill_region(&region, &mut values, &Stream::new(seed, &parameter.name));
        Ok(values)
    }

    /// The elements of a slice as little-endian bytes, in a number type known at run time.
    ///
    /// # Errors
    /// As [`Initializer::draw_slice`].
    pub fn draw_bytes(
        &self,
        parameter: &Parameter,
        seed: u64,
        slice: &Slice,
        data_type: DataType,
    ) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(slice.within(&parameter.shape)?.elements() * data_type.bytes());
        self.draw_pieces(parameter, seed, slice, data_type, |piece| {
            bytes.extend_from_slice(piece);
            Ok::<_, Error>(())
        })?;
        Ok(bytes)
    }

    /// As [`Initializer::draw_bytes`], a million elements at a time: `take` gets the pieces in order. A tensor larger
    /// than memory can so be written, unless the initializer needs the whole matrix.
    ///
    /// ```
    /// use seedbed::{DataType, Initializer, Parameter, Slice};
    /// let weight = Parameter::dense("layer1.weight", 2048, 2048)?;
    /// let he: Initializer = "he_normal".parse()?;
    /// let mut written = 0;
    /// he.draw_pieces(&weight, 7, &Slice::whole(), DataType::Bf16, |piece| {
    ///     written += piece.len();
    ///     Ok::<_, seedbed::Error>(())
    /// })?;
    /// assert_eq!(written, 2 * 2048 * 2048);
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Initializer::draw_slice`], before the first piece; and what `take` says.
    pub fn draw_pieces<E: From<Error>>(
        &self,
        parameter: &Parameter,
        seed: u64,
        slice: &Slice,
        data_type: DataType,
        take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        match data_type {
            DataType::F32 => self.pieces::<f32, E>(parameter, seed, slice, take),
            DataType::F64 => self.pieces::<f64, E>(parameter, seed, slice, take),
            DataType::Bf16 => self.pieces::<bf16, E>(parameter, seed, slice, take),
            DataType::F16 => self.pieces::<f16, E>(parameter, seed, slice, take),
            DataType::F8E4M3 => self.pieces::<F8E4M3, E>(parameter, seed, slice, take),
            DataType::F8E5M2 => self.pieces::<F8E5M2, E>(parameter, seed, slice, take),
        }
    }

    fn pieces<T: Element, E: From<Error>>(
        &self,
        parameter: &Parameter,
        seed: u64,
        slice: &Slice,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let plan = self.plan_for::<T>(parameter)?;
        let region = slice.within(&parameter.shape)?;
        let mut bytes = Vec::new();
        plan.pieces(&region, &Stream::new(seed, &parameter.name), |values: &[T]| {
            bytes.clear();
            T::write(values, &mut bytes);
            take(&bytes)
        })
    }

    /// The plan, if the number type can hold its values.
    fn plan_for<T: Element>(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let plan = self.plan(parameter)?;
        plan.check(T::DATA_TYPE).map_err(|problem| Error::DataType {
            initializer: self.to_string(),
            parameter: parameter.name.clone(),
            problem,
        })?;
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every entry of the catalogue with its defaults, on a parameter that it can fill.
    fn drawable() -> Vec<(Initializer, Parameter)> {
        let candidates = [
            Parameter::dense("w", 16, 24).unwrap(),
            Parameter::convolution("w", 6, 12, &[3, 3], 1).unwrap(),
            Parameter::convolution("w", 3, 24, &[16], 3).unwrap(),
            Parameter::dense("w", 16, 64).unwrap().packed(vec![16; 4]).unwrap(),
            Parameter::norm_scale("w", 24).unwrap(),
            Parameter::dense("w", 16, 16).unwrap(),
        ];
        let mut found = Vec::new();
        for entry in crate::catalogue::entries() {
            let text = if entry.name == "constant" { "constant(3)" } else { entry.example };
            let initializer: Initializer = text.parse().unwrap();
            let fits = candidates.iter().filter(|parameter| initializer.plan(parameter).is_ok());
            let before = found.len();
            found.extend(fits.map(|parameter| (initializer.clone(), parameter.clone())));
            assert!(found.len() > before, "{text} fills none of the test's parameters");
        }
        found
    }

    #[test]
    fn a_slice_is_the_slice_of_the_whole_for_every_initializer() {
        for (initializer, parameter) in drawable() {
            let whole = initializer.draw(&parameter, 5).unwrap();
            for text in [":", "1:3", "2:9,1:2", ":,1", "3,:,1:2"] {
                let slice: Slice = text.parse().unwrap();
                let Ok(region) = slice.within(&parameter.shape) else { continue };
                let expected: Vec<f32> = region.runs().flatten().map(|place| whole[place]).collect();
                let found: Vec<f32> = initializer.draw_slice(&parameter, 5, &slice).unwrap();
                assert_eq!(found, expected, "{initializer} {} [{text}]", parameter.shape);
            }
        }
    }

    #[test]
    fn pieces_are_the_slice_in_order_and_small() {
        // rows of the slice end within pieces, and pieces within rows
        let weight = Parameter::dense("w", 3000, 1000).unwrap();
        for (text, slice) in [
            ("he_normal", ":"),
            ("sparse", "1:,3:2999"),
            ("zeros", "5"),
            ("hadamard", ":,7:2000"),
            ("he_normal", "0:0"),
        ] {
            let (initializer, slice): (Initializer, Slice) = (text.parse().unwrap(), slice.parse().unwrap());
            let (mut found, mut largest) = (Vec::new(), 0);
            let take = |piece: &[u8]| {
                largest = largest.max(piece.len());
                found.extend_from_slice(piece);
                Ok::<_, Error>(())
            };
            initializer.draw_pieces(&weight, 5, &slice, DataType::Bf16, take).unwrap();
            let expected: Vec<bf16> = initializer.draw_slice(&weight, 5, &slice).unwrap();
            let expected: Vec<u8> = expected.into_iter().flat_map(bf16::to_le_bytes).collect();
            assert!(found == expected, "{text} {slice}");
            assert!(largest <= 2 << 20, "{text} {slice}: {largest}");
        }
    }

    #[test]
    fn narrow_types_are_the_single_values_rounded_for_every_initializer() {
        for (initializer, parameter) in drawable() {
            let single = initializer.draw(&parameter, 5).unwrap();
            let (low, high) = match initializer.plan(&parameter).unwrap() {
                Plan::Law(law) => law.facts().bounds,
                _ => (f64::NEG_INFINITY, f64::INFINITY), // only a law promises bounds
            };
            let (low, high) = (DataType::Bf16.at_least(low) as f32, DataType::Bf16.at_most(high) as f32);
            let halves: Vec<bf16> = initializer.draw_as(&parameter, 5).unwrap();
            for (half, single) in halves.iter().zip(single) {
                assert_eq!(*half, bf16::from_f32(single.max(low).min(high)), "{initializer}");
            }
        }
    }

    #[test]
    fn double_precision_agrees_with_single_for_every_initializer() {
        for (initializer, parameter) in drawable() {
            let single = initializer.draw(&parameter, 5).unwrap();
            let double: Vec<f64> = initializer.draw_as(&parameter, 5).unwrap();
            for (double, single) in double.iter().zip(single) {
                let error = (double - f64::from(single)).abs();
                assert!(error <= 4e-6 * double.abs().max(1.0), "{initializer}: {double} {single}");
            }
        }
    }

    #[test]
    fn what_a_type_cannot_hold_is_refused_by_name() {
        let weight = Parameter::dense("layer1.weight", 4, 4).unwrap();
        let wide: Initializer = "normal(std=1000)".parse().unwrap();
        let refused = wide.draw_as::<F8E4M3>(&weight, 0).unwrap_err().to_string();
        assert!(refused.contains("layer1.weight") && refused.contains("448"), "{refused}");
        let narrow: Initializer = "uniform(low=0.1002, high=0.1004)".parse().unwrap();
        let refused = narrow.draw_as::<bf16>(&weight, 0).unwrap_err().to_string();
        assert!(refused.contains("no bf16 number lies between"), "{refused}");
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let weight = Parameter::dense("w", 1024, 700).unwrap();
        for text in ["he_normal", "uniform", "truncated_normal", "sparse"] {
            let initializer: Initializer = text.parse().unwrap();
            let draws: Vec<Vec<f32>> = [1, 2, 7]
                .map(|threads| {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                    pool.install(|| initializer.draw(&weight, 3).unwrap())
                })
                .into();
            assert!(draws[0] == draws[1] && draws[1] == draws[2], "{text}");
        }
    }
}
