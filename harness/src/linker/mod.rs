//! The programs under test: one module each, and the store that fetches, pins and verifies them.

mod adapter;
mod cargo;
mod ccache;
mod cp;
pub mod custom;
mod dvc;
mod git;
mod habits;
mod kind;
mod meaning;
mod name;
mod npm;
mod ostree;
mod pdm;
mod pip;
mod place;
mod pnpm;
mod python;
mod rattler;
pub mod reference;
mod rsync;
mod source;
pub mod store;
mod user;
mod uv;
mod version;

pub use adapter::{Adapter, Heard, Refusal};
pub use habits::{Announces, Habits, Need, OnRefusal, Order};
pub use kind::{Family, Kind};
use meaning::{hear, says};
pub use name::{Linker, LinkerName, LinkerNameError, Wanted};
pub use place::{Invocation, Place, Program, Roots};
pub use source::{Npm, Parcel, Source};
pub use user::User;
