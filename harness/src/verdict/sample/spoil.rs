//! Ways to spoil a record, and to say something else than nothing.

use super::{Sample, insert};
use crate::errno::Errno;
use crate::observe::{Extents, Kind, Node};
use crate::outcome::{End, Exit, Step, Strategy};
use crate::probe::{Obstacle, Probe};
use crate::trace::{Answer, Class, Event};

impl Sample {
    /// One file is placed by another strategy than the others.
    pub fn placed(mut self, file: &str, strategy: Strategy) -> Self {
        let cached = self.cached(file);
        self.record.written_through.as_mut().unwrap().retain(|path| *path != cached);
        self.place(file, strategy);
        self
    }

    /// Another mode was asked for.
    pub fn mode(mut self, mode: &str) -> Self {
        mode.clone_into(&mut self.scenario.mode);
        self
    }

    pub fn stdout(mut self, text: &str) -> Self {
        text.clone_into(&mut self.record.stdout);
        self
    }

    pub fn stderr(mut self, text: &str) -> Self {
        text.clone_into(&mut self.record.stderr);
        self
    }

    /// The linker ended so; unless that is success, nothing was written to afterwards.
    pub fn exit(mut self, exit: Exit) -> Self {
        self.record.exit = exit;
        self.record.written_through = self.record.written_through.filter(|_| exit.is_success());
        self
    }

    /// Of so many runs at once.
    pub fn at_once(mut self, runs: &str) -> Self {
        self.scenario.at_once = Some(runs.parse().unwrap());
        self
    }

    /// It was seen to make this call; paths are absolute.
    pub fn did(mut self, class: Class, from: Option<&str>, to: &str, answer: Answer) -> Self {
        let ordinal = self.record.trace.events.len() + 1;
        let (from, to) = (from.map(str::to_owned), to.to_owned());
        let event = Event { class, ordinal, from, to, answer, inode: None, confined: false };
        self.record.trace.events.push(event);
        self
    }

    /// It was seen to try this strategy on one file of the package.
    pub fn tried(self, file: &str, strategy: Strategy, answer: Answer) -> Self {
        let class = match strategy {
            Strategy::HardLink => Class::Link,
            Strategy::Reflink => Class::Reflink,
            Strategy::Symlink => Class::Symlink,
            Strategy::Copy => Class::CopyFileRange,
        };
        let (from, to) = (format!("/exdev/cell/cache/{}", self.cached(file)), format!("/exdev/cell/target/{file}"));
        self.did(class, Some(&from), &to, answer)
    }

    /// It was seen to fill one file of the package by calls of this class.
    pub fn filled(self, file: &str, class: Class) -> Self {
        let inode = self.record.target.get(file).map(|node| (node.device, node.inode));
        let (from, to) = (format!("/exdev/cell/cache/{}", self.cached(file)), format!("/exdev/cell/target/{file}"));
        let mut sample = self.did(Class::Open, None, &to, Answer::Done);
        if class != Class::Write {
            sample = sample.did(class, Some(&from), &to, Answer::Done);
        }
        sample.record.trace.events.iter_mut().filter(|event| event.to == to).for_each(|event| event.inode = inode);
        sample
    }

    /// The linker could not fill its cache, where these links within it are refused.
    pub fn unfilled(mut self, refused: &[(Strategy, Errno)]) -> Self {
        self.record.step = Step::Prime;
        self.record.probe = Probe { within_cache: refused.iter().copied().collect(), ..Probe::default() };
        self.record.cache_before.clear();
        self.record.target.clear();
        self.exit(Exit::Code(2))
    }

    pub fn ends(mut self, cache: End, target: End) -> Self {
        (self.record.cache_end, self.record.target_end) = (cache, target);
        self
    }

    /// The strategy is refused for every file.
    pub fn refused(mut self, strategy: Strategy, errno: Errno) -> Self {
        self.record.probe.answers.iter_mut().for_each(|answer| refuse(answer, strategy, errno));
        self
    }

    /// The strategy is refused for one file.
    pub fn refused_for(mut self, file: &str, strategy: Strategy, errno: Errno, obstacle: Option<Obstacle>) -> Self {
        let (cached, probe) = (self.cached(file), &mut self.record.probe);
        let mut answer = crate::probe::Answer { obstacle, ..*probe.answer(&cached).unwrap() };
        refuse(&mut answer, strategy, errno);
        probe.answers.push(answer);
        probe.files.insert(cached, probe.answers.len() - 1);
        self
    }

    /// The target without a path and what is below it.
    pub fn without(mut self, path: &str) -> Self {
        let below = format!("{path}/");
        self.record.target.retain(|other, _| other != path && !other.starts_with(&below));
        self
    }

    /// The target with a file more.
    pub fn with(mut self, path: &str) -> Self {
        let node = self.file("foreign", 7, 0o644);
        insert(&mut self.record.target, path, node);
        self
    }

    /// Something in the target is changed.
    pub fn target(mut self, path: &str, change: impl FnOnce(&mut Node)) -> Self {
        change(self.record.target.get_mut(path).unwrap());
        self
    }

    /// Something in the cache is changed by the linker.
    pub fn cache(mut self, path: &str, change: impl FnOnce(&mut Node)) -> Self {
        change(self.record.cache_after.get_mut(path).unwrap());
        self
    }

    /// The files of cache and target show no extents but these.
    pub fn extents(mut self, shown: &Extents) -> Self {
        let record = &mut self.record;
        for node in record.cache_after.values_mut().chain(record.target.values_mut()) {
            if let Kind::File { extents, .. } = &mut node.kind {
                *extents = shown.clone();
            }
        }
        self
    }
}

/// The file's bytes are others now.
pub fn other_bytes(node: &mut Node) {
    if let Kind::File { size, sha256, .. } = &mut node.kind {
        *size = 5;
        "other".clone_into(sha256);
    }
}

/// What the node is, is a symlink now.
pub fn symlink_to(to: &str) -> impl FnOnce(&mut Node) {
    let kind = Kind::Symlink { to: to.to_owned() };
    move |node| *node = Node { kind, mode: 0o777, inode: 999_999, ..node.clone() }
}

fn refuse(answer: &mut crate::probe::Answer, strategy: Strategy, errno: Errno) {
    match strategy {
        Strategy::Reflink => answer.reflink = Some(errno),
        Strategy::HardLink => answer.hard_link = Some(errno),
        Strategy::Symlink => answer.symlink = Some(errno),
        Strategy::Copy => unreachable!("nothing refuses a copy"),
    }
}
