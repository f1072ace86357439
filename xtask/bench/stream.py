"""river's detectors over the numbers of a file, one for each line.

    stream.py DETECTOR FILE COUNT

Prints, as JSON, the updates per second of the loop alone: reading and parsing are not counted, nor is
the start of Python. `signals` are the places of the drifts among the COUNT first numbers.
"""

import json
import sys
import time

from river import drift

DETECTORS = {
    "page-hinkley": drift.PageHinkley,
    "adwin": drift.ADWIN,
    "ddm": drift.binary.DDM,
}


def main():
    detector = DETECTORS[sys.argv[1]]()
    count = int(sys.argv[3])
    with open(sys.argv[2]) as file:
        values = [float(line) for line, _ in zip(file, range(count))]
    if sys.argv[1] == "ddm":
        values = [value == 1.0 for value in values]
    signals = []
    start = time.perf_counter()
    for place, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            signals.append(place)
    seconds = time.perf_counter() - start
    print(json.dumps({"updates_per_second": len(values) / seconds, "signals": signals}))


main()
