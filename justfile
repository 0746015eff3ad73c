# Short names for the commands that CONTRIBUTING.md explains; each is one line, and `just` itself is optional.

# What there is
default:
    @just --list

# Build Cairn and run the server
serve *ARGUMENTS:
    cargo run --release --locked -- serve {{ARGUMENTS}}

# Set up what the tests need, and run them all; ARGUMENTS are cargo test's
test *ARGUMENTS:
    tests/run -- {{ARGUMENTS}}

# Everything that a change must pass
ci:
    .ci/run

# The figures that Cairn is held to, as ratios to limits measured in the same run
bench *ARGUMENTS:
    cargo bench --locked --package cairn-tests --bench figures -- {{ARGUMENTS}}

# Fill a new database with learners, lessons and what they did: `just seed --data-dir DIR`, or `just seed --help`
seed *ARGUMENTS:
    cargo run --release --locked --package cairn-tests --bin seed -- {{ARGUMENTS}}

# Try the grammar of drills (`fuzz drill`) or transcripts (`fuzz transcript`) with made-up input; needs cargo-fuzz
fuzz TARGET *ARGUMENTS:
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{TARGET}} -- -max_total_time=60 {{ARGUMENTS}}

# Format the code
fmt:
    cargo fmt --all

# Clippy as CI runs it
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Build the documentation of the crates
doc:
    RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked

# Write docs/openapi.json and docs/errors.md from the routes
openapi:
    CAIRN_UPDATE=1 cargo test --locked --package cairn-tests --test suite openapi

# Write the JSON Schemas in docs/schemas from the content format
schemas:
    CAIRN_UPDATE=1 cargo test --locked --package cairn-tests --test suite schemas

# Write pictures of all pages, at two widths and in both colour schemes, to target/screenshots
screenshots:
    CAIRN_SCREENSHOTS=1 cargo test --locked --package cairn-tests --test suite browser::walk
