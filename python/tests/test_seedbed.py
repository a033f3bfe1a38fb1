"""The package against NumPy and against its own promises."""

import hashlib
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import seedbed


def test_shapes_and_scale():
    weight = seedbed.draw("he_normal", (300, 200), seed=1, name="layer1.weight")
    assert weight.shape == (300, 200) and weight.dtype == np.float32
    assert abs(weight.std() - (2 / 200) ** 0.5) < 0.001


def test_layout_decides_the_fans():
    out_in = seedbed.draw("lecun_uniform", (10, 1000))
    in_out = seedbed.draw("lecun_uniform", (10, 1000), layout="dense_in_out")
    assert np.abs(out_in).max() < (3 / 1000) ** 0.5 < np.abs(in_out).max() < (3 / 10) ** 0.5


def test_orthogonal():
    q = seedbed.draw("orthogonal", (64, 32), seed=3).astype(np.float64)
    assert np.abs(q.T @ q - np.eye(32)).max() < 1e-6


def test_same_seed_same_bits_other_seed_or_name_others():
    draw = lambda **how: hashlib.sha256(seedbed.draw("normal(mean=0, std=1)", (1000,), **how).tobytes()).digest()
    assert draw(seed=5, name="a") == draw(seed=5, name="a")
    assert len({draw(seed=5, name="a"), draw(seed=6, name="a"), draw(seed=5, name="b")}) == 3


def test_whole_network():
    weights = seedbed.init("mlp(64, 128x2, 10, relu)", "glorot_uniform", seed=2)
    assert list(weights) == [f"layer{i}.{kind}" for i in (1, 2, 3) for kind in ("weight", "bias")]
    assert weights["layer3.weight"].shape == (10, 128)
    assert not weights["layer1.bias"].any()
    alone = seedbed.draw("glorot_uniform", (128, 64), seed=2, name="layer1.weight")
    assert np.array_equal(weights["layer1.weight"], alone)


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (lambda: seedbed.draw("he_norml", (2, 2)), "he_normal"),
        (lambda: seedbed.draw("he_normal", (4,)), "fan"),
        (lambda: seedbed.draw("he_normal", (4, 4), layout="oihw"), "unknown layout"),
        (lambda: seedbed.init("mlp(64, 10)", "zeros"), "activation"),
    ],
)
def test_bad_input_is_a_value_error_that_helps(call, part):
    with pytest.raises(ValueError, match=part):
        call()


def test_every_name_is_there():
    assert {"zeros", "he_normal", "orthogonal", "sparse"} <= set(seedbed.initializers())


def test_the_published_script_recreates_the_streams():
    script = pathlib.Path(__file__).parents[2] / "docs" / "streams.py"
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "draws agree" in ran.stdout
