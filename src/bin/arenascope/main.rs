//! The command line of Arenascope: the same core as the page, natively. What it does is
//! in `command_line`; builds for the browser have none.

#[cfg(not(target_arch = "wasm32"))]
mod command_line;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    command_line::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {}
