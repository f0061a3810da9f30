//! On which mounts cache and target were.
//!
//! Invariant: an end whose path is sure is where the text shows that path to be, or the text is not understood; only an end of which
//! the text says nothing is guessed, and that is told.

use crate::linker::Family;

use super::facts::Note;
use super::kinds::is_system;
use super::mounts::Mount;
use super::paths::{self, Path, Said};
use super::places::{Found, How, Places};
use super::text::printable;
use super::understanding::{NotUnderstood, Understanding};

/// Cache and target of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// The mount of the cache.
    pub cache: Mount,
    /// The mount of the target.
    pub target: Mount,
    /// The linker whose target is so.
    pub family: Family,
}

/// One end, as far as it is known.
struct End {
    name: &'static str,
    path: Option<Path>,
    on: Option<Found>,
}

/// Finds both ends, and tells of it.
pub fn ends(notes: &[Note], told: &mut Understanding) -> Result<Ends, NotUnderstood> {
    let places = Places::new(notes);
    if places.mounts().next().is_none() {
        return Err(NotUnderstood::NoFilesystem);
    }
    let (family, target) = paths::target(notes, &places, told);
    let mut cache = End::new("cache", Some(paths::cache(notes, &places)), &places)?;
    let mut target = End::new("target", target, &places)?;
    if cache.on.is_none() && target.on.is_none() && !by_position(&asked(&places), [&mut cache, &mut target], told) {
        cache.take_default(&places);
        target.take_default(&places);
        if cache.on.is_none() && target.on.is_none() {
            by_position(&rows(&places), [&mut cache, &mut target], told);
        }
    }
    cache.take_default(&places);
    target.take_default(&places);
    match (&cache.on, &target.on) {
        (Some(on), None) => target.take_other(on, &rows(&places), told),
        (None, Some(on)) => cache.take_other(on, &rows(&places), told),
        _ => {}
    }
    Ok(Ends { cache: cache.told(&places, told)?, target: target.told(&places, told)?, family })
}

impl End {
    fn new(name: &'static str, path: Option<Path>, places: &Places<'_>) -> Result<Self, NotUnderstood> {
        let mut end = Self { name, path, on: None };
        if let Some(path) = end.path.as_ref().filter(|path| path.is_sure()) {
            end.on = Some(places.mount(&path.path).ok_or_else(|| end.missing(places))?);
        }
        Ok(end)
    }

    /// Where it is if nothing is set.
    fn take_default(&mut self, places: &Places<'_>) {
        if self.on.is_none() {
            self.on = self.path.as_ref().and_then(|path| places.mount(&path.path));
        }
    }

    /// The only other mount, or the only mount.
    fn take_other(&mut self, end: &Found, rows: &[Found], told: &mut Understanding) {
        let same = |row: &&Found| row.mount.at == end.mount.at && row.mount.source == end.mount.source;
        let others: Vec<_> = rows.iter().filter(|row| !same(row)).collect();
        let (on, why) = match others[..] {
            [] => (end, "the only one that is shown"),
            [other] => (other, "the other one that is shown"),
            _ => return,
        };
        told.assume(&format!("{} is the filesystem of the {}, being {why}", on.mount.named(), self.name));
        (self.path, self.on) = (None, Some(on.clone()));
    }

    fn told(self, places: &Places<'_>, told: &mut Understanding) -> Result<Mount, NotUnderstood> {
        let Some(found) = &self.on else { return Err(self.missing(places)) };
        if let Some(path) = &self.path {
            match &path.said {
                Said::Line { line, quote, means } => told.find(*line, quote, means),
                Said::Rule(why) | Said::Default(why) => told.assume(why),
            }
            if let How::Beside(near) = &found.how {
                let why = "the text asks for no path that is nearer";
                told.assume(&format!("{} is on the filesystem of {near}, as {why}", path.path));
            }
        }
        told.find(found.line, &found.quote, &format!("the {} is on {}", self.name, found.mount.named()));
        Ok(places.enriched(&found.mount))
    }

    fn missing(&self, places: &Places<'_>) -> NotUnderstood {
        const SHOWN: usize = 3;
        let mounts = places.mounts().filter(|(_, mount)| !is_system(mount));
        let mut shown: Vec<_> = mounts.map(|(_, mount)| printable(&mount.named())).collect();
        shown.dedup();
        let more = shown.len().saturating_sub(SHOWN);
        shown.truncate(SHOWN);
        let found = match (shown.join(", "), more) {
            (none, _) if none.is_empty() => "nothing but system filesystems".to_owned(),
            (all, 0) => all,
            (some, more) => format!("{some} and {more} more"),
        };
        let path = self.path.as_ref().map_or_else(|| "TARGET".to_owned(), |path| printable(&path.path));
        NotUnderstood::NoEnd { found, end: self.name, path }
    }
}

/// Two mounts are those of the cache and of the target, as in `df -T CACHE TARGET`; one is that of both.
fn by_position(rows: &[Found], ends: [&mut End; 2], told: &mut Understanding) -> bool {
    let (first, second, why) = match rows {
        [one] => (one, one, "cache and target are on the only filesystem that is shown"),
        [first, second] => {
            (first, second, "the first filesystem that is shown is the cache's, and the second the target's")
        }
        _ => return false,
    };
    told.assume(why);
    for (end, on) in ends.into_iter().zip([first, second]) {
        (end.path, end.on) = (None, Some(on.clone()));
    }
    true
}

/// The mounts that answer questions.
fn asked(places: &Places<'_>) -> Vec<Found> {
    places.asked().into_iter().map(|(_, found)| found).collect()
}

/// The mounts that an end may be on.
fn rows(places: &Places<'_>) -> Vec<Found> {
    let mounts = places.mounts().filter(|(_, mount)| !is_system(mount));
    let row = |(note, mount): (&Note, &Mount)| Found {
        line: note.line,
        quote: note.quote.clone(),
        mount: mount.clone(),
        how: How::Asked,
    };
    mounts.map(row).collect()
}
