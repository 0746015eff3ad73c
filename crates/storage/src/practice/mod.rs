//! Attempts at drills, and what was handed in at capstones.

mod drill_attempts;
mod submissions;
