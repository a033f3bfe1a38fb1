//! The Python module: thin functions over the core, without logic of their own.

use numpy::PyArray1;
use pyo3::exceptions::{PyImportError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use seedbed::{DataType, Initializer, Layout, Parameter, Prior, Shape, Slice, catalogue};
use seedbed_network::read;

/// Bad input keeps the core's message.
fn refused(error: impl std::error::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The values as an array of NumPy's own type, or of ml_dtypes' for bf16 and the 8-bit types.
fn array<'py>(py: Python<'py>, bytes: Vec<u8>, shape: Vec<usize>, data_type: DataType) -> PyResult<Bound<'py, PyAny>> {
    PyArray1::from_vec(py, bytes)
        .call_method1("view", (number_type(py, data_type)?,))?
        .call_method1("reshape", (shape,))
}

fn number_type(py: Python<'_>, data_type: DataType) -> PyResult<Bound<'_, PyAny>> {
    let (module, name) = match data_type {
        DataType::F32 => ("numpy", "float32"),
        DataType::F64 => ("numpy", "float64"),
        DataType::F16 => ("numpy", "float16"),
        DataType::Bf16 => ("ml_dtypes", "bfloat16"),
        DataType::F8E4M3 => ("ml_dtypes", "float8_e4m3fn"),
        DataType::F8E5M2 => ("ml_dtypes", "float8_e5m2"),
    };
    let lacking = |_| PyImportError::new_err(format!("NumPy itself has no {data_type}; pip install {module}"));
    py.import(module).map_err(lacking)?.getattr(name)
}

fn data_type(asked: &str) -> PyResult<DataType> {
    let short = match asked {
        "float32" => "f32",
        "float64" => "f64",
        "float16" => "f16",
        "bfloat16" => "bf16",
        other => other,
    };
    short.parse().map_err(refused)
}

/// Draws one tensor, or a slice of it.
#[pyfunction]
#[pyo3(signature = (initializer, shape, *, seed = 0, name = "weight", layout = None, groups = 1, packed = None, slice = None, dtype = "f32"))]
#[allow(clippy::too_many_arguments, reason = "keyword arguments in Python")]
fn draw<'py>(
    py: Python<'py>,
    initializer: &str,
    shape: Vec<usize>,
    seed: u64,
    name: &str,
    layout: Option<&str>,
    groups: usize,
    packed: Option<Vec<usize>>,
    slice: Option<&str>,
    dtype: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let initializer: Initializer = initializer.parse().map_err(refused)?;
    let shape = Shape::new(shape).map_err(refused)?;
    let layout = layout.map_or_else(|| Ok(Layout::assumed(&shape)), str::parse).map_err(refused)?;
    let mut parameter = Parameter::laid_out(name, shape, &layout, groups).map_err(refused)?;
    if let Some(sizes) = packed {
        parameter = parameter.packed(sizes).map_err(refused)?;
    }
    let slice: Slice = slice.map_or_else(|| Ok(Slice::whole()), str::parse).map_err(refused)?;
    let region = slice.within(&parameter.shape).map_err(refused)?;
    if ["c64", "complex64"].contains(&dtype) {
        let values = py.detach(|| initializer.draw_complex_slice(&parameter, seed, &slice)).map_err(refused)?;
        let complex = py.import("numpy")?.getattr("complex64")?;
        return PyArray1::from_vec(py, values.into_flattened())
            .call_method1("view", (complex,))?
            .call_method1("reshape", (region.shape(),));
    }
    let data_type = data_type(dtype)?;
    let bytes = py.detach(|| initializer.draw_bytes(&parameter, seed, &slice, data_type)).map_err(refused)?;
    array(py, bytes, region.shape(), data_type)
}

/// Draws the weights of a whole network.
#[pyfunction]
#[pyo3(signature = (network, prior, *, seed = 0, dtype = "f32"))]
fn init<'py>(py: Python<'py>, network: &str, prior: &str, seed: u64, dtype: &str) -> PyResult<Bound<'py, PyDict>> {
    let network = read::network(network).map_err(refused)?;
    let prior: Prior = prior.parse().map_err(refused)?;
    let data_type = data_type(dtype)?;
    let found = PyDict::new(py);
    for parameter in &network.parameters {
        let initializer = prior.initializer(parameter).map_err(refused)?;
        let bytes =
            py.detach(|| initializer.draw_bytes(parameter, seed, &Slice::whole(), data_type)).map_err(refused)?;
        found.set_item(&parameter.name, array(py, bytes, parameter.shape.dimensions().to_vec(), data_type)?)?;
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
