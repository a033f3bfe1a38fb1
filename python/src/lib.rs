//! The Python module: thin functions over the core, without logic of their own.

use numpy::{PyArray1, PyArrayDyn, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use seedbed::{Axes, Initializer, Parameter, Prior, Role, Shape, catalogue};
use seedbed_network::read;

/// Bad input keeps the core's message.
fn refused(error: impl std::error::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn array<'py>(py: Python<'py>, values: Vec<f32>, shape: &Shape) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    PyArray1::from_vec(py, values).reshape(shape.dimensions().to_vec())
}

fn parameter(name: String, shape: Shape, layout: Option<&str>) -> PyResult<Parameter> {
    let assumed = match shape.rank() {
        0 | 1 => "plain",
        2 => "dense",
        _ => "convolution",
    };
    let (role, axes) = match layout.unwrap_or(assumed) {
        "dense" => (Role::Dense, Some(Axes::TORCH_LINEAR)),
        "dense_in_out" => (Role::Dense, Some(Axes::DENSE_IN_OUT)),
        "convolution" => (Role::Convolution, Some(Axes::torch_convolution(1))),
        "transposed_convolution" => (Role::TransposedConvolution, Some(Axes::torch_transposed_convolution(1))),
        "plain" => (Role::Bias, None),
        other => {
            let known = "dense, dense_in_out, convolution, transposed_convolution, plain";
            return Err(PyValueError::new_err(format!("unknown layout '{other}'; there are {known}")));
        }
    };
    let fans = axes.map(|axes| axes.fans(&shape)).transpose().map_err(refused)?;
    Ok(Parameter { name, shape, role, axes, fans })
}

/// Draws one tensor.
#[pyfunction]
#[pyo3(signature = (initializer, shape, *, seed = 0, name = "weight".to_owned(), layout = None))]
fn draw<'py>(
    py: Python<'py>,
    initializer: &str,
    shape: Vec<usize>,
    seed: u64,
    name: String,
    layout: Option<&str>,
) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let initializer: Initializer = initializer.parse().map_err(refused)?;
    let parameter = parameter(name, Shape::new(shape).map_err(refused)?, layout)?;
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
    catalogue::entries().iter().map(|entry| entry.name).collect()
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(draw, module)?)?;
    module.add_function(wrap_pyfunction!(init, module)?)?;
    module.add_function(wrap_pyfunction!(initializers, module)?)
}
