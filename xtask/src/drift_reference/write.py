"""Reference values of scipy and statsmodels for the tests of drift statistics, as JSON on stdout.

Samples are not written but described, so that both sides make the same bits: `lcg(seed, n)` is
x = (6364136223846793005·x + 1442695040888963407) mod 2^64 and u = (x >> 11) / 2^53, where the first
value comes after one step from the seed. A sample is the text of a shape, a seed and a size.
"""

import json
import sys

import numpy as np
import scipy
import statsmodels
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2, chi2_contingency, false_discovery_control, ks_2samp, kstwo, wasserstein_distance
from scipy.stats.contingency import association
from statsmodels.stats.multitest import multipletests


def lcg(seed, count):
    values = []
    for _ in range(count):
        seed = (6364136223846793005 * seed + 1442695040888963407) % 2**64
        values.append((seed >> 11) / 2**53)
    return values


SHAPES = {
    "plain": lambda u: u,
    "near": lambda u: u * 0.99,
    "moved": lambda u: u + 0.05,
    "far": lambda u: u + 0.5,
    "apart": lambda u: u + 2.0,
    "wide": lambda u: (u - 0.5) * 3.0,
    "peaked": lambda u: (u - 0.5) * (u - 0.5) * (u - 0.5) * 8.0,
    "whole": lambda u: float(int(u * 10.0)),
    "fewer": lambda u: float(int(u * 9.0)),
    "binary": lambda u: 1.0 if u < 0.3 else 0.0,
    "infinite": lambda u: float("-inf") if u < 0.05 else float("inf") if u > 0.9 else u,
}


def sample(shape, seed, count):
    return np.array([SHAPES[shape](u) for u in lcg(seed, count)])


SIZES = [
    (1, 1), (1, 2), (2, 1), (2, 2), (1, 50), (3, 7), (5, 5), (8, 8), (10, 12), (20, 30), (50, 60),
    (99, 101), (7, 3000), (140, 141), (300, 300), (279, 281), (282, 282), (283, 283), (400, 900),
    (1000, 800), (1000, 1000), (3000, 2999), (5000, 50), (10000, 10000), (10000, 9999), (10001, 17),
    (20000, 15000), (50000, 80000),
]  # fmt: skip

PAIRS = [
    ("plain", "plain"), ("plain", "near"), ("plain", "moved"), ("plain", "far"), ("plain", "apart"),
    ("plain", "peaked"), ("wide", "plain"), ("whole", "fewer"), ("whole", "whole"), ("binary", "binary"),
    ("infinite", "plain"), ("infinite", "infinite"),
]  # fmt: skip


def smirnov():
    cases = []
    for number, (n, m) in enumerate(SIZES):
        for place, (reference, current) in enumerate(PAIRS):
            # large samples take long to write down here; a third of the shapes will do for them
            if n * m > 10**6 and (place + number) % 3:
                continue
            # an exact p-value of far samples takes a test without optimisation seconds
            if place and n != m and 10**7 < n * m < 10**8 and current in ("far", "plain"):
                continue
            one, other = sample(reference, 2 * number + 1, n), sample(current, 2 * number + 2, m)
            case = {"reference": [reference, 2 * number + 1, n], "current": [current, 2 * number + 2, m]}
            for method in ["auto", "exact", "asymp"]:
                if method == "exact" and n != m and n * m > 10**8:
                    continue
                found = ks_2samp(one, other, method=method)
                p = float(found.pvalue)
                case[method] = {"d": float(found.statistic), "p": p if p == p else None}
            if np.isfinite(one).all() and np.isfinite(other).all():
                case["wasserstein"] = float(wasserstein_distance(one, other))
            cases.append(case)
    return cases


def kolmogorov():
    """The distribution itself, on both sides of every limit between two formulas."""
    cases = []
    for n in [1, 2, 3, 5, 10, 20, 50, 100, 139, 140, 141, 142, 200, 1000, 10000, 99999, 100001,
              999999, 1000000, 1000001, 5000000]:  # fmt: skip
        spreads = [0.02, 0.1, 0.3, 0.5, 0.75, 0.76, 1.0, 1.5, 2.19, 2.21, 3.0, 3.99, 4.01, 6.0, 10.0,
                   17.9, 18.1, 50.0, 100.0, 200.0, 300.0, 340.0, 369.0, 371.0]  # fmt: skip
        xs = [(spread / n) ** 0.5 for spread in spreads]
        xs += [0.4 / n, 0.51 / n, 0.75 / n, 1.0 / n, 1.01 / n, 1.5 / n, 0.45, 0.5, 0.55, 0.9]
        xs += [1.0 - 1.5 / n, 1.0 - 0.5 / n, (1.39 / n) ** (2 / 3), (1.41 / n) ** (2 / 3)]
        for x in sorted(x for x in xs if 0 < x < 1):
            # the matrix takes scipy minutes where it is large, and there the chance is 1
            if n > 1000 and n * x**1.5 <= 1.4 and n * x > 40:
                continue
            cases.append([n, x, float(kstwo.sf(x, n))])
    return cases


def chi_square():
    survival = []
    for degrees in [1, 2, 3, 4, 5, 9, 10, 49, 50, 199, 200, 999, 1000, 1999]:
        deviation = (2 * degrees) ** 0.5
        points = [degrees + step * deviation for step in (-5, -3, -1, 0, 1, 2, 4, 8, 16, 24)]
        points += [1e-12, 1e-6, 1e-3, 0.1, 1.0, 5.0, 50.0, 300.0, 1000.0, 1400.0]
        for x in points:
            if x > 0:
                survival.append([float(x), degrees, float(chi2.sf(x, degrees))])
    tables = []
    for seed, (columns, size, scale) in enumerate(
        [(2, 30, 1.0), (2, 1000, 1.0), (2, 8, 1.0), (3, 50, 0.9), (5, 400, 0.8), (20, 9000, 0.9), (200, 100000, 0.97)]
    ):
        rows = []
        for row, width in enumerate([1.0, scale]):
            counts = [1] * columns
            for u in lcg(100 + 2 * seed + row, size):
                counts[int(u * width * columns)] += 1
            rows.append(counts)
        tables.append(rows)
    tables += [[[5, 1], [1, 5]], [[10, 10], [11, 10]], [[1000000, 2], [3, 1000000]], [[400, 5], [9, 500]]]
    cases = []
    for table in tables:
        plain = chi2_contingency(table, correction=False)
        yates = chi2_contingency(table, correction=True)
        one, other = (np.array(row) / sum(row) for row in table)
        cases.append({
            "table": table,
            "degrees": int(plain.dof),
            "uncorrected": {"chi2": float(plain.statistic), "p": float(plain.pvalue)},
            "yates": {"chi2": float(yates.statistic), "p": float(yates.pvalue)},
            "cramer": float(association(table, method="cramer", correction=False)),
            "jensen_shannon": float(jensenshannon(one, other, base=2)),
        })  # fmt: skip
    return {"survival": survival, "tables": cases}


def corrections():
    cases = []
    for seed, count in enumerate([1, 2, 3, 10, 50, 200]):
        p = [u * u * u for u in lcg(200 + seed, count)]
        p[count // 2] = p[0]
        cases.append({
            "p": p,
            "benjamini-hochberg": list(map(float, false_discovery_control(p, method="bh"))),
            "holm": list(map(float, multipletests(p, method="holm")[1])),
            "bonferroni": list(map(float, multipletests(p, method="bonferroni")[1])),
        })  # fmt: skip
    return cases


def lines(value):
    """JSON with a case in each line, so that a difference can be read."""
    if isinstance(value, dict):
        if any(isinstance(inner, (dict, list)) for inner in value.values()) and not set(value) & {"reference", "table", "p"}:
            return "{\n" + ",\n".join(f"{json.dumps(key)}: {lines(inner)}" for key, inner in value.items()) + "\n}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(json.dumps(inner) for inner in value) + "\n]"
    return json.dumps(value)


print(
    lines(
        {
            "about": "written by `cargo xtask drift-reference`; samples are [shape, seed, size] of xtask/src/drift_reference/write.py",
            "versions": {
                "python": sys.version.split()[0],
                "numpy": np.__version__,
                "scipy": scipy.__version__,
                "statsmodels": statsmodels.__version__,
            },
            "kolmogorov_smirnov": smirnov(),
            "kolmogorov": kolmogorov(),
            "chi_square": chi_square(),
            "corrections": corrections(),
        }
    )
)
