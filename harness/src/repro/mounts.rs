//! The rows of tables of mounts: `df`, `mount`, `findmnt`, `/proc/self/mountinfo`, `/proc/mounts`.
//!
//! Invariant: a row is known by its own shape, so it is found in any text, in any language, with or without its table's head.

use serde::Serialize;

/// What a text says of one mount; what it does not say is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// The filesystem's type, as its source calls it.
    pub kind: Option<String>,
    /// The device, or the server and its export.
    pub source: String,
    /// The mount point.
    pub at: String,
    /// The directory of the filesystem that is mounted, where it is not its root.
    pub root: Option<String>,
    /// The device number, `major:minor`.
    pub device: Option<String>,
    /// The mount's own number.
    pub number: Option<String>,
    /// The options of the mount and of the filesystem, with commas between.
    pub options: String,
    /// The path that was asked for, where the mount is the answer.
    pub asked: Option<String>,
}

impl Mount {
    /// One of its options: `4.2` for `vers` of `rw,vers=4.2`.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.split(',').find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
    }

    /// How a person would call it.
    #[must_use]
    pub fn named(&self) -> String {
        let kind = self.kind.as_deref().unwrap_or("a filesystem");
        let of = if self.source.is_empty() { String::new() } else { format!(" of {}", self.source) };
        let at = if self.at.is_empty() { String::new() } else { format!(" at {}", self.at) };
        format!("{kind}{of}{at}")
    }
}

/// A row that is whole in itself: of `mount`, of mountinfo, or of `/proc/mounts`.
#[must_use]
pub fn whole(line: &str) -> Option<Mount> {
    mountinfo(line).or_else(|| mount(line)).or_else(|| fstab(line))
}

/// A line of mountinfo, see `proc_pid_mountinfo(5)`.
fn mountinfo(line: &str) -> Option<Mount> {
    let words: Vec<_> = line.split_whitespace().collect();
    let [id, parent, device, root, at, options, ..] = words[..] else { return None };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (major, minor) = device.split_once(':')?;
    if ![id, parent, major, minor].into_iter().all(number) || !root.starts_with('/') || !at.starts_with('/') {
        return None;
    }
    let dash = words.iter().position(|&word| word == "-").filter(|&at| at >= 6)?;
    let [kind, source, ..] = words[dash + 1..] else { return None };
    let inner = words.get(dash + 3).copied().unwrap_or_default();
    Some(Mount {
        kind: Some(kind.to_owned()),
        source: unescaped(source),
        at: unescaped(at),
        root: Some(unescaped(root)).filter(|root| root != "/"),
        device: Some(device.to_owned()),
        number: Some(id.to_owned()),
        options: format!("{options},{inner}"),
        asked: None,
    })
}

/// `/dev/sda1 on / type ext4 (rw,relatime)`; on macOS `/dev/disk3s1 on / (apfs, local)`.
fn mount(line: &str) -> Option<Mount> {
    let (source, rest) = line.trim().split_once(" on ")?;
    let (rest, options) = rest.strip_suffix(')')?.rsplit_once(" (")?;
    let (at, kind, options) = match rest.rsplit_once(" type ") {
        Some((at, kind)) => (at, kind, options.to_owned()),
        None if source.starts_with('/') => (rest, options.split(',').next()?, options.replace(", ", ",")),
        None => return None,
    };
    let fits = at.starts_with('/') && !kind.is_empty() && !kind.contains(' ') && !source.contains("  ");
    let mount = Mount {
        kind: Some(kind.to_owned()),
        source: source.to_owned(),
        at: at.to_owned(),
        options,
        ..Mount::default()
    };
    fits.then_some(mount)
}

/// `/dev/sda1 / ext4 rw,relatime 0 0`, see fstab(5).
fn fstab(line: &str) -> Option<Mount> {
    let words: Vec<_> = line.split_whitespace().collect();
    let [source, at, kind, options, "0" | "1", "0" | "1" | "2"] = words[..] else { return None };
    let options = options.to_owned();
    let mount = Mount {
        kind: Some(kind.to_owned()),
        source: unescaped(source),
        at: unescaped(at),
        options,
        ..Mount::default()
    };
    at.starts_with('/').then_some(mount)
}

/// A row of `df`. GNU's df once put a long source on a line of its own, which is `before`.
#[must_use]
pub fn df(line: &str, before: Option<&str>) -> Option<Mount> {
    let words: Vec<_> = line.split_whitespace().collect();
    let percent =
        (3..words.len()).find(|&at| is_share(words[at]) && words[at - 3..at].iter().all(|word| is_size(word)))?;
    let at = words[percent + 1..].iter().position(|word| word.starts_with('/'))? + percent + 1;
    let (head, at) = (&words[..percent - 3], words[at..].join(" "));
    let wrapped = before.filter(|_| line.starts_with(' ') || head.is_empty());
    let (source, kind) = match (wrapped, head) {
        (Some(source), []) => (source.to_owned(), None),
        (Some(source), [kind]) => (source.to_owned(), Some(*kind)),
        (None, [source]) => ((*source).to_owned(), None),
        (None, [source @ .., kind]) if !source.is_empty() => (source.join(" "), Some(*kind)),
        _ => return None,
    };
    Some(Mount { kind: kind.map(str::to_owned), source, at, ..Mount::default() })
}

/// A source that may have been put on a line of its own.
#[must_use]
pub fn lone_source(line: &str) -> Option<&str> {
    let word = line.trim();
    (word.contains('/') && !word.contains(' ') && !line.starts_with(' ')).then_some(word)
}

fn is_size(word: &str) -> bool {
    let number = word.trim_end_matches('B').trim_end_matches('i').trim_end_matches(['K', 'M', 'G', 'T', 'P', 'E', 'k']);
    word == "-"
        || (number.starts_with(|c: char| c.is_ascii_digit())
            && number.bytes().all(|b| b.is_ascii_digit() || b".,".contains(&b)))
}

fn is_share(word: &str) -> bool {
    word == "-" || word.strip_suffix('%').is_some_and(is_size)
}

/// The names of the columns, if the line is the head of a table of `findmnt`.
#[must_use]
pub fn findmnt_head(line: &str) -> Option<Vec<String>> {
    let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
    let has = |name: &str| words.iter().any(|word| word == name);
    let upper = words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_uppercase() || b"-:_%".contains(&byte)));
    (upper && has("TARGET") && (has("SOURCE") || has("FSTYPE"))).then_some(words)
}

/// A row of `findmnt`, whose trees are drawn in the first column.
#[must_use]
pub fn findmnt(line: &str, columns: &[String]) -> Option<Mount> {
    let bare = line.trim_start_matches(|c: char| " │├└─|`-".contains(c));
    let words: Vec<_> = bare.split_whitespace().collect();
    let of = |name: &str| columns.iter().position(|column| column == name).and_then(|at| words.get(at)).copied();
    let at = of("TARGET").filter(|at| at.starts_with('/'))?;
    if words.len() < columns.len().min(3) {
        return None;
    }
    let source = of("SOURCE").unwrap_or_default();
    // `/dev/sda2[/@home]`: the directory that is mounted.
    let (source, root) = match source.strip_suffix(']').and_then(|source| source.split_once('[')) {
        Some((source, root)) => (source, Some(root.to_owned())),
        None => (source, None),
    };
    Some(Mount {
        kind: of("FSTYPE").map(str::to_owned),
        source: source.to_owned(),
        at: at.to_owned(),
        root,
        device: of("MAJ:MIN").map(str::to_owned),
        options: of("OPTIONS").or_else(|| of("VFS-OPTIONS")).unwrap_or_default().to_owned(),
        ..Mount::default()
    })
}

/// The path without the escapes of the kernel's tables: a space is `\040`.
fn unescaped(text: &str) -> String {
    [("\\040", " "), ("\\011", " "), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (code, meant)| text.replace(code, meant))
}

#[cfg(test)]
mod tests;
