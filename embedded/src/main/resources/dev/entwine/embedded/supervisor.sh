# Watches over one database server for the process that holds the other end of standard input. However that process ends, its end of
# the pipe closes; then the server is ended and the scratch folder removed. Each command is one line and gets one line of answer.
# $1: scratch folder, made here and removed at the end; $2: log file; $3: signal that ends the server; then the server's command.
scratch=$1 log=$2 ending=$3
shift 3
server=

alive() { read -r _ _ state _ <"/proc/$server/stat" && [ "$state" != Z ]; } 2>/dev/null

family() {
    echo "$server"
    for stat in /proc/[0-9]*/stat; do
        { read -r pid _ _ parent _ <"$stat"; } 2>/dev/null && [ "$parent" = "$server" ] && echo "$pid"
    done
}

mkdir -m 711 "$scratch" || exit 1
echo ready
while read -r word arguments; do
    case $word in
    start)
        "$@" >>"$log" 2>&1 &
        server=$!
        echo "$server"
        ;;
    signal)
        # Unquoted on purpose: the signal's name and the process ids. One that is gone already is no error.
        kill -s $arguments 2>/dev/null
        echo signalled
        ;;
    reap)
        wait "$server" 2>/dev/null
        echo "$?"
        server=
        ;;
    esac
done

# From here on nobody may be listening any more.
if [ -n "$server" ] && alive; then
    kill -s CONT $(family)
    kill -s "$ending" "$server"
    waited=0
    while alive && [ "$waited" -lt 100 ]; do
        sleep 0.05
        waited=$((waited + 1))
        [ "$waited" = 60 ] && kill -s QUIT "$server"
    done
    members=$(family)
    alive && kill -s KILL $members
fi 2>/dev/null
for attempt in 1 2 3 4 5; do
    rm -rf "$scratch" 2>/dev/null && break
    sleep 0.2
done
