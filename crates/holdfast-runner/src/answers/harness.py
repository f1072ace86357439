"""Loads a function or an MLflow model, calls it, and tells what it answers.

Started as `python harness.py CONFIGURATION`, with one JSON text on each line of standard input.
Records go to what standard output was, one on each line; what the model prints goes to standard
error. It imports nothing that the model does not import. Python 3.8 or newer.
"""

import sys

PYTHON = "%d.%d.%d" % sys.version_info[:3]
# beyond 128 bits, whole numbers are not kept digit by digit
LARGEST_INTEGER = 2**127


class Unsupported(Exception):
    """A prediction has a value that cannot be written."""


class Converter:
    """Makes plain lists, dicts, numbers and texts of what a model answers.

    `number_types` has the width of numbers that are not Python's, by their place.
    """

    def __init__(self):
        self.number_types = {}

    def convert(self, value, path=""):
        kind = type(value)
        if value is None or kind is bool or kind is float or kind is str:
            return value
        if kind is int:
            return self.integer(value, path)
        if isinstance(value, dict):
            return self.mapping(value, path)
        if isinstance(value, (list, tuple)):
            if hasattr(value, "_asdict"):
                return self.mapping(value._asdict(), path)
            return [self.convert(item, path + "[]") for item in value]
        return self.foreign(value, path)

    def integer(self, value, path):
        if -LARGEST_INTEGER <= value < LARGEST_INTEGER:
            return value
        raise Unsupported("a whole number%s has more than 128 bits: return it as text" % at(path))

    def mapping(self, value, path):
        converted = {}
        for key, item in value.items():
            name = key if isinstance(key, str) else str(self.convert(key, path))
            name = str(name)
            converted[name] = self.convert(item, path + "." + name if path else name)
        return converted

    def foreign(self, value, path):
        """Values of other classes than Python's plain ones."""
        if isinstance(value, (bytes, bytearray, memoryview)):
            raise Unsupported("bytes%s: return text, or a list of numbers" % at(path))
        if isinstance(value, (set, frozenset)):
            raise Unsupported("a set%s has no order: return a sorted list" % at(path))
        if isinstance(value, complex):
            raise Unsupported("a complex number%s: return its two parts" % at(path))
        names = {base.__module__.partition(".")[0] + "." + base.__name__ for base in type(value).__mro__}
        if "pandas.DataFrame" in names:
            return [self.mapping(row, path + "[]" if path else "[]") for row in frame_rows(value)]
        if "polars.DataFrame" in names:
            return [self.convert(row, path + "[]") for row in value.to_dicts()]
        if names & {"pandas.NaTType", "pandas.NAType"}:
            return None
        if names & {"pandas.Series", "pandas.Index", "pandas.ExtensionArray", "polars.Series"}:
            return self.array(value, path)
        if "torch.Tensor" in names:
            return self.tensor(value, path)
        if names & {"numpy.ndarray", "numpy.generic"}:
            return self.array(value, path)
        if isinstance(value, (bool, int, float, str)):
            return self.subclass(value, path)
        if "decimal.Decimal" in names or "fractions.Fraction" in names:
            return str(value)
        if hasattr(value, "isoformat"):
            return value.isoformat()
        return self.structure(value, path)

    def subclass(self, value, path):
        """Of bool, int, float or str: an enumeration counts as its value."""
        for base in (bool, int, float, str):
            if isinstance(value, base):
                return self.convert(base(value) if base is not str else str.__str__(value), path)
        return value

    def structure(self, value, path):
        if hasattr(value, "model_dump"):
            return self.convert(value.model_dump(), path)
        fields = getattr(value, "__dataclass_fields__", None)
        if fields is not None:
            return self.mapping({name: getattr(value, name) for name in fields}, path)
        if hasattr(value, "toarray"):
            return self.convert(value.toarray(), path)
        if hasattr(value, "__array__"):
            return self.array(value.__array__(), path)
        if type(value).__mro__[-2].__name__ == "Enum" or hasattr(value, "_value_"):
            return self.convert(value.value, path)
        raise Unsupported(
            "`%s.%s`%s is neither a number, a text, a list nor a dict: return one of these"
            % (type(value).__module__, type(value).__qualname__, at(path))
        )

    def tensor(self, value, path):
        value = value.detach().cpu()
        width = str(value.dtype).replace("torch.", "")
        if width == "bfloat16":
            value = value.float()
        elif hasattr(value, "resolve_conj"):
            value = value.resolve_conj().resolve_neg()
        if hasattr(value, "to_dense") and str(value.layout) != "torch.strided":
            value = value.to_dense()
        self.note(width, path, value.dim())
        return self.convert(value.tolist(), path)

    def array(self, value, path):
        """What has `dtype` and `tolist`."""
        width = str(value.dtype)
        dimensions = getattr(value, "ndim", 1)
        if width.startswith(("datetime64", "timedelta64")):
            value = value.astype(str)
        elif width in ("longdouble", "float128", "float96"):
            value, width = value.astype("float64"), "float64"
        self.note(width, path, dimensions)
        return self.convert(value.tolist() if hasattr(value, "tolist") else value.to_list(), path)

    def note(self, width, path, dimensions):
        width = width.lower()
        if width.startswith(("float", "bfloat", "longdouble")) and width != "float64":
            self.number_types[path + "[]" * dimensions] = width


def at(path):
    return " at `%s`" % path if path else ""


def frame_rows(frame):
    """The rows of a DataFrame as dicts, each value in the type of its column."""
    names = [str(name) for name in frame.columns]
    columns = [frame.iloc[:, place] for place in range(len(names))]
    for row in range(len(frame)):
        yield {name: column.iloc[row] for name, column in zip(names, columns)}


def split(answer, count):
    """The answer to all inputs, as one for each."""
    if isinstance(answer, dict):
        columns = {name: split(column, count) for name, column in answer.items()}
        return [{name: column[row] for name, column in columns.items()} for row in range(count)]
    if hasattr(answer, "iloc") and hasattr(answer, "columns"):
        rows = list(frame_rows(answer))
    elif hasattr(answer, "iloc"):
        rows = [answer.iloc[row] for row in range(len(answer))]
    elif hasattr(answer, "toarray"):
        rows = list(answer.toarray())
    elif isinstance(answer, (str, bytes)) or not hasattr(answer, "__len__"):
        if not hasattr(answer, "__next__"):
            raise Unsupported(
                "`%s` is no list of predictions: return one for each input" % type(answer).__qualname__
            )
        rows = list(answer)
    else:
        rows = [answer[row] for row in range(len(answer))]
    if len(rows) != count:
        raise Unsupported("%d predictions for %d inputs: return one for each" % (len(rows), count))
    return rows


class Warnings:
    """Warnings that are raised, each once, whatever the model's filters do about repetition."""

    IGNORED = (ImportWarning, ResourceWarning, PendingDeprecationWarning)

    def __init__(self):
        import warnings

        self.seen = {}
        self.show = warnings.showwarning
        warnings.simplefilter("always")
        for category in self.IGNORED:
            # when these come depends on caches and on the garbage collector
            warnings.simplefilter("ignore", category)
        warnings.showwarning = self.raised

    def raised(self, message, category, filename, lineno, file=None, line=None):
        key = (category.__name__, str(message))
        if key not in self.seen and len(self.seen) < 10000:
            self.seen[key] = None
            self.show(message, category, filename, lineno, file, line)

    def records(self):
        return [{"category": category, "message": message} for category, message in self.seen]


def seed(number):
    """Seeds every source of random numbers that is there; none is imported for it."""
    import random

    random.seed(number)
    loaded = sys.modules.get
    for name, place in (
        ("numpy", ("random", "seed")),
        ("cupy", ("random", "seed")),
        ("torch", ("manual_seed",)),
        ("tensorflow", ("random", "set_seed")),
        ("mxnet", ("random", "seed")),
    ):
        function = loaded(name)
        for part in place:
            function = getattr(function, part, None)
        if function is not None:
            function(number)


class Records:
    """Where records go: what standard output was, which the model cannot reach by printing."""

    def __init__(self):
        import os

        sys.stdout.flush()
        self.file = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)

    def tell(self, kind, value):
        import json

        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            # half of a surrogate pair: JSON can only escape it
            text = json.dumps(value, separators=(",", ":"))
        self.text(kind, text)

    def text(self, kind, text):
        self.file.write(kind + " " + text + "\n")
        self.file.flush()

    def failed(self, error):
        category, message = described(error)
        self.tell("F", {"category": category, "message": message})

    def broken(self, what, error):
        import traceback

        category, message = described(error)
        lines = traceback.format_exception(type(error), error, of_the_model(error.__traceback__))
        told = {"what": what, "category": category, "message": message}
        told["traceback"] = "".join(lines)[-8000:]
        self.tell("B", told)


def of_the_model(trace):
    """Leaves out the frames of this file and of the import system in front of the model's own."""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file != __file__ and "importlib" not in file:
            return trace
        trace = trace.tb_next
    return None


def described(error):
    if isinstance(error, Unsupported):
        return "Unsupported", str(error)
    try:
        message = str(error)
    except Exception:  # a broken `__str__` must not hide the exception
        message = "?"
    return type(error).__name__, message[:4000]


def load(configuration):
    """The function that is called, and whether with all inputs at once."""
    import importlib

    if configuration["kind"] == "mlflow":
        pyfunc = importlib.import_module("mlflow.pyfunc")
        model = pyfunc.load_model(configuration["path"])
        return lambda inputs: model.predict(table(inputs)), True
    found = importlib.import_module(configuration["module"])
    for part in configuration["function"].split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError("it is no function but `%s`" % type(found).__qualname__)
    return found, configuration["at_once"]


def table(inputs):
    import pandas

    if all(isinstance(row, (dict, list)) for row in inputs):
        return pandas.DataFrame(inputs)
    return pandas.DataFrame({"0": inputs})


def answer_each(function, inputs, records, converter, number):
    for given in inputs:
        seed(number)
        try:
            told = converter.convert(function(given))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # `sys.exit` in a model is a failure like others
            records.failed(error)
        else:
            records.tell("V", told)


def answer_all(function, inputs, records, converter, number):
    seed(number)
    try:
        answers = split(function(inputs), len(inputs))
        told = [converter.convert(answer) for answer in answers]
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        for _ in inputs:
            records.failed(error)
    else:
        for one in told:
            records.tell("V", one)


def main():
    import faulthandler
    import json
    import os

    configuration = json.loads(sys.argv[1])
    sys.argv = [configuration["name"]]
    # this file's own directory makes place for the project
    sys.path[0] = configuration["project"]
    inputs = [json.loads(line) for line in sys.stdin.buffer.read().splitlines()]
    faulthandler.enable()
    records = Records()
    records.text("P", PYTHON)
    warnings = Warnings()
    seed(configuration["seed"])
    try:
        function, at_once = load(configuration)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        records.broken(configuration["name"], error)
        code = 1
    else:
        converter = Converter()
        answer = answer_all if at_once else answer_each
        answer(function, inputs, records, converter, configuration["seed"])
        summary = {"warnings": warnings.records(), "number_types": converter.number_types}
        records.tell("S", summary)
        code = 0
    sys.stderr.flush()
    # what libraries do at the interpreter's end has crashed before, and answers nothing
    os._exit(code)


if __name__ == "__main__":
    main()
