"""scipy's two-sample Kolmogorov-Smirnov test, timed within a process that has its samples already.

usage: ks.py VALUES

The samples are those of `measure_drift`: `lcg(1, VALUES)` and `lcg(2, VALUES)`, made many at a time.
Prints the seconds that `ks_2samp` takes, and what it answers, as JSON.
"""

import json
import sys
import time

import numpy
from scipy.stats import ks_2samp

MULTIPLIER = 6364136223846793005
INCREMENT = 1442695040888963407


def lcg(seed, count):
    """x = (MULTIPLIER * x + INCREMENT) mod 2**64; a stretch of n states is n steps from the next."""
    states = numpy.empty(count, dtype=numpy.uint64)
    states[0] = (MULTIPLIER * seed + INCREMENT) % 2**64
    done, factor, addend = 1, MULTIPLIER, INCREMENT
    while done < count:
        more = min(done, count - done)
        states[done : done + more] = states[:more] * numpy.uint64(factor) + numpy.uint64(addend)
        done += more
        factor, addend = factor * factor % 2**64, (factor * addend + addend) % 2**64
    return (states >> numpy.uint64(11)) / 2.0**53


count = int(sys.argv[1])
reference, current = lcg(1, count), lcg(2, count)
start = time.perf_counter()
found = ks_2samp(reference, current)
seconds = time.perf_counter() - start
print(json.dumps({"ks": seconds, "statistic": found.statistic, "p_value": found.pvalue}))
