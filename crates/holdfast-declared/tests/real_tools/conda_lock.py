"""Prints what conda-lock hashes environment files to: one JSON object per file, hashes by platform."""

import json
import pathlib
import sys

from conda_lock import src_parser, virtual_package
from conda_lock.src_parser import pyproject_toml

try:
    from conda_lock.content_hash import compute_content_hashes
except ImportError:
    compute_content_hashes = None

PLATFORMS = ["linux-64", "osx-64", "osx-arm64", "win-64"]

# the only name that is looked up is `pip`, which is called so by conda too
pyproject_toml.get_lookup = dict
pyproject_toml.pypi_name_to_conda_name = lambda name, mapping_url: name

cuda = sys.argv[1]
for file in sys.argv[2:]:
    options = {} if cuda == "default" else {"cuda_version": cuda}
    packages = virtual_package.default_virtual_package_repodata(**options)
    asked = {"src_files": [pathlib.Path(file)], "platform_overrides": PLATFORMS}
    if compute_content_hashes:
        specification = src_parser.make_lock_spec(mapping_url="", **asked)
        hashes = compute_content_hashes(specification, packages)
    else:
        specification = src_parser.make_lock_spec(virtual_package_repo=packages, **asked)
        hashes = specification.content_hash()
    print(json.dumps(hashes))
