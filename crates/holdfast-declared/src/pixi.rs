//! pixi: `pixi.toml`, and `[tool.pixi]` of `pyproject.toml`.

use holdfast_model::{
    Declared, DeclaredIndex, DeclaredOption, Ecosystem, IndexKind, PackageId, Purpose,
    RequirementSource, VersionRange,
};

use crate::conda::{self, MatchSpec, environment};
use crate::context::{Context, Keyed, extras, inside};
use crate::document::{Document, Node};
use crate::pep508::{Marker, Specification, is_name};
use crate::{Format, ReadError, strip_credentials};

/// Lists of conda packages, and whether they are for building.
const CONDA_LISTS: &[(&str, bool)] = &[
    ("dependencies", false),
    ("host-dependencies", true),
    ("build-dependencies", true),
];

/// Reads `pixi.toml`.
pub(crate) fn read(context: &Context<'_>, text: &str) -> Result<Declared, ReadError> {
    let document = Document::toml(text, context.path)?;
    let mut declared = context.declared(Format::PixiToml);
    read_table(context, &document.root(), &mut declared)?;
    Ok(declared)
}

/// Reads the tables of pixi, wherever they are.
pub(crate) fn read_table(
    context: &Context<'_>,
    pixi: &Node<'_>,
    declared: &mut Declared,
) -> Result<(), ReadError> {
    for workspace in ["workspace", "project"] {
        let Some(workspace) = pixi.get(workspace) else {
            continue;
        };
        // a channel may be a table with a priority; its name is what counts
        if workspace.get("channels").is_some_and(|it| it.is_array()) {
            environment::channels(&workspace, declared)?;
        }
        for platform in workspace.optional_items("platforms")? {
            declared.options.push(DeclaredOption {
                name: "platform".to_owned(),
                value: platform.scalar(),
                location: platform.location(),
            });
        }
        pypi_options(&workspace, declared)?;
    }
    pypi_options(pixi, declared)?;
    feature(context, pixi, &Purpose::Runtime, declared)?;
    for (name, table) in pixi.optional_entries("feature")? {
        let purpose = Purpose::Group(name.to_owned());
        feature(context, &table, &purpose, declared)?;
        pypi_options(&table, declared)?;
    }
    Ok(())
}

/// The dependencies of a feature, on every platform and on single ones.
fn feature(
    context: &Context<'_>,
    table: &Node<'_>,
    purpose: &Purpose,
    declared: &mut Declared,
) -> Result<(), ReadError> {
    dependencies(context, table, purpose, declared)?;
    for (platform, target) in table.optional_entries("target")? {
        let first = declared.requirements.len();
        dependencies(context, &target, purpose, declared)?;
        let Some(marker) = marker_of(platform) else {
            continue;
        };
        for requirement in declared.requirements.iter_mut().skip(first) {
            let own = requirement.marker.as_deref().map(Marker::parse);
            let marker = match own {
                Some(Ok(own)) => marker.clone().and(own),
                Some(Err(_)) | None => marker.clone(),
            };
            requirement.marker = Some(marker.to_string());
        }
    }
    Ok(())
}

/// The environment marker of a platform or a family of them.
fn marker_of(platform: &str) -> Option<Marker> {
    let text = match platform {
        "linux" => "sys_platform == 'linux'",
        "osx" => "sys_platform == 'darwin'",
        "win" => "sys_platform == 'win32'",
        "unix" => "os_name == 'posix'",
        "linux-64" => "sys_platform == 'linux' and platform_machine == 'x86_64'",
        "linux-aarch64" => "sys_platform == 'linux' and platform_machine == 'aarch64'",
        "linux-ppc64le" => "sys_platform == 'linux' and platform_machine == 'ppc64le'",
        "osx-64" => "sys_platform == 'darwin' and platform_machine == 'x86_64'",
        "osx-arm64" => "sys_platform == 'darwin' and platform_machine == 'arm64'",
        "win-64" => "sys_platform == 'win32' and platform_machine == 'AMD64'",
        "win-arm64" => "sys_platform == 'win32' and platform_machine == 'ARM64'",
        _ => return None,
    };
    Marker::parse(text).ok()
}

fn dependencies(
    context: &Context<'_>,
    table: &Node<'_>,
    purpose: &Purpose,
    declared: &mut Declared,
) -> Result<(), ReadError> {
    for (list, builds) in CONDA_LISTS {
        let purpose = if *builds { &Purpose::Build } else { purpose };
        for (name, node) in table.optional_entries(list)? {
            conda_package(context, name, &node, (purpose, declared))?;
        }
    }
    for (name, node) in table.optional_entries("pypi-dependencies")? {
        let found = pypi_package(context, name, &node)?;
        declared
            .requirements
            .push(found.into_requirement(purpose.clone(), &node));
    }
    Ok(())
}

/// A conda package; `python` is the interpreter.
fn conda_package(
    context: &Context<'_>,
    name: &str,
    node: &Node<'_>,
    (purpose, declared): (&Purpose, &mut Declared),
) -> Result<(), ReadError> {
    let (constraint, table) = if node.is_table() {
        (node.get("version"), Some(node))
    } else {
        (Some(node.clone()), None)
    };
    let version = match &constraint {
        Some(constraint) => constraint.string()?.trim(),
        None => "*",
    };
    let build = table
        .map(|table| table.optional_string("build"))
        .transpose()?
        .flatten();
    let place = constraint.as_ref().unwrap_or(node);
    let range = match version {
        "*" => conda::range("", false),
        version => conda::range(version, build.is_some()),
    }
    .map_err(|error| inside(place, error))?;
    let channel = table
        .map(|table| table.optional_string("channel"))
        .transpose()?
        .flatten();
    let spec = MatchSpec {
        name: name.to_lowercase(),
        channel: channel.map(str::to_owned),
        range,
        build: build.map(str::to_owned),
    };
    if let Some(python) = spec.as_python(node.location()) {
        declared.python.push(python);
        return Ok(());
    }
    let mut found = spec.into_requirement(
        &format!("{name} {version}"),
        purpose.clone(),
        node.location(),
    );
    // a source package is built from a path or a repository
    if let Some(source) = table
        .map(|table| context.source(table))
        .transpose()?
        .flatten()
    {
        found.source = source;
    }
    declared.requirements.push(found);
    Ok(())
}

fn pypi_package<'k>(
    context: &Context<'_>,
    name: &'k str,
    node: &Node<'k>,
) -> Result<Keyed<'k>, ReadError> {
    if !is_name(name) {
        return Err(node.error(format!("`{name}` cannot name a package")));
    }
    let (constraint, table) = if node.is_table() {
        (node.get("version"), Some(node))
    } else {
        (Some(node.clone()), None)
    };
    let (range, version) = match &constraint {
        Some(constraint) => (pep440(constraint)?, constraint.string()?),
        None => (VersionRange::any(), "*"),
    };
    Ok(Keyed {
        package: PackageId::new(Ecosystem::Pypi, name),
        name,
        range,
        version,
        extras: table.map_or(Ok(Vec::new()), extras)?,
        marker: table
            .and_then(|table| table.get("env-markers"))
            .map(|node| crate::context::marker(&node))
            .transpose()?,
        source: table
            .map(|table| context.source(table))
            .transpose()?
            .flatten()
            .map(without_secrets),
    })
}

fn without_secrets(source: RequirementSource) -> RequirementSource {
    match source {
        // pixi names an index by its address
        RequirementSource::Registry { index } => RequirementSource::Registry {
            index: index.map(|index| strip_credentials(&index)),
        },
        other @ (RequirementSource::Url(_)
        | RequirementSource::Vcs { .. }
        | RequirementSource::Path { .. }) => other,
    }
}

fn pep440(node: &Node<'_>) -> Result<VersionRange, ReadError> {
    let text = node.string()?.trim();
    if matches!(text, "*" | "") {
        return Ok(VersionRange::any());
    }
    let sign = if text.starts_with(|first: char| first.is_ascii_digit()) {
        "=="
    } else {
        ""
    };
    Specification::parse(&format!("x{sign}{text}"))
        .map(|specification| specification.range)
        .map_err(|mut error| {
            error.fix = error.fix.map(|fix| fix.replace("`x", "`"));
            error.offset = error.offset.saturating_sub(1 + sign.len());
            inside(node, error)
        })
}

/// `[pypi-options]`: indexes, and what may be built.
fn pypi_options(table: &Node<'_>, declared: &mut Declared) -> Result<(), ReadError> {
    let Some(options) = table.get("pypi-options") else {
        return Ok(());
    };
    for (key, kind) in [
        ("index-url", IndexKind::Default),
        ("extra-index-urls", IndexKind::Extra),
        ("find-links", IndexKind::FindLinks),
    ] {
        let Some(node) = options.get(key) else {
            continue;
        };
        for node in node.items_or_self()? {
            // `find-links` holds tables: `{ path = … }`, `{ url = … }`
            let address = node
                .as_str()
                .or_else(|| node.get("url").and_then(|it| it.as_str()))
                .or_else(|| node.get("path").and_then(|it| it.as_str()));
            let Some(address) = address else { continue };
            declared.indexes.push(DeclaredIndex {
                kind,
                url: strip_credentials(address),
                name: None,
                location: node.location(),
            });
        }
    }
    for key in ["index-strategy", "no-build", "prerelease-mode"] {
        let Some(node) = options.get(key) else {
            continue;
        };
        for node in node.items_or_self()? {
            declared.options.push(DeclaredOption {
                name: key.to_owned(),
                value: node.scalar(),
                location: node.location(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryFiles, read as read_any};

    const TABLES: &str = r#"[workspace]
channels = ["conda-forge", "https://u:p@h/private"]
platforms = ["linux-64"]
[dependencies]
python = "3.11.*"
numpy = ">=1.26,<2"
cuda = { version = "12.4", build = "h*", channel = "nvidia" }
[pypi-dependencies]
torch = { version = ">=2.3", extras = ["Opt"], index = "https://u:p@h/whl" }
app = { path = ".", editable = true }
shap = "*"
[target.osx-arm64.pypi-dependencies]
mlx = "==0.1"
[feature.test.dependencies]
pytest = "*"
[pypi-options]
extra-index-urls = ["https://e/simple"]
"#;

    fn lines(declared: &Declared) -> Vec<String> {
        declared
            .requirements
            .iter()
            .map(|it| {
                let marker = it.marker.as_deref().unwrap_or("-");
                format!(
                    "{} {} {marker} {:?} :{}",
                    it.package.purl(None),
                    it.range.text,
                    it.purpose,
                    it.location.line
                )
            })
            .collect()
    }

    const EXPECTED: [&str; 6] = [
        "pkg:conda/numpy >=1.26,<2 - Runtime :6",
        "pkg:conda/cuda 12.4 - Runtime :7",
        "pkg:pypi/torch >=2.3 - Runtime :9",
        "pkg:pypi/app  - Runtime :10",
        "pkg:pypi/shap  - Runtime :11",
        "pkg:pypi/mlx ==0.1 sys_platform == 'darwin' and platform_machine == 'arm64' Runtime :13",
    ];

    #[test]
    fn conda_and_pypi_packages_are_read() {
        let files = MemoryFiles::new().with("pixi.toml", TABLES);
        let reading = read_any(&files, "pixi.toml", Format::PixiToml).unwrap();
        let declared = reading.declared.unwrap();
        let found = lines(&declared);
        assert_eq!(found[..6], EXPECTED);
        assert_eq!(found[6], "pkg:conda/pytest  - Group(\"test\") :15");
        assert_eq!(
            declared.python[0].specifiers.as_ref().unwrap().to_string(),
            "==3.11.*"
        );
        assert_eq!(declared.indexes[0].kind, IndexKind::Extra);
        assert!(!format!("{declared:?}").contains("u:p"));
    }

    #[test]
    fn the_tables_of_a_pyproject_are_read_too() {
        let text = "[project]\nname = 'app'\ndependencies = ['rich']\n[tool.pixi.dependencies]\nnumpy = '*'\n[tool.pixi.feature.gpu.pypi-dependencies]\ntorch = '>=2'\n";
        let files = MemoryFiles::new().with("pyproject.toml", text);
        let reading = read_any(&files, "pyproject.toml", Format::Pyproject).unwrap();
        assert_eq!(
            lines(&reading.declared.unwrap()),
            [
                "pkg:pypi/rich  - Runtime :3",
                "pkg:conda/numpy  - Runtime :5",
                "pkg:pypi/torch >=2 - Group(\"gpu\") :7",
            ]
        );
    }
}
