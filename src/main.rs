//! The program: everything is in the library, so that tests reach it.

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    roster::command_line::run(roster::command_line::Arguments::parse())
}
