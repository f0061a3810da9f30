//! Texts as people paste them, and what is run for each.

use rstest::rstest;

use super::*;
use crate::repro::text::MOST;

/// What is run for a text, or why it is not understood.
fn runs(text: &str) -> String {
    match understand(text.as_bytes(), None) {
        Ok(understood) => {
            let [case] = understood.cases.as_slice() else { panic!("{:?}", understood.cases) };
            format!("{} {} {}", case.linker, case.mode, case.pairing)
        }
        Err(error) => error.to_string(),
    }
}

/// Two rows of df that say which is the cache's, and nothing of the target.
const TOOL_WITHOUT_HOME: &str = "export UV_CACHE_DIR=/data/uv\nexport UV_TOOL_BIN_DIR=/data/bin
$ df -T /data/uv /data/bin
nas:/data nfs4 9 9 9 1% /data
nas:/data nfs4 9 9 9 1% /data
uv tool install ruff\nuv 0.6.1\n";

const TOOL_DIR: &str = "export UV_CACHE_DIR=/data/uv\nexport UV_TOOL_DIR=/home/me/tools
nas:/data on /data type nfs4 (rw,relatime,vers=4.1,addr=10.0.0.1)
nas:/home on /home type nfs4 (rw,relatime,vers=4.1,addr=10.0.0.1)
$ uv tool install --link-mode=hardlink ruff\nuv 0.13.9\n";

const POSITIONS: &str = "$ df -hT /srv/a /srv/b
Filesystem     Type  Size  Used Avail Use% Mounted on
/dev/sda1      ext4  468G  300G  145G  68% /
/dev/sdb1      ext4  1.8T  1.0T  0.8T  56% /srv/b\n";

const WRAPPED: &str = "$ df -T $(uv cache dir) .venv
Filesystem           Type    1K-blocks      Used Available Use% Mounted on
filer01.cluster.example.org:/vol/scratch/users
                     nfs     150323855 114649980  35673874  77% /scratch
filer01.cluster.example.org:/vol/home/users
                     nfs     150323855 114649980  35673874  77% /home\n";

const FINDMNT_TREE: &str = "me@host:~/src$ findmnt
TARGET                SOURCE                 FSTYPE  OPTIONS
/                     /dev/nvme0n1p2[/@]     btrfs   rw,relatime,subvolid=256,subvol=/@
├─/proc               proc                   proc    rw,nosuid,nodev,noexec,relatime
├─/home               /dev/nvme0n1p2[/@home] btrfs   rw,relatime,subvolid=257,subvol=/@home
│ └─/home/me/src      /dev/nvme0n1p2[/@src]  btrfs   rw,relatime,subvolid=258,subvol=/@src
└─/boot               /dev/nvme0n1p1         vfat    rw,relatime

me@host:~/src$ uv sync\n";

const MOUNTINFO: &str = "UV_CACHE_DIR=/cache VIRTUAL_ENV=/work/.venv uv pip install x
29 1 259:2 / / rw,relatime shared:1 - xfs /dev/nvme0n1p2 rw,attr2
98 29 259:2 /var/lib/cache /cache rw,relatime shared:1 - xfs /dev/nvme0n1p2 rw,attr2\n";

const DOCKERFILE: &str = "FROM python:3.12
COPY --from=ghcr.io/astral-sh/uv:0.6.1 /uv /bin/uv
WORKDIR /app
RUN --mount=type=cache,target=/root/.cache/uv \\
    uv sync --locked\n";

const DEVCONTAINER: &str = "{
  \"mounts\": [\"source=uv-cache,target=/home/vscode/.cache/uv,type=volume\"],
  \"containerEnv\": {
    \"UV_CACHE_DIR\": \"/home/vscode/.cache/uv\",
    \"UV_LINK_MODE\": \"hardlink\"
  },
  \"postCreateCommand\": \"uv sync\"
}\n";

const IN_CONTAINER: &str = "root@3f2a:/app# df -hT ~/.cache/uv /app
Filesystem     Type     Size  Used Avail Use% Mounted on
/dev/vda1      ext4      99G   40G   59G  41% /root/.cache/uv
overlay        overlay   99G   40G   59G  41% /\n";

const PERMISSION: &str = "/dev/sda1 on / type ext4 (rw,relatime)
error: Failed to install: a-1.0-py3-none-any.whl (a==1.0)
  Caused by: failed to hardlink file from /srv/uv/archive-v0/X/a.py to /work/.venv/lib/a.py: Operation not permitted (os error 1)\n";

const PNPM: &str = "/dev/sda1 on / type ext4 (rw)\n/dev/sdb1 on /store type xfs (rw)
 ERR_PNPM_EXDEV  EXDEV: cross-device link not permitted, link '/store/a' -> '/work/a'\n";

const WSL: &str = "$ export UV_CACHE_DIR=~/.cache/uv\n$ df -T ~/.cache/uv /mnt/c/proj
Filesystem     Type  1K-blocks      Used Available Use% Mounted on
/dev/sdd       ext4 1055762868  12345678 989711720   2% /
C:\\            9p    498445308 312345678 186099630  63% /mnt/c\n";

const STAT: &str = "$ uv cache dir\n/a/cache\n$ stat -f /a/cache /b/venv
  File: \"/a/cache\"
    ID: 9a0e3f Namelen: 255     Type: ext2/ext3
Block size: 4096
  File: \"/b/venv\"
    ID: 1b Namelen: 255     Type: xfs\n";

const GERMAN: &str = "$ df -T /c/cache /d/venv
Dateisystem    Typ  1K-Blöcke Benutzt Verfügbar Verw% Eingehängt auf
/dev/sda1      ext4      9999      99      9900    1% /c
/dev/sdb1      xfs       9999      99      9900    1% /d\n";

#[rstest]
#[case::a_tool_with_its_directory(TOOL_DIR, "uv-tool@0.13.9 hardlink nfs4.1+exports")]
#[case::two_partitions(POSITIONS, "uv default ext4:ext4")]
#[case::wrapped_rows(WRAPPED, "uv default nfs3+exports")]
#[case::subvolumes(FINDMNT_TREE, "uv default btrfs+subvolume")]
#[case::a_bind_mount(MOUNTINFO, "uv default xfs+bind")]
#[case::docker(DOCKERFILE, "uv@0.6.1 default ext4:overlay")]
#[case::devcontainer(DEVCONTAINER, "uv hardlink ext4:overlay")]
#[case::inside_a_container(IN_CONTAINER, "uv default ext4:overlay")]
#[case::another_owner(PERMISSION, "uv default ext4+owner")]
#[case::wsl(WSL, "uv default ext4:ext4")]
#[case::stat(STAT, "uv default ext4:xfs")]
#[case::in_german(GERMAN, "uv default ext4:xfs")]
#[case::one_row("df -T .\n/dev/sda1 xfs 9 9 9 1% /\n", "uv default xfs")]
#[case::a_table_without_types(
    "df /c/cache /d/venv\n/dev/sda1 9 9 9 1% /c\ntmpfs 9 9 9 1% /d\n",
    "uv default ext4:tmpfs"
)]
fn a_text_is_understood(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(runs(text), expected);
}

#[rstest]
#[case::nothing(
    "it is slow",
    "the text shows no filesystem; it needs the output of `df -T CACHE TARGET` or `findmnt -T` for each, CACHE being what `uv cache dir` prints and TARGET where the files were to go"
)]
#[case::no_home(
    TOOL_WITHOUT_HOME,
    "the text shows nfs4 of nas:/data at /data, but not the filesystem of the target, ~/.local/share/uv/tools; it needs the output of `df -T ~/.local/share/uv/tools` or `findmnt -T ~/.local/share/uv/tools`"
)]
#[case::beegfs(
    "df -T .\nbeegfs_nodev beegfs 9 9 9 1% /scratch\n",
    "cache and target are both on beegfs of beegfs_nodev at /scratch, which exdev cannot make, and it makes nothing like it; `exdev list filesystems` shows what it makes"
)]
#[case::no_type(
    "df .\nrpool/home 9 9 9 1% /home\n",
    "the text does not give the type of rpool/home at /home, which holds the cache and the target; it needs the output of `df -T` or `findmnt -T` for it"
)]
#[case::pnpm(PNPM, "the text is of pnpm, which exdev does not run; --linker uv runs uv on the same pairing, xfs:ext4")]
#[case::no_mode(
    "uv sync --link-mode=sideways\n/dev/sda1 on / type ext4 (rw)\n",
    "the text is of the mode `sideways`, which uv does not have; --link-mode is clone, hardlink, symlink or copy"
)]
fn what_is_missing_is_said(#[case] text: &str, #[case] sentence: &str) {
    assert_eq!(runs(text), sentence);
}

#[test]
fn a_linker_of_the_command_line_is_run_whatever_the_text_says() {
    let linker: LinkerName = "reference@strict".parse().unwrap();
    let understood = understand(PNPM.as_bytes(), Some(&linker)).unwrap();
    assert_eq!(understood.cases[0].linker, linker);
    let expected = Symptom::Refusal {
        strategy: crate::outcome::Strategy::HardLink,
        errno: Some(crate::errno::Errno::EXDEV),
        end: End::Failure,
    };
    assert_eq!(understood.cases[0].symptom, Some(expected));
}

#[test]
fn what_is_made_in_place_of_another_is_told() {
    let understood = understand(WSL.as_bytes(), None).unwrap();
    assert_eq!(
        understood.assumed,
        [
            "the command is `uv pip install`, as the text shows none",
            "uv is of the newest version that is pinned, as the text does not say which",
            "exdev cannot make 9p; ext4 stands for it, as a link between two filesystems is refused whatever they are",
        ]
    );
}

#[test]
fn of_two_versions_the_first_is_taken_and_it_is_told() {
    let text = "uv 0.6.1\nIt worked with uv 0.5.11\n/dev/sda1 on / type ext4 (rw)\n";
    let understood = understand(text.as_bytes(), None).unwrap();
    assert_eq!(understood.cases[0].linker.to_string(), "uv@0.6.1");
    let sentence = "uv is of version 0.6.1, which comes first, and not 0.5.11 of line 2";
    assert!(understood.assumed.iter().any(|assumed| assumed == sentence), "{:?}", understood.assumed);
}

#[test]
fn nothing_of_a_text_has_control_characters() {
    let text =
        "export UV_CACHE_DIR='/a\u{1b}[31m\u{7}\u{9b}/cache'\n\u{1b}]0;x\u{7}/dev/sd\u{202e}a1 on / type ext4 (rw)\n";
    let understood = understand(text.as_bytes(), None).unwrap();
    let all =
        understood.findings.iter().flat_map(|finding| [&finding.quote, &finding.means]).chain(&understood.assumed);
    assert_eq!(all.filter(|text| text.chars().any(|c| c.is_control() || c == '\u{202e}')).count(), 0);
    let json =
        br#"{"explanation": {"linker": "u\u001bv", "fallbacks": [{"strategy": "hard link", "reason": "\u001b[31mred",
        "cache": {"path": "/\u0007c", "kind": "ext4"}, "target": {"path": "/t", "kind": "x\u001bfs"}}]}}"#;
    let understood = understand(json, None).unwrap();
    let all =
        understood.findings.iter().flat_map(|finding| [&finding.quote, &finding.means]).chain(&understood.assumed);
    assert_eq!(all.filter(|text| text.chars().any(char::is_control)).count(), 0);
}

/// Bytes that are the same in every run, of the parts that texts are made of and of any others.
fn noise(seed: u64) -> Vec<u8> {
    const PARTS: [&str; 24] = [
        "df -T ",
        "/dev/sda1",
        " on ",
        " type ",
        "(rw,",
        ")",
        "\n",
        "  ",
        "nas:/x ",
        " 9 9 9 1% /",
        "nfs4",
        "[",
        "{\"outcomes\":[",
        "$ ",
        "uv ",
        "0.6.1",
        "warning: Failed to hardlink files; falling back",
        "error: ",
        "Caused by: ",
        "\u{1b}[",
        "`",
        "'",
        "$(",
        "é",
    ];
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes = Vec::new();
    for _ in 0..60 {
        let pick = next();
        match PARTS.get(usize::try_from(pick % 30).unwrap()) {
            Some(part) => bytes.extend(part.bytes()),
            None => bytes.push(u8::try_from(pick >> 56).unwrap()),
        }
    }
    bytes
}

#[test]
fn any_bytes_are_understood_or_not_and_nothing_panics() {
    for seed in 0..4_000 {
        let _ = understand(&noise(seed), None);
    }
}

#[test]
fn a_text_cut_anywhere_is_no_harm() {
    for text in [TOOL_DIR, WRAPPED, FINDMNT_TREE, MOUNTINFO, DEVCONTAINER, PERMISSION, STAT] {
        for end in 0..text.len() {
            let _ = understand(&text.as_bytes()[..end], None);
        }
    }
}

#[test]
fn a_text_of_the_greatest_length_is_read_once() {
    let mut text = IN_CONTAINER.as_bytes().to_vec();
    text.resize(MOST + 1, b'[');
    let understood = understand(&text, None).unwrap();
    assert_eq!(understood.assumed[0], "nothing that matters is behind the first 4 MiB, which are what was read");
    let rows = "/dev/sda1 ext4 9 9 9 1% /\n".repeat(MOST / 27);
    assert_eq!(runs(&rows), "uv default ext4");
}
