use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::*;
use crate::errno::Errno;
use crate::explain::{Explained, Refusal};
use crate::facts::{Flag, ProcessFacts};
use crate::outcome::End;
use crate::report::{Colour, explained_schema, to_json};

fn end(kind: &str, device: &str, mount_id: u64, source: &str) -> EndFacts {
    let mountinfo = format!("{mount_id} 30 {device} / /mnt/{mount_id} rw,relatime shared:1 - {kind} {source} rw");
    EndFacts {
        path: format!("/mnt/{mount_id}"),
        end: End { kind: kind.to_owned(), device: device.to_owned(), mount_id, mountinfo },
        nfs: None,
        overlay: None,
        id_mapped: false,
        uid: 1000,
        gid: 1000,
        mode: 0o755,
        links: 2,
        writable: true,
        flags: BTreeSet::new(),
        project: Some(0),
        room: None,
    }
}

/// A hard link that was refused for a reason, from and to the same mount.
fn fallback(kind: Reason, errno: Errno, files: usize, then: Option<Strategy>) -> Fallback {
    let ext4 = end("ext4", "7:0", 40, "/dev/loop0");
    Fallback {
        strategy: Strategy::HardLink,
        errno: errno.to_string(),
        files,
        reason: kind.to_string(),
        advice: vec![kind.advice()],
        kind,
        then,
        untried: 0,
        from: "/mnt/40/cache/a.py".to_owned(),
        to: "/mnt/40/target/a.py".to_owned(),
        file: Some(FileFacts { uid: 0, mode: 0o644, links: 3, size: 12, flags: BTreeSet::new(), accessible: false }),
        cache: ext4.clone(),
        target: ext4,
    }
}

fn quiet(command: &str) -> Explanation {
    Explanation {
        command: command.split(' ').map(str::to_owned).collect(),
        exit: Exit::Code(0),
        linker: None,
        seconds: 1.25,
        placed: Vec::new(),
        fallbacks: Vec::new(),
        refused: Vec::new(),
        process: ProcessFacts::unconfined(),
        unseen: Vec::new(),
        left_running: 0,
    }
}

fn group(strategy: Option<Strategy>, by: Option<&str>, files: usize, directory: &str) -> Group {
    let (by, mounted) = (by.map(str::to_owned), Some("nfs4 nas:/home".to_owned()));
    Group { strategy, by, files, directory: directory.to_owned(), mounted }
}

/// Everything that an explanation can hold.
fn full() -> Explanation {
    let (cache, target) = (end("nfs4", "0:41", 35, "nas:/data"), end("nfs4", "0:42", 36, "nas:/home"));
    let exports = Reason::Exports { cache: "nas:/data".to_owned(), target: "nas:/home".to_owned() };
    let hard_link = Fallback {
        cache,
        target,
        untried: 31,
        advice: vec!["set UV_TOOL_DIR to a directory beside the cache".to_owned(), exports.advice()],
        ..fallback(exports, Errno::EXDEV, 1, Some(Strategy::Copy))
    };
    let reflink = Fallback { strategy: Strategy::Reflink, ..hard_link.clone() };
    let mut owner = fallback(Reason::ProtectedHardlinks, Errno::EPERM, 1, None);
    owner.file.as_mut().unwrap().flags = [Flag::Nocow].into();
    let mut project = fallback(Reason::Project, Errno::EXDEV, 2, None);
    project.target.project = Some(4711);
    let no_reflinks = Reason::NoReflinks { kind: "ext4".to_owned() };
    let lesser = Fallback {
        strategy: Strategy::Reflink,
        ..fallback(no_reflinks, Errno::EOPNOTSUPP, 40, Some(Strategy::HardLink))
    };
    Explanation {
        exit: Exit::Code(2),
        linker: Some("uv".to_owned()),
        placed: vec![
            group(Some(Strategy::HardLink), None, 40, "~/.cache/x"),
            group(Some(Strategy::Copy), Some("copy_file_range"), 32, "~/.local/share/uv/tools/x"),
            group(None, None, 1, "~/.local/share/uv"),
        ],
        fallbacks: vec![lesser, reflink, hard_link, owner, project],
        refused: vec![Refusal {
            class: "rename".to_owned(),
            errno: "EXDEV".to_owned(),
            calls: 1,
            path: "~/.local/share/uv/tools/x".to_owned(),
        }],
        process: ProcessFacts { confinement: Confinement::Confined, ..ProcessFacts::unconfined() },
        unseen: vec!["io_uring was refused, for calls through it cannot be seen".to_owned()],
        left_running: 2,
        ..quiet("uv tool install x")
    }
}

/// Without the empty line that keeps it apart from what the command wrote.
fn plain(explanation: &Explanation) -> String {
    explained(explanation, Style::plain()).strip_prefix('\n').unwrap().to_owned()
}

#[test]
fn everything_is_told_in_the_order_of_its_weight() {
    insta::assert_snapshot!(plain(&full()), @r"
    uv tool install x: exit code 2 after 1.2 s

    1 file was copied, not reflinked (EXDEV) or hard linked (EXDEV), and 31 more without a try: two exports of one server (nas:/data, nas:/home)
        mend  set UV_TOOL_DIR to a directory beside the cache
        or    mount one export that holds both, or move one of them to the other's export
        from  /mnt/40/cache/a.py
              nfs4 nas:/data, device 0:41, mount 35
              35 30 0:41 / /mnt/35 rw,relatime shared:1 - nfs4 nas:/data rw
        to    /mnt/40/target/a.py
              nfs4 nas:/home, device 0:42, mount 36
              36 30 0:42 / /mnt/36 rw,relatime shared:1 - nfs4 nas:/home rw

    1 file was not hard linked (EPERM), nor placed otherwise: the cached file belongs to another user (fs.protected_hardlinks)
        mend  let each user have a cache of their own, or make the cached files readable and writable for whoever links them
        from  /mnt/40/cache/a.py (owner 0, mode 644, 3 links, nocow)
              ext4 /dev/loop0, device 7:0, mount 40
              40 30 7:0 / /mnt/40 rw,relatime shared:1 - ext4 /dev/loop0 rw
        to    /mnt/40/target/a.py
              on the same mount

    2 files were not hard linked (EXDEV), nor placed otherwise: another project ID
        mend  give both directories one project ID (chattr -p), or use reflinks, which cross projects
        from  /mnt/40/cache/a.py
              ext4 /dev/loop0, device 7:0, mount 40
              40 30 7:0 / /mnt/40 rw,relatime shared:1 - ext4 /dev/loop0 rw
        to    /mnt/40/target/a.py
              ext4 /dev/loop0, device 7:0, mount 40, project 4711
              40 30 7:0 / /mnt/40 rw,relatime shared:1 - ext4 /dev/loop0 rw

    40 files were hard linked, not reflinked (EOPNOTSUPP): no reflinks on ext4

    rename refused with EXDEV: 1 call
        path  ~/.local/share/uv/tools/x

    placed    40 files hard linked in ~/.cache/x (nfs4 nas:/home)
              32 files copied      in ~/.local/share/uv/tools/x (nfs4 nas:/home), by copy_file_range
                1 file written     in ~/.local/share/uv (nfs4 nas:/home)

    note      io_uring was refused, for calls through it cannot be seen
              2 processes were left running, and ended
              exdev itself runs in a sandbox that restricts access to paths
    ");
}

#[test]
fn nothing_is_told_in_a_few_lines() {
    insta::assert_snapshot!(plain(&quiet("true")), @r"
    true: done in 1.2 s

    nothing was refused

    placed    nothing
    ");
    let copied = Explanation {
        placed: vec![group(Some(Strategy::Copy), Some("sendfile"), 1, "/srv/x")],
        ..quiet("cp --reflink=never a /srv/x")
    };
    insta::assert_snapshot!(plain(&copied), @r"
    cp --reflink=never a /srv/x: done in 1.2 s

    nothing was refused: it copied without trying to link

    placed    1 file copied      in /srv/x (nfs4 nas:/home), by sendfile
    ");
}

#[test]
fn how_it_ended_is_in_the_first_line() {
    let first = |exit| explained(&Explanation { exit, ..quiet("x") }, Style::plain()).lines().nth(1).map(str::to_owned);
    assert_eq!(first(Exit::Code(0)).unwrap(), "x: done in 1.2 s");
    assert_eq!(first(Exit::Code(7)).unwrap(), "x: exit code 7 after 1.2 s");
    assert_eq!(first(Exit::Signal(9)).unwrap(), "x: ended by signal 9 after 1.2 s");
    assert_eq!(first(Exit::TimedOut(1)).unwrap(), "x: ended by exdev after 1.2 s, the limit");
}

#[test]
fn colours_change_nothing_but_the_colours() {
    let ansi = explained(&full(), Style { colour: Colour::Ansi, ..Style::plain() });
    assert_eq!(anstream::adapter::strip_str(&ansi).to_string(), explained(&full(), Style::plain()));
    assert_ne!(ansi, explained(&full(), Style::plain()));
}

#[test]
fn advice_is_wrapped_and_a_line_of_mountinfo_is_not() {
    let narrow = explained(&full(), Style { width: Some(60), ..Style::plain() });
    let mend = [
        "    mend  let each user have a cache of their own, or make\n",
        "          the cached files readable and writable for whoever\n          links them\n",
    ]
    .concat();
    assert!(narrow.contains(&mend), "{narrow}");
    let mountinfo = "          35 30 0:41 / /mnt/35 rw,relatime shared:1 - nfs4 nas:/data rw\n";
    assert!(narrow.contains(mountinfo), "{narrow}");
}

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/explain.schema.json");

#[test]
fn the_committed_schema_is_the_generated_one() {
    if std::env::var_os("EXDEV_BLESS").is_some() {
        fs::write(COMMITTED, serde_json::to_string_pretty(&explained_schema()).unwrap() + "\n").unwrap();
    }
    let committed = fs::read_to_string(COMMITTED).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    assert!(
        committed == Some(explained_schema()),
        "harness/explain.schema.json is not the schema of Explained; rewrite it by: EXDEV_BLESS=1 cargo test -p exdev schema"
    );
}

#[test]
fn an_explanation_fits_the_schema_and_survives_being_written_and_read() {
    for exit in [Exit::Code(2), Exit::Signal(9), Exit::TimedOut(3)] {
        let explanation = Explanation { exit, ..full() };
        let written = Explained { exdev: "0.1.0".to_owned(), kernel_release: "6.18.0".to_owned(), explanation };
        let text = to_json(&written);
        let value: Value = serde_json::from_str(&text).unwrap();
        let validator = jsonschema::validator_for(&explained_schema()).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(serde_json::from_str::<Explained>(&text).unwrap(), written);
    }
}
