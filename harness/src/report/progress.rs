//! How far a run is, on standard error: a live bar on a terminal, a few quiet lines elsewhere.
//!
//! Invariant: a bar leaves nothing on the terminal, also where the run ends by an error.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// Shorter runs are not worth a line.
const QUIET_BELOW: usize = 10;

/// The progress of one run, held by the one thread that collects its results.
#[derive(Debug)]
pub struct Progress {
    total: usize,
    done: usize,
    /// The scenarios that run now, in the order of their start.
    running: Vec<String>,
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    Bar(ProgressBar),
    Lines,
}

impl Progress {
    /// The progress of a run of so many scenarios, nothing of which is done.
    #[must_use]
    pub fn new(total: usize) -> Self {
        let sink = if io::stderr().is_terminal() {
            let bar = bar(total, ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(200));
            Sink::Bar(bar)
        } else {
            Sink::Lines
        };
        Self { total, done: 0, running: Vec::new(), sink }
    }

    /// A scenario starts.
    pub fn start(&mut self, id: &str) {
        self.running.push(id.to_owned());
        self.show();
    }

    /// A scenario ended, however it ended.
    pub fn done(&mut self, id: &str) {
        if let Some(index) = self.running.iter().position(|running| running == id) {
            self.running.remove(index);
        }
        self.done += 1;
        if let (Sink::Lines, Some(line)) = (&self.sink, line(self.done, self.total)) {
            // Nobody is left to be told that standard error is gone.
            let _ = writeln!(io::stderr(), "{line}");
        }
        self.show();
    }

    /// The run is over: the bar is removed.
    pub fn finish(self) {
        if let Sink::Bar(bar) = self.sink {
            bar.finish_and_clear();
        }
    }

    fn show(&self) {
        if let Sink::Bar(bar) = &self.sink {
            bar.set_position(self.done as u64);
            bar.set_message(message(&self.running));
        }
    }
}

fn bar(total: usize, target: ProgressDrawTarget) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total as u64), target).with_finish(ProgressFinish::AndClear);
    // The template is a constant that indicatif's parser takes; were it not, the default style would serve.
    let style = ProgressStyle::with_template("{bar:24} {pos}/{len}  {elapsed}  {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"))
}

/// The scenario that runs longest, and how many run beside it.
fn message(running: &[String]) -> String {
    match running {
        [] => String::new(),
        [only] => only.clone(),
        [first, others @ ..] => format!("{first} and {} more", others.len()),
    }
}

/// A line for about every tenth of the run.
fn line(done: usize, total: usize) -> Option<String> {
    let tenths = |done: usize| done * 10 / total;
    let due = total >= QUIET_BELOW && tenths(done) > tenths(done - 1);
    due.then(|| format!("exdev: {done} of {total} scenarios"))
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;

    fn on(terminal: &InMemoryTerm) -> Progress {
        // Faster than the default, at which indicatif may leave out a drawing.
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), u8::MAX);
        Progress { total: 4, done: 0, running: Vec::new(), sink: Sink::Bar(bar(4, target)) }
    }

    #[test]
    fn a_long_run_writes_ten_lines_and_a_short_one_none() {
        let lines: Vec<_> = (1..=68).filter_map(|done| line(done, 68)).collect();
        assert_eq!(lines.len(), 10);
        assert_eq!(lines[0], "exdev: 7 of 68 scenarios");
        assert_eq!(lines[9], "exdev: 68 of 68 scenarios");
        assert_eq!((1..=9).find_map(|done| line(done, 9)), None);
    }

    #[test]
    fn a_run_that_ends_by_an_error_leaves_nothing_behind_either() {
        let terminal = InMemoryTerm::new(4, 72);
        let mut progress = on(&terminal);
        progress.start("uv/default/ext4");
        assert_ne!(terminal.contents(), "");
        drop(progress);
        assert_eq!(terminal.contents(), "");
    }

    #[test]
    fn the_bar_shows_what_runs_and_leaves_nothing_behind() {
        let terminal = InMemoryTerm::new(4, 72);
        let mut progress = on(&terminal);
        progress.start("uv/default/ext4");
        progress.start("uv/default/xfs");
        progress.done("uv/default/ext4");
        progress.start("uv/default/btrfs");
        let shown = terminal.contents();
        assert!(shown.starts_with("━━━━━━╸───────────────── 1/4  "), "{shown}");
        assert!(shown.ends_with("  uv/default/xfs and 1 more"), "{shown}");
        progress.finish();
        assert_eq!(terminal.contents(), "");
    }
}
