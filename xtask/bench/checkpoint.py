"""Writes a checkpoint as `torch.save` does, without torch: python checkpoint.py FILE BYTES."""

import collections
import io
import os
import pickle
import sys
import types
import zipfile

STORAGE = 10_000_000  # bytes


class Storage:
    def __init__(self, key, elements):
        self.key = key
        self.elements = elements


class FloatStorage:
    pass


class Rebuilt:
    def __init__(self, storage, shape):
        self.storage = storage
        self.shape = shape

    def __reduce__(self):
        strides = (self.shape[1], 1)
        hooks = collections.OrderedDict()
        return _rebuild_tensor_v2, (self.storage, 0, self.shape, strides, False, hooks)


def _rebuild_tensor_v2(*_):
    pass


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        if isinstance(value, Storage):
            return ("storage", FloatStorage, value.key, "cpu", value.elements)
        return None


def pretend(module, value):
    """Makes a value importable as torch's own."""
    sys.modules[module] = sys.modules.get(module) or types.ModuleType(module)
    setattr(sys.modules[module], value.__name__, value)
    value.__module__ = module


pretend("torch", FloatStorage)
pretend("torch._utils", _rebuild_tensor_v2)

path, size = sys.argv[1], int(sys.argv[2])
count = size // STORAGE
weights = collections.OrderedDict(
    (
        f"layers.{number}.weight",
        Rebuilt(Storage(str(number), STORAGE // 4), (2500, STORAGE // 4 // 2500)),
    )
    for number in range(count)
)
description = io.BytesIO()
Pickler(description, 2).dump(weights)
block = os.urandom(STORAGE)
with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
    archive.writestr("archive/data.pkl", description.getvalue())
    archive.writestr("archive/byteorder", "little")
    for number in range(count):
        archive.writestr(f"archive/data/{number}", block)
    archive.writestr("archive/version", "3\n")
