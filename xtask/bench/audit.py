"""What an audit is without a store: a loop over OSV records with `packaging`.

usage: audit.py PYLOCK RECORDS

Prints how long the loop took, in seconds, then the package URL of each affected version.
"""

import collections
import json
import sys
import time
import tomllib

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version


def parsed(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def inside(version, events):
    """Whether a version lies in a range, its events taken in order (OSV's evaluation)."""
    points = []
    for event in events:
        for kind, text in event.items():
            points.append((Version("0.dev0") if text == "0" else parsed(text), kind))
    points = [point for point in points if point[0] is not None]
    affected = False
    for at, kind in sorted(points, key=lambda point: point[0]):
        if kind == "introduced" and version >= at:
            affected = True
        elif kind == "fixed" and version >= at:
            affected = False
        elif kind == "last_affected" and version > at:
            affected = False
    return affected


def affects(record, name, version):
    for affected in record.get("affected", ()):
        package = affected.get("package", {})
        if package.get("ecosystem") != "PyPI" or canonicalize_name(package["name"]) != name:
            continue
        if any(parsed(listed) == version for listed in affected.get("versions", ())):
            return True
        for range_ in affected.get("ranges", ()):
            if range_.get("type") == "ECOSYSTEM" and inside(version, range_["events"]):
                return True
    return False


def main():
    lock, records = sys.argv[1:]
    with open(lock, "rb") as file:
        packages = tomllib.load(file)["packages"]
    by_name = collections.defaultdict(list)
    with open(records) as lines:
        for line in lines:
            record = json.loads(line)
            if record.get("withdrawn"):
                continue
            names = {
                canonicalize_name(affected["package"]["name"])
                for affected in record.get("affected", ())
                if "package" in affected
            }
            for name in names:
                by_name[name].append(record)

    begin = time.perf_counter()
    found = set()
    for package in packages:
        name = canonicalize_name(package["name"])
        version = Version(package["version"].partition("+")[0])
        if any(affects(record, name, version) for record in by_name[name]):
            found.add(f"pkg:pypi/{name}@{package['version']}")
    print(time.perf_counter() - begin)
    for purl in sorted(found):
        print(purl)


main()
