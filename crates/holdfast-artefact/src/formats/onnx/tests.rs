use super::super::protobuf::Writing;
use super::super::testing::{artefact, exact, hazards, inspect, total, unread, writers};
use super::*;

fn message() -> Writing {
    Writing::default()
}

/// A tensor whose data lies in another file.
fn external(location: &str) -> Writing {
    let pair = message().bytes(1, "location").bytes(2, location);
    message()
        .number(1, 2)
        .number(1, 3)
        .number(2, 1)
        .bytes(8, "w")
        .message(13, pair)
        .number(14, 1)
}

fn model(graph: Writing) -> Writing {
    message()
        .number(1, 8)
        .bytes(2, "pytorch")
        .bytes(3, "2.4.1")
        .message(7, graph)
        .message(8, message().bytes(1, "").number(2, 17))
}

#[test]
fn a_model_names_its_producer_and_opsets() {
    let tensor = message()
        .number(1, 4)
        .number(2, 1)
        .bytes(8, "b")
        .bytes(9, [0; 16]);
    let node = message().bytes(4, "MyOp").bytes(7, "com.example");
    let bytes = model(message().message(1, node).bytes(2, "g").message(5, tensor)).0;
    let found = inspect("m", &bytes);
    assert_eq!(found.format, ArtefactFormat::Onnx);
    assert_eq!(unread(&found), Vec::<String>::new());
    assert_eq!(writers(&found), [exact("torch", "2.4.1")]);
    let metadata = &found.content.metadata;
    assert_eq!(metadata["onnx.ir-version"], "8");
    assert_eq!(metadata["onnx.opset.ai.onnx"], "17");
    assert_eq!(metadata["onnx.custom-domains"], "com.example");
    assert_eq!(
        (found.content.tensors.count, found.content.tensors.bytes),
        (1, 16)
    );
}

#[test]
fn external_data_that_climbs_out_is_told_wherever_it_is() {
    let path = "../../etc/passwd";
    let in_graph = message().message(5, external(path));
    let of_node = |attribute: Writing| message().message(1, message().message(5, attribute));
    let in_attribute = of_node(message().message(5, external(path)));
    let in_subgraph = of_node(message().message(6, in_graph.clone()));
    let in_sparse = message().message(15, message().message(1, external(path)));
    let function = message().message(
        7,
        message().message(5, message().message(5, external(path))),
    );
    let training = message().message(1, in_graph.clone());
    for bytes in [
        model(in_graph),
        model(in_attribute),
        model(in_subgraph),
        model(in_sparse),
        model(message().bytes(2, "g")).message(25, function),
        model(message().bytes(2, "g")).message(20, training),
    ] {
        let found = inspect("m", &bytes.0);
        let of = "external data";
        let path = path.to_owned();
        assert_eq!(hazards(&found), [HazardKind::EscapingPath { path, of }]);
    }
}

#[test]
fn paths_that_stay_are_quiet() {
    for path in ["weights.bin", "data/weights.bin", "./w", "a..b"] {
        assert!(!escapes(path), "{path}");
    }
    for path in [
        "/etc/passwd",
        "..",
        "a/../../b",
        "..\\b",
        "C:\\b",
        "c:b",
        "\\\\host\\b",
        "a\0",
        "~/b",
        "file:///etc/passwd",
    ] {
        assert!(escapes(path), "{path}");
    }
}

#[test]
fn graphs_too_deep_in_one_another_end() {
    let mut graph = message().bytes(2, "g");
    for _ in 0..200 {
        graph = message().message(1, message().message(5, message().message(6, graph)));
    }
    assert_eq!(unread(&inspect("m", &model(graph).0)).len(), 1);
}

#[test]
fn other_protocol_buffers_are_not_taken_for_a_model() {
    for bytes in [
        &b"\x08\x01\x12\x03abc"[..],
        b"\x08\x01",
        b"\x08\x08 plain text that begins with two odd bytes",
        b"\x08\x05\x3a\x7fxyz",
        b"",
    ] {
        assert_eq!(inspect("m", bytes).format, ArtefactFormat::Unknown);
    }
}

#[test]
fn a_real_model_is_read() {
    let Some(bytes) = artefact("m.onnx") else {
        return;
    };
    let found = inspect("m.bin", &bytes);
    assert_eq!(found.format, ArtefactFormat::Onnx);
    assert_eq!(unread(&found), Vec::<String>::new());
    assert_eq!(writers(&found), [exact("skl2onnx", "1.20.0")]);
    assert!(found.content.metadata.contains_key("onnx.opset.ai.onnx.ml"));
}

impl Clone for Writing {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

total!(
    "x.onnx",
    b"\x08\x08",
    model(message().message(5, external("../x"))).0
);
