//! One package, and what becomes of it.

use super::refusal;
use crate::linker::{Announces, Habits, OnRefusal};
use crate::outcome::{Ending, Placement, Strategy};
use crate::probe::{Answer, Suspect};

/// A package in a cache.
#[derive(Debug, Clone)]
pub(super) struct Package<'a> {
    /// What most of its files get.
    pub(super) usual: Answer,
    /// The file that is placed first, if it stands out.
    pub(super) first: Option<&'a Suspect>,
    /// The others that stand out.
    pub(super) later: Vec<&'a Suspect>,
}

/// What becomes of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) strategy: Placement,
    pub(super) warns: bool,
    pub(super) ends: Ending,
}

impl Course {
    /// Whether every file is copied.
    pub(super) fn copies_all(self) -> bool {
        self.strategy == Placement::Copy && self.ends == Ending::Complete
    }

    /// What becomes of one that copies, where the copies do not fit. Nobody goes on with something else behind a copy.
    pub(super) fn without_room(self, habits: Habits) -> Self {
        match habits.on_refusal {
            OnRefusal::EachFile | OnRefusal::FirstDecides => Self { ends: Ending::Partial, ..self },
            OnRefusal::StartOver | OnRefusal::Fails => self.undone(),
        }
    }

    /// What becomes of one that is placed, and then removed again.
    pub(super) fn undone(self) -> Self {
        Self { strategy: Placement::Nothing, ends: Ending::Nothing, ..self }
    }
}

impl Package<'_> {
    /// What a linker with these habits makes of it.
    pub(super) fn course(&self, chain: &[Strategy], habits: Habits) -> Course {
        let works = |strategy: Strategy, answer: &Answer| refusal(strategy, answer, habits).is_none();
        let next = |answer: &Answer| chain.iter().copied().find(|strategy| works(*strategy, answer));
        let everywhere = |strategy: Strategy| self.answers().all(|answer| works(strategy, answer));
        let failed = Course { strategy: Placement::Nothing, warns: false, ends: Ending::Nothing };
        let used = match habits.on_refusal {
            OnRefusal::EachFile => return self.each_by_itself(next, chain, habits).unwrap_or(failed),
            OnRefusal::FirstDecides => next(self.first.map_or(&self.usual, |first| &first.answer)),
            OnRefusal::StartOver => chain.iter().copied().find(|strategy| everywhere(*strategy)),
            OnRefusal::Fails => chain.first().copied().filter(|strategy| everywhere(*strategy)),
        };
        let Some(used) = used else { return failed };
        let ends = if everywhere(used) { Ending::Complete } else { Ending::Partial };
        Course { strategy: used.into(), warns: announced(&[used], chain, habits), ends }
    }

    /// What each of its files gets; the usual one stands for many.
    fn answers(&self) -> impl Iterator<Item = &Answer> {
        let odd = self.first.into_iter().chain(self.later.iter().copied());
        odd.map(|suspect| &suspect.answer).chain([&self.usual])
    }

    fn each_by_itself(
        &self,
        next: impl Fn(&Answer) -> Option<Strategy>,
        chain: &[Strategy],
        habits: Habits,
    ) -> Option<Course> {
        let used: Vec<_> = self.answers().map(next).collect::<Option<_>>()?;
        let strategy = match used.as_slice() {
            [one, others @ ..] if others.iter().all(|other| other == one) => Placement::from(*one),
            _ => Placement::Mixed,
        };
        Some(Course { strategy, warns: announced(&used, chain, habits), ends: Ending::Complete })
    }
}

/// Whether the linker tells of a fallback to one of these.
fn announced(used: &[Strategy], chain: &[Strategy], habits: Habits) -> bool {
    used.iter().any(|used| {
        let fallback = chain.first() != Some(used);
        match habits.announces {
            Announces::Nothing => false,
            Announces::Copies => fallback && *used == Strategy::Copy,
            Announces::Everything => fallback,
            Announces::Always => true,
        }
    })
}
