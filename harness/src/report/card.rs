//! One outcome in full, as plain text for snapshots and for tests that fail.
//!
//! Invariant: a card holds nothing that differs between two equal runs: no time, mount or kernel. Those are in [`places`].

use std::fmt::Write as _;

use crate::outcome::{Attempt, Exit, Judgement, Outcome, Rule, Said, Step, Verdict};

/// What was seen, said and judged, without anything that differs between two equal runs.
#[must_use]
pub fn card(outcome: &Outcome) -> String {
    let mut text = String::new();
    field(&mut text, "id", &outcome.id);
    if !outcome.faults.is_empty() {
        field(&mut text, "faults", &faults(outcome));
    }
    field(&mut text, "exit", &exit(outcome.exit));
    if outcome.step == Step::Prime {
        field(&mut text, "step", "prime: it could not fill its cache");
    }
    field(&mut text, "strategy", outcome.strategy.name());
    field(&mut text, "files", &files(outcome));
    field(&mut text, "reason", outcome.reason.as_deref().unwrap_or("none"));
    field(&mut text, "said", &said(&outcome.said));
    field(&mut text, "did", &did(&outcome.attempts));
    field(&mut text, "left", &left(outcome));
    if outcome.left_running > 0 {
        field(&mut text, "running", &format!("{} left behind, ended", processes(outcome.left_running)));
    }
    for warning in &outcome.warnings {
        block(&mut text, "warning", warning.lines());
    }
    if !outcome.errors.is_empty() {
        block(&mut text, "errors", outcome.errors.iter().flat_map(|error| error.lines()));
    }
    text.push_str("contract\n");
    for (&rule, judgement) in &outcome.contract {
        judged(&mut text, rule, judgement);
    }
    text
}

/// What a report to others needs beside the card: the kernel, where both ends were, by their lines in mountinfo, the command, and all that it
/// wrote.
#[must_use]
pub fn places(outcome: &Outcome) -> String {
    let mut text = String::new();
    field(&mut text, "kernel", &format!("{} {}", outcome.kernel, outcome.kernel_release));
    field(&mut text, "cache", outcome.cache.mountinfo.trim_end());
    field(&mut text, "target", outcome.target.mountinfo.trim_end());
    field(&mut text, "command", &outcome.command);
    if !outcome.last_calls.is_empty() {
        block(&mut text, "last calls", outcome.last_calls.iter().map(String::as_str));
    }
    block(&mut text, "output", outcome.output.lines());
    text
}

fn field(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name:<10}{value}");
}

fn block<'a>(text: &mut String, name: &str, lines: impl Iterator<Item = &'a str>) {
    let _ = writeln!(text, "{name}");
    for line in lines {
        let _ = writeln!(text, "{}", format!("    {line}").trim_end());
    }
}

fn exit(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => code.to_string(),
        Exit::Signal(_) | Exit::TimedOut(_) => exit.to_string(),
    }
}

fn files(outcome: &Outcome) -> String {
    let counts: Vec<_> = outcome.files.iter().map(|(placement, count)| format!("{placement} {count}")).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

fn said(said: &Said) -> String {
    match (said.strategy, said.fallback) {
        (None, None) => "nothing".to_owned(),
        (Some(strategy), None) => strategy.to_string(),
        (None, Some(fallback)) => format!("fell back to {fallback}"),
        (Some(strategy), Some(fallback)) => format!("{strategy}, fell back to {fallback}"),
    }
}

/// The attempts in words: `link 1 refused EXDEV, copy 24 done by write`.
#[must_use]
pub fn did(attempts: &[Attempt]) -> String {
    let words = |Attempt { class, result, count, by }: &Attempt| {
        let result = match result.as_str() {
            "ok" => "done".to_owned(),
            "killed" | "unseen" => result.clone(),
            errno => format!("refused {errno}"),
        };
        let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        format!("{class} {count} {result}{by}")
    };
    if attempts.is_empty() { "nothing".to_owned() } else { attempts.iter().map(words).collect::<Vec<_>>().join(", ") }
}

fn faults(outcome: &Outcome) -> String {
    let met = match outcome.injected {
        0 => "refused no call".to_owned(),
        1 => "refused 1 call".to_owned(),
        calls => format!("refused {calls} calls"),
    };
    format!("{} ({met})", outcome.faults.join(", "))
}

/// What the disk alone shows.
fn left(outcome: &Outcome) -> String {
    let shared = if outcome.shared > 0 { format!(", {} share extents", outcome.shared) } else { String::new() };
    format!("{}{shared}", outcome.witnesses.left)
}

fn processes(count: usize) -> String {
    format!("{count} {}", if count == 1 { "process" } else { "processes" })
}

fn judged(text: &mut String, rule: Rule, judgement: &Judgement) {
    let Judgement { verdict, evidence } = judgement;
    let _ = write!(text, "    {rule:<4}{:<15}{verdict}", rule.name());
    match verdict {
        Verdict::NotJudged if !evidence.is_empty() => {
            let _ = writeln!(text, ": {}", evidence.join("; "));
        }
        Verdict::Kept | Verdict::NotJudged => text.push('\n'),
        Verdict::Broken => {
            text.push('\n');
            for line in evidence.iter().flat_map(|text| text.lines()) {
                let _ = writeln!(text, "{}", format!("        {line}").trim_end());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, sample};
    use super::*;
    use crate::kernel::Kernel;

    #[test]
    fn a_failure_is_shown_with_all_that_breaks_the_contract() {
        let mut outcome = sample().outcomes[5].clone();
        outcome.contract.insert(
            Rule::C8,
            Judgement { verdict: Verdict::Broken, evidence: vec!["a is new".to_owned(), "b is\ngone".to_owned()] },
        );
        insta::assert_snapshot!(card(&outcome), @r"
        id        uv@0.6.1/default/xfs:ext4/small
        exit      2
        strategy  mixed
        files     hard link 4, copy 20
        reason    none
        said      nothing
        did       nothing
        left      copy
        errors
            error: Failed to install
              caused by: Invalid cross-device link (os error 18)
        contract
            C1  complete       kept
            C2  faithful       kept
            C3  uniform        broken
                sample/a.py is a copy
            C4  economical     kept
            C5  honest         kept
            C6  cache-safe     kept
            C7  isolated       kept
            C8  clean failure  broken
                a is new
                b is
                gone
            C9  recoverable    kept
            C10 concurrent     kept
            C11 contained      kept
        ");
    }

    #[test]
    fn a_fallback_is_shown_with_its_reason_and_the_warning_word_for_word() {
        insta::assert_snapshot!(card(&sample().outcomes[1]), @r"
        id        uv@0.6.1/default/ext4:xfs/small
        faults    link#1=EXDEV (refused no call)
        exit      0
        strategy  copy
        files     copy 24
        reason    different filesystems
        said      hard link, fell back to copy
        did       link 1 refused EXDEV, copy 24 done by write
        left      copy, 3 share extents
        warning
            warning: Failed to hardlink files; falling back to full copy.
                     Set UV_LINK_MODE=copy.
        contract
            C1  complete       kept
            C2  faithful       kept
            C3  uniform        kept
            C4  economical     kept
            C5  honest         kept
            C6  cache-safe     kept
            C7  isolated       kept
            C8  clean failure  kept
            C9  recoverable    kept
            C10 concurrent     kept
            C11 contained      kept
        ");
    }

    #[test]
    fn a_failure_to_fill_the_cache_is_told_from_a_failure_to_link() {
        let failed = Sample::new("vfat").exit(Exit::Code(2));
        assert!(card(&failed.clone().unfilled().outcome).starts_with(
            "id        uv@0.6.1/default/vfat/small\nexit      2\nstep      prime: it could not fill its cache\nstrategy  nothing\n"
        ));
        assert!(!card(&failed.outcome).contains("step"));
    }

    #[test]
    fn what_was_not_judged_says_why() {
        let text = card(&Sample::new("ext4").not_judged(Rule::C10, "one linker at a time").outcome);
        assert!(
            text.contains("\n    C9  recoverable    kept\n    C10 concurrent     not judged: one linker at a time\n"),
            "{text}"
        );
    }

    #[test]
    fn a_card_is_the_same_whatever_the_time_the_mount_and_the_kernel() {
        let outcome = Sample::new("ext4").outcome;
        let mut other = outcome.clone();
        other.seconds.link = 99.0;
        other.kernel = Kernel::Uml;
        other.cache.mountinfo = "elsewhere".to_owned();
        assert_eq!(card(&outcome), card(&other));
        assert_ne!(places(&outcome), places(&other));
    }

    #[test]
    fn both_ends_are_shown_by_their_lines_in_mountinfo() {
        insta::assert_snapshot!(places(&Sample::new("ext4").outcome), @r"
        kernel    host 6.12.0
        cache     40 30 7:0 / /mnt/40 rw,relatime - ext4 /dev/loop0 rw
        target    41 30 7:1 / /mnt/41 rw,relatime - ext4 /dev/loop0 rw
        command   uv pip install
        output
            Installed 1 package
        ");
    }
}
