"""Writes Parquet files of every codec, type and encoding, and beside each what is in it, as JSON."""

import datetime
import decimal
import json
import pathlib
import sys

import pyarrow
import pyarrow.parquet

ROWS = 1500


def every(kind, make, missing=7):
    """A column with a null in every `missing`th row."""
    cells = [None if row % missing == missing - 1 else make(row) for row in range(ROWS)]
    return pyarrow.array(cells, type=kind)


def seconds(stamp, in_one):
    return None if stamp is None else stamp / in_one


def number(cell):
    return None if cell is None else float(cell)


def columns():
    """Names, arrays, and how a cell is compared: nothing where the column is left out."""
    start = datetime.datetime(2026, 1, 1)
    yield "int8", every(pyarrow.int8(), lambda row: row % 256 - 128), number
    yield "int16", every(pyarrow.int16(), lambda row: row - 700), number
    yield "int32", every(pyarrow.int32(), lambda row: row * 1_000_003 - 2**30), number
    yield "int64", every(pyarrow.int64(), lambda row: row * 10**15 - 2**60), number
    yield "uint8", every(pyarrow.uint8(), lambda row: row % 256), number
    yield "uint16", every(pyarrow.uint16(), lambda row: row * 40), number
    yield "uint32", every(pyarrow.uint32(), lambda row: 2**32 - 1 - row), number
    yield "uint64", every(pyarrow.uint64(), lambda row: 2**64 - 1 - row), number
    yield "float16", every(pyarrow.float16(), lambda row: row / 8 - 60), number
    yield "float32", every(pyarrow.float32(), lambda row: row / 3), number
    yield "float64", every(pyarrow.float64(), lambda row: row / 7 - 100), number
    yield "infinite", pyarrow.array([float("inf"), float("-inf")] * (ROWS // 2)), number
    yield "required", pyarrow.array([row / 9 for row in range(ROWS)]), number
    yield "nothing", pyarrow.array([None] * ROWS, type=pyarrow.float64()), number
    for precision, scale in [(7, 2), (16, 4), (30, 10), (38, 0)]:
        kind = pyarrow.decimal128(precision, scale)
        step = decimal.Decimal(12345).scaleb(-scale)
        yield f"decimal{precision}", every(kind, lambda row: (row - 700) * step), number
    for unit, in_one in [("s", 1000), ("ms", 1000), ("us", 10**6), ("ns", 10**9)]:
        kind = pyarrow.timestamp(unit)
        array = every(kind, lambda row: start + datetime.timedelta(seconds=row))
        stored = array.cast(pyarrow.timestamp("ms" if unit == "s" else unit))
        whole = iter(stored.cast(pyarrow.int64()).to_pylist())
        yield f"stamp_{unit}", array, lambda cell, in_one=in_one, whole=whole: seconds(next(whole), in_one)
    epoch = datetime.date(1970, 1, 1)
    day = every(pyarrow.date32(), lambda row: epoch + datetime.timedelta(days=row))
    yield "date", day, lambda cell: None if cell is None else float((cell - epoch).days)
    truth = every(pyarrow.bool_(), lambda row: row % 3 == 0)
    yield "truth", truth, lambda cell: None if cell is None else str(cell).lower()
    yield "text", every(pyarrow.string(), lambda row: f"város {row % 11}"), lambda cell: cell
    yield "large", every(pyarrow.large_string(), lambda row: f"{row}"), lambda cell: cell
    names = every(pyarrow.string(), lambda row: "abc"[row % 3]).dictionary_encode()
    yield "names", names, lambda cell: cell
    yield "unmarked", every(pyarrow.binary(), lambda row: b"x" * (row % 5)), lambda cell: cell and cell.decode() if cell != b"" else ""
    yield "raw", every(pyarrow.binary(), lambda row: b"\xff\x00"), None
    yield "fixed", every(pyarrow.binary(4), lambda row: b"abcd"), None
    yield "list", every(pyarrow.list_(pyarrow.float64()), lambda row: [row / 2] * (row % 4)), None
    pair = pyarrow.struct([("x", pyarrow.int64()), ("y", pyarrow.string())])
    yield "pair", every(pair, lambda row: {"x": row, "y": "z"}), None


ROW_COLUMNS = ["int64", "uint64", "float32", "float64", "truth", "text", "list", "pair"]


def write(directory, name, table, expected, **options):
    pyarrow.parquet.write_table(table, directory / f"{name}.parquet", **options)
    (directory / f"{name}.json").write_text(json.dumps(expected))


def main(directory):
    arrays, compared, left_out = {}, {}, []
    for name, array, cell in columns():
        arrays[name] = array
        if cell is None:
            left_out.append(name)
        else:
            compared[name] = [cell(value) for value in array.to_pylist()]
    table = pyarrow.table(arrays)
    rows = table.select(ROW_COLUMNS).to_pylist()
    expected = {
        "columns": compared,
        # what is told by its values comes behind what is told by its type
        "left_out": [name for name in left_out if name != "raw"] + ["raw"],
        "row_columns": ROW_COLUMNS,
        "rows": rows,
    }
    for codec in ["none", "snappy", "gzip", "zstd", "lz4"]:
        write(directory, codec, table, expected, compression=codec)
    write(directory, "groups", table, expected, row_group_size=100, data_page_size=512)
    write(directory, "no_dictionary", table, expected, use_dictionary=False)
    for version in ["1.0", "2.4", "2.6"]:
        # of 1.0, nanoseconds become microseconds and 32 bits without a sign 64 with one
        write(directory, f"version-{version}", table, expected, version=version)
    write(directory, "pages_v2", table, expected, data_page_version="2.0")
    plain = ["int32", "int64", "float32", "float64", "text", "required"]
    some = table.select(list(dict.fromkeys(plain + ROW_COLUMNS)))
    some_expected = {
        "columns": {name: compared[name] for name in some.column_names if name in compared},
        "left_out": ["list", "pair"],
        "row_columns": ROW_COLUMNS,
        "rows": rows,
    }
    delta = {"int32": "DELTA_BINARY_PACKED", "int64": "DELTA_BINARY_PACKED"}
    for texts in ["DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]:
        encoding = delta | {
            "text": texts,
            "float32": "BYTE_STREAM_SPLIT",
            "float64": "BYTE_STREAM_SPLIT",
        }
        write(
            directory,
            texts.lower(),
            some,
            some_expected,
            use_dictionary=False,
            column_encoding=encoding,
        )
    stamps = table.select(["stamp_ns", "float64"])
    write(
        directory,
        "int96",
        stamps,
        {
            "columns": {"stamp_ns": compared["stamp_ns"]},
            "left_out": [],
            "row_columns": ["float64"],
            "rows": stamps.select(["float64"]).to_pylist(),
        },
        use_deprecated_int96_timestamps=True,
    )
    empty = table.select(["int64", "text"]).slice(0, 0)
    write(
        directory,
        "empty",
        empty,
        {
            "columns": {"int64": [], "text": []},
            "left_out": [],
            "row_columns": ["int64"],
            "rows": [],
        },
    )


main(pathlib.Path(sys.argv[1]))
