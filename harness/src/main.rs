//! The exdev program.

use std::process::ExitCode;

fn main() -> ExitCode {
    exdev::cli::main()
}
