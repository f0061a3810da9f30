//! What was refused, each once, with the reason.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::findings::{Findings, Subject};
use crate::errno::Errno;
use crate::reason::Reason;

/// Calls that were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// The calls.
    pub calls: Vec<Call>,
    /// The kinds of file that met it.
    pub subjects: Vec<Subject>,
    /// The errno's name.
    pub errno: String,
    /// Why.
    #[serde(flatten)]
    pub reason: Reason,
    /// The reason in a sentence.
    pub sentence: String,
    /// What to change, in a sentence.
    pub advice: String,
}

impl Findings {
    /// Everything that was refused from the cache to the target, in the order of the calls.
    #[must_use]
    pub fn refused(&self) -> Vec<Refused> {
        let mut all: Vec<Refused> = Vec::new();
        for tried in &self.tries {
            let (Some(errno), Some(reason)) = (tried.got.errno(), self.reason(tried)) else { continue };
            match all.iter_mut().find(|known| known.errno == errno.to_string() && known.reason == reason) {
                Some(known) => known.add(tried.call, tried.subject),
                None => all.push(Refused::new(tried.call, tried.subject, errno, reason)),
            }
        }
        all
    }
}

impl Refused {
    fn new(call: Call, subject: Subject, errno: Errno, reason: Reason) -> Self {
        let (sentence, advice) = (reason.to_string(), reason.advice());
        Self { calls: vec![call], subjects: vec![subject], errno: errno.to_string(), reason, sentence, advice }
    }

    fn add(&mut self, call: Call, subject: Subject) {
        if !self.calls.contains(&call) {
            self.calls.push(call);
        }
        if !self.subjects.contains(&subject) {
            self.subjects.push(subject);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::found;
    use super::*;

    #[test]
    fn one_reason_for_several_calls_is_told_once() {
        let cross = [Call::Reflink, Call::HardLink, Call::Rename].map(|call| (call, Errno::EXDEV));
        let refused = found(&cross).refused();
        let [one] = refused.as_slice() else { panic!("{refused:?}") };
        assert_eq!(one.calls, [Call::Reflink, Call::HardLink, Call::Rename]);
        assert_eq!(one.subjects, [Subject::Fresh, Subject::Cached]);
        assert_eq!((one.errno.as_str(), one.sentence.as_str()), ("EXDEV", "different filesystems (ext4, xfs)"));
    }

    #[test]
    fn two_reasons_stand_by_themselves() {
        let refused = found(&[(Call::Reflink, Errno::EOPNOTSUPP), (Call::HardLink, Errno::EXDEV)]).refused();
        let calls: Vec<_> = refused.iter().map(|it| (it.calls.as_slice(), it.errno.as_str())).collect();
        assert_eq!(calls, [(&[Call::Reflink][..], "EOPNOTSUPP"), (&[Call::HardLink][..], "EXDEV")]);
    }
}
