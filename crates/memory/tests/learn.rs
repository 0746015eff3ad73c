//! The example does what it says.

#[path = "../examples/learn.rs"]
mod learn;

#[test]
fn the_example_runs_to_its_end() {
    learn::main().expect("the learner finishes the course");
}
