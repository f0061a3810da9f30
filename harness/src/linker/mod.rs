//! The programs under test: one module each, and the store that fetches, pins and verifies them.

mod adapter;
mod bun;
pub mod custom;
mod deno;
mod habits;
mod kind;
mod name;
mod npm;
mod place;
mod pnpm;
pub mod reference;
mod source;
pub mod store;
mod user;
mod uv;
mod version;
mod yarn;

pub use adapter::{Adapter, Heard, Refusal};
pub use habits::{Announces, Habits, Need, OnRefusal, Order};
pub use kind::{Family, Kind};
pub use name::{Linker, LinkerName, LinkerNameError, Wanted};
pub use place::{Invocation, Place, Program, Roots};
pub use source::{Npm, Parcel, Source};
pub use user::User;
