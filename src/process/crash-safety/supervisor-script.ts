// The supervisor's shell: a POSIX script of builtins except `sleep`, `rmdir`, and `grep` for cookies. It finds and
// kills the same processes as tree/process-tree.ts and tree/sweep.ts, without Node.js: at the user's process limit, a
// new Node aborts or hangs. The commands themselves may have reached that limit, so steps that need no further process
// come first.
//
// It differs in these points, which test/process/killing-table.process.test.ts checks:
// - it does not look for processes that hold output open, because their pipes are gone with the worker;
// - the session of a command whose first process is gone counts as long as its pid is not reused; for the next worker,
// which starts later, it does not;
// - the text of a cookie counts anywhere in an environment, even within the value of another variable.
import { COOKIE_NAME, shellFunctions } from "../tree/index.ts";

/** The first argument of the shell, which identifies it in process lists. */
export const SUPERVISOR_NAME = "buildhand-supervisor";

/** Rounds of killing, a tenth of a second apart, before it gives up. */
const ROUND_LIMIT = 50;
/** Length of the list of started commands, beyond twice that of the running ones, at which it is compacted. */
const LIST_LIMIT_CHARS = 1000;
/** Tenths of a second that a search may take, since it may block on locked memory. */
const SEARCH_LIMIT = 20;

/**
 * Reads the lines of supervised-command.ts. At the end of its input it kills the processes of running commands, and
 * exits. Its argument, if any, is the directory of their control groups.
 */
export function supervisorScript(): string {
  return `${DEFINITIONS}${shellFunctions()}${MAIN}`;
}

const DEFINITIONS = `
trap '' HUP INT QUIT TERM USR1 USR2
place=$1
begun= limit=${LIST_LIMIT_CHARS}

# Removes ended commands from the list.
forget() {
  kept=
  for pid in $begun; do
    eval "command=\\$command_$pid"
    [ -z "$command" ] || kept="$kept $pid"
  done
  begun=$kept limit=$((2 * \${#kept} + ${LIST_LIMIT_CHARS}))
}

# One variable per command, so that the cost of a line does not depend on their number.
while IFS= read -r line; do
  pid=\${line%%:*} pid=\${pid#[+-]}
  case $pid in
  '' | 0 | 1 | *[!0-9]*) continue ;; # 1 would be every process
  esac
  case $line in
  +*)
    eval "command_$pid=\\\${line#+}"
    begun="$begun $pid"
    [ "\${#begun}" -lt "$limit" ] || forget
    ;;
  -*) unset "command_$pid" ;;
  esac
done
commands=
for pid in $begun; do
  eval "commands=\\"\\$commands \\$command_$pid\\""
done
set -- $commands # without the blanks of ended ones
[ $# -gt 0 ] || exit 0

# The last line of a file that may be gone. A program's name may contain newlines.
read_last() {
  last=
  while IFS= read -r line; do last=$line; done <"$1"
}

# One word for each running process: pid:parent:session:start.
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

# Whether that pid belongs to a process with another start time.
is_reused() {
  [ -n "$2" ] || return 1
  read_last "/proc/$1/stat" || return 1
  set -- "$2" \${last##*)}
  [ "\${21}" != "$1" ]
}

# Kills what can be found by pids. Starts no process.
kill_known() {
  groups= members=' '
  list_processes
  for command in $commands; do
    leader=\${command%%:*} rest=\${command#*:}
    start=\${rest%%:*} group=\${rest##*:}
    if [ -n "$group" ] && [ -r "$place/$group/cgroup.procs" ]; then
      echo 1 >"$place/$group/cgroup.kill"
      # Its members count as found until the group is empty: only then can it be removed.
      while read -r pid; do members="$members$pid "; done <"$place/$group/cgroup.procs"
    fi
    is_reused "$leader" "$start" && continue
    groups="$groups -$leader"
    for process in $processes; do
      session=\${process%:*}
      [ "\${session##*:}" = "$leader" ] && members="$members\${process%%:*} "
    done
  done
  add_descendants
  for group in $groups; do kill -s KILL -- "$group"; done
  kill_members
}

# Kills what only a cookie identifies. Run in a separate process; fails when it found something.
kill_bearers() {
  set -- $(list_bearers /proc/[0-9]*/environ)
  [ $# -gt 0 ] || return 0
  # Some live only until they have started another one: stopped, they stay until all are listed.
  signal_bearers STOP "$@"
  list_processes
  members=' '
  # Searched again, since a pid may have been reused before it was stopped.
  for file in $(list_bearers "$@"); do
    pid=\${file#/proc/}
    members="$members\${pid%/environ} "
  done
  add_descendants
  kill_members
  signal_bearers CONT "$@"
  return 1
}

# Sends a signal to the processes of those environments.
signal_bearers() {
  signal=$1
  shift
  for file; do
    pid=\${file#/proc/}
    kill -s "$signal" "\${pid%/environ}"
  done
}

# Those of the environments that contain one of the cookies.
list_bearers() {
  patterns=
  for command in $commands; do
    rest=\${command#*:*:}
    [ -z "\${rest%%:*}" ] || patterns="$patterns -e ${COOKIE_NAME}=\${rest%%:*}"
  done
  [ -z "$patterns" ] || grep -lsF $patterns "$@"
}

# Called before the parents are killed, since descendants cannot be found afterwards.
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

# A listed pid may have been reused.
kill_members() {
  for process in $processes; do
    pid=\${process%%:*}
    case $members in
    *" $pid "*) is_reused "$pid" "\${process##*:}" || kill -s KILL "$pid" ;;
    esac
  done
}

# Waits a tenth of a second, or lists all processes if no more can be started, for example because of unreaped ones.
# \`command eval\` keeps the shell alive if it cannot fork.
pause() {
  command eval 'sleep 0.1' || list_processes
}

is_searching() {
  read_last "/proc/$searcher/stat" || return 1
  set -- \${last##*)}
  [ "$1" != Z ] && [ "$2" = $$ ]
}

# Fails when it found something, or could not search.
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

`;

const MAIN = `
round=0
while [ "$round" -lt ${ROUND_LIMIT} ]; do
  kill_known
  # Not after the first round: a command that was just being started may get its cookie only now.
  search && [ "$members" = ' ' ] && [ "$round" -gt 0 ] && break
  pause
  round=$((round + 1 + tenths))
done
for command in $commands; do
  group=\${command##*:}
  [ -z "$group" ] || rmdir "$place/$group"
done
`;
