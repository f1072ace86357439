"""Writes a directory of OSV records (JSON or YAML) as one file of JSON lines.

usage: records.py DIRECTORY FILE
"""

import json
import pathlib
import sys

import yaml

directory, target = map(pathlib.Path, sys.argv[1:])
loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
with target.open("w") as lines:
    for path in sorted(directory.rglob("*")):
        if path.suffix == ".json":
            record = json.loads(path.read_bytes())
        elif path.suffix in {".yaml", ".yml"}:
            record = yaml.load(path.read_bytes(), loader)
        else:
            continue
        if isinstance(record, dict) and "id" in record:
            lines.write(json.dumps(record, default=str) + "\n")
