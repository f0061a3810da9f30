//! Several runs of a linker at once: as one command, so that all are watched, limited and ended like one. What each says goes where
//! the command's arguments say, see `listen`.

use std::path::Path;

use super::cell::Trial;
use super::process::line;
use crate::linker::{Invocation, Place};
use crate::scenario::AtOnce;

/// Waits for all, and ends with the status of the last that failed.
const WAIT: &str = "code=0\nfor run in $runs; do wait \"$run\" || code=$?; done\nexit \"$code\"";

impl Trial<'_> {
    /// Where the linker places its package: once, or in each of its targets.
    pub(super) fn places(&self) -> Vec<Place> {
        let directories = self.at_once.into_iter().flat_map(AtOnce::directories);
        let places: Vec<_> = directories.map(|directory| self.place.within(&directory)).collect();
        if places.is_empty() { vec![self.place.clone()] } else { places }
    }

    /// The command that places the package, or all of those that there are at once.
    pub(super) fn link_command(&self) -> Invocation {
        let Some(at_once) = self.at_once else { return self.adapter.link(&self.place, self.mode) };
        let places = self.places();
        let lines = places.iter().cycle().take(at_once.runs).map(|place| {
            let invocation = self.adapter.link(place, self.mode);
            let line = line(&self.program(&invocation), &invocation);
            format!("{line} >\"$1\" 2>\"$2\" & runs=\"$runs $!\"; shift 2\n")
        });
        let script = lines.chain([WAIT.to_owned()]).collect::<String>();
        Invocation::script(&script, [Path::new("sh")])
    }
}
