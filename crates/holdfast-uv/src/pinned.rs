//! The uv that is fetched where none is at hand: its version and the SHA-256 of its wheels on PyPI.
//!
//! Written by `cargo xtask pin-uv VERSION`, from the package index.

/// The version that is fetched.
pub const PINNED_VERSION: &str = "0.13.8";

/// A wheel of uv that is known by its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinnedWheel {
    /// Its file name.
    pub file: &'static str,
    /// Its SHA-256 in hexadecimal.
    pub sha256: &'static str,
}

/// The wheel for this machine, where there is one.
pub fn pinned_wheel() -> Option<&'static PinnedWheel> {
    let libc = if cfg!(target_env = "musl") {
        "musl"
    } else {
        "gnu"
    };
    WHEELS
        .iter()
        .find(|(system, machine, c_library, _)| {
            *system == std::env::consts::OS
                && *machine == std::env::consts::ARCH
                && (c_library.is_empty() || *c_library == libc)
        })
        .map(|(_, _, _, wheel)| wheel)
}

/// Operating system, processor, C library (empty for any), wheel.
const WHEELS: &[(&str, &str, &str, PinnedWheel)] = &[
    (
        "linux",
        "x86_64",
        "gnu",
        PinnedWheel {
            file: "uv-0.13.8-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            sha256: "e18a57b8b352eb7c8feb317b9f6f533c8f0ad9673fd6cf34bbe3cf1a9f6a8984",
        },
    ),
    (
        "linux",
        "x86_64",
        "musl",
        PinnedWheel {
            file: "uv-0.13.8-py3-none-musllinux_1_1_x86_64.whl",
            sha256: "29451c60f5e8b07403e0a175d5229efc36b0289b34143ff4aaa499a5dd52553a",
        },
    ),
    (
        "linux",
        "aarch64",
        "",
        PinnedWheel {
            file: "uv-0.13.8-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl",
            sha256: "0b3e8b1a4f5e405e31e2ff33de8af4744831e9f7338539671efbd8c3c94e791d",
        },
    ),
    (
        "macos",
        "x86_64",
        "",
        PinnedWheel {
            file: "uv-0.13.8-py3-none-macosx_10_12_x86_64.whl",
            sha256: "b7124ca1956ec2e476a1003ea5715a15f0266afaec37f4dc9c6972ba8183e6d1",
        },
    ),
    (
        "macos",
        "aarch64",
        "",
        PinnedWheel {
            file: "uv-0.13.8-py3-none-macosx_11_0_arm64.whl",
            sha256: "62b6943c7fd64fac6854f780bea6e0359e5a5bc3241f83ee357bb38276afac49",
        },
    ),
    (
        "windows",
        "x86_64",
        "",
        PinnedWheel {
            file: "uv-0.13.8-py3-none-win_amd64.whl",
            sha256: "cfbc13020a64cdf2f116d2936824c38edbf41e5c07f1ea291baf02e31ebf3ed0",
        },
    ),
    (
        "windows",
        "aarch64",
        "",
        PinnedWheel {
            file: "uv-0.13.8-py3-none-win_arm64.whl",
            sha256: "b4184029b1b7c54409b9cd4372c73a36ef9c2d1d7cf3b0aca59c8b1932f041dc",
        },
    ),
];
