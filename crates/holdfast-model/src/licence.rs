//! Licences as people name them, turned into SPDX expressions where that is certain enough.
//!
//! Nothing is guessed: `BSD` or `GPL` alone name several licences and stay unresolved. The one
//! liberty taken is `Apache` without a version, which in Python's world has always been 2.0.

/// Longest text that is looked at as a name or an expression.
const LONGEST_NAME: usize = 500;

/// The SPDX expression for a licence's name or expression as written by a person.
///
/// Understood are SPDX expressions in any case, retired identifiers (`GPL-3.0+`), and the common
/// names of common licences (`Apache License, Version 2.0`, `new BSD`), also joined by `AND`, `OR`
/// and parentheses. Nothing where any part is not understood.
pub fn from_name(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST_NAME {
        return None;
    }
    operand(text)
        .or_else(|| expression(text))
        .filter(|candidate| spdx::Expression::parse(candidate).is_ok())
}

/// The licence whose full text this is, judged by the beginning: what follows is often the licence
/// of something bundled.
pub fn from_text(text: &str) -> Option<String> {
    const BEGINNING: usize = 4_000;
    let beginning = text
        .get(..text.floor_char_boundary(BEGINNING))
        .unwrap_or(text)
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let (_, licence) = PHRASES
        .iter()
        .filter_map(|(phrases, licence)| {
            let places: Option<Vec<usize>> = phrases
                .iter()
                .map(|phrase| beginning.find(phrase))
                .collect();
            Some((places?.first().copied()?, *licence))
        })
        .min_by_key(|(place, _)| *place)?;
    Some(licence.to_owned())
}

/// The SPDX expression for trove classifiers (`License :: OSI Approved :: MIT License`).
///
/// Several licences are joined by `AND`: classifiers do not tell whether one may choose, and this is
/// the reading that promises least. Nothing where one of them is not certain.
pub fn from_classifiers(classifiers: &[String]) -> Option<String> {
    let mut licences = Vec::new();
    for name in licence_classifiers(classifiers) {
        let licence = from_name(name)?;
        if !licences.contains(&licence) {
            licences.push(licence);
        }
    }
    licences.sort();
    (!licences.is_empty()).then(|| licences.join(" AND "))
}

/// The names in the licence classifiers, joined by `; `.
pub(crate) fn classifier_names(classifiers: &[String]) -> Option<String> {
    let names: Vec<&str> = licence_classifiers(classifiers).collect();
    (!names.is_empty()).then(|| names.join("; "))
}

/// A text that is short enough to be shown as a licence's name.
pub(crate) fn short_text(text: &str) -> Option<String> {
    const LONGEST: usize = 100;
    let text = text.trim();
    (!text.is_empty() && text.chars().count() <= LONGEST && !text.contains('\n'))
        .then(|| text.to_owned())
}

/// Last parts of the classifiers, without `OSI Approved`, which names no licence.
fn licence_classifiers(classifiers: &[String]) -> impl Iterator<Item = &str> {
    classifiers
        .iter()
        .filter_map(|classifier| classifier.strip_prefix("License ::"))
        .filter_map(|rest| rest.rsplit("::").next())
        .map(str::trim)
        .filter(|name| !name.is_empty() && *name != "OSI Approved")
}

/// One licence: an identifier or a name.
fn operand(text: &str) -> Option<String> {
    identifier(text).or_else(|| {
        let key = key(text);
        identifier(&key).or_else(|| {
            NAMES
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, licence)| (*licence).to_owned())
        })
    })
}

/// An SPDX identifier in its proper case, retired GNU identifiers replaced by today's.
fn identifier(text: &str) -> Option<String> {
    if text.starts_with("LicenseRef-") {
        return Some(text.to_owned());
    }
    let (base, or_later) = match text.strip_suffix('+') {
        Some(base) => (base, true),
        None => (text, false),
    };
    let known = |name: &str| {
        spdx::identifiers::LICENSES
            .iter()
            .map(|licence| licence.name)
            .find(|known| known.eq_ignore_ascii_case(name))
    };
    let gnu = |suffix: &str| known(&format!("{base}{suffix}")).map(str::to_owned);
    let is_gnu = ["agpl", "gpl", "lgpl", "gfdl"]
        .iter()
        .any(|family| base.to_ascii_lowercase().starts_with(family));
    if is_gnu && let Some(name) = gnu(if or_later { "-or-later" } else { "-only" }) {
        return Some(name);
    }
    let name = known(base)?;
    Some(if or_later {
        format!("{name}+")
    } else {
        name.to_owned()
    })
}

/// Reads `A OR (B AND C)` with operators in any case and names for operands.
fn expression(text: &str) -> Option<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut parts: Vec<String> = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    let mut after_with = false;
    for word in spaced.split_whitespace().chain(["\n"]) {
        let upper = word.to_ascii_uppercase();
        let is_operator = matches!(upper.as_str(), "AND" | "OR" | "WITH");
        if !is_operator && !matches!(word, "(" | ")" | "\n") {
            words.push(word);
            continue;
        }
        if !words.is_empty() {
            let name = words.join(" ");
            parts.push(if after_with {
                exception(&name)?
            } else {
                operand(&name)?
            });
            words.clear();
        }
        after_with = upper == "WITH";
        if word != "\n" {
            parts.push(upper);
        }
    }
    Some(parts.join(" ").replace("( ", "(").replace(" )", ")"))
}

fn exception(name: &str) -> Option<String> {
    spdx::identifiers::EXCEPTIONS
        .iter()
        .map(|exception| exception.name)
        .find(|known| known.eq_ignore_ascii_case(name))
        .map(str::to_owned)
}

/// A licence's name without case, punctuation and words that tell nothing: `Apache License, Version
/// 2.0` is `apache-2.0`.
fn key(text: &str) -> String {
    text.to_lowercase()
        .split(|character: char| !character.is_alphanumeric() && !matches!(character, '.' | '+'))
        .filter(|word| {
            !matches!(
                *word,
                "" | "the" | "license" | "licence" | "licensed" | "under" | "version" | "v" | "gnu"
            )
        })
        .map(|word| match word.strip_prefix('v') {
            Some(number) if number.starts_with(|first: char| first.is_ascii_digit()) => number,
            _ => word,
        })
        .collect::<Vec<_>>()
        .join("-")
}

/// Words that only one licence's text has, the first of them near its beginning.
const PHRASES: &[(&[&str], &str)] = &[
    (&["apache license version 2.0"], "Apache-2.0"),
    (
        &["licensed under the apache license, version 2.0"],
        "Apache-2.0",
    ),
    (
        &[
            "permission is hereby granted, free of charge, to any person obtaining a copy",
            "the above copyright notice and this permission notice shall be included",
        ],
        "MIT",
    ),
    (
        &[
            "redistribution and use in source and binary forms",
            "neither the name",
        ],
        "BSD-3-Clause",
    ),
    (&["mozilla public license version 2.0"], "MPL-2.0"),
    (
        &["permission to use, copy, modify, and/or distribute this software for any purpose"],
        "ISC",
    ),
];

/// Common names as [`key`] writes them. Names that are SPDX identifiers once written so are not
/// repeated here.
const NAMES: &[(&str, &str)] = &[
    ("mit-mit", "MIT"),
    ("expat", "MIT"),
    ("mit-expat", "MIT"),
    ("mit-no-attribution-mit-0", "MIT-0"),
    ("apache", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("apache2.0", "Apache-2.0"),
    ("apache-2", "Apache-2.0"),
    ("apache-software", "Apache-2.0"),
    ("apache-software-2", "Apache-2.0"),
    ("apache-software-2.0", "Apache-2.0"),
    ("apache-2.0-apache-2.0", "Apache-2.0"),
    ("asl-2", "Apache-2.0"),
    ("asl-2.0", "Apache-2.0"),
    ("asf-2.0", "Apache-2.0"),
    ("bsd-3", "BSD-3-Clause"),
    ("bsd3", "BSD-3-Clause"),
    ("3-clause-bsd", "BSD-3-Clause"),
    ("bsd-3clause", "BSD-3-Clause"),
    ("bsd-3-clauses", "BSD-3-Clause"),
    ("new-bsd", "BSD-3-Clause"),
    ("bsd-new", "BSD-3-Clause"),
    ("modified-bsd", "BSD-3-Clause"),
    ("revised-bsd", "BSD-3-Clause"),
    ("bsd-2", "BSD-2-Clause"),
    ("bsd2", "BSD-2-Clause"),
    ("2-clause-bsd", "BSD-2-Clause"),
    ("bsd-2clause", "BSD-2-Clause"),
    ("simplified-bsd", "BSD-2-Clause"),
    ("freebsd", "BSD-2-Clause"),
    ("zero-clause-bsd-0bsd", "0BSD"),
    ("isc-iscl", "ISC"),
    ("iscl", "ISC"),
    ("psf", "PSF-2.0"),
    ("psfl", "PSF-2.0"),
    ("psf-2", "PSF-2.0"),
    ("python-software-foundation", "PSF-2.0"),
    ("mpl-2", "MPL-2.0"),
    ("mpl2", "MPL-2.0"),
    ("mpl2.0", "MPL-2.0"),
    ("mozilla-public-2.0", "MPL-2.0"),
    ("mozilla-public-2.0-mpl-2.0", "MPL-2.0"),
    ("mozilla-public-1.1-mpl-1.1", "MPL-1.1"),
    ("gpl-2", "GPL-2.0-only"),
    ("gplv2", "GPL-2.0-only"),
    ("gpl2", "GPL-2.0-only"),
    ("general-public-2-gplv2", "GPL-2.0-only"),
    ("gpl-2+", "GPL-2.0-or-later"),
    ("gplv2+", "GPL-2.0-or-later"),
    ("general-public-2-or-later-gplv2+", "GPL-2.0-or-later"),
    ("gpl-3", "GPL-3.0-only"),
    ("gplv3", "GPL-3.0-only"),
    ("gpl3", "GPL-3.0-only"),
    ("general-public-3-gplv3", "GPL-3.0-only"),
    ("gpl-3+", "GPL-3.0-or-later"),
    ("gplv3+", "GPL-3.0-or-later"),
    ("gpl-3-or-later", "GPL-3.0-or-later"),
    ("general-public-3-or-later-gplv3+", "GPL-3.0-or-later"),
    ("lgpl-2.1", "LGPL-2.1-only"),
    ("lgplv2.1", "LGPL-2.1-only"),
    ("lgpl-2.1+", "LGPL-2.1-or-later"),
    ("lgplv2.1+", "LGPL-2.1-or-later"),
    ("lesser-general-public-2-lgplv2", "LGPL-2.0-only"),
    (
        "lesser-general-public-2-or-later-lgplv2+",
        "LGPL-2.0-or-later",
    ),
    ("lgpl-3", "LGPL-3.0-only"),
    ("lgplv3", "LGPL-3.0-only"),
    ("lesser-general-public-3-lgplv3", "LGPL-3.0-only"),
    ("lgpl-3+", "LGPL-3.0-or-later"),
    ("lgplv3+", "LGPL-3.0-or-later"),
    (
        "lesser-general-public-3-or-later-lgplv3+",
        "LGPL-3.0-or-later",
    ),
    ("agpl-3", "AGPL-3.0-only"),
    ("agplv3", "AGPL-3.0-only"),
    ("affero-general-public-3", "AGPL-3.0-only"),
    (
        "affero-general-public-3-or-later-agplv3+",
        "AGPL-3.0-or-later",
    ),
    ("agplv3+", "AGPL-3.0-or-later"),
    ("unlicense-unlicense", "Unlicense"),
    ("cc0", "CC0-1.0"),
    (
        "cc0-1.0-universal-cc0-1.0-public-domain-dedication",
        "CC0-1.0",
    ),
    ("zlib-libpng", "Zlib"),
    ("zpl-2.1", "ZPL-2.1"),
    ("historical-permission-notice-and-disclaimer-hpnd", "HPND"),
    ("boost-software-1.0-bsl-1.0", "BSL-1.0"),
    ("european-union-public-1.2-eupl-1.2", "EUPL-1.2"),
    ("universal-permissive-upl", "UPL-1.0"),
    ("eclipse-public-2.0-epl-2.0", "EPL-2.0"),
    ("blue-oak-model-blueoak-1.0.0", "BlueOak-1.0.0"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_common_name_leads_to_a_licence_of_spdx() {
        for (name, licence) in NAMES.iter().copied() {
            assert!(spdx::license_id(licence).is_some(), "{licence}");
            assert_eq!(key(name), name, "never matches");
        }
        for (_, licence) in PHRASES {
            assert!(spdx::license_id(licence).is_some(), "{licence}");
        }
    }

    #[test]
    fn names_become_identifiers() {
        for (name, licence) in [
            ("MIT", "MIT"),
            ("The MIT License (MIT)", "MIT"),
            ("apache 2.0", "Apache-2.0"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("Apache Software License", "Apache-2.0"),
            ("BSD 3-Clause License", "BSD-3-Clause"),
            ("new BSD", "BSD-3-Clause"),
            ("3-clause BSD", "BSD-3-Clause"),
            ("GPL-3.0", "GPL-3.0-only"),
            ("GPL-3.0+", "GPL-3.0-or-later"),
            ("GNU GPL v3", "GPL-3.0-only"),
            ("LGPL-2.1-or-later", "LGPL-2.1-or-later"),
            ("MPL-2.0 AND MIT", "MPL-2.0 AND MIT"),
            (
                "mit or (apache-2.0 and bsd-3-clause)",
                "MIT OR (Apache-2.0 AND BSD-3-Clause)",
            ),
            ("Apache License 2.0 or MIT License", "Apache-2.0 OR MIT"),
            (
                "Apache-2.0 with llvm-exception",
                "Apache-2.0 WITH LLVM-exception",
            ),
            ("LicenseRef-NVIDIA", "LicenseRef-NVIDIA"),
            ("Python Software Foundation License", "PSF-2.0"),
            ("ISC License (ISCL)", "ISC"),
            ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
            (
                "GNU Lesser General Public License v3 or later (LGPLv3+)",
                "LGPL-3.0-or-later",
            ),
        ] {
            assert_eq!(from_name(name).as_deref(), Some(licence), "{name}");
        }
    }

    #[test]
    fn a_name_that_several_licences_share_stays_unresolved() {
        for name in [
            "BSD",
            "BSD License",
            "GPL",
            "LGPL",
            "Dual License",
            "Proprietary",
            "",
            "(",
            "MIT OR",
            "MIT OR Foo",
        ] {
            assert_eq!(from_name(name), None, "{name}");
        }
    }

    #[test]
    fn several_classifiers_are_all_binding() {
        let classifiers = |names: &[&str]| -> Vec<String> {
            names
                .iter()
                .map(|name| format!("License :: OSI Approved :: {name}"))
                .collect()
        };
        assert_eq!(
            from_classifiers(&classifiers(&["MIT License", "Apache Software License"])).as_deref(),
            Some("Apache-2.0 AND MIT")
        );
        let unclear = classifiers(&["MIT License", "BSD License"]);
        assert_eq!(from_classifiers(&unclear), None);
        assert_eq!(
            classifier_names(&unclear).as_deref(),
            Some("MIT License; BSD License")
        );
        assert_eq!(
            from_classifiers(&["License :: OSI Approved".to_owned()]),
            None
        );
    }

    #[test]
    fn the_first_of_several_licence_texts_counts() {
        let text = "Redistribution and use in source and binary forms … Neither the name of … \
                    bundled: Permission is hereby granted, free of charge, to any person obtaining a \
                    copy … The above copyright notice and this permission notice shall be included";
        assert_eq!(from_text(text).as_deref(), Some("BSD-3-Clause"));
        assert_eq!(from_text("all rights reserved"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_words_are_read_without_panic(
            words in proptest::collection::vec(
                proptest::sample::select(vec![
                    "MIT", "apache", "or", "AND", "WITH", "(", ")", "GPL-3.0+", "+", "/", "2.0",
                    "LicenseRef-x", "DocumentRef-a:LicenseRef-b", "é", "LLVM-exception", "v3",
                ]),
                0..12,
            )
        ) {
            let text = words.join(" ");
            if let Some(expression) = from_name(&text) {
                proptest::prop_assert_eq!(from_name(&expression), Some(expression));
            }
        }
    }
}
