use std::io::Cursor;

use holdfast_model::{
    Artefact, ArtefactFormat, HazardKind, Import, ImportUsage, UnreadReason, WriterVersion,
};
use proptest::prelude::*;

use crate::{Limits, inspect};

fn of(name: &str, bytes: &[u8]) -> Artefact {
    inspect(name, &mut Cursor::new(bytes.to_vec()), &Limits::default())
}

/// Module, name and usage of each import.
fn imports(artefact: &Artefact) -> Vec<String> {
    let line = |import: &Import| {
        format!(
            "{} {}.{}",
            import.usage.as_str(),
            import.module,
            import.name
        )
    };
    artefact.content.imports.iter().map(line).collect()
}

fn hazards(artefact: &Artefact) -> Vec<&HazardKind> {
    let hazards = artefact.content.hazards.iter();
    hazards.map(|hazard| &hazard.kind).collect()
}

/// A short text opcode.
fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    [&[0x8c, length], text.as_bytes()].concat()
}

#[test]
fn a_call_is_seen_in_every_protocol() {
    let stack_global = [
        b"\x80\x04".to_vec(),
        text("os"),
        text("system"),
        b"\x93\x8c\x02id\x85R.".to_vec(),
    ]
    .concat();
    let pickles: [&[u8]; 5] = [
        b"cos\nsystem\n(S'id'\ntR.",
        b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.",
        b"(S'id'\nios\nsystem\n.",
        b"(cos\nsystem\nS'id'\no.",
        &stack_global,
    ];
    for pickle in pickles {
        let artefact = of("x", pickle);
        assert_eq!(imports(&artefact), ["called os.system"], "{pickle:?}");
        assert_eq!(artefact.format, ArtefactFormat::Pickle);
        assert_eq!(artefact.content.unread, []);
    }
}

#[test]
fn names_come_through_the_memo_and_escapes() {
    let artefact = of(
        "x",
        b"\x80\x04V\\u006fs\n\x94\x8c\x06system\x94\x30\x30h\x00h\x01\x93\x8c\x02id\x85R.",
    );
    assert_eq!(imports(&artefact), ["called os.system"]);
}

#[test]
fn a_memo_key_is_counted_and_not_guessed() {
    // key 1 is put first, so `MEMOIZE` takes 1 again … and then 2
    let pickle = b"\x80\x04\x8c\x04safeq\x05\x8c\x02os\x94\x8c\x06system\x94000h\x01h\x02\x93.";
    let artefact = of("x", pickle);
    assert_eq!(imports(&artefact), ["imported os.system"]);
}

#[test]
fn a_name_that_is_made_while_loading_is_a_hazard() {
    let pickle = b"\x80\x04cbuiltins\nstr\n)R\x8c\x06system\x93.";
    let artefact = of("x", pickle);
    assert_eq!(imports(&artefact), ["called builtins.str"]);
    assert!(matches!(
        hazards(&artefact)[..],
        [HazardKind::UnresolvedImport { .. }]
    ));
}

#[test]
fn the_extension_registry_is_a_hazard() {
    let artefact = of("x", b"\x80\x02\x82\x07)R.");
    assert_eq!(
        hazards(&artefact)[0],
        &HazardKind::ExtensionCode { code: 7 }
    );
}

#[test]
fn altering_a_module_is_a_hazard() {
    let artefact = of("x", b"csys\nmodules\nS'os'\nNs.");
    let what = "it sets items of `sys.modules`".to_owned();
    assert_eq!(hazards(&artefact), [&HazardKind::Alteration { what }]);
    assert_eq!(imports(&artefact), ["called sys.modules"]);
}

#[test]
fn what_comes_before_the_damage_is_told() {
    for rest in [&b""[..], b"\xff", b"\x8c\xff", b"X\xff\xff\xff\xffabc"] {
        let pickle = [&b"\x80\x04cos\nsystem\n\x8c\x02id\x85R"[..], rest].concat();
        let artefact = of("x", &pickle);
        assert_eq!(imports(&artefact), ["called os.system"]);
        assert_eq!(artefact.content.unread.len(), 1, "{rest:?}");
    }
}

#[test]
fn what_follows_a_failing_stack_is_still_seen() {
    let artefact = of("x", b"\x80\x04000cos\nsystem\n\x8c\x02id\x85R.");
    assert_eq!(imports(&artefact), ["called os.system"]);
    let UnreadReason::Malformed(what) = &artefact.content.unread[0].reason else {
        panic!("{:?}", artefact.content.unread);
    };
    assert_eq!(what, "its stack holds too little");
}

#[test]
fn pickles_that_follow_one_another_are_all_read() {
    let artefact = of("x", b"\x80\x04N.\x80\x04N.cos\nsystem\n)R.");
    assert_eq!(imports(&artefact), ["called os.system"]);
}

#[test]
fn what_looks_like_another_format_and_is_a_pickle_is_both() {
    // `C` is an opcode with a length and that many bytes
    let bytes = [&b"CBM1"[..], &[0; 0x42 - 2], b"0cos\nsystem\n)R."].concat();
    let artefact = of("model.cbm", &bytes);
    assert_eq!(artefact.format, ArtefactFormat::Catboost);
    assert_eq!(imports(&artefact), ["called os.system"]);
    assert!(hazards(&artefact).contains(&&HazardKind::Appended {
        format: ArtefactFormat::Pickle
    }));
}

#[test]
fn text_that_happens_to_begin_like_a_pickle_is_none() {
    for text in [
        "cat\ndog\nbird\n",
        "I am\n",
        "Nothing.",
        "config\nvalue\n.gitignore",
        "(x)",
        "",
    ] {
        assert_eq!(
            of("words.txt", text.as_bytes()).format,
            ArtefactFormat::Unknown,
            "{text}"
        );
    }
    let named = of("model.pkl", b"not a pickle");
    assert_eq!(named.format, ArtefactFormat::Pickle);
    assert_eq!(named.content.unread.len(), 1);
}

#[test]
fn what_torch_unpickles_inside_is_looked_into() {
    let inner = b"\x80\x02cos\nsystem\n)R.";
    let length = u8::try_from(inner.len()).unwrap();
    let pickle = [
        &b"\x80\x04ctorch.storage\n_load_from_bytes\nC"[..],
        &[length],
        inner,
        b"\x85R.",
    ]
    .concat();
    let artefact = of("x", &pickle);
    assert_eq!(
        imports(&artefact),
        ["called torch.storage._load_from_bytes", "called os.system"]
    );
    assert_eq!(artefact.content.imports[1].at.members, ["storage"]);
    let computed = of("x", b"\x80\x04ctorch.storage\n_load_from_bytes\nN\x85R.");
    assert!(matches!(
        hazards(&computed)[..],
        [HazardKind::UnresolvedImport { .. }]
    ));
}

#[test]
fn what_is_handed_on_to_be_called_is_called() {
    let handed = b"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\n(csklearn.tree._export\nexport_graphviz\nNtR.";
    assert_eq!(
        imports(&of("x", handed)),
        [
            "called torch._tensor._rebuild_from_type_v2",
            "called sklearn.tree._export.export_graphviz"
        ]
    );
    let partial = b"\x80\x02ccollections\ndefaultdict\ncfunctools\npartial\n)R\x85R.";
    assert!(matches!(
        hazards(&of("x", partial))[..],
        [HazardKind::UnresolvedImport { .. }]
    ));
}

#[test]
fn an_object_without_its_constructor_is_told_apart() {
    let artefact = of("x", b"\x80\x02csklearn.svm._classes\nSVC\n)\x81}X\x10\x00\x00\x00_sklearn_versionX\x05\x00\x00\x001.5.2sb.");
    assert_eq!(
        imports(&artefact),
        ["instantiated sklearn.svm._classes.SVC"]
    );
    let writer = &artefact.content.writers[0];
    assert_eq!(writer.library, "scikit-learn");
    assert_eq!(writer.version, WriterVersion::Exact("1.5.2".to_owned()));
    let reconstructed = of(
        "x",
        b"ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nobject\nNtR.",
    );
    assert_eq!(
        reconstructed.content.imports[1].usage,
        ImportUsage::Instantiated
    );
}

/// A wrapper of joblib for an array with this type name and length, and the array with its padding.
fn joblib(element: &str, length: u8, array: &[u8]) -> Vec<u8> {
    [
        b"\x80\x04cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(".to_vec(),
        text("shape"),
        vec![b'K', length, 0x85],
        text("dtype"),
        b"cnumpy\ndtype\n".to_vec(),
        text(element),
        b"\x89\x88\x87R".to_vec(),
        text("numpy_array_alignment_bytes"),
        b"K\x10ub".to_vec(),
        array.to_vec(),
        b"cos\nsystem\n)R.".to_vec(),
    ]
    .concat()
}

#[test]
fn arrays_of_joblib_are_passed() {
    let artefact = of(
        "x",
        &joblib("f8", 2, &[&[2, 0xff, 0xff][..], &[0xfe; 16]].concat()),
    );
    assert_eq!(artefact.format, ArtefactFormat::Joblib);
    assert_eq!(artefact.content.unread, []);
    assert!(imports(&artefact).contains(&"called os.system".to_owned()));
}

#[test]
fn what_hides_in_an_array_from_joblib_is_seen_as_pickle_would_load_it() {
    // a padding of 93 bytes, which `pickle.load` takes for an opcode without an argument
    let array = [&b"]"[..], &[b'N'; 93], b"cevil\ncall\n)R."].concat();
    let artefact = of("x", &joblib("S14", 1, &array));
    assert_eq!(artefact.content.unread, []);
    assert!(imports(&artefact).contains(&"called os.system".to_owned()));
    assert!(imports(&artefact).contains(&"called evil.call".to_owned()));
}

#[test]
fn memory_and_time_are_bounded() {
    let limits = Limits {
        steps: 3_000_000,
        ..Limits::default()
    };
    let hostile: [Vec<u8>; 5] = [
        [b"\x80\x04".to_vec(), vec![b'('; 10_000_000]].concat(),
        [b"\x80\x04".to_vec(), vec![0x85; 10_000_000]].concat(),
        b"\x80\x04Nr\xff\xff\xff\x7fj\xff\xff\xff\x7f.".to_vec(),
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f".to_vec(),
        b"\x80\x04N.".repeat(1_000_000),
    ];
    for bytes in hostile {
        inspect("x.pkl", &mut Cursor::new(bytes), &limits);
    }
}

proptest! {
    #[test]
    fn any_bytes_end(mut bytes: Vec<u8>, name in "(a|a\\.pkl)") {
        of(&name, &bytes);
        bytes.splice(0..0, [0x80, 4]);
        of(&name, &bytes);
    }

    #[test]
    fn damaged_pickles_end(place in 0usize..200, byte: u8) {
        let mut bytes = joblib("f8", 2, &[0; 17]);
        let place = place % bytes.len();
        bytes[place] = byte;
        of("x", &bytes);
        of("x", &bytes[..place]);
    }
}

#[test]
fn joblib_objects_are_no_imports_of_a_memo_that_is_not_theirs() {
    let name = |module: &str, name: &str| {
        [
            text(module),
            b"\x94".to_vec(),
            text(name),
            b"\x94\x93\x94".to_vec(),
        ]
        .concat()
    };
    let wrapper = |objects: &[u8]| {
        [
            b"\x80\x04".to_vec(),
            name("joblib.numpy_pickle", "NumpyArrayWrapper"),
            b")\x81\x94}\x94(".to_vec(),
            text("shape"),
            b"K\x01\x85".to_vec(),
            text("dtype"),
            name("numpy", "dtype"),
            text("O8"),
            b"\x85Rub".to_vec(),
            objects.to_vec(),
            b".".to_vec(),
        ]
        .concat()
    };
    // with the outer memo, number 3 is the wrapper: `pickle.load` ends there
    let objects = [
        b"\x80\x05".to_vec(),
        name("numpy.core.multiarray", "_reconstruct"),
        text("numpy"),
        b"\x94h\x03".to_vec(),
        text("dtype"),
        b"\x930h\x00".to_vec(),
        text("scalar"),
        b"\x93).".to_vec(),
    ]
    .concat();
    let artefact = of("x.joblib", &wrapper(&objects));
    let found = imports(&artefact);
    assert!(
        found.contains(&"imported numpy.core.multiarray.scalar".to_owned()),
        "{found:?}"
    );
    assert!(
        !found
            .iter()
            .any(|import| import.contains("numpy_pickle.scalar")),
        "{found:?}"
    );
    // where it does not end, what it would import is seen
    let objects = [
        b"\x80\x05".to_vec(),
        text("os"),
        b"\x94h\x00".to_vec(),
        text("scalar"),
        b"\x93.".to_vec(),
    ]
    .concat();
    let found = imports(&of("x.joblib", &wrapper(&objects)));
    assert!(
        found.contains(&"imported joblib.numpy_pickle.scalar".to_owned()),
        "{found:?}"
    );
}
