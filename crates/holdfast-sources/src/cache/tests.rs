//! Entries come back whole or not at all.

use super::*;

fn cache() -> (tempfile::TempDir, Cache) {
    let directory = tempfile::tempdir().unwrap();
    let cache = Cache::new(directory.path().join("cache"));
    (directory, cache)
}

#[test]
fn an_entry_that_is_damaged_is_absent() {
    let (_directory, cache) = cache();
    let key = Key::of_project("https://pypi.org/simple", "numpy");
    assert_eq!(cache.read::<Vec<String>>(Folder::Index, &key), None);
    let value = vec!["a".to_owned(), "b".to_owned()];
    cache.write(Folder::Index, &key, &value).unwrap();
    assert_eq!(cache.read(Folder::Index, &key), Some(value.clone()));
    let path = cache.path(Folder::Index, &key);
    let whole = fs_err::read(&path).unwrap();
    for length in 0..whole.len() {
        fs_err::write(&path, &whole[..length]).unwrap();
        assert_eq!(cache.read::<Vec<String>>(Folder::Index, &key), None);
    }
    for position in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[position] ^= 0x10;
        fs_err::write(&path, damaged).unwrap();
        assert_eq!(cache.read::<Vec<String>>(Folder::Index, &key), None);
    }
    cache.write(Folder::Index, &key, &value).unwrap();
    assert_eq!(cache.read(Folder::Index, &key), Some(value));
}

#[test]
fn names_from_outside_stay_inside() {
    let (_directory, cache) = cache();
    for name in [
        "../../etc/passwd",
        "",
        ".",
        "a/b",
        "nul\0",
        "ü",
        &"x".repeat(500),
    ] {
        let key = Key::of_project("../x", name);
        let path = cache.path(Folder::Index, &key);
        let inside = path
            .strip_prefix(cache.directory().join("index-v1"))
            .unwrap();
        assert_eq!(inside.components().count(), 2, "{}", path.display());
        cache.write(Folder::Index, &key, &1_u8).unwrap();
    }
}

#[test]
fn cleaning_removes_what_is_ours_and_counts_it() {
    let (_directory, cache) = cache();
    assert_eq!(cache.clean().unwrap(), Cleaned::default());
    let key = Key::of_address("https://feed");
    cache.write(Folder::Feeds, &key, &1_u8).unwrap();
    for (path, content) in [
        ("index-v0/old", "12345"),
        ("mine/precious", "x"),
        ("index-vault/precious", "x"),
        ("advisories.bin", "x"),
    ] {
        let path = cache.directory().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
    }
    let cleaned = cache.clean().unwrap();
    assert_eq!((cleaned.files, cleaned.bytes), (2, 5 + 9));
    assert_eq!(cache.read::<u8>(Folder::Feeds, &key), None);
    for kept in [
        "mine/precious",
        "index-vault/precious",
        "advisories.bin",
        "CACHEDIR.TAG",
    ] {
        assert!(cache.directory().join(kept).exists(), "{kept}");
    }
}
