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


def test_a_slice_is_that_part_of_the_whole():
    whole = seedbed.draw("he_normal", (40, 30), seed=4)
    part = seedbed.draw("he_normal", (40, 30), seed=4, slice="7:19,3:5")
    assert part.shape == (12, 2) and np.array_equal(part, whole[7:19, 3:5])


def test_complex_orthogonal_is_unitary():
    unitary = seedbed.draw("orthogonal", (40, 30), seed=4, dtype="complex64")
    assert unitary.dtype == np.complex64 and unitary.imag.std() > 0.1
    assert np.abs(unitary.conj().T @ unitary - np.eye(30)).max() < 1e-6
    part = seedbed.draw("orthogonal", (40, 30), seed=4, dtype="c64", slice="3:5,:")
    assert np.array_equal(part, unitary[3:5])
    with pytest.raises(ValueError, match="no complex form"):
        seedbed.draw("sparse", (40, 30), dtype="complex64")


@pytest.mark.parametrize("dtype", ["float16", "bf16", "f8_e4m3", "f8_e5m2"])
def test_narrow_types_are_the_single_values_rounded_once(dtype):
    pytest.importorskip("ml_dtypes")
    single = seedbed.draw("normal(std=1)", (500,), seed=4)
    narrow = seedbed.draw("normal(std=1)", (500,), seed=4, dtype=dtype)
    assert narrow.dtype.itemsize < 4 and np.array_equal(narrow, single.astype(narrow.dtype))


def test_double_precision_of_a_whole_network():
    weights = seedbed.init("mlp(8, 16, 4, tanh)", "glorot_normal", seed=2, dtype="f64")
    assert all(weight.dtype == np.float64 for weight in weights.values())


def test_groups_and_packed_parts_have_their_own_fans():
    grouped = seedbed.draw("lecun_uniform", (8, 2, 3, 3), groups=4)
    assert np.abs(grouped).max() <= (3 / 18) ** 0.5
    packed = seedbed.draw("orthogonal", (48, 16), packed=[16, 16, 16], dtype="f64")
    for part in np.split(packed, 3):
        assert np.abs(part @ part.T - np.eye(16)).max() < 1e-12


def test_what_cannot_be_drawn_is_a_value_error():
    for how in [{"dtype": "int8"}, {"slice": "50:60"}, {"layout": "oihw"}, {"packed": [3, 3]}, {"groups": 7}]:
        with pytest.raises(ValueError):
            seedbed.draw("he_normal", (40, 30), **how)


def test_the_specification_alone_re_creates_draws():
    script = pathlib.Path(__file__).parents[2] / "docs" / "streams.py"
    checked = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert checked.returncode == 0 and "agree with" in checked.stdout, checked.stderr
