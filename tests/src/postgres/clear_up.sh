# Drops what one process made on a server that is not its own, when that process ends, however it ends:
# the process holds the other end of this script's standard input, which the kernel closes even after `kill -9`.
#
# Arguments: PSQL PREFIX   (each database whose name begins with PREFIX is dropped; PREFIX is [a-z0-9_]+)
# Environment: libpq's, for the server.
set -u
psql=$1 prefix=$2
echo ready
exec >/dev/null 2>&1
cat
"$psql" --no-psqlrc --quiet <<SQL
SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', datname) FROM pg_database WHERE starts_with(datname, '$prefix') \gexec
SQL
