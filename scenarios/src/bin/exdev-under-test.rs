//! exdev under the name that the scenarios know, so that they always run the code that they were built with.

use std::process::ExitCode;

fn main() -> ExitCode {
    exdev::cli::main()
}
