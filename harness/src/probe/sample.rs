//! Findings made up for tests. No disk is touched.

use std::collections::BTreeSet;

use super::{Answer, Call, Findings, Got, Obstacle, Shelf, Subject, Survey, Suspect, Try};
use crate::errno::Errno;
use crate::facts::{EndFacts, Facts, ProcessFacts, Room};
use crate::outcome::End;

/// Two filesystems between which the given calls are refused; every other one works. The cache holds one wheel of uv's.
pub fn found(refused: &[(Call, Errno)]) -> Findings {
    let tried = |subject, call| {
        let errno = refused.iter().find(|(known, _)| *known == call).map(|(_, errno)| *errno);
        let got = errno.map_or(Got::Worked { shares: None }, |errno| Got::Refused { errno });
        let file = (subject == Subject::Cached).then(|| "archive-v0/a/pkg/z.py".to_owned());
        Try { call, subject, file, obstacle: None, got }
    };
    let fresh = Call::ALL.into_iter().map(|call| tried(Subject::Fresh, call));
    let cached = Call::PLACING.into_iter().map(|call| tried(Subject::Cached, call));
    let facts = Facts {
        cache: end("ext4", "7:0", 40, "/cache"),
        target: end("xfs", "7:1", 41, "/target"),
        process: ProcessFacts::unconfined(),
    };
    let survey = Survey {
        files: 34,
        complete: true,
        first: Some("archive-v0/a/pkg/a.py".to_owned()),
        shelves: [("archive-v0".to_owned(), Shelf { directories: 1, bytes: 1 << 20 })].into(),
        suspects: Vec::new(),
    };
    Findings {
        facts,
        cache_closed: None,
        tries: fresh.chain(cached).collect(),
        within_cache: Vec::new(),
        within_target: Vec::new(),
        survey,
    }
}

impl Findings {
    /// With so many wheels, some of whose files stand out.
    #[must_use]
    pub fn with<const N: usize>(mut self, wheels: usize, suspects: [Suspect; N]) -> Self {
        let unpacked = Shelf { directories: wheels, bytes: (wheels as u64) << 20 };
        self.survey.shelves.insert("archive-v0".to_owned(), unpacked);
        self.survey.suspects = suspects.into();
        self
    }
}

/// A file that cannot be hard linked, but reflinked where others can.
pub fn suspect(path: &str, ahead: &[&str], errno: Errno) -> Suspect {
    let obstacle = (errno == Errno::EPERM).then_some(Obstacle::Immutable);
    let answer = Answer { hard_link: Some(errno), obstacle, ..Answer::OPEN };
    Suspect { path: path.to_owned(), ahead: ahead.iter().map(|&path| path.to_owned()).collect(), answer }
}

fn end(kind: &str, device: &str, mount_id: u64, path: &str) -> EndFacts {
    let mountinfo = format!("{mount_id} 30 {device} / {path} rw,relatime shared:1 - {kind} /dev/loop{mount_id} rw");
    EndFacts {
        path: path.to_owned(),
        end: End { kind: kind.to_owned(), device: device.to_owned(), mount_id, mountinfo },
        nfs: None,
        overlay: None,
        id_mapped: false,
        uid: 1000,
        gid: 1000,
        mode: 0o755,
        links: 3,
        writable: true,
        flags: BTreeSet::new(),
        project: Some(0),
        room: Some(Room { bytes: 5 << 30, inodes: Some(1000) }),
    }
}
