//! The weights of a parameter as matrices, for singular values and the like.

use crate::initializer::matrix::Matrix;
use crate::plan::parts;
use crate::{AxisRole, Error, Initializer, Parameter, Region};

/// One weight as a matrix: a row an output unit, a column an incoming weight, so that y = W x for the numbers x that a
/// unit sees. A convolution's x is a patch: channels times taps.
#[derive(Clone, Debug)]
pub struct WeightMatrix {
    region: Option<Region>,
    matrix: Matrix,
    group: usize,
}

impl WeightMatrix {
    /// Output units.
    pub fn rows(&self) -> usize {
        self.matrix.rows_in_group()
    }

    /// Weights into each unit.
    pub fn columns(&self) -> usize {
        self.matrix.columns()
    }

    /// Where the weight lies in the parameter, if it shares it with others side by side.
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// The entries, row-major, from the values of the whole parameter.
    ///
    /// # Errors
    /// Values that are not as many as the parameter has elements.
    pub fn gather<T: Copy>(&self, parameter: &Parameter, values: &[T]) -> Result<Vec<T>, Error> {
        let (needed, found) = (parameter.shape.elements(), values.len());
        if needed != found {
            return Err(Error::Length { parameter: parameter.name.clone(), needed, found });
        }
        let own: Vec<T> = match &self.region {
            Some(region) => region.runs().flat_map(|run| values[run].iter().copied()).collect(),
            None => values.to_vec(),
        };
        let rows = self.group * self.rows()..(self.group + 1) * self.rows();
        let row = |row| (0..self.columns()).map(move |column| self.matrix.place(row, column));
        Ok(rows.flat_map(row).map(|place| own[place]).collect())
    }
}

impl Parameter {
    /// The weights that the parameter holds, as matrices: one for an ordinary weight, several where projections are
    /// packed, experts are stacked or a convolution has groups; none for a vector, and none for a table of which rows are
    /// looked up, which multiplies nothing.
    ///
    /// ```
    /// use seedbed::Parameter;
    /// let kernel = Parameter::convolution("stem.weight", 8, 64, &[3, 3], 4)?;
    /// let groups = kernel.weight_matrices()?;
    /// assert_eq!((groups.len(), groups[0].rows(), groups[0].columns()), (4, 16, 2 * 9));
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// Axes that do not fit the shape.
    pub fn weight_matrices(&self) -> Result<Vec<WeightMatrix>, Error> {
        let is_table = |axes: &crate::Axes| axes.roles.contains(&AxisRole::Lookup);
        if self.axes.as_ref().is_none_or(is_table) {
            return Ok(Vec::new());
        }
        let parts = parts(self)?;
        if parts.is_empty() {
            return matrices(self, None);
        }
        let of_part = parts.into_iter().map(|part| matrices(&part.parameter, Some(part.region)));
        Ok(of_part.collect::<Result<Vec<_>, Error>>()?.into_iter().flatten().collect())
    }
}

/// One matrix a group.
fn matrices(weight: &Parameter, region: Option<Region>) -> Result<Vec<WeightMatrix>, Error> {
    // the initializer speaks in errors alone, and this one asks for nothing
    let matrix = Matrix::of(&Initializer::Zeros, weight)?;
    let groups = weight.axes.as_ref().map_or(1, |axes| axes.groups);
    let group = |group| WeightMatrix { region: region.clone(), matrix: matrix.clone(), group };
    Ok((0..groups).map(group).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layout;

    fn gathered(parameter: &Parameter) -> Vec<(usize, usize, Vec<usize>)> {
        let values: Vec<usize> = (0..parameter.shape.elements()).collect();
        let matrices = parameter.weight_matrices().unwrap();
        let entries = |matrix: &WeightMatrix| matrix.gather(parameter, &values).unwrap();
        matrices.iter().map(|matrix| (matrix.rows(), matrix.columns(), entries(matrix))).collect()
    }

    #[test]
    fn rows_are_outputs_whatever_the_layout() {
        assert_eq!(gathered(&Parameter::dense("w", 3, 2).unwrap()), [(2, 3, vec![0, 1, 2, 3, 4, 5])]);
        let transposed = Parameter::laid_out("w", "3x2".parse().unwrap(), &Layout::DenseInOut, 1).unwrap();
        assert_eq!(gathered(&transposed), [(2, 3, vec![0, 2, 4, 1, 3, 5])]);
    }

    #[test]
    fn groups_packed_parts_and_experts_are_matrices_of_their_own() {
        let grouped = Parameter::convolution("w", 4, 2, &[1], 2).unwrap();
        assert_eq!(gathered(&grouped), [(1, 2, vec![0, 1]), (1, 2, vec![2, 3])]);
        let packed = Parameter::dense("w", 2, 3).unwrap().packed(vec![1, 2]).unwrap();
        assert_eq!(gathered(&packed), [(1, 2, vec![0, 1]), (2, 2, vec![2, 3, 4, 5])]);
        let experts = Parameter::laid_out("w", "2x1x2".parse().unwrap(), &Layout::Experts, 1).unwrap();
        assert_eq!(gathered(&experts), [(1, 2, vec![0, 1]), (1, 2, vec![2, 3])]);
    }

    #[test]
    fn vectors_and_tables_are_no_matrices() {
        assert!(gathered(&Parameter::norm_scale("s", 4).unwrap()).is_empty());
        assert!(gathered(&Parameter::embedding("e", 10, 4).unwrap()).is_empty());
        let weight = Parameter::dense("w", 3, 2).unwrap();
        let matrix = &weight.weight_matrices().unwrap()[0];
        assert!(matrix.gather(&weight, &[1.0; 5]).unwrap_err().to_string().contains("'w'"));
    }
}
