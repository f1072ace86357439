//! Projects of npm.

use std::fmt::Write as _;

use super::Files;
use super::package::Package;
use super::project::Project;

/// `package.json` with `package-lock.json`, version 3.
pub(super) fn package_lock(project: &Project) -> Files {
    let name = project.name();
    let locked: Vec<String> = project.direct().map(|it| range(it, 8)).collect();
    let mut wanted: Vec<String> = project.direct().map(|it| range(it, 4)).collect();
    if let Some(added) = project.added() {
        wanted.push(format!("    \"{added}\": \"^2.1.0\""));
    }
    let manifest = format!(
        "{{\n  \"name\": \"{name}\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {{\n{}\n  }}\n}}\n",
        wanted.join(",\n")
    );
    let mut lock = format!(
        "{{\n  \"name\": \"{name}\",\n  \"version\": \"1.0.0\",\n  \"lockfileVersion\": 3,\n  \"requires\": true,\n  \"packages\": {{\n    \"\": {{\n      \"name\": \"{name}\",\n      \"version\": \"1.0.0\",\n      \"dependencies\": {{\n{}\n      }}\n    }}",
        locked.join(",\n")
    );
    for package in project.sorted() {
        entry(&mut lock, project, package);
    }
    lock.push_str("\n  }\n}\n");
    vec![("package.json", manifest), ("package-lock.json", lock)]
}

fn entry(lock: &mut String, project: &Project, package: &Package) {
    let (name, version) = (&package.name, &package.version);
    let _ = write!(
        lock,
        ",\n    \"node_modules/{name}\": {{\n      \"version\": \"{version}\",\n      \"resolved\": \"https://registry.npmjs.org/{name}/-/{name}-{version}.tgz\",\n      \"integrity\": \"{}\",\n      \"license\": \"MIT\"",
        integrity(package)
    );
    let dependencies: Vec<String> = project
        .dependencies(package)
        .into_iter()
        .map(|it| range(it, 8))
        .collect();
    if !dependencies.is_empty() {
        let _ = write!(
            lock,
            ",\n      \"dependencies\": {{\n{}\n      }}",
            dependencies.join(",\n")
        );
    }
    lock.push_str(",\n      \"engines\": {\n        \"node\": \">=18\"\n      }\n    }");
}

fn range(package: &Package, indent: usize) -> String {
    format!(
        "{:indent$}\"{}\": \"^{}\"",
        "", package.name, package.version
    )
}

/// SHA-512 in base 64: hexadecimal digits are digits of that base as well.
fn integrity(package: &Package) -> String {
    format!("sha512-{}AA==", package.digits(9, 84))
}
