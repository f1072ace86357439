from setuptools import setup

REQUIRED = ["numpy>=1.26,<2", "pandas" + ">=2"]
EXTRAS = {"fast": ["numba"], "test": ["pytest>=8"]}

setup(
    name="example",
    version="1.0",
    python_requires=">=3.9",
    install_requires=REQUIRED,
    extras_require=EXTRAS,
    setup_requires=("setuptools-scm",),
    **{"zip_safe": False},
)
