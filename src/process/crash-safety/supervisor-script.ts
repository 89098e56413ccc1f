// What the supervisor's shell does: a POSIX script of builtins but for `sleep`, `rmdir`, and `grep` for cookies. It finds and
// kills what tree/process-tree.ts and tree/sweep.ts would, where no Node.js is left: with the last processes that its user
// may have, a new Node aborts or hangs. What it was told of may have taken all of those, so that what needs no further
// process comes first.
//
// It differs from them in this, which test/process/killing-table.process.test.ts holds both to:
// - it does not look for holders of output, whose pipes went with the worker;
// - the session of a command whose first process is gone counts as long as its number is nobody else's; for the next
//   worker, which comes later, it does not;
// - the text of a cookie counts wherever it stands in an environment, also within the value of another variable.
import { COOKIE_NAME } from "../tree/index.ts";

/** The first argument of the shell, by which people know it in lists of processes. */
export const SUPERVISOR_NAME = "buildhand-supervisor";

/** Rounds of killing, with a tenth of a second between two, before what is left is left. */
const ROUND_LIMIT = 50;
/** How long the list of commands that have begun may become, and longer by twice of what runs, before it is cleared. */
const LIST_LIMIT_CHARS = 1000;
/** How many tenths of a second a search may take, which may come upon memory that is locked. */
const SEARCH_LIMIT = 20;

/**
 * Reads the lines of supervised-command.ts. At the end of its input it kills the processes of the commands that are not
 * over, and ends. Its argument, if any, is the directory of their control groups.
 */
export const supervisorScript = `
trap '' HUP INT QUIT TERM USR1 USR2
place=$1
begun= limit=${LIST_LIMIT_CHARS}

# Forgets the numbers of those that are over.
forget() {
  kept=
  for pid in $begun; do
    eval "command=\\$command_$pid"
    [ -z "$command" ] || kept="$kept $pid"
  done
  begun=$kept limit=$((2 * \${#kept} + ${LIST_LIMIT_CHARS}))
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
set -- $commands # without the blanks of those that are over
[ $# -gt 0 ] || exit 0

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
      # Until nobody is in it: only then can it be removed.
      while read -r pid; do members="$members$pid "; done <"$place/$group/cgroup.procs"
    fi
    is_anothers "$leader" "$start" && continue
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

# A tenth of a second; or a look at all processes where there is no room for another one, such as for dead ones that nobody
# has reaped yet. \`command eval\` keeps a shell alive that cannot fork.
pause() {
  command eval 'sleep 0.1' || list_processes
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
while [ "$round" -lt ${ROUND_LIMIT} ]; do
  kill_known
  # Not after the first: a command that was being started may get its cookie only now.
  search && [ "$members" = ' ' ] && [ "$round" -gt 0 ] && break
  pause
  round=$((round + 1 + tenths))
done
for command in $commands; do
  group=\${command##*:}
  [ -z "$group" ] || rmdir "$place/$group"
done
`;
