//! How a program ended.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the linker ended. In JSON the status as a number, else what ended it as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ExitForm", into = "ExitForm")]
#[schemars(with = "ExitForm")]
pub enum Exit {
    /// It exited with this status.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
    /// It ran longer than the limit, this many seconds, and was killed.
    TimedOut(u64),
}

impl Exit {
    /// Whether it exited with status 0.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Code(0))
    }
}

/// [`Exit`] as JSON writes it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum ExitForm {
    Status(i32),
    Text(String),
}

impl From<Exit> for ExitForm {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Code(code) => Self::Status(code),
            other => Self::Text(other.to_string()),
        }
    }
}

impl TryFrom<ExitForm> for Exit {
    type Error = String;

    fn try_from(form: ExitForm) -> Result<Self, String> {
        let text = match form {
            ExitForm::Status(code) => return Ok(Self::Code(code)),
            ExitForm::Text(text) => text,
        };
        let signal = text.strip_prefix("signal ").and_then(|number| number.parse().ok());
        let limit = text.strip_prefix("killed after ").and_then(|rest| rest.strip_suffix(" s"));
        let limit = limit.and_then(|number| number.parse().ok());
        signal
            .map(Self::Signal)
            .or(limit.map(Self::TimedOut))
            .ok_or_else(|| format!("`{text}` is no way for a program to end"))
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::TimedOut(seconds) => write!(f, "killed after {seconds} s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_is_a_number_or_a_text_in_json() {
        for (exit, json) in
            [(Exit::Code(2), "2"), (Exit::Signal(9), "\"signal 9\""), (Exit::TimedOut(120), "\"killed after 120 s\"")]
        {
            assert_eq!(serde_json::to_string(&exit).unwrap(), json);
            assert_eq!(serde_json::from_str::<Exit>(json).unwrap(), exit);
        }
    }
}
