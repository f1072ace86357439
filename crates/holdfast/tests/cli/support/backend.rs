//! A build backend for the source archives of the fake index.

use testkit::{FakeProject, FakeRelease};

use super::project;

/// The build backend that a source archive without `pyproject.toml` asks for: answers with what the
/// archive says of itself, and builds a wheel of one module.
pub(crate) fn backend() -> FakeProject {
    let release = FakeRelease::new("70.0").file("setuptools/build_meta.py", SETUPTOOLS.as_bytes());
    project("setuptools", [release])
}

const SETUPTOOLS: &str = r#"
import base64, hashlib, os, shutil, zipfile

def _fields():
    with open("PKG-INFO") as file:
        return dict(line.strip().split(": ", 1) for line in file if ": " in line)

class _Legacy:
    def get_requires_for_build_wheel(self, config_settings=None):
        return []

    def prepare_metadata_for_build_wheel(self, directory, config_settings=None):
        fields = _fields()
        name = "{}-{}.dist-info".format(fields["Name"], fields["Version"])
        os.mkdir(os.path.join(directory, name))
        shutil.copy("PKG-INFO", os.path.join(directory, name, "METADATA"))
        return name

    def build_wheel(self, directory, config_settings=None, metadata_directory=None):
        fields = _fields()
        stem = "{}-{}".format(fields["Name"], fields["Version"])
        info = stem + ".dist-info/"
        files = {
            fields["Name"] + ".py": "built = True\n",
            info + "METADATA": open("PKG-INFO").read(),
            info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        name = stem + "-py3-none-any.whl"
        with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
            for path, text in files.items():
                wheel.writestr(path, text)
            record = ""
            for path, text in files.items():
                digest = hashlib.sha256(text.encode()).digest()
                encoded = base64.urlsafe_b64encode(digest).decode().rstrip("=")
                record += "{},sha256={},{}\n".format(path, encoded, len(text))
            wheel.writestr(info + "RECORD", record + info + "RECORD,,\n")
        return name

__legacy__ = _Legacy()
"#;
