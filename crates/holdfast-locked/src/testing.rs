//! Locks for property tests: any that Holdfast may write, each field taken to its corners.

use std::collections::BTreeMap;

use holdfast_model::{
    AttestationIdentity, Dependency, Digest, Ecosystem, EnvironmentName, Exemption, HashAlgorithm,
    Location, LockFormat, LockGroups, LockMetadata, LockSource, Locked, LockedArtefact, LockedFile,
    LockedPackage, PackageId, PassedOver, Platform,
};
use jiff::Timestamp;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Any text, control characters and quotes included.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{1,20}", "\\PC{1,8}", "[\\x00-\\x1f\"'\\\\é]{1,6}",]
        // what looks like an address may lose its credentials
        .prop_map(|text| text.replace("//", "/"))
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,3}){0,2}"
}

fn version() -> impl Strategy<Value = String> {
    "(1!)?[0-9]{1,2}(\\.[0-9]{1,2}){0,2}((a|b|rc)[0-9])?(\\.post[0-9])?(\\.dev[0-9])?(\\+[a-z]{2}[0-9]{1,3})?"
}

fn marker() -> impl Strategy<Value = String> {
    select(vec![
        "sys_platform == 'linux'",
        "python_full_version < '3.12' and platform_machine == 'x86_64'",
        "'gpu' in extras or 'train' in dependency_groups",
        "platform_system == \"Windows\"",
    ])
    .prop_map(str::to_owned)
}

fn specifier() -> impl Strategy<Value = String> {
    select(vec![">=3.9", ">=3.8,<4", "==3.11.*", "!=3.9.0,~=3.8"]).prop_map(str::to_owned)
}

fn time() -> impl Strategy<Value = Timestamp> {
    // whole microseconds, which is what Python keeps
    (0i64..4_000_000_000, 0i32..1_000_000)
        .prop_map(|(second, micro)| Timestamp::new(second, micro * 1000).unwrap())
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(|bytes| Digest::sha256(&bytes))
}

fn hashes() -> impl Strategy<Value = Vec<Digest>> {
    (digest(), option::of("[0-9a-f]{128}")).prop_map(|(sha256, sha512)| {
        let sha512 = sha512.map(|hex| Digest::new(HashAlgorithm::Sha512, &hex).unwrap());
        [Some(sha256), sha512].into_iter().flatten().collect()
    })
}

fn groups(names: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<String>> {
    btree_set(names, 0..3).prop_map(|names| names.into_iter().collect())
}

fn is_wheel(name: &str) -> bool {
    std::path::Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "whl")
}

/// A file by its name: its address ends in it or not, and is a URL or a path.
fn file(name: String) -> impl Strategy<Value = LockedFile> {
    let encoded = name.replace('+', "%2B").replace('!', "%21");
    let url = select(vec![
        format!("https://files.example/packages/ab/{name}"),
        format!("https://files.example/{encoded}?a=b#c=d"),
        "https://files.example/download/42".to_owned(),
        format!("../wheels/{name}"),
        format!("C:\\wheels\\{name}"),
        format!("./a:b/{name}"),
    ]);
    (
        url,
        option::of(0..=i64::MAX as u64),
        option::of(time()),
        hashes(),
        option::of(any::<[u8; 32]>()),
    )
        .prop_map(
            move |(url, size, upload_time, hashes, contents)| LockedFile {
                name: name.clone(),
                url: Some(url),
                size,
                upload_time,
                hashes,
                contents: contents
                    .filter(|_| is_wheel(&name))
                    .map(|bytes| Digest::sha256(&bytes)),
            },
        )
}

fn registry(
    name: &str,
    version: &str,
) -> impl Strategy<Value = (LockSource, Vec<LockedFile>)> + use<> {
    let stem = format!("{}-{version}", name.replace('-', "_"));
    let wheel = |tags: &str| file(format!("{stem}-{tags}.whl"));
    let files = (
        option::of(file(format!("{stem}.tar.gz"))),
        option::of(wheel(
            "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
        )),
        wheel("py3-none-any"),
    );
    let index = option::of(Just("https://index.example/simple".to_owned()));
    (index, files).prop_map(|(index, (sdist, linux, any))| {
        let mut files: Vec<_> = [sdist, linux, Some(any)].into_iter().flatten().collect();
        files.sort_by(|left, right| left.name.cmp(&right.name));
        (LockSource::Registry { index }, files)
    })
}

fn elsewhere() -> impl Strategy<Value = (LockSource, Vec<LockedFile>)> {
    let below = || option::of(select(vec!["python", "a b/c#d"]));
    prop_oneof![
        (file("archive.tar.gz".to_owned()), below()).prop_map(|(mut file, below)| {
            let url = file.url.clone().unwrap_or_default();
            file.name = crate::address::file_name(&url).into_owned();
            let url = crate::address::with_subdirectory(url, below);
            (LockSource::Archive { url }, vec![file])
        }),
        (
            select(vec![
                "https://git.example/a.git",
                "ssh://git@git.example/a",
                "../a"
            ]),
            below()
        )
            .prop_map(|(url, below)| {
                let source = LockSource::Vcs {
                    system: "git".to_owned(),
                    url: crate::address::with_subdirectory(url.to_owned(), below),
                    commit: Some("735093f03c4d8be70bfaaae44074ac92d7419b6d".to_owned()),
                };
                (source, Vec::new())
            }),
        (select(vec![".", "../lib", "C:\\lib"]), any::<bool>()).prop_map(|(path, editable)| {
            let path = path.to_owned();
            (LockSource::Directory { path, editable }, Vec::new())
        }),
    ]
}

fn dependencies() -> impl Strategy<Value = Vec<Dependency>> {
    let target = (name(), prop::bool::weighted(0.2)).prop_map(|(name, is_conda)| {
        let ecosystem = if is_conda {
            Ecosystem::Conda
        } else {
            Ecosystem::Pypi
        };
        PackageId::new(ecosystem, &name)
    });
    let more = (
        option::of(version()),
        option::of(marker()),
        option::of(text()),
    );
    let edge = (target, more).prop_map(|(package, (version, marker, specifier))| Dependency {
        package,
        version,
        marker,
        specifier,
    });
    btree_set(edge, 0..4).prop_map(|edges| edges.into_iter().collect())
}

fn attestations() -> impl Strategy<Value = Vec<AttestationIdentity>> {
    let claims = btree_map("[a-z]{5,9}|[\\PC\\x00]{0,3}", text(), 0..3);
    let identity = (text(), claims).prop_map(|(kind, claims)| AttestationIdentity { kind, claims });
    vec(identity, 0..2)
}

fn package() -> impl Strategy<Value = LockedPackage> {
    let named = (name(), version()).prop_flat_map(|(name, version)| {
        let contents =
            prop_oneof![4 => registry(&name, &version).boxed(), 1 => elsewhere().boxed()];
        (Just(name), Just(version), contents)
    });
    let facts = (
        option::of(marker()),
        option::of(specifier()),
        option::of(text()),
    );
    let known = (any::<Option<bool>>(), any::<bool>(), groups(text()));
    (named, facts, known, dependencies(), attestations()).prop_map(
        |((name, version, (source, files)), facts, known, dependencies, attestations)| {
            let (marker, requires_python, licence) = facts;
            let (direct, from_marker, groups) = known;
            let told = marker.as_deref().map(crate::groups::of_marker);
            LockedPackage {
                package: PackageId::pypi(&name),
                version: (!matches!(source, LockSource::Directory { .. })).then_some(version),
                groups: if from_marker {
                    told.unwrap_or_default()
                } else {
                    groups
                },
                marker,
                requires_python,
                source,
                files,
                dependencies,
                direct,
                licence,
                attestations,
                location: Location::start_of("pylock.toml"),
            }
        },
    )
}

/// A package of conda or npm: versions and hashes as those have them, or none.
fn other() -> impl Strategy<Value = LockedPackage> {
    let id = prop_oneof![
        name().prop_map(|name| PackageId::new(Ecosystem::Conda, &format!("_{name}"))),
        name().prop_map(|name| PackageId::new(Ecosystem::Npm, &format!("@scope/{name}"))),
    ];
    let file = (file("p-1-h_0.conda".to_owned()), any::<bool>()).prop_map(|(mut file, hashed)| {
        if !hashed {
            file.hashes.clear();
        }
        file
    });
    let contents = prop_oneof![
        (
            option::of(Just("https://conda.example/main".to_owned())),
            vec(file, 0..2)
        )
            .prop_map(|(index, files)| (LockSource::Registry { index }, files)),
        elsewhere(),
    ];
    (id, text(), contents, package()).prop_map(|(id, version, (source, mut files), like)| {
        files.dedup_by(|left, right| left.url == right.url);
        files.sort_by(|left, right| (&left.name, &left.url).cmp(&(&right.name, &right.url)));
        LockedPackage {
            package: id,
            version: Some(version),
            source,
            files,
            ..like
        }
    })
}

fn passed_over() -> impl Strategy<Value = Vec<PassedOver>> {
    let entry = (
        name(),
        version(),
        text(),
        option::of(version()),
        option::of(text()),
    )
        .prop_map(|(name, version, reason, took, way_out)| PassedOver {
            package: PackageId::pypi(&name),
            version,
            reason,
            took,
            way_out,
        });
    btree_set(entry, 0..3).prop_map(|entries| entries.into_iter().collect())
}

fn exemptions() -> impl Strategy<Value = Vec<Exemption>> {
    let entry =
        (name(), version(), text(), text()).prop_map(|(name, version, rule, reason)| Exemption {
            package: PackageId::pypi(&name),
            version,
            rule,
            reason,
        });
    btree_set(entry, 0..3).prop_map(|entries| entries.into_iter().collect())
}

fn artefacts() -> impl Strategy<Value = Vec<LockedArtefact>> {
    let entry = (text(), 0..=u64::from(u32::MAX), digest());
    let entry = entry.prop_map(|(path, size, digest)| LockedArtefact { path, size, digest });
    btree_set(entry, 0..3).prop_map(|entries| entries.into_iter().collect())
}

fn metadata() -> impl Strategy<Value = LockMetadata> {
    let platforms = btree_set(
        select(vec![
            "linux-x86_64-glibc2.28",
            "macos-arm64-14.0",
            "windows-x86_64",
        ]),
        0..3,
    );
    let environment = "[a-z][a-z0-9_-]{0,5}";
    let names = (environment, option::of(environment));
    let versions = ("3\\.[0-9]{1,2}\\.[0-9]", "0\\.[0-9]{1,2}\\.[0-9]");
    let known = (digest(), option::of(time()), option::of(digest()));
    (
        names,
        versions,
        platforms,
        known,
        passed_over(),
        (exemptions(), artefacts()),
    )
        .prop_map(
            |(
                (environment, extends),
                (python, uv),
                platforms,
                known,
                passed_over,
                (exemptions, artefacts),
            )| {
                let parse = |name: String| name.parse::<EnvironmentName>().unwrap();
                let mut platforms: Vec<Platform> = platforms
                    .into_iter()
                    .map(|text| text.parse().unwrap())
                    .collect();
                platforms.sort();
                LockMetadata {
                    version: 1,
                    environment: parse(environment),
                    extends: extends.map(parse),
                    python,
                    implementation: "cpython".to_owned(),
                    platforms,
                    declarations: known.0,
                    cutoff: known.1,
                    advisories: known.2,
                    uv,
                    passed_over,
                    exemptions,
                    artefacts,
                }
            },
        )
}

/// Any lock that Holdfast may be asked to write.
pub(crate) fn locked() -> impl Strategy<Value = Locked> {
    let packages = (vec(package(), 0..5), vec(other(), 0..2)).prop_map(|(mut packages, others)| {
        packages.extend(others);
        let by_key: BTreeMap<_, _> = packages
            .into_iter()
            .map(|package| {
                let key = (
                    package.package.clone(),
                    package.version.clone(),
                    package.marker.clone(),
                );
                (key, package)
            })
            .collect();
        by_key.into_values().collect::<Vec<_>>()
    });
    let offers = (groups(name()), groups(name()), groups(name())).prop_map(
        |(extras, dependency_groups, default_groups)| LockGroups {
            extras,
            dependency_groups,
            default_groups,
        },
    );
    let header = (option::of(specifier()), vec(marker(), 0..2), text());
    (header, offers, option::of(metadata()), packages).prop_map(
        |((requires_python, environments, tool), groups, holdfast, mut packages)| {
            if holdfast.is_none() {
                packages.retain(|package| package.package.ecosystem() == Ecosystem::Pypi);
            }
            Locked {
                file: "pylock.toml".to_owned(),
                format: LockFormat::Pylock,
                created_by: if holdfast.is_some() {
                    "holdfast".to_owned()
                } else {
                    tool
                },
                requires_python,
                environments,
                groups,
                holdfast,
                packages,
            }
        },
    )
}
