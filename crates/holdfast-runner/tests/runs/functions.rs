//! Functions by name, and MLflow's models.

use holdfast_model::RaisedWarning;
use holdfast_runner::{Calls, Containment, RunError, Target};

use crate::support::{Project, can_contain, function, values};

fn module(text: &str) -> Project {
    let mut project = Project::new(&[("model.py", text)]);
    if !can_contain() {
        project.containment = Containment::Uncontained;
    }
    project
}

fn answers(text: &str, inputs: &[&str]) -> Vec<String> {
    values(&module(text).function(inputs).unwrap())
}

#[test]
fn a_function_is_called_for_each_input() {
    let text = "def predict(row):\n    return {'score': row['a'] * 2, 'label': row['b']}\n";
    assert_eq!(
        answers(
            text,
            &["{\"a\": 0.1, \"b\": \"ż\"}", "{\"a\": 3, \"b\": null}"]
        ),
        [
            "{\"score\":0.2,\"label\":\"ż\"}",
            "{\"score\":6,\"label\":null}"
        ]
    );
}

#[test]
fn what_a_model_prints_does_not_disturb() {
    let text = "import os, sys\nprint('loading')\ndef predict(row):\n    print('V 42')\n    \
                os.system('echo V 43')\n    os.write(1, b'V 44\\n')\n    return row\n";
    let run = module(text).function(&["1", "2"]).unwrap();
    assert_eq!(values(&run), ["1", "2"]);
    assert!(run.standard_error.contains("loading") && run.standard_error.contains("V 43"));
}

#[test]
fn every_bit_of_a_number_comes_back() {
    let inputs = [
        "0.1",
        "5e-324",
        "1.7976931348623157e308",
        "-0.0",
        "123456789012345678901234567890",
        "NaN",
        "[Infinity, -Infinity]",
    ];
    let told = answers("def predict(row):\n    return row\n", &inputs);
    assert_eq!(told[..2], ["0.1", "5e-324"]);
    assert_eq!(told[2], "1.7976931348623157e+308");
    assert_eq!(
        told[3..6],
        ["-0.0", "123456789012345678901234567890", "NaN"]
    );
    assert_eq!(told[6], "[Infinity,-Infinity]");
}

#[test]
fn an_exception_is_told_of_its_input_alone() {
    let text = "def predict(row):\n    if row == 2: raise ValueError('two')\n    \
                if row == 3: raise SystemExit(3)\n    return row\n";
    assert_eq!(
        answers(text, &["1", "2", "3", "4"]),
        ["1", "ValueError: two", "SystemExit: 3", "4"]
    );
}

#[test]
fn values_that_cannot_be_written_say_what_to_return() {
    let text = "class Thing: pass\ndef predict(row):\n    return {'a': [{'bytes': b'x', 'set': {1}, \
                'thing': Thing(), 'long': 1 << 200, 'complex': 1j}[row]]}\n";
    assert_eq!(
        answers(
            text,
            &[
                "\"bytes\"",
                "\"set\"",
                "\"thing\"",
                "\"long\"",
                "\"complex\""
            ]
        ),
        [
            "Unsupported: bytes at `a[]`: return text, or a list of numbers",
            "Unsupported: a set at `a[]` has no order: return a sorted list",
            "Unsupported: `model.Thing` at `a[]` is neither a number, a text, a list nor a dict: \
             return one of these",
            "Unsupported: a whole number at `a[]` has more than 128 bits: return it as text",
            "Unsupported: a complex number at `a[]`: return its two parts"
        ]
    );
}

#[test]
fn common_classes_are_written_as_what_they_hold() {
    let text = "import collections, dataclasses, datetime, decimal, enum\n\
        Point = collections.namedtuple('Point', 'x y')\n\
        @dataclasses.dataclass\nclass Box:\n    side: float\n\
        class Colour(enum.Enum):\n    RED = 'red'\n\
        class Level(enum.IntEnum):\n    HIGH = 3\n\
        def predict(row):\n    return [Point(1, 2), Box(0.5), Colour.RED, Level.HIGH, \
        decimal.Decimal('1.10'), datetime.date(2026, 1, 31), (1, True), {1: 2, None: 3}]\n";
    assert_eq!(
        answers(text, &["0"]),
        [
            "[{\"x\":1,\"y\":2},{\"side\":0.5},\"red\",3,\"1.10\",\"2026-01-31\",[1,true],{\"1\":2,\"None\":3}]"
        ]
    );
}

#[test]
fn half_a_surrogate_pair_and_a_list_in_itself_break_nothing() {
    let text =
        "loop = []\nloop.append(loop)\ndef predict(row):\n    return loop if row else '\\ud800'\n";
    let told = answers(text, &["0", "1"]);
    assert_eq!(told[0], "\"\\ud800\"");
    assert!(told[1].starts_with("RecursionError: "), "{}", told[1]);
}

#[test]
fn a_module_that_cannot_be_imported_shows_the_end_of_its_traceback() {
    let error = module("import nothing_of_this_name\n")
        .function(&["1"])
        .unwrap_err();
    assert!(matches!(error, RunError::Load { .. }));
    let text = error.to_string();
    assert!(
        text.starts_with(
            "`model:predict` cannot be loaded: ModuleNotFoundError: No module named \
             'nothing_of_this_name'\n"
        ),
        "{text}"
    );
    assert!(text.contains("model.py\", line 1, in <module>"), "{text}");
}

#[test]
fn a_function_that_is_not_there_is_named() {
    let error = module("x = 1\n").function(&["1"]).unwrap_err();
    assert!(
        error.to_string().contains("has no attribute 'predict'"),
        "{error}"
    );
    let error = module("predict = 1\n").function(&["1"]).unwrap_err();
    assert!(
        error.to_string().contains("it is no function but `int`"),
        "{error}"
    );
}

#[test]
fn a_function_may_be_called_with_all_inputs_at_once() {
    let project = module(
        "def predict(rows):\n    return [row + 1 for row in rows]\n\
         def columns(rows):\n    return {'a': rows, 'b': [str(row) for row in rows]}\n\
         def fewer(rows):\n    return rows[1:]\n\
         def one(rows):\n    return 1\n\
         def lazy(rows):\n    yield from rows\n",
    );
    let all = |name| {
        let target = function("model", name, Calls::AllAtOnce);
        values(&project.run(&target, &["1", "2"]).unwrap())
    };
    assert_eq!(all("predict"), ["2", "3"]);
    assert_eq!(all("lazy"), ["1", "2"]);
    assert_eq!(
        all("columns"),
        ["{\"a\":1,\"b\":\"1\"}", "{\"a\":2,\"b\":\"2\"}"]
    );
    let fewer = "Unsupported: 1 predictions for 2 inputs: return one for each";
    assert_eq!(all("fewer"), [fewer, fewer]);
    let one = "Unsupported: `int` is no list of predictions: return one for each input";
    assert_eq!(all("one"), [one, one]);
}

#[test]
fn the_seed_is_set_anew_before_each_call() {
    let text = "import random\nloaded = random.random()\ndef predict(row):\n    return [loaded, random.random()]\n";
    let first = answers(text, &["1", "2"]);
    assert_eq!(first[0], first[1]);
    assert_eq!(first, answers(text, &["1", "2"]));
}

#[test]
fn warnings_are_told_once_each() {
    let text = "import warnings\nwarnings.warn('at import', DeprecationWarning)\n\
                def predict(row):\n    warnings.warn('each time', RuntimeWarning)\n    \
                warnings.warn('left open', ResourceWarning)\n    return row\n";
    let run = module(text).function(&["1", "2", "3"]).unwrap();
    assert_eq!(
        run.warnings,
        [
            ("DeprecationWarning", "at import"),
            ("RuntimeWarning", "each time")
        ]
        .map(|(category, message)| RaisedWarning {
            category: category.to_owned(),
            message: message.to_owned()
        })
    );
}

#[test]
fn a_model_that_ends_the_interpreter_is_told_so() {
    let text = "import os\ndef predict(row):\n    os._exit(0)\n";
    let error = module(text).function(&["1"]).unwrap_err();
    assert!(matches!(error, RunError::Broken { .. }), "{error}");
}

#[test]
fn a_crash_in_compiled_code_shows_where_python_was() {
    let text = "import os, signal\ndef predict(row):\n    os.kill(os.getpid(), signal.SIGSEGV)\n";
    let error = module(text).function(&["1"]).unwrap_err();
    assert!(
        matches!(error, RunError::Killed { signal: 11, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("in predict"), "{error}");
}

#[test]
fn modules_of_the_project_are_found_below_packages() {
    let project = Project::new(&[
        ("churn/__init__.py", ""),
        (
            "churn/model.py",
            "from . import parts\nclass Model:\n    def predict(self, row):\n        return parts.ONE\nmodel = Model()\n",
        ),
        ("churn/parts.py", "ONE = 1\n"),
    ]);
    if can_contain() {
        let target = function("churn.model", "model.predict", Calls::PerInput);
        assert_eq!(values(&project.run(&target, &["0"]).unwrap()), ["1"]);
    }
}

#[test]
fn a_model_may_start_worker_processes() {
    let text = "import multiprocessing\ndef twice(x):\n    return x * 2\n\
                def predict(row):\n    with multiprocessing.get_context('spawn').Pool(2) as pool:\n        \
                return pool.map(twice, row)\n";
    assert_eq!(answers(text, &["[1, 2, 3]"]), ["[2,4,6]"]);
}

/// What MLflow and pandas do that the harness relies on, without their weight.
const MLFLOW: &str = "class Model:\n    def predict(self, frame):\n        \
    return [sum(row.values()) for row in frame.rows]\n\
    def load_model(path):\n    open(path + '/MLmodel').read()\n    return Model()\n";
const PANDAS: &str = "class DataFrame:\n    def __init__(self, rows):\n        self.rows = rows\n";

#[test]
fn an_mlflow_model_gets_all_inputs_as_a_table() {
    let project = Project::new(&[
        ("mlflow/__init__.py", ""),
        ("mlflow/pyfunc.py", MLFLOW),
        ("pandas.py", PANDAS),
        ("churn/MLmodel", "flavors: {}\n"),
    ]);
    if can_contain() {
        let run = project
            .run(
                &Target::Mlflow("churn".into()),
                &["{\"a\": 1, \"b\": 2}", "{\"a\": 0.5, \"b\": 0}"],
            )
            .unwrap();
        assert_eq!(values(&run), ["3", "0.5"]);
    }
}
