//! The kind of machine that this is: what its C library or operating system says of itself.
//!
//! Read from files, never by running anything.

use std::path::Path;

use holdfast_model::{Architecture, OperatingSystem, Platform};

use crate::root::Root;

/// Larger than any C library.
const LARGEST: u64 = 64 << 20;

/// The kind of this machine; nothing where it is none that locks can be made for.
///
/// `root` is where the file system begins: `/`, or that of an unpacked image.
pub fn platform(root: &Path) -> Option<Platform> {
    platform_on(&Root::new(root).ok()?)
}

/// The kind of machine that a file system is made for.
pub(crate) fn platform_on(root: &Root) -> Option<Platform> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => Architecture::X86_64,
        "aarch64" => Architecture::Aarch64,
        _ => return None,
    };
    let system = match std::env::consts::OS {
        "linux" => linux(root, architecture)?,
        "macos" => macos(root)?,
        "windows" => OperatingSystem::Windows,
        _ => return None,
    };
    Some(Platform {
        system,
        architecture,
    })
}

fn linux(root: &Root, architecture: Architecture) -> Option<OperatingSystem> {
    let machine = match architecture {
        Architecture::X86_64 => "x86_64",
        Architecture::Aarch64 => "aarch64",
    };
    let folders = [
        format!("lib/{machine}-linux-gnu"),
        format!("usr/lib/{machine}-linux-gnu"),
        "lib64".to_owned(),
        "usr/lib64".to_owned(),
        "lib".to_owned(),
        "usr/lib".to_owned(),
    ];
    let glibc = folders
        .iter()
        .filter_map(|folder| root.read(&format!("{folder}/libc.so.6"), LARGEST).ok())
        .find_map(|library| glibc_version(&library));
    if let Some((major, minor)) = glibc {
        return Some(OperatingSystem::LinuxGlibc(major, minor));
    }
    let musl = format!("lib/ld-musl-{machine}.so.1");
    root.read(&musl, LARGEST).ok().map(|library| {
        let (major, minor) = musl_version(&library).unwrap_or((1, 2));
        OperatingSystem::LinuxMusl(major, minor)
    })
}

/// glibc carries its banner: `GNU C Library (…) stable release version 2.36.`
fn glibc_version(library: &[u8]) -> Option<(u16, u16)> {
    version_after(library, b"release version ")
}

/// musl carries its version as a text of its own after `/etc/ld-musl-…`; the first `1.x.y` is it.
fn musl_version(library: &[u8]) -> Option<(u16, u16)> {
    library
        .split(|byte| *byte == 0)
        .filter_map(|text| std::str::from_utf8(text).ok())
        .filter(|text| text.starts_with("1.") && text.matches('.').count() == 2)
        .find_map(dotted)
}

fn macos(root: &Root) -> Option<OperatingSystem> {
    let file = "/System/Library/CoreServices/SystemVersion.plist";
    let text = String::from_utf8(root.read(file, 1 << 20).ok()?).ok()?;
    let (_, rest) = text.split_once("<key>ProductVersion</key>")?;
    let (_, rest) = rest.split_once("<string>")?;
    let (version, _) = rest.split_once("</string>")?;
    let (major, minor) = dotted(version).or_else(|| Some((version.parse().ok()?, 0)))?;
    Some(OperatingSystem::Macos(major, minor))
}

fn version_after(content: &[u8], sign: &[u8]) -> Option<(u16, u16)> {
    let position = content
        .windows(sign.len())
        .position(|window| window == sign)?;
    let rest = content.get(position + sign.len()..)?;
    let end = rest
        .iter()
        .position(|byte| !byte.is_ascii_digit() && *byte != b'.')?;
    dotted(std::str::from_utf8(rest.get(..end)?).ok()?)
}

fn dotted(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_of_glibc_tells_its_version() {
        let library =
            b"\x7fELF\0GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.\n";
        assert_eq!(glibc_version(library), Some((2, 36)));
        assert_eq!(glibc_version(b"nothing"), None);
    }

    #[test]
    fn a_root_without_a_c_library_tells_nothing() {
        let root = tempfile::tempdir().unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(platform(root.path()), None);
        }
    }

    #[test]
    fn macos_tells_its_version_in_a_property_list() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("System/Library/CoreServices");
        fs_err::create_dir_all(&folder).unwrap();
        let text = "<dict><key>ProductVersion</key>\n<string>14.5</string></dict>";
        fs_err::write(folder.join("SystemVersion.plist"), text).unwrap();
        let root = Root::new(root.path()).unwrap();
        assert_eq!(macos(&root), Some(OperatingSystem::Macos(14, 5)));
    }
}
