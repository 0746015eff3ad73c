# Runs chromedriver, and whatever browsers it opens, for one process and ends them all when that process ends, however
# it ends: the process holds the other end of this script's standard input, which the kernel closes even after `kill -9`.
#
# Arguments: CHROMEDRIVER TEMPDIR
# Prints `ready DIR PORT` once the driver answers, or `failed` and the reason, and then nothing more. Profiles are made
# in DIR, a fresh one for each browser.
set -u
umask 077
driver=$1 tempdir=$2
dir=$(mktemp -d "$tempdir/cairn-browser.XXXXXX") || { echo failed; echo "no temporary folder can be made in $tempdir"; exit 1; }
mkfifo "$dir/said"

# A group of its own holds the driver and its browsers, which outlive it when it alone is killed.
TMPDIR=$dir setsid "$driver" --port=0 --log-path="$dir/log" >"$dir/said" 2>&1 </dev/null &
group=$!
exec 3<"$dir/said"
port=
while read -r line <&3; do
    case $line in
    *'successfully on port '*)
        port=${line##* }
        port=${port%.}
        break
        ;;
    esac
done
if [ -n "$port" ]; then
    echo "ready $dir $port"
else
    echo failed
    echo "$driver did not start:"
    cat "$dir/log" 2>/dev/null
fi
exec >/dev/null 2>&1
[ -n "$port" ] && cat
kill -KILL "-$group"
wait "$group"
# A browser that is just ending may still write.
cd /
rm -rf "$dir" || rm -rf "$dir"
