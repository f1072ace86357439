//! Which files of an index a package takes.

use super::*;

#[test]
fn files_are_found_by_their_hashes() {
    let mut six = package("six");
    six.files = vec![LockedFile {
        hashes: vec![digest(1), digest(2), digest(9)],
        ..file("", 0)
    }];
    assert!(lacks(&six));
    let listings = [
        listing("https://a/simple", vec![listed("six-1.0.tar.gz", 8)]),
        listing(
            "https://b/simple",
            vec![
                listed("six-1.0-py3-none-any.whl", 1),
                listed("six-1.0.tar.gz", 2),
            ],
        ),
    ];
    let completion = complete(&mut six, &listings);
    assert_eq!(
        completion,
        Completion {
            found: 2,
            left_out: 1,
            ..Completion::default()
        }
    );
    assert_eq!(
        six.files,
        [
            listed("six-1.0-py3-none-any.whl", 1),
            listed("six-1.0.tar.gz", 2)
        ]
    );
    assert_eq!(
        six.source,
        LockSource::Registry {
            index: Some("https://b/simple".to_owned())
        }
    );
    assert!(!lacks(&six));
}

#[test]
fn another_file_of_the_same_name_is_not_taken() {
    let mut six = package("six");
    six.files = vec![
        file("six-1.0.tar.gz", 1),
        file("six-1.0-py3-none-any.whl", 2),
    ];
    let files = vec![
        listed("six-1.0.tar.gz", 3),
        listed("six-1.0-py3-none-any.whl", 2),
    ];
    let completion = complete(&mut six, &[listing("https://a", files)]);
    assert_eq!(completion.altered, ["six-1.0.tar.gz"]);
    assert_eq!(completion.left_out, 1);
    assert_eq!(six.files, [listed("six-1.0-py3-none-any.whl", 2)]);
}

#[test]
fn an_index_adds_and_never_changes() {
    let mut six = package("six");
    let own = LockedFile {
        url: Some("https://own.example/six-1.0.tar.gz".to_owned()),
        size: Some(1),
        ..file("six-1.0.tar.gz", 1)
    };
    six.files = vec![own.clone()];
    six.source = LockSource::Registry {
        index: Some("https://own.example/simple".to_owned()),
    };
    let before = six.clone();
    complete(&mut six, &[]);
    assert_eq!(six, before);
    complete(
        &mut six,
        &[listing("https://a", vec![listed("six-1.0.tar.gz", 1)])],
    );
    assert_eq!(
        six.files,
        [LockedFile {
            upload_time: listed("x", 1).upload_time,
            ..own
        }]
    );
    assert_eq!(six.source, before.source);
}

#[test]
fn without_hashes_only_the_first_index_is_believed() {
    let mut six = package("six");
    let first = listing("https://a", vec![listed("six-1.0.tar.gz", 1)]);
    let second = listing("https://b", vec![listed("six-1.0-py3-none-any.whl", 2)]);
    let completion = complete(&mut six, &[first, second.clone()]);
    assert!(completion.trusted);
    assert_eq!(six.files, [listed("six-1.0.tar.gz", 1)]);

    let mut six = package("six");
    let completion = complete(&mut six, &[listing("https://a", Vec::new()), second]);
    assert!(!completion.trusted);
    assert_eq!(
        obstacles(&[six]),
        [Obstacle::NoFile(PackageId::pypi("six"))]
    );
}

#[test]
fn a_weak_hash_is_joined_by_a_strong_one() {
    let mut six = package("six");
    let md5 = Digest::new(HashAlgorithm::Md5, &"0".repeat(32)).unwrap();
    six.files = vec![LockedFile {
        hashes: vec![md5.clone()],
        ..file("six-1.0.tar.gz", 0)
    }];
    complete(
        &mut six,
        &[listing("https://a", vec![listed("six-1.0.tar.gz", 1)])],
    );
    assert_eq!(six.files[0].hashes, [md5, digest(1)]);
}

#[test]
fn a_file_without_a_hash_is_left_out_where_others_have_one() {
    let bare = || LockedFile {
        hashes: Vec::new(),
        ..file("six-1.0.tar.gz", 0)
    };
    let mut six = package("six");
    six.files = vec![bare(), listed("six-1.0-py3-none-any.whl", 1)];
    let completion = complete(&mut six, &[]);
    assert_eq!(completion.left_out, 1);
    assert_eq!(six.files, [listed("six-1.0-py3-none-any.whl", 1)]);
    // and is completed where an index knows it
    six.files.push(bare());
    let known = listing("https://a", vec![listed("six-1.0.tar.gz", 2)]);
    assert_eq!(complete(&mut six, &[known]).left_out, 0);
    assert_eq!(six.files[1].hashes, [digest(2)]);
}
