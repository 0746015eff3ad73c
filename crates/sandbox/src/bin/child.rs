//! A sandbox's child and nothing else, for tests.

fn main() -> std::process::ExitCode {
    cairn_sandbox::child_main()
}
