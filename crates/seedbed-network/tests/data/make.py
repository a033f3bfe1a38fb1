"""Writes the small binary files beside it; needs NumPy. penguins.csv is from palmerpenguins (CC0)."""

import csv
import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np

here = Path(__file__).parent
rng = np.random.default_rng(7)


def idx(code, array):
    head = bytes([0, 0, code, array.ndim]) + b"".join(struct.pack(">I", n) for n in array.shape)
    return head + array.astype(np.uint8).tobytes()


# IDX: 6 training and 3 test images of 2x3 pixels, 3 classes; two files plain, two packed, one with a dot
folder = here / "idx"
folder.mkdir(exist_ok=True)
images = np.arange(9 * 6, dtype=np.uint8).reshape(9, 2, 3)
labels = np.arange(9, dtype=np.uint8) % 3
(folder / "train-images-idx3-ubyte").write_bytes(idx(8, images[:6]))
(folder / "train-labels.idx1-ubyte").write_bytes(idx(8, labels[:6]))
(folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(8, images[6:]), mtime=0))
(folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(8, labels[6:]), mtime=0))

# a table of 20 rows, 2 features, a constant feature and the label, in every type and both orders
table = np.stack([np.arange(20), np.arange(20) ** 2 % 17, np.full(20, 3), np.arange(20) % 2], axis=1)
for name in ["u1", "i4", "i8", "f4", "f8"]:
    np.save(here / f"table_{name}.npy", table.astype(name))
np.save(here / "table_fortran.npy", np.asfortranarray(table.astype("f4")))
np.save(here / "table_i2.npy", table.astype("i2"))
np.save(here / "table_big_endian.npy", table.astype(">f4"))
np.save(here / "flat.npy", np.arange(20.0))
hole = table.astype("f4")
hole[4, 1] = np.nan
hole[9, 0] = np.inf
np.save(here / "hole.npy", hole)
negative = table.copy()
negative[6, 3] = -1
np.save(here / "negative_label.npy", negative)
fraction = table.astype("f8")
fraction[11, 3] = 0.5
np.save(here / "fraction_label.npy", fraction)
gap = table.copy()
gap[13, 3] = 7
np.save(here / "gap_label.npy", gap)

# containers: images with a test part, tables without
x = rng.integers(0, 256, (12, 2, 2)).astype("u1")
y = (np.arange(12) % 3).astype("i8")
parts = dict(x_train=x[:9], y_train=y[:9], x_test=x[9:], y_test=y[9:])
np.savez(here / "images.npz", **parts)
np.savez_compressed(here / "images_packed.npz", **parts)
np.savez(here / "x_y.npz", x=table[:, :3].astype("f4"), y=table[:, 3])
np.savez(here / "big_x_y.npz", X=table[:, :3].astype("f4"), y=table[:, 3:])
np.savez(here / "no_labels.npz", x=table[:, :3], weights=table[:, 3])
np.savez(here / "untrained.npz", **{**parts, "y_train": y[:9] % 2, "y_test": np.array([0, 1, 2])})
np.savez(here / "too_few_labels.npz", **{**parts, "y_train": y[:8]})
np.savez(here / "other_size.npz", **{**parts, "x_test": np.zeros((3, 2, 3), "u1")})
holes = x.astype("f4")
holes[5, 1, 0] = np.nan
np.savez(here / "hole.npz", **{**parts, "x_train": holes[:9]})
# an empty array whose examples would hold 2^80 numbers
with zipfile.ZipFile(here / "overflow.npz", "w") as out:
    for name, shape in [("x", "(0, 1099511627776, 1099511627776)"), ("y", "(0,)")]:
        text = "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }\n" % shape
        out.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode())

# penguins with numeric features alone: 2 rows of 344 lack 4 measurements each
with open(here / "penguins.csv", newline="") as source, open(here / "penguins_numbers.csv", "w", newline="") as out:
    keep = [c for c in range(8) if c not in (1, 6)]
    csv.writer(out, lineterminator="\n").writerows([row[c] for c in keep] for row in csv.reader(source))
with open(here / "penguins_numbers.csv", newline="") as source:
    rows = [row for row in csv.reader(source) if "NA" not in row]
text = "".join(",".join(row) + "\n" for row in rows)
(here / "penguins_whole.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


# what the tests compare with: the split by SplitMix64 of the row index, and the standardized values
def splitmix(index):
    mask = (1 << 64) - 1
    state = (index + 0x9E3779B97F4A7C15) & mask
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & mask
    return state ^ (state >> 31)


def split(count):
    order = sorted(range(count), key=splitmix)
    return order[: count * 4 // 5], order[count * 4 // 5 :]


train, test = split(20)
features = table[:, :3].astype(float)
mean, std = features[train].mean(0), features[train].std(0)
std[std == 0] = np.inf
print("table train", train, "test", test)
print("first train", ((features[train] - mean) / std)[0], "last test", ((features[test] - mean) / std)[-1])
print("labels", table[train, 3], table[test, 3])
pixels = images[:6].astype(float)
print("idx", (images[0, 0, 0] - pixels.mean()) / pixels.std(), (images[8, 1, 2] - pixels.mean()) / pixels.std())
pixels = x[:9].astype(float)
print("npz", (x[0, 0, 0] - pixels.mean()) / pixels.std(), (x[11, 1, 1] - pixels.mean()) / pixels.std())
data = np.array([[float(v) for v in row[1:]] for row in rows[1:]])
names = sorted({row[0] for row in rows[1:]})
train, test = split(len(data))
mean, std = data[train].mean(0), data[train].std(0)
print("penguins", len(train), len(test), names, [names.index(rows[1 + i][0]) for i in train[:6]])
print(((data[train] - mean) / std)[0], ((data[test] - mean) / std)[-1])
raw = np.fromfile(here / "../../assets/digits_1797x65_u8.bin", np.uint8).reshape(-1, 65)
train, test = split(1797)
data = raw[:, :64].astype(float)
mean, std = data[train].mean(0), data[train].std(0)
std[std == 0] = np.inf
print("digits", raw[train[:8], 64], raw[test[-8:], 64], np.bincount(raw[test, 64]))
print(((data[train] - mean) / std)[0, 10:14], ((data[test] - mean) / std)[-1, 10:14])
