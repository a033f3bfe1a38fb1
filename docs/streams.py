"""Seedbed's streams from their specification alone: uniform draws to the bit, normal draws to rounding.

Run it from anywhere, with NumPy installed: python3 docs/streams.py
It checks itself against the values that Seedbed's own tests hold fixed.
"""

import hashlib
import json
import pathlib
import re

import numpy as np

GOLDEN = pathlib.Path(__file__).parent.parent / "crates" / "seedbed" / "tests" / "golden.json"


def words(seed, name, count):
    """Philox4x32-10; the counter is (block low, block high, purpose 0, 0), block b serves elements 4b to 4b+3."""
    digest = hashlib.blake2b(name.encode(), digest_size=8, key=seed.to_bytes(8, "little")).digest()
    left, right = (int(half) for half in np.frombuffer(digest, "<u4"))
    low, block = np.uint64(0xFFFFFFFF), np.arange(-(-count // 4), dtype=np.uint64)
    a, b, c, d = block & low, block >> np.uint64(32), block * np.uint64(0), block * np.uint64(0)
    for _ in range(10):
        one, other = a * np.uint64(0xD2511F53), c * np.uint64(0xCD9E8D57)
        a, b = (other >> np.uint64(32)) ^ b ^ np.uint64(left), other & low
        c, d = (one >> np.uint64(32)) ^ d ^ np.uint64(right), one & low
        left, right = (left + 0x9E3779B9) % 2**32, (right + 0xBB67AE85) % 2**32
    return np.stack([a, b, c, d], axis=1).ravel()


def uniform(seed, name, count, low, high):
    """low + (high - low) u in single precision, u = ((word >> 9) + 1/2) / 2^23, and never outside.

    A bound that single precision does not hold moves to the next number inside.
    """
    u = ((words(seed, name, count) >> np.uint64(9)).astype("f4") + np.float32(0.5)) * np.float32(2**-23)
    nearest_low, nearest_high = np.float32(low), np.float32(high)
    low = nearest_low if float(nearest_low) >= low else np.nextafter(nearest_low, np.float32(np.inf))
    high = nearest_high if float(nearest_high) <= high else np.nextafter(nearest_high, np.float32(-np.inf))
    return np.clip(low + (high - low) * u, low, high)[:count]


def normal(seed, name, count, mean, std):
    """Box-Muller on the words (0, 1) and (2, 3) of a block: r cos, then r sin."""
    radius, angle = words(seed, name, count).reshape(-1, 2).astype("f8").T
    r, theta = np.sqrt(-2 * np.log((radius + 0.5) / 2**32)), angle * (2 * np.pi / 2**32)
    return (mean + std * np.stack([r * np.cos(theta), r * np.sin(theta)], axis=1).ravel())[:count]


if __name__ == "__main__":
    checked = 0
    for row in json.loads(GOLDEN.read_text(encoding="utf-8")):
        law = {"uniform": uniform, "normal": normal}.get(row["initializer"].split("(")[0])
        if law and row.get("type", "f32") == "f32":
            settings = [float(value) for value in re.findall(r"=([^,)]+)", row["initializer"])] or [0.0, 1.0]
            found = law(row["seed"], row["name"], len(row["bits"]), *settings)
            golden = np.array([int(bits, 16) for bits in row["bits"]], "u4").view("f4")
            exact = law is uniform and np.array_equal(found, golden)
            assert exact or (law is normal and np.allclose(found, golden, rtol=1e-6, atol=1e-7 * settings[0])), row
            checked += 1
    assert checked > 0, f"no uniform or normal row in {GOLDEN}"
    print(f"{checked} draws agree with {GOLDEN.name}")
