"""What the command line writes, read by Python's own safetensors, is what the package draws."""

import pathlib
import subprocess

import numpy as np
import pytest
from safetensors import safe_open

import seedbed

BINARY = pathlib.Path(__file__).parents[2] / "target" / "release" / "seedbed"
NETWORK = "cnn(1x8x8, 4x2, 10, relu, layer_norm)"


@pytest.mark.skipif(not BINARY.exists(), reason="the command is not built: cargo build --release")
@pytest.mark.parametrize("prior", ["he_normal", "orthogonal(gain=1.4142135)", "sparse(nonzeros=3)", "torch:default"])
def test_weights_are_the_same_bits(tmp_path, prior):
    path = tmp_path / "weights.safetensors"
    subprocess.run([BINARY, "init", NETWORK, "--prior", prior, "--seed", "11", "-o", path], check=True)
    expected = seedbed.init(NETWORK, prior, seed=11)
    with safe_open(path, framework="numpy") as file:
        assert set(file.keys()) == set(expected)
        assert file.metadata()["seedbed.seed"] == "11"
        assert file.metadata()["seedbed.prior"] == prior
        for name, values in expected.items():
            assert np.array_equal(file.get_tensor(name), values), name
