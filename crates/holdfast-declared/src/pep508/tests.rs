use std::str::FromStr as _;

use holdfast_model::RangeShape;
use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Specification {
    Specification::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn marker(text: &str) -> String {
    Marker::parse(text)
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
        .to_string()
}

#[test]
fn names_extras_ranges_and_markers_are_read() {
    let read = parse("Requests [Security, socks_5] >= 2.8.1, == 2.8.* ; python_version<\"2.7\"");
    assert_eq!(read.package, PackageId::pypi("requests"));
    assert_eq!(read.extras, ["security", "socks-5"]);
    assert_eq!(read.range.text, "==2.8.*,>=2.8.1");
    assert_eq!(read.marker.unwrap().to_string(), "python_version < '2.7'");
    assert_eq!(parse("numpy(>=1,<2)").range.shape, RangeShape::Bounded);
    assert_eq!(parse("numpy[]").extras, Vec::<String>::new());
    assert_eq!(parse("a===weird-1").range.exact.as_deref(), Some("weird-1"));
    assert_eq!(
        parse("a==1!2.0+cu121").range.exact.as_deref(),
        Some("1!2.0+cu121")
    );
    assert_eq!(parse("a==${VERSION}").range.shape, RangeShape::Any);
    assert_eq!(parse("a==${VERSION}").range.text, "==${VERSION}");
}

#[test]
fn addresses_are_told_apart() {
    use RequirementSource::{Path, Url, Vcs};
    let source = |text: &str| parse(text).source;
    assert_eq!(
        source("a @ https://me:secret@host/a-1.0.zip ; os_name == 'nt'"),
        Url("https://host/a-1.0.zip".to_owned())
    );
    assert_eq!(
        source("a @ git+https://host/a.git@v1.0#egg=a&subdirectory=sub"),
        Vcs {
            system: "git".to_owned(),
            url: "https://host/a.git#subdirectory=sub".to_owned(),
            revision: Some("v1.0".to_owned()),
        }
    );
    assert_eq!(
        source("a@git+ssh://git@host/a.git"),
        Vcs {
            system: "git".to_owned(),
            url: "ssh://git@host/a.git".to_owned(),
            revision: None,
        }
    );
    assert_eq!(
        source("a @ git+git@host:o/a.git@main"),
        Vcs {
            system: "git".to_owned(),
            url: "git@host:o/a.git".to_owned(),
            revision: Some("main".to_owned()),
        }
    );
    assert_eq!(
        source("a @ file:///croot/a_1/work"),
        Path {
            path: "/croot/a_1/work".to_owned(),
            editable: false,
        }
    );
    assert_eq!(
        source("a @ ./local"),
        Path {
            path: "./local".to_owned(),
            editable: false,
        }
    );
}

#[test]
fn archives_name_their_version_and_hash() {
    let hash = "0".repeat(64);
    let read = parse(&format!(
        "Foo_Bar @ https://h/foo_bar-1.2-py3-none-any.whl#sha256={hash}"
    ));
    assert_eq!(read.range.exact.as_deref(), Some("1.2"));
    assert_eq!(read.hashes.len(), 1);
    assert_eq!(parse("a @ https://h/archive/1.2.zip").range.exact, None);
    assert_eq!(parse("a @ https://h/b-1.2.tar.gz").range.exact, None);
    assert_eq!(
        parse("a @ https://h/a-1.2.tar.gz").range.exact.as_deref(),
        Some("1.2")
    );
}

#[test]
fn what_is_no_requirement_gets_a_fix() {
    for (text, offset, fix) in [
        ("numpy=1.2", 5, "did you mean `numpy==1.2`?"),
        ("numpy=1.26.4=py311_0", 5, "did you mean `numpy==1.26.4`?"),
        ("asdf 1.0", 5, "did you mean `asdf==1.0`?"),
        ("numpy=>1.2", 5, "did you mean `numpy>=1.2`?"),
        ("numpy^1.2.3", 5, "did you mean `numpy>=1.2.3,<2`?"),
        ("numpy ^0.2", 6, "did you mean `numpy>=0.2,<0.3`?"),
        ("numpy~1.2.3", 5, "did you mean `numpy>=1.2.3,<1.3`?"),
        ("numpy>=1.0<2", 10, "did you mean `numpy>=1.0,<2`?"),
        ("numpy>=1.0 <2", 11, "did you mean `numpy>=1.0,<2`?"),
        ("numpy>=1.0,", 11, "did you mean `numpy>=1.0`?"),
        ("asdf==", 6, "add a version, or drop the comparison"),
        ("==1.0", 0, "put the package's name in front of `==1.0`"),
        ("'numpy'", 0, "write `numpy` without quotes"),
        ("- numpy", 0, "write `numpy` without the dash"),
        (
            "pip install numpy",
            4,
            "write `numpy` alone, without the command",
        ),
        (
            "a @ https://h/a.zip; os_name=='nt'",
            19,
            "put a space before `;`",
        ),
        (
            "a; pythn_version < '3'",
            3,
            "did you mean `python_version`?",
        ),
        (
            "a; python_version < 3.8",
            20,
            "put quotes round it: `\"3.8\"`",
        ),
    ] {
        let error = Specification::parse(text).unwrap_err();
        assert_eq!(
            (error.offset, error.fix.as_deref()),
            (offset, Some(fix)),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn hostile_texts_are_refused_quickly() {
    for text in [
        "foo- >=1".to_owned(),
        "foo[a-]".to_owned(),
        "a;".to_owned() + &"(".repeat(10_000),
        "a".repeat(LENGTH_LIMIT + 1),
        "a;".to_owned() + &"'".repeat(9_000),
        "a @ x".to_owned() + &" ".repeat(12_000) + "x",
        "a==".to_owned() + &"1.".repeat(8_000),
        "a".to_owned() + &">=1<2".repeat(3_000),
    ] {
        assert!(Specification::parse(&text).is_err());
    }
    let wide: Vec<String> = (0..300)
        .map(|n| format!("extra=='a{n}' and extra=='b{n}'"))
        .collect();
    assert!(Specification::parse(&format!("a;{}", wide.join(" or "))).is_ok());
}

#[test]
fn markers_are_written_in_one_spelling() {
    for (before, after) in [
        ("python_version>=\"3.8\"", "python_version >= '3.8'"),
        ("'3.8'<=python_version", "python_version >= '3.8'"),
        ("(os_name=='nt')", "os_name == 'nt'"),
        ("os.name == 'nt'", "os_name == 'nt'"),
        ("extra == 'Foo_Bar'", "extra == 'foo-bar'"),
        ("'linux' in sys_platform", "'linux' in sys_platform"),
        ("os_name not  in 'a b'", "os_name not in 'a b'"),
        (
            "os_name=='a' and (os_name=='b' or (os_name=='c' or os_name=='d'))",
            "os_name == 'a' and (os_name == 'b' or os_name == 'c' or os_name == 'd')",
        ),
        (
            "(os_name=='a' and os_name=='b') or os_name=='c'",
            "os_name == 'a' and os_name == 'b' or os_name == 'c'",
        ),
        ("os_name=='a' and os_name=='a'", "os_name == 'a'"),
        ("os_name == \"it's\"", "os_name == \"it's\""),
    ] {
        assert_eq!(marker(before), after);
        assert_eq!(marker(after), after);
    }
}

#[test]
fn a_marker_can_be_negated_and_joined() {
    let one = Marker::parse("os_name == 'a' and python_version < '3.8'").unwrap();
    let other = Marker::parse("sys_platform in 'x y'").unwrap();
    assert_eq!(
        one.negate().unwrap().to_string(),
        "os_name != 'a' or python_version >= '3.8'"
    );
    assert_eq!(
        one.negate().unwrap().and(other).to_string(),
        "(os_name != 'a' or python_version >= '3.8') and sys_platform in 'x y'"
    );
    assert_eq!(
        Marker::parse("python_version ~= '3.8'").unwrap().negate(),
        None
    );
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9]([A-Za-z0-9._-]{0,6}[A-Za-z0-9])?"
}

fn comparison() -> impl Strategy<Value = String> {
    prop_oneof![
        ("(==|!=|<|<=|>|>=)", "[0-9]{1,2}\\.[0-9]{1,2}")
            .prop_map(|(operator, version)| format!("python_version{operator}\"{version}\"")),
        ("(==|!=)", "(linux|win32|darwin)")
            .prop_map(|(operator, value)| format!("sys_platform {operator} '{value}'")),
        "(nt|posix)".prop_map(|value| format!("'{value}' == os_name")),
        name().prop_map(|name| format!("extra == '{name}'")),
    ]
}

fn marker_text() -> impl Strategy<Value = String> {
    comparison().prop_recursive(3, 12, 3, |inner| {
        (inner.clone(), "(and|or)", inner)
            .prop_map(|(left, connective, right)| format!("({left}) {connective} {right}"))
    })
}

fn requirement_text() -> impl Strategy<Value = String> {
    let version = "(==|!=|<|<=|>|>=)[ ]?[0-9]{1,2}(\\.[0-9]{1,2}){0,2}(a1|\\.post2|\\.dev3)?";
    (
        name(),
        proptest::collection::vec(name(), 0..3),
        proptest::collection::vec(version, 0..3),
        proptest::option::of(marker_text()),
    )
        .prop_map(|(name, extras, versions, marker)| {
            let extras = match extras.as_slice() {
                [] => String::new(),
                _ => format!("[{}]", extras.join(" , ")),
            };
            let marker = marker
                .map(|marker| format!(" ; {marker}"))
                .unwrap_or_default();
            format!("{name}{extras} {}{marker}", versions.join(", "))
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        if let Err(error) = Specification::parse(&text) {
            prop_assert!(error.offset <= text.len());
        }
    }

    #[test]
    fn texts_that_look_like_requirements_are_read_or_refused(
        text in "[ab1]{0,2}[-.]{0,1}[\\[\\](),;@ ]{0,3}[=<>!~^]{0,3}[0-9.*a]{0,4}[;, ]{0,2}(os_name|extra|'a'|and|or|not in|[()=]){0,6}"
    ) {
        let _ = Specification::parse(&text);
    }

    #[test]
    fn requirements_agree_with_pep508_rs(text in requirement_text()) {
        let ours = parse(&text);
        let theirs = pep508_rs::Requirement::<url::Url>::from_str(&text).unwrap();
        prop_assert_eq!(ours.package.name(), theirs.name.to_string());
        let mut extras: Vec<String> = theirs.extras.iter().map(ToString::to_string).collect();
        extras.sort();
        extras.dedup();
        prop_assert_eq!(&ours.extras, &extras);
        if let Some(pep508_rs::VersionOrUrl::VersionSpecifier(specifiers)) = &theirs.version_or_url {
            prop_assert_eq!(ours.range.pep440.as_ref(), Some(specifiers));
        }
        // the canonical spelling means the same to the other reader
        let ours = ours.marker.map(|marker| marker.to_string()).unwrap_or_default();
        if !ours.is_empty() {
            let again = pep508_rs::MarkerTree::from_str(&ours).unwrap();
            prop_assert_eq!(again, theirs.marker);
        }
    }

    #[test]
    fn a_marker_and_its_negation_never_hold_together(text in marker_text()) {
        let marker = Marker::parse(&text).unwrap();
        let mut tree = pep508_rs::MarkerTree::from_str(&marker.to_string()).unwrap();
        let negated = marker.negate().unwrap().to_string();
        let negated = pep508_rs::MarkerTree::from_str(&negated).unwrap();
        prop_assert_eq!(tree.negate(), negated.clone());
        tree.and(negated);
        prop_assert!(tree.is_false());
    }

    #[test]
    fn the_canonical_marker_is_its_own_canonical_form(text in marker_text()) {
        let once = marker(&text);
        prop_assert_eq!(&marker(&once), &once);
    }
}
