# Runs a throwaway PostgreSQL cluster for one process and removes it when that process ends, however it ends:
# the process holds the other end of this script's standard input, which the kernel closes even after `kill -9`.
#
# Arguments: BINDIR TEMPDIR CONFIG PORT...   (the first port that can be bound is used)
# Environment: CAIRN_TEST_PASSWORD, the password of the superuser `cairn`; CAIRN_TEST_INITDB, further options of initdb.
# Prints `ready DIR PORT` once the server answers, or `failed` and the reason, and then nothing more.
set -u
umask 077
bindir=$1 tempdir=$2 config=$3
shift 3

# A long path would exceed what a Unix socket's address can hold, and a private TMPDIR may be closed to this user.
dir=
if [ ${#tempdir} -lt 60 ]; then
    dir=$(mktemp -d "$tempdir/cairn-postgres.XXXXXX" 2>/dev/null)
fi
if [ -z "$dir" ]; then
    dir=$(mktemp -d /tmp/cairn-postgres.XXXXXX) || { echo failed; echo "no temporary folder can be made in $tempdir or /tmp"; exit 1; }
fi

fail() {
    echo failed
    echo "$1"
    tail -n 20 "$dir/log" 2>/dev/null
    rm -rf "$dir"
    exit 1
}

printf '%s\n' "$CAIRN_TEST_PASSWORD" >"$dir/password"
# Without --no-sync initdb flushes every file: seconds on a slow disk, for a cluster that nobody needs after a crash.
# shellcheck disable=SC2086 # the options are words
initdb() {
    "$bindir/initdb" --pgdata="$dir/data" --username=cairn --pwfile="$dir/password" --auth=scram-sha-256 \
        --encoding=UTF8 --no-sync $1 >"$dir/log" 2>&1
}
if ! initdb "$CAIRN_TEST_INITDB"; then
    # A server that was built without ICU.
    rm -rf "$dir/data"
    initdb --locale=C || fail "initdb failed:"
fi
rm -f "$dir/password"
printf '%s\nunix_socket_directories = '"'%s'"'\n' "$config" "$dir" >>"$dir/data/postgresql.conf"

started=
for port in "$@"; do
    if "$bindir/pg_ctl" start --pgdata="$dir/data" --log="$dir/log" --options="-p $port" --wait --timeout=60 --silent >/dev/null 2>&1; then
        started=$port
        break
    fi
done
[ -n "$started" ] || fail "the server did not start on any of the ports $*:"

echo "ready $dir $started"
exec >/dev/null 2>&1
cat
"$bindir/pg_ctl" stop --pgdata="$dir/data" --mode=immediate --wait --timeout=60
cd /
rm -rf "$dir"
