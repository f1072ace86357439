//! Scripts: lines of JSON in, lines of JSON out, and all that goes wrong with that.

use holdfast_runner::Containment;

use crate::support::{Project, can_contain, values};

const ECHO: &str = "import sys\nfor line in sys.stdin:\n    print(line.strip())\n";

fn script(text: &str) -> Project {
    let mut project = Project::new(&[("predict.py", text)]);
    if !can_contain() {
        project.containment = Containment::Uncontained;
    }
    project
}

#[test]
fn values_come_back_as_the_script_printed_them() {
    let inputs = [
        "{\"a\": 1e-7}",
        "\"zażółć\"",
        "123456789012345678901234567890",
        "NaN",
    ];
    let run = script(ECHO).script(&inputs).unwrap();
    assert_eq!(values(&run), inputs);
    assert!(run.python.starts_with("3."), "{}", run.python);
    assert!(run.seconds > 0.0 && run.seconds < 10.0);
    assert!(run.memory.unwrap() > 1 << 20);
    assert_eq!(run.left_behind, 0);
}

#[test]
fn no_inputs_are_no_predictions() {
    assert_eq!(script(ECHO).script(&[]).unwrap().predictions, []);
}
