"""What reading a monorepo is in one Python process: each lock parsed with the parser at hand, each
package's name and version normalised with `packaging`, each requirement of a manifest parsed.

usage: parse.py DIRECTORY [--without-yaml]

With `--without-yaml`, `conda-lock.yml` and `pixi.lock` are left out. Prints how many packages are locked and how many requirements are declared.
"""

import json
import os
import sys
import tomllib

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

locked = []
declared = []


def lock(name, version, digests):
    try:
        parsed = Version(version)
    except InvalidVersion:
        parsed = version
    locked.append((canonicalize_name(name), parsed, digests))


def declare(name, specifier):
    try:
        parsed = SpecifierSet("" if specifier == "*" else specifier)
    except InvalidSpecifier:
        parsed = specifier
    declared.append((canonicalize_name(name), parsed))


def requirement(text):
    parsed = Requirement(text)
    declare(parsed.name, str(parsed.specifier))


def toml(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def json_(path):
    with open(path, "rb") as file:
        return json.load(file)


def yaml_(path):
    import yaml

    with open(path, "rb") as file:
        return yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def requirements(path):
    with open(path) as file:
        text = file.read().replace("\\\n", " ")
    for line in text.splitlines():
        line = line.split(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        wanted, *hashes = line.split(" --hash=")
        parsed = Requirement(wanted.strip())
        declared.append((canonicalize_name(parsed.name), parsed.specifier))
        pins = [pin for pin in parsed.specifier if pin.operator == "=="]
        if pins:
            lock(parsed.name, pins[0].version, hashes)


def pyproject(path):
    data = toml(path)
    for wanted in data.get("project", {}).get("dependencies", ()):
        requirement(wanted)
    poetry = data.get("tool", {}).get("poetry", {})
    for name, specifier in poetry.get("dependencies", {}).items():
        declare(name, specifier)


def pylock(path):
    for package in toml(path)["packages"]:
        files = package.get("wheels", [])
        lock(package["name"], package["version"], [file["hashes"] for file in files])


def uv(path):
    for package in toml(path)["package"]:
        lock(package["name"], package["version"], [file["hash"] for file in package.get("wheels", ())])


def poetry_or_pdm(path):
    for package in toml(path)["package"]:
        lock(package["name"], package["version"], [file["hash"] for file in package["files"]])


def pipfile(path):
    for name, specifier in toml(path)["packages"].items():
        declare(name, specifier)


def pipfile_lock(path):
    for name, package in json_(path)["default"].items():
        lock(name, package["version"].removeprefix("=="), package["hashes"])


def package_json(path):
    for name, specifier in json_(path)["dependencies"].items():
        declare(name, specifier)


def package_lock(path):
    data = json_(path)
    for place, package in data.get("packages", {}).items():
        if place:
            lock(place.rpartition("node_modules/")[2], package["version"], [package["integrity"]])
    for name, package in data.get("dependencies", {}).items():
        lock(name, package["version"], [package["integrity"]])


def conda_environment(path):
    for wanted in yaml_(path)["dependencies"]:
        name, _, version = wanted.partition("=")
        declare(name, f"=={version}")


def conda_lock(path):
    for package in yaml_(path)["package"]:
        lock(package["name"], package["version"], [package["hash"]])


def pixi(path):
    for name, specifier in toml(path)["dependencies"].items():
        declare(name, specifier)


def pixi_lock(path):
    for package in yaml_(path)["packages"]:
        name, version, _ = package["conda"].rpartition("/")[2].rsplit("-", 2)
        lock(name, version, [package["sha256"]])


READERS = {
    "requirements.in": requirements,
    "requirements.txt": requirements,
    "pyproject.toml": pyproject,
    "pylock.toml": pylock,
    "uv.lock": uv,
    "poetry.lock": poetry_or_pdm,
    "pdm.lock": poetry_or_pdm,
    "Pipfile": pipfile,
    "Pipfile.lock": pipfile_lock,
    "package.json": package_json,
    "package-lock.json": package_lock,
    "environment.yml": conda_environment,
    "conda-lock.yml": conda_lock,
    "pixi.toml": pixi,
    "pixi.lock": pixi_lock,
}

if "--without-yaml" in sys.argv:
    del READERS["conda-lock.yml"], READERS["pixi.lock"]
for directory, _, names in os.walk(sys.argv[1]):
    for name in names:
        if reader := READERS.get(name):
            reader(os.path.join(directory, name))
print(len(locked), len(declared))
