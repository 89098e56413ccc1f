// What the supervisor's shell does: a POSIX script, of builtins but for `sleep`, `rmdir`, and `grep` for cookies. It must
// find and kill what process-tree.ts would, in a world that has no Node.js left, but for holders of output. What it was
// told of may have taken all processes that its user may have, so that what needs no further one comes first.
import { COOKIE_NAME } from "../tree/index.ts";

/** The first argument of the shell, by which people know it in lists of processes. */
export const SUPERVISOR_NAME = "buildhand-supervisor";

/** Rounds of killing without a pause, which end with the first that finds nothing: for a storm of processes. */
const STORM_ROUNDS = 20;
/** Rounds with a search for cookies, a tenth of a second apart, before what is left is left. */
const ROUND_LIMIT = 50;
/** After so many commands more, and as many as run, it is looked which of them are over. */
const FORGET_AT_LEAST = 100;
/** How many tenths of a second a search may take, which may come upon memory that is locked. */
const SEARCH_LIMIT = 20;

/**
 * Reads the lines of supervised-command.ts. At the end of its input it kills the processes of the commands that are not
 * over, and ends. Its argument, if any, is the directory of their control groups.
 */
export const supervisorScript = `
trap '' HUP INT QUIT TERM USR1 USR2
place=$1
commands= uptime= begun= count=0 limit=${FORGET_AT_LEAST}

# Forgets the numbers of those that are over.
forget() {
  kept= count=0
  for pid in $begun; do
    eval "command=\\$command_$pid"
    [ -z "$command" ] || kept="$kept $pid" count=$((count + 1))
  done
  begun=$kept limit=$((2 * count + ${FORGET_AT_LEAST}))
}

# A variable for each command, so that a line costs as little with hundreds of them as with one.
while IFS= read -r line; do
  pid=\${line%%:*} pid=\${pid#[+-]}
  case $pid in
  '' | 0 | 1 | *[!0-9]*) continue ;; # 1 would be every process there is
  esac
  case $line in
  +*)
    eval "command_$pid=\\\${line#+}"
    begun="$begun $pid" count=$((count + 1))
    [ "$count" -lt "$limit" ] || forget
    ;;
  -*) unset "command_$pid" ;;
  esac
done
for pid in $begun; do
  eval "command=\\$command_$pid" # unset below, since a number may have begun twice
  [ -z "$command" ] || commands="$commands $command"
  unset "command_$pid"
done
[ -n "$commands" ] || exit 0

# The last line of a file that may be gone. A program's name may hold line ends.
read_last() {
  last=
  while IFS= read -r line; do last=$line; done <"$1"
}

# One word for each process that runs, pid:parent:session:start.
list_processes() {
  processes=
  for file in /proc/[0-9]*/stat; do
    read_last "$file" || continue
    pid=\${file#/proc/}
    set -- \${last##*)}
    case $1 in
    '' | [ZX]) [ "\${18:-1}" -gt 1 ] || continue ;;
    esac
    processes="$processes \${pid%/stat}:$2:$4:\${20}"
  done
}

# Whether that number is a process' that began at another time.
is_anothers() {
  [ -n "$2" ] || return 1
  read_last "/proc/$1/stat" || return 1
  set -- "$2" \${last##*)}
  [ "\${21}" != "$1" ]
}

# What the numbers of its processes tell of a command. Starts no process.
kill_known() {
  groups= members=' '
  list_processes
  for command in $commands; do
    leader=\${command%%:*} rest=\${command#*:}
    start=\${rest%%:*} group=\${rest##*:}
    if [ -n "$group" ] && [ -r "$place/$group/cgroup.procs" ]; then
      echo 1 >"$place/$group/cgroup.kill"
      while read -r pid; do members="$members$pid "; done <"$place/$group/cgroup.procs"
    fi
    is_anothers "$leader" "$start" && continue
    groups="$groups -$leader"
    for process in $processes; do
      session=\${process%:*}
      [ "\${session##*:}" = "$leader" ] && [ "\${process##*:}" -ge "\${start:-0}" ] && members="$members\${process%%:*} "
    done
  done
  add_descendants
  for group in $groups; do kill -s KILL -- "$group"; done
  kill_members
}

# What only a cookie tells of. To be run in a process of its own; fails when there was something.
kill_bearers() {
  members=' '
  for file in $(list_bearers); do
    pid=\${file#/proc/}
    members="$members\${pid%/environ} "
  done
  add_descendants
  kill_members
  [ "$members" = ' ' ]
}

# The environments that have one of the cookies.
list_bearers() {
  set --
  for command in $commands; do
    rest=\${command#*:*:}
    [ -z "\${rest%%:*}" ] || set -- "$@" -e "${COOKIE_NAME}=\${rest%%:*}"
  done
  [ $# -eq 0 ] || grep -lsF "$@" /proc/[0-9]*/environ
}

# Before those who started them are killed, after which nothing tells.
add_descendants() {
  grown=$members
  while [ "$grown" != ' ' ]; do
    grown=' '
    for process in $processes; do
      pid=\${process%%:*} parent=\${process#*:}
      case $members in
      *" $pid "*) ;;
      *" \${parent%%:*} "*) members="$members$pid " grown=yes ;;
      esac
    done
  done
}

# A number that was listed may be another's by now.
kill_members() {
  for process in $processes; do
    pid=\${process%%:*}
    case $members in
    *" $pid "*) is_anothers "$pid" "\${process##*:}" || kill -s KILL "$pid" ;;
    esac
  done
}

# A tenth of a second, at work if need be: dead processes that nobody has reaped yet leave no room for another one, too.
# \`command eval\` keeps a shell alive that cannot fork.
pause() {
  command eval 'sleep 0.1' && return
  hundredths=0
  while [ "$hundredths" -lt 10 ]; do
    before=$uptime
    read -r uptime idle </proc/uptime || return
    [ "$uptime" = "$before" ] || hundredths=$((hundredths + 1))
  done
}

is_searching() {
  read_last "/proc/$searcher/stat" || return 1
  set -- \${last##*)}
  [ "$1" != Z ] && [ "$2" = $$ ]
}

# Fails when there was something, or it could not be found out.
search() {
  searcher= tenths=0
  command eval '(kill_bearers) & searcher=$!'
  [ -n "$searcher" ] || return 1
  while is_searching; do
    [ "$tenths" -lt ${SEARCH_LIMIT} ] || { kill -s KILL "$searcher"; return 1; }
    tenths=$((tenths + 1))
    pause
  done
  wait "$searcher"
}

round=0
while [ "$round" -lt ${STORM_ROUNDS} ]; do
  kill_known
  [ "$members" != ' ' ] || break
  round=$((round + 1))
done
round=0
while [ "$round" -lt ${ROUND_LIMIT} ]; do
  # Not after the first: a command that was being started may get its cookie only now.
  search && [ "$members" = ' ' ] && [ "$round" -gt 0 ] && break
  pause
  kill_known
  round=$((round + 1 + tenths))
done
for command in $commands; do
  group=\${command##*:}
  [ -z "$group" ] || rmdir "$place/$group"
done
`;
