//! What the benchmark prints: each figure as a ratio to a limit of the same run, beside the goal it is held against.

/// Measures two things in turn, so that a machine that changes its speed changes it for both, and gives the medians.
pub(crate) fn alternate(rounds: usize, mut ours: impl FnMut() -> f64, mut limit: impl FnMut() -> f64) -> (f64, f64) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        a.push(ours());
        b.push(limit());
    }
    (median(&mut a), median(&mut b))
}

/// The middle value.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints a figure.
pub(crate) fn line(what: &str, figure: &str, goal: &str, met: bool) {
    println!("{} {what:<66} {figure:<34} goal {goal}", if met { "ok  " } else { "MISS" });
}

/// Prints what stands beside a figure.
pub(crate) fn note(text: &str) {
    println!("       {text}");
}
