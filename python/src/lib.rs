//! The Python module: thin functions over the core, without logic of their own.

use numpy::{PyArray1, PyArrayDyn, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use seedbed::{Initializer, Layout, Parameter, Prior, Shape, catalogue};
use seedbed_network::read;

/// Bad input keeps the core's message.
fn refused(error: impl std::error::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn array<'py>(py: Python<'py>, values: Vec<f32>, shape: &Shape) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    PyArray1::from_vec(py, values).reshape(shape.dimensions().to_vec())
}

/// Draws one tensor.
#[pyfunction]
#[pyo3(signature = (initializer, shape, *, seed = 0, name = "weight", layout = None))]
fn draw<'py>(
    py: Python<'py>,
    initializer: &str,
    shape: Vec<usize>,
    seed: u64,
    name: &str,
    layout: Option<&str>,
) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let initializer: Initializer = initializer.parse().map_err(refused)?;
    let shape = Shape::new(shape).map_err(refused)?;
    let layout = layout.map_or_else(|| Ok(Layout::assumed(&shape)), str::parse).map_err(refused)?;
    let parameter = Parameter::laid_out(name, shape, &layout, 1).map_err(refused)?;
    let values = py.detach(|| initializer.draw(&parameter, seed)).map_err(refused)?;
    array(py, values, &parameter.shape)
}

/// Draws the weights of a whole network.
#[pyfunction]
#[pyo3(signature = (network, prior, *, seed = 0))]
fn init<'py>(py: Python<'py>, network: &str, prior: &str, seed: u64) -> PyResult<Bound<'py, PyDict>> {
    let network = read::network(network).map_err(refused)?;
    let prior: Prior = prior.parse().map_err(refused)?;
    let weights = py.detach(|| prior.draw(&network.parameters, seed)).map_err(refused)?;
    let found = PyDict::new(py);
    for (parameter, values) in network.parameters.iter().zip(weights) {
        found.set_item(&parameter.name, array(py, values, &parameter.shape)?)?;
    }
    Ok(found)
}

/// Names of all initializers.
#[pyfunction]
fn initializers() -> Vec<&'static str> {
    catalogue::entries().map(|entry| entry.name).collect()
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(draw, module)?)?;
    module.add_function(wrap_pyfunction!(init, module)?)?;
    module.add_function(wrap_pyfunction!(initializers, module)?)
}
