//! Every reader is total: on any bytes, and on mutations of a file of its format, it answers or refuses.

use std::time::{Duration, Instant};

use holdfast_declared::{Format, MemoryFiles, read};
use proptest::prelude::*;

/// A file of a manifest's format, with something of everything that its reader knows.
fn sample(format: Format) -> &'static str {
    match format {
        Format::Requirements | Format::Constraints => {
            "# x\n-i https://u:p@h/simple\nnumpy[a]>=1,<2 ; python_version > '3' \\\n  --hash=sha256:00\n-e ./x[b]\ngit+https://h/r@v1#egg=r\n-r other.txt\nb==1 # via a\n"
        }
        Format::Pyproject => {
            "[build-system]\nrequires=['a']\n[project]\nname='p'\ndynamic=['version']\nrequires-python='>=3.11'\ndependencies=['b>=1','p[x]']\n[project.optional-dependencies]\nx=['c']\n[dependency-groups]\ng=['d',{include-group='h'}]\nh=[]\n[tool.uv]\nindex=[{url='https://h'}]\n[tool.uv.sources]\nb={git='https://h/b',rev='1'}\n[tool.poetry.dependencies]\npython='^3.11'\ne={version='^1',optional=true}\n[tool.pdm.dev-dependencies]\nt=['-e file:///${PROJECT_ROOT}/s#egg=s']\n[tool.pixi.dependencies]\nf='>=1'\n"
        }
        Format::PipConf => {
            "[global]\nindex-url = https://u:p@h\nextra-index-url =\n  https://a\n  https://b\n[install]\nno-index = false\n"
        }
        Format::PythonVersion => "3.11.7\n>=3.10\n",
        Format::RuntimeTxt => "python-3.11.7\n",
        Format::SetupCfg => {
            "[metadata]\nname = a\n[options]\npython_requires = >=3.10\ninstall_requires =\n  b>=1\n  c\n[options.extras_require]\nx = file: other.txt\n"
        }
        Format::SetupPy => {
            "from setuptools import setup\nA = ['b', \"c\" 'd']\nsetup(install_requires=A + ('e',), extras_require={'x:os_name==\"nt\"': [*A]}, python_requires='>=3')\n"
        }
        Format::Pipfile => {
            "[[source]]\nurl='https://u:p@h'\nname='x'\n[packages]\na='*'\nb={version='>=1',extras=['c'],index='x',os_name=\"=='nt'\"}\n[requires]\npython_version='3.11'\n"
        }
        Format::CondaEnvironment => {
            "channels: [a, https://u:p@h/t/x/c]\ndependencies:\n  - python=3.11\n  - c::numpy>=1,<2|3.* *build\n  - a[version='1',channel=x]\n  - pip:\n    - b==1\n    - -r other.txt\nx: &a {b: c}\ny: {<<: *a}\n"
        }
        Format::PixiToml => {
            "[workspace]\nchannels=['a']\nplatforms=['linux-64']\n[dependencies]\na='>=1,<2'\nb={version='1.*',build='x',channel='c'}\n[target.win.pypi-dependencies]\nc={version='==1',extras=['d']}\n[feature.f.dependencies]\nd='*'\n"
        }
        Format::PackageJson => {
            "{\"dependencies\":{\"a\":\"^1 || 2.x\",\"b\":\"npm:@c/d@~1\",\"e\":\"github:f/g#h\"},\"devDependencies\":{\"i\":\"file:../i\"},\"overrides\":{\"a\":{\".\":\"1\",\"j\":\"$a\"}},\"engines\":{\"node\":\">=20\"}}"
        }
        Format::Npmrc => {
            "registry=https://u:p@h/\n@s:registry=https://t/\n//h/:_authToken=x\na[]=b\n"
        }
        Format::MlflowModel => {
            "flavors:\n  python_function:\n    python_version: 3.11.7\n  sklearn:\n    sklearn_version: 1.3.2\n"
        }
        Format::MlflowPythonEnv => {
            "python: 3.11.7\nbuild_dependencies:\n- pip==23\ndependencies:\n- -r other.txt\n"
        }
        Format::TrussConfig => {
            "model_name: a\npython_version: py311\nrequirements:\n- b==1\nrequirements_file: other.txt\nsystem_packages: [c]\n"
        }
        Format::Bentofile => {
            "python:\n  packages: [a==1]\n  requirements_txt: other.txt\n  wheels: [w/a-1-py3-none-any.whl]\n  pip_args: --pre\nconda:\n  dependencies: [b]\ndocker:\n  python_version: 3.11\n"
        }
        Format::UvLock | Format::PoetryLock | Format::PdmLock => {
            "version = 1\n[[package]]\nname = 'a'\nversion = '1'\n"
        }
        Format::PipfileLock => {
            "{\"_meta\":{\"sources\":[]},\"default\":{\"a\":{\"version\":\"==1\"}},\"develop\":{}}"
        }
        Format::CondaLock => "version: 1\nmetadata: {}\npackage:\n- name: a\n  version: '1'\n",
        Format::CondaExplicit => "@EXPLICIT\nhttps://h/c/linux-64/a-1-0.conda#00\n",
        Format::PixiLock => "version: 6\nenvironments: {}\npackages: []\n",
        Format::PackageLock => {
            "{\"lockfileVersion\":3,\"packages\":{\"\":{},\"node_modules/a\":{\"version\":\"1.0.0\"}}}"
        }
    }
}

fn files(content: Vec<u8>) -> MemoryFiles {
    MemoryFiles::new()
        .with("a/file", content)
        .with("a/other.txt", "z==1\n")
}

#[test]
fn every_sample_of_a_manifest_is_read() {
    for format in Format::ALL {
        let reading = read(&files(sample(*format).into()), "a/file", *format);
        if let Err(error) = reading {
            let is_lock = format.name().ends_with("lock") || format.name() == "conda-explicit";
            assert!(is_lock, "{format}: {error}");
        }
    }
}

#[test]
fn secrets_of_a_file_are_in_no_reading() {
    for format in Format::ALL {
        if let Ok(reading) = read(&files(sample(*format).into()), "a/file", *format) {
            assert!(!format!("{reading:?}").contains("u:p"), "{format}");
        }
    }
}

#[test]
fn what_is_no_text_is_refused_by_every_reader() {
    for format in Format::ALL {
        for bytes in [&b"\xff\xfea\0"[..], b"a\0b", b"caf\xe9\n", b"\x80\x02}q\0."] {
            let error = read(&files(bytes.into()), "a/file", *format).unwrap_err();
            assert_eq!(error.location.file, "a/file", "{format}");
            assert!(error.fix.is_some(), "{format}");
        }
    }
}

#[test]
fn brackets_without_end_are_refused_or_read_soon() {
    for format in Format::ALL {
        for part in [
            "[", "{", "(", "{\"a\":", "a: [", "- ", "'", "\"", "a;(", "\\\n", "&a *a ",
        ] {
            let content = part.repeat(50_000);
            let start = began();
            let _ = read(&files(content.into()), "a/file", *format);
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "{format}: {part}"
            );
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
fn began() -> Instant {
    Instant::now()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in Format::ALL {
            let _ = read(&files(bytes.clone()), "a/file", *format);
        }
    }

    #[test]
    fn mutations_of_a_file_are_read_or_refused(
        at in any::<prop::sample::Index>(),
        length in 0_usize..12,
        with in "[\\[\\]{}()=<>!~^\"',.:;#&*|$@/\\\\\n\r\t a-e0-9é\u{2028}-]{0,8}",
        twice in any::<prop::sample::Index>(),
    ) {
        for format in Format::ALL {
            let before = sample(*format).as_bytes();
            let start = at.index(before.len());
            let end = (start + length).min(before.len());
            let mut mutated = [&before[..start], with.as_bytes(), &before[end..]].concat();
            let copied = twice.index(before.len());
            mutated.extend_from_slice(&before[copied..]);
            let _ = read(&files(mutated), "a/file", *format);
        }
    }
}
