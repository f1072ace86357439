"""What river's detectors signal on streams that anybody can make again, as JSON on standard output.

A stream is a list of segments. The values of a segment are `shift + scale * u`, where u is

- of `uniform`: (x >> 11) / 2^53, x = (6364136223846793005 x + 1442695040888963407) mod 2^64, beginning
  with the seed; the first value is after one step;
- of `bits`: 1 where such a u is below `rate`, else 0;
- of `alternating`: 0, 1, 0, 1, …;
- of `constant`: 1.
"""

import json

import river
from river import drift

SMALL = 40  # so many stretches of indices are written


def values(segments):
    for segment in segments:
        kind = segment["kind"]
        x = segment.get("seed", 0)
        for place in range(segment["count"]):
            if kind in ("uniform", "bits"):
                x = (6364136223846793005 * x + 1442695040888963407) % 2**64
                u = (x >> 11) / 2**53
            if kind == "bits":
                u = 1.0 if u < segment["rate"] else 0.0
            elif kind == "alternating":
                u = float(place % 2)
            elif kind == "constant":
                u = 1.0
            yield segment["shift"] + segment["scale"] * u


def segment(kind, count, shift=0.0, scale=1.0, **more):
    return {"kind": kind, "count": count, "shift": shift, "scale": scale, **more}


def uniform(seed, count, shift=0.0, scale=1.0):
    return segment("uniform", count, shift, scale, seed=seed)


def bits(seed, count, rate):
    return segment("bits", count, rate=rate, seed=seed)


NUMBERS = {
    "sudden": [uniform(42, 1000, 0.0, 0.3), uniform(43, 1000, 0.5, 0.3)],
    "both ways": [uniform(1, 3000), uniform(2, 3000, 2.0), uniform(3, 3000, -1.5, 3.0), uniform(4, 1000)],
    "gradual": [uniform(seed, 400, seed * 0.05) for seed in range(5, 30)],
    "far from zero": [uniform(50, 2000, 1e6), uniform(51, 2000, 1e6 + 0.25)],
    "large": [uniform(52, 1000, 0.0, 1e150), uniform(53, 1000, 5e149, 1e150)],
    "small": [uniform(54, 1000, 0.0, 1e-150), uniform(55, 1000, 5e-150, 1e-150)],
    "tiny": [uniform(56, 1000, 0.0, 1e-300), uniform(57, 1000, 5e-300, 1e-300)],
    "constant": [segment("constant", 2000, 0.0, 3.5)],
    "zero": [segment("constant", 2000, 0.0, 0.0)],
    "constants": [segment("constant", 700, 0.0, 0.1), segment("constant", 700, 0.0, 0.7), segment("constant", 700, 0.0, -20.0)],
    "alternating": [segment("alternating", 2000, -1.0, 2.0), segment("alternating", 2000, -0.5, 2.0)],
    "one outlier": [uniform(58, 500), segment("constant", 1, 0.0, 1e9), uniform(59, 2000)],
    "long and quiet": [uniform(60, 100_000)],
    "long": [uniform(61, 40_000), uniform(62, 30_000, 0.05), uniform(63, 20_000, 0.0, 1.4), uniform(64, 10_000, -3.0, 4.0)],
    "bits as numbers": [bits(44, 1000, 0.1), bits(45, 1000, 0.45)],
}

BITS = {
    "sudden": [bits(44, 1000, 0.1), bits(45, 1000, 0.45)],
    "gradual": [bits(seed, 300, 0.05 + seed * 0.02) for seed in range(1, 25)],
    "better": [bits(46, 2000, 0.5), bits(47, 2000, 0.1), bits(48, 2000, 0.4)],
    "rare": [bits(49, 20_000, 0.002), bits(50, 20_000, 0.01)],
    "always wrong": [segment("constant", 2000)],
    "never wrong": [segment("constant", 2000, 0.0, 0.0)],
    "wrong from now on": [segment("constant", 500, 0.0, 0.0), segment("constant", 500)],
    "alternating": [segment("alternating", 3000), bits(51, 1000, 0.7)],
    "long": [bits(61, 50_000, 0.2), bits(62, 30_000, 0.22), bits(63, 20_000, 0.35)],
}

DETECTORS = [
    ("page-hinkley", NUMBERS, [
        {},
        {"threshold": 5.0},
        {"threshold": 5.0, "direction": "up"},
        {"threshold": 5.0, "direction": "down"},
        {"minimum": 1, "delta": 0.0, "threshold": 1.0, "forgetting": 1.0},
        {"minimum": 100, "delta": 0.1, "threshold": 20.0, "forgetting": 0.99},
        {"delta": 0.02, "threshold": 0.0},
    ]),
    ("adwin", NUMBERS, [
        {},
        {"delta": 0.05, "clock": 1},
        {"delta": 0.3, "clock": 7, "buckets": 3, "minimum-window": 1, "grace": 2},
        {"delta": 1e-6, "clock": 100, "buckets": 20, "minimum-window": 30, "grace": 500},
        {"delta": 0.9, "clock": 1, "buckets": 2, "minimum-window": 1, "grace": 1},
    ]),
    ("ddm", BITS, [
        {},
        {"minimum": 1},
        {"warning": 1.0, "drift": 1.5},
        {"minimum": 200, "warning": 3.0, "drift": 6.0},
        {"warning": 2.0, "drift": 2.0},
    ]),
    ("eddm", BITS, [
        {},
        {"minimum": 1},
        {"warning": 0.8, "drift": 0.75},
        {"minimum": 100, "warning": 1.0, "drift": 0.5},
        {"warning": 0.9, "drift": 0.9},
    ]),
]

NAMES = {
    "page-hinkley": {"minimum": "min_instances", "forgetting": "alpha", "direction": "mode"},
    "adwin": {"buckets": "max_buckets", "minimum-window": "min_window_length", "grace": "grace_period"},
    "ddm": {"minimum": "warm_start", "warning": "warning_threshold", "drift": "drift_threshold"},
    "eddm": {"minimum": "warm_start", "warning": "alpha", "drift": "beta"},
}

CLASSES = {
    "page-hinkley": drift.PageHinkley,
    "adwin": drift.ADWIN,
    "ddm": drift.binary.DDM,
    "eddm": drift.binary.EDDM,
}


def stretches(indices):
    """Indices as [first, count] of each that follow one another."""
    runs = []
    for index in indices:
        if runs and index == runs[-1][0] + runs[-1][1]:
            runs[-1][1] += 1
        else:
            runs.append([index, 1])
    return runs


def summary(indices):
    """How many, their first ones, and a sum over all that depends on each and on their order."""
    check = 0
    for index in indices:
        check = (check * 31 + index + 1) % 2**64
    runs = stretches(indices)
    return {"count": len(indices), "check": str(check), "first": runs[:SMALL]}


def statistics(kind, detector):
    if kind == "page-hinkley":
        return {"mean": detector._x_mean.get(), "count": int(detector._x_mean.n)}
    if kind == "adwin":
        return {"width": int(detector.width), "total": detector.total, "variance": detector.variance}
    if kind == "ddm":
        return {"rate": detector._p.get(), "count": int(detector._p.n)}
    return {"mean": detector._error_distances.mean.get(), "errors": detector._n_errors}


def case(kind, name, segments, parameters):
    theirs = {NAMES[kind].get(name, name): value for name, value in parameters.items()}
    detector = CLASSES[kind](**theirs)
    drifts, warnings = [], []
    for index, value in enumerate(values(segments)):
        detector.update(bool(value) if kind in ("ddm", "eddm") else value)
        if detector.drift_detected:
            drifts.append(index)
        elif getattr(detector, "warning_detected", False):
            warnings.append(index)
    return {
        "detector": kind,
        "stream": name,
        "parameters": parameters,
        "drifts": summary(drifts),
        "warnings": summary(warnings),
        "ended": statistics(kind, detector),
    }


def main():
    cases = [
        case(kind, name, segments, parameters)
        for kind, streams, all_parameters in DETECTORS
        for name, segments in streams.items()
        for parameters in all_parameters
    ]
    lines = ",\n".join("    " + json.dumps(case) for case in cases)
    streams = ",\n".join(
        "    " + json.dumps(name) + ": " + json.dumps(segments)
        for name, segments in {**{f"numbers {n}": s for n, s in NUMBERS.items()}, **{f"bits {n}": s for n, s in BITS.items()}}.items()
    )
    print(
        "{\n"
        f'  "made by": "cargo xtask stream-reference, river {river.__version__}",\n'
        f'  "streams": {{\n{streams}\n  }},\n  "cases": [\n{lines}\n  ]\n}}'
    )


main()
