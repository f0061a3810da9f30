//! What `exdev repro` understood of a text, and whether a run shows what the text reports.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::style::{Ink, Style};
use crate::outcome::Report;
use crate::repro::{Case, Finding, Reproduction, Understanding};

/// What came of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The scenario's name.
    pub id: String,
    /// The comparison with what was reported; `None` if nothing was reported, or it was not run.
    pub reproduction: Option<Reproduction>,
}

/// What was read, from which lines, what was assumed, and what is run for it.
#[must_use]
pub fn understood(it: &Understanding, style: Style) -> String {
    let mut text = String::new();
    let width = it.findings.iter().filter_map(|finding| finding.line).max().map_or(0, |line| line.to_string().len());
    let _ = writeln!(text, "{}", style.paint(Ink::Title, "understood"));
    for (at, Finding { line, quote, means }) in it.findings.iter().enumerate() {
        let Some(line) = line else {
            let _ = writeln!(text, "    {quote}: {means}");
            continue;
        };
        let place = format!("line {line:<width$}  ");
        let _ = writeln!(text, "    {place}{means}");
        // What is read from one line stands together above it.
        if it.findings.get(at + 1).is_none_or(|next| (next.line, &next.quote) != (Some(*line), quote)) {
            let _ =
                writeln!(text, "    {}{}", " ".repeat(place.len()), style.paint(Ink::Absent, &format!("| {quote}")));
        }
    }
    if !it.assumed.is_empty() {
        let _ = writeln!(text, "{}", style.paint(Ink::Title, "assumed"));
    }
    for assumed in &it.assumed {
        let _ = writeln!(text, "    {assumed}");
    }
    let _ = writeln!(text, "{}", style.paint(Ink::Title, "runs"));
    for case in &it.cases {
        let Case { linker, mode, pairing, because, .. } = case;
        let _ = writeln!(text, "    exdev run --linker {linker} --mode {mode} --pairing {pairing}{}", options(case));
        let _ = writeln!(text, "        {because}");
    }
    text
}

/// The options that `exdev run` does not have by itself.
fn options(case: &Case) -> String {
    use crate::package::Size;
    use crate::scenario::Identity;
    let package = if case.package == Size::Small { String::new() } else { format!(" --package {}", case.package) };
    let identity = if case.identity == Identity::Root { " --as root" } else { "" };
    package + identity
}

/// Whether each case shows what was reported.
#[must_use]
pub fn verdicts(verdicts: &[Verdict], style: Style) -> String {
    let mut text = String::new();
    for Verdict { id, reproduction } in verdicts {
        let (ink, sentence) = match reproduction {
            Some(same @ Reproduction::Reproduced(_)) => (Ink::Kept, same.to_string()),
            Some(other @ Reproduction::NotReproduced(_)) => (Ink::Broken, other.to_string()),
            None => continue,
        };
        let whose = if verdicts.len() > 1 { format!("{id}: ") } else { String::new() };
        let _ = writeln!(text, "{whose}{}", style.paint(ink, &sentence));
    }
    if text.is_empty() {
        "nothing to compare: what is reported holds neither a warning nor an error\n".to_owned()
    } else {
        text
    }
}

/// All of it as JSON; without a report where nothing was run.
#[must_use]
pub fn repro_json(it: &Understanding, ran: Option<(&Report, &[Verdict])>) -> String {
    let case = |case: &Case| {
        json!({
            "linker": case.linker.to_string(),
            "mode": case.mode,
            "pairing": case.pairing,
            "because": case.because,
            "package": case.package,
            "identity": case.identity,
            "symptom": case.symptom,
        })
    };
    let verdict = |verdict: &Verdict| {
        let words = verdict.reproduction.as_ref().map(ToString::to_string);
        let reproduced = verdict.reproduction.as_ref().map(|it| matches!(it, Reproduction::Reproduced(_)));
        json!({ "id": verdict.id, "reproduced": reproduced, "words": words })
    };
    let verdicts = ran.map(|(_, verdicts)| verdicts.iter().map(verdict).collect::<Vec<_>>());
    let all = json!({
        "exdev": env!("CARGO_PKG_VERSION"),
        "understood": it.findings,
        "assumed": it.assumed,
        "cases": it.cases.iter().map(case).collect::<Vec<Value>>(),
        "verdicts": verdicts,
        "report": ran.map(|(report, _)| report),
    });
    format!("{all:#}")
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::*;
    use crate::errno::Errno;
    use crate::linker::{Heard, Refusal};
    use crate::outcome::{Exit, Placement, Rule, Strategy};
    use crate::repro::{Symptom, SymptomEnd, understand};

    const TEXT: &str = "$ df -T ~/.cache/uv /work\n/dev/sda2 xfs 9 9 9 1% /home\n/dev/sdb1 ext4 9 9 9 1% /work\n\
                        uv 0.6.1\nuv pip install --target /work/t x\n";

    #[test]
    fn each_finding_shows_its_line() {
        let text = understood(&understand(TEXT.as_bytes(), None).unwrap(), Style::plain());
        insta::assert_snapshot!(text, @r"
        understood
            line 2  ~/.cache/uv is taken for the cache, by its name
            line 2  the cache is on xfs of /dev/sda2 at /home
                    | /dev/sda2 xfs 9 9 9 1% /home
            line 3  the target is on ext4 of /dev/sdb1 at /work
                    | /dev/sdb1 ext4 9 9 9 1% /work
            line 4  uv is of version 0.6.1
                    | uv 0.6.1
            line 5  it is installed into an environment
            line 5  the target is /work/t, as the command says
                    | uv pip install --target /work/t x
        runs
            exdev run --linker uv@0.6.1 --mode default --pairing xfs:ext4
                the cache is on xfs of /dev/sda2 at /home, the target on ext4 of /dev/sdb1 at /work
        ");
    }

    #[test]
    fn json_holds_the_same() {
        let understood = understand(TEXT.as_bytes(), None).unwrap();
        let value: Value = serde_json::from_str(&repro_json(&understood, None)).unwrap();
        assert_eq!(value["cases"][0]["pairing"], json!("xfs:ext4"));
        assert_eq!(value["cases"][0]["linker"], json!("uv@0.6.1"));
        assert_eq!(value["understood"][0]["line"], json!(2));
        assert_eq!(value["report"], Value::Null);
    }

    #[test]
    fn a_verdict_is_a_sentence() {
        let verdict = |id: &str, reproduction| Verdict { id: id.to_owned(), reproduction };
        let same = Some(Reproduction::Reproduced("the same warning".to_owned()));
        let other = Some(Reproduction::NotReproduced("no such warning".to_owned()));
        let plain = |them: &[Verdict]| verdicts(them, Style::plain());
        assert_eq!(plain(&[verdict("a", same.clone())]), "reproduced: the same warning\n");
        assert_eq!(
            plain(&[verdict("a", same), verdict("b", other)]),
            "a: reproduced: the same warning\nb: not reproduced: no such warning\n"
        );
        assert_eq!(
            plain(&[verdict("a", None)]),
            "nothing to compare: what is reported holds neither a warning nor an error\n"
        );
    }

    const WARNING: &str =
        "warning: Failed to hardlink files; falling back to full copy.\n         Set UV_LINK_MODE=copy.";

    fn compared(symptom: &Symptom, sample: Sample, heard: &Heard) -> String {
        symptom.compare(&sample.placed(Placement::Copy, 24).outcome, heard).to_string()
    }

    #[test]
    fn a_warning_is_the_same_if_its_words_are() {
        let warning = |strategy, words: &str| Symptom::Warning { strategy, words: vec![words.to_owned()] };
        let seen = |symptom: &Symptom, warning: &str| {
            compared(symptom, Sample::new("ext4").warning(warning), &Heard::default())
        };
        let hard = warning(Strategy::HardLink, "Failed to hardlink files; falling back   to full copy.");
        assert_eq!(seen(&hard, WARNING), "reproduced: the same warning");
        let worded = warning(Strategy::HardLink, "Failed to hardlink files; falling back to copies.");
        assert_eq!(seen(&worded, WARNING), "reproduced: the same warning, in other words");
        let end = "the files were placed by copy and it ended with exit 0";
        let clone = warning(Strategy::Reflink, "Failed to clone files; falling back to full copy.");
        assert_eq!(seen(&clone, WARNING), format!("not reproduced: another warning, {end}"));
        let silent = compared(&hard, Sample::new("ext4"), &Heard::default());
        assert_eq!(silent, format!("not reproduced: no such warning, {end}"));
    }

    #[test]
    fn a_refusal_is_the_same_if_it_led_to_the_same() {
        let refusal = Refusal { strategy: Strategy::HardLink, errno: Some(Errno::EXDEV), cache: None, target: None };
        let heard = Heard { refusals: vec![refusal], ..Heard::default() };
        let symptom = |errno, end| Symptom::Refusal { strategy: Strategy::HardLink, errno: Some(errno), end };
        let (went_on, failed) = (Sample::new("ext4"), Sample::new("ext4").exit(Exit::Code(2)));
        let fatal = symptom(Errno::EXDEV, SymptomEnd::Failure);
        assert_eq!(compared(&fatal, failed, &heard), "reproduced: the same error");
        assert_eq!(
            compared(&fatal, went_on.clone(), &heard),
            "not reproduced: hard link was refused with EXDEV, yet the files were placed by copy and it ended with exit 0"
        );
        let fallback = symptom(Errno::EXDEV, SymptomEnd::Fallback);
        assert_eq!(compared(&fallback, went_on.clone(), &heard), "reproduced: hard link was refused with EXDEV");
        assert_eq!(
            compared(&symptom(Errno::EPERM, SymptomEnd::Fallback), went_on, &heard),
            "not reproduced: hard link was not refused with EPERM, the files were placed by copy and it ended with exit 0"
        );
    }

    #[test]
    fn broken_rules_are_the_same_if_all_are_broken_again() {
        let symptom = Symptom::Broken { rules: vec![Rule::C3, Rule::C5] };
        let one = Sample::new("ext4").broken(Rule::C3, &["a"]);
        assert_eq!(
            compared(&symptom, one.clone(), &Heard::default()),
            "not reproduced: C5 not broken, the files were placed by copy and it ended with exit 0"
        );
        let both = one.broken(Rule::C5, &["b"]);
        assert_eq!(compared(&symptom, both, &Heard::default()), "reproduced: C3 C5 broken again");
    }
}
