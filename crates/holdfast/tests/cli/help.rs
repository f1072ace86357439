//! Help and completions.

use insta::assert_snapshot;

use crate::support::Fixture;

const COMMANDS: &[&[&str]] = &[
    &["init"],
    &["lock"],
    &["sync"],
    &["verify"],
    &["capture"],
    &["import"],
    &["export"],
    &["check"],
    &["audit"],
    &["model"],
    &["model", "inspect"],
    &["model", "scan"],
    &["golden"],
    &["golden", "record"],
    &["golden", "compare"],
    &["golden", "bisect"],
    &["drift"],
    &["drift", "stream"],
    &["advisories"],
    &["advisories", "import"],
    &["advisories", "update"],
    &["advisories", "status"],
    &["tree"],
    &["why"],
    &["diff"],
    &["outdated"],
    &["list"],
    &["explain"],
    &["cache"],
    &["cache", "dir"],
    &["cache", "clean"],
    &["completions"],
];

#[test]
fn help_of_the_program() {
    let fixture = Fixture::empty();
    assert_snapshot!(fixture.run(&["--help"]).succeeds());
    // without any argument it is an error, but the same help
    let without = fixture.run(&[]).exits(2);
    assert!(without.stderr.contains("Usage: holdfast"), "{without}");
    fixture.run(&["--version"]).succeeds().prints("holdfast ");
}

#[test]
fn help_of_each_command() {
    let fixture = Fixture::empty();
    let told = |command: &&[&str]| {
        fixture
            .run(&[command, &["-h"][..]].concat())
            .succeeds()
            .to_string()
    };
    assert_snapshot!(COMMANDS.iter().map(told).collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_command_of_the_help_is_tested() {
    let fixture = Fixture::empty();
    let help = fixture.run(&["--help"]).succeeds().stdout;
    let commands = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1);
    for line in commands.take_while(|line| !line.is_empty()) {
        let Some(name) = line
            .strip_prefix("  ")
            .and_then(|line| line.split(' ').next())
        else {
            continue;
        };
        let known =
            name.is_empty() || name == "help" || COMMANDS.iter().any(|command| command[0] == name);
        assert!(known, "`{name}` is not tested");
    }
}

#[test]
fn completions_know_commands_and_options() {
    let fixture = Fixture::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = fixture.run(&["completions", shell]).succeeds().stdout;
        for word in ["advisories", "upgrade-package", "fail-on"] {
            assert!(script.contains(word), "no `{word}` for {shell}");
        }
    }
    fixture.run(&["completions", "ksh"]).exits(2);
}

/// Scripts that a shell refuses are worse than none.
#[test]
fn completions_are_read_by_their_shells() {
    let fixture = Fixture::empty();
    for shell in ["bash", "zsh", "fish"] {
        let file = fixture.path(shell);
        fixture
            .run(&["completions", shell, "--output", file.to_str().unwrap()])
            .succeeds();
        let Ok(status) = std::process::Command::new(shell)
            .arg("-n")
            .arg(&file)
            .status()
        else {
            // a shell that is not on this machine
            continue;
        };
        assert!(status.success(), "{shell}");
    }
}
