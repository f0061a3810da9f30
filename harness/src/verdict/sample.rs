//! Records made up for the tests of this folder: what an honest linker leaves behind, and ways to spoil it. No disk is touched.

mod spoil;

use crate::errno::Errno;
use crate::kernel::Kernel;
use crate::kernel::wire::Record;
use crate::linker::{Linker, LinkerName, Place};
use crate::observe::{Extents, Kind, Node, Tree};
use crate::outcome::{End, Exit, Outcome, Placement, Rule, Seconds, Step, Strategy, Verdict};
use crate::pairing::Pairing;
use crate::probe::{Answer, Probe};
use crate::scenario::Scenario;
use crate::trace::Trace;

pub use spoil::{other_bytes, symlink_to};

/// A file of the package that every test may spoil.
pub const TOOL: &str = "exdev_pkg/bin/tool";
/// Another.
pub const MODULE: &str = "exdev_pkg/module_04.py";
/// Where uv's cache holds the package.
pub const ARCHIVE: &str = "archive-v0/k3X-v_B";
/// What uv 0.6.1 and 0.13.9 say when they copy instead.
pub const UV_WARNING: &str = "warning: Failed to hardlink files; falling back to full copy.\n";

const SITE: &str = "tools/exdev-pkg/lib/python3.12/site-packages";
const DEVICE: u64 = 1;

/// A scenario with its record, under construction.
#[derive(Debug, Clone)]
pub struct Sample {
    pub scenario: Scenario,
    pub record: Record,
    inode: u64,
}

impl Sample {
    /// The small package, placed by `strategy` in the linker's default mode without a word and without a refusal.
    pub fn new(linker: &str, pairing: &str, strategy: Strategy) -> Self {
        let pairing: Pairing = pairing.parse().unwrap();
        let name: LinkerName = linker.parse().unwrap();
        let (_, label) = linker.split_once('@').unwrap();
        let linker = Linker::new(name.family, label, label);
        let scenario = Scenario::new(linker, pairing);
        let record = Record {
            place: Place::new(scenario.package, pairing.names()),
            step: Step::Link,
            kernel_release: "6.12.0".to_owned(),
            exit: Exit::Code(0),
            stdout: String::new(),
            stderr: String::new(),
            cache_before: Tree::new(),
            cache_after: Tree::new(),
            target_before: Tree::new(),
            target: Tree::new(),
            probe: Probe::default(),
            findings: None,
            written_through: Some(Vec::new()),
            cache_end: end("ext4", "7:0", 40, "/dev/loop0"),
            target_end: end("ext4", "7:0", 40, "/dev/loop0"),
            command: "link".to_owned(),
            trace: Trace::default(),
            again: None,
            afresh: None,
            left_running: 0,
            seconds: Seconds::default(),
        };
        let mut sample = Self { scenario, record, inode: 0 };
        sample.prime();
        if let Pairing::Separate { .. } = pairing {
            sample.record.target_end = end("xfs", "7:1", 41, "/dev/loop1");
            sample = sample.refused(Strategy::Reflink, Errno::EXDEV).refused(Strategy::HardLink, Errno::EXDEV);
        }
        sample.link(strategy);
        sample
    }

    /// `reference@per-file` on ext4, every file a hard link.
    pub fn linked() -> Self {
        Self::new("reference@per-file", "ext4", Strategy::HardLink).stdout("placed 34 files: 34 hard link\n")
    }

    /// uv 0.13.9 on one XFS, every file a reflink.
    pub fn reflinked() -> Self {
        let xfs = || end("xfs", "7:0", 40, "/dev/loop0");
        Self::new("uv@0.13.9", "xfs", Strategy::Reflink).ends(xfs(), xfs())
    }

    /// uv 0.6.1 from ext4 to XFS, every file a copy, with the warning.
    pub fn copied() -> Self {
        Self::new("uv@0.6.1", "ext4:xfs", Strategy::Copy).stderr(UV_WARNING)
    }

    fn prime(&mut self) {
        let books = if self.uv() { &[".lock", "interpreter-v4/a1/b2.msgpack", "CACHEDIR.TAG"][..] } else { &[] };
        for file in &self.record.place.contents().files {
            let path = self.cached(&file.path);
            let node = self.file(&file.sha256, file.bytes.len(), file.mode);
            self.record.probe.files.insert(path.clone(), 0);
            insert(&mut self.record.cache_after, &path, node);
        }
        self.record.probe.answers = vec![Answer { hard_link: None, reflink: None, symlink: None, obstacle: None }];
        for path in books {
            let node = self.file("books", 1, 0o644);
            insert(&mut self.record.cache_after, path, node);
        }
        self.record.cache_before = self.record.cache_after.clone();
    }

    fn link(&mut self, strategy: Strategy) {
        for file in &self.record.place.contents().files {
            self.place(&file.path, strategy);
        }
        let root = self.root();
        let own = ["RECORD", "INSTALLER", "REQUESTED", "uv_cache.json"];
        let own = own.map(|name| format!("{root}exdev_pkg-1.0.dist-info/{name}"));
        let around = match self.scenario.linker.family.name() {
            "uv-tool" => &["tools/.lock", "tools/exdev-pkg/pyvenv.cfg", "bin/exdev-pkg"][..],
            "uv-tool-home" => &[".local/share/uv/tools/.lock", ".local/share/uv/tools/exdev-pkg/pyvenv.cfg"],
            _ => &[".lock", "bin/exdev-pkg"],
        };
        if self.uv() {
            for path in own.iter().map(String::as_str).chain(around.iter().copied()) {
                let node = self.file("own", 3, 0o644);
                insert(&mut self.record.target, path, node);
            }
        }
    }

    fn uv(&self) -> bool {
        self.scenario.linker.family.name() != "reference"
    }

    fn root(&self) -> String {
        match self.scenario.linker.family.name() {
            "uv-tool" => format!("{SITE}/"),
            "uv-tool-home" => format!(".local/share/uv/{SITE}/"),
            "dvc" => "package/".to_owned(),
            _ => String::new(),
        }
    }

    /// A new file with extents of its own; an empty one has none.
    fn file(&mut self, sha256: &str, size: usize, mode: u32) -> Node {
        self.inode += 1;
        let extents = match size {
            0 => Extents::Inline,
            _ => Extents::Mapped(vec![(self.inode << 20, 4096)]),
        };
        let kind = Kind::File { size: size as u64, sha256: sha256.to_owned(), extents };
        Node { kind, device: DEVICE, inode: self.inode, links: 1, mode }
    }

    /// The path in the cache of a file of the package.
    pub fn cached(&self, file: &str) -> String {
        if self.uv() { format!("{ARCHIVE}/{file}") } else { file.to_owned() }
    }

    /// Places one file of the package anew.
    pub fn place(&mut self, file: &str, strategy: Strategy) {
        let cached = self.cached(file);
        let mut node = self.record.cache_before[&cached].clone();
        self.record.cache_after.insert(cached.clone(), node.clone());
        self.inode += 1;
        match (strategy, &mut node.kind) {
            (Strategy::HardLink, _) => {
                node.links += 1;
                self.record.cache_after.insert(cached.clone(), node.clone());
                self.record.written_through.as_mut().unwrap().push(cached);
            }
            (Strategy::Symlink, _) => {
                let to = format!("/exdev/cell/cache/{cached}");
                node = Node { kind: Kind::Symlink { to }, inode: self.inode, links: 1, mode: 0o777, ..node };
                self.record.written_through.as_mut().unwrap().push(cached);
            }
            (Strategy::Copy, Kind::File { extents: Extents::Mapped(extents), .. }) => {
                *extents = vec![(self.inode << 20, 4096)];
                node.inode = self.inode;
            }
            _ => node.inode = self.inode,
        }
        if self.scenario.ends.are_separate() {
            node.device = DEVICE + 1;
        }
        let path = format!("{}{file}", self.root());
        insert(&mut self.record.target, &path, node);
    }

    pub fn judge(&self) -> Outcome {
        super::judge(&self.scenario, Kernel::Host, &self.record)
    }

    #[track_caller]
    pub fn expect_strategy(&self, strategy: Placement) {
        assert_eq!(self.judge().strategy, strategy);
    }

    #[track_caller]
    pub fn keeps(&self, rule: Rule) {
        self.expect(rule, Verdict::Kept, &[]);
    }

    #[track_caller]
    pub fn breaks(&self, rule: Rule, evidence: &[&str]) {
        self.expect(rule, Verdict::Broken, evidence);
    }

    #[track_caller]
    pub fn leaves_open(&self, rule: Rule, reason: &str) {
        self.expect(rule, Verdict::NotJudged, &[reason]);
    }

    #[track_caller]
    pub fn expect(&self, rule: Rule, verdict: Verdict, evidence: &[&str]) {
        let judgement = &self.judge().contract[&rule];
        assert_eq!(
            (judgement.verdict, judgement.evidence.as_slice()),
            (verdict, owned(evidence).as_slice()),
            "{rule:?}"
        );
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

/// Inserts a node with the directories that hold it.
pub fn insert(tree: &mut Tree, path: &str, node: Node) {
    for (at, _) in path.match_indices('/') {
        tree.entry(path[..at].to_owned()).or_insert_with(directory);
    }
    tree.insert(path.to_owned(), node);
}

pub fn directory() -> Node {
    Node { kind: Kind::Directory, device: DEVICE, inode: 0, links: 2, mode: 0o755 }
}

/// One end of a pairing.
pub fn end(kind: &str, device: &str, mount_id: u64, source: &str) -> End {
    let mountinfo = format!("{mount_id} 30 {device} / /exdev/cell rw,relatime shared:1 - {kind} {source} rw");
    End { kind: kind.to_owned(), device: device.to_owned(), mount_id, mountinfo }
}
