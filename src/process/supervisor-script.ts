// What the supervisor's shell does: a POSIX script, of builtins but for `sleep`, `rmdir`, and `grep` for cookies. It must
// find and kill what process-tree.ts would, in a world that has no Node.js left, but for holders of output.

import { COOKIE_NAME } from "./command-cookie.ts";

/** The first argument of the shell, by which people know it in lists of processes. */
export const SUPERVISOR_NAME = "buildhand-supervisor";

/** Rounds of killing, a tenth of a second apart, before what is left is left. */
const ROUND_LIMIT = 50;

/**
 * Reads the lines of supervised-command.ts. At the end of its input it kills the processes of the commands that are not
 * over, and ends. Its argument, if any, is the directory of their control groups.
 */
export const supervisorScript = `
trap '' HUP INT QUIT TERM USR1 USR2
place=$1
commands=
while IFS= read -r line; do
  case $line in
  +[01]:*) ;; # would be every process there is
  +*) commands="$commands \${line#+}" ;;
  -*)
    kept=
    for command in $commands; do
      [ "\${command%%:*}" = "\${line#-}" ] || kept="$kept $command"
    done
    commands=$kept
    ;;
  esac
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

# The number of a leader that is gone may be another's by now.
is_anothers() {
  for process in $processes; do
    case $process in "$1":*) [ "\${process##*:}" = "$2" ] || return 0 ;; esac
  done
  return 1
}

find_members() {
  for command in $commands; do
    leader=\${command%%:*} rest=\${command#*:}
    start=\${rest%%:*} group=\${rest##*:}
    if [ -n "$group" ] && [ -r "$place/$group/cgroup.procs" ]; then
      echo 1 >"$place/$group/cgroup.kill"
      while read -r pid; do members="$members$pid "; done <"$place/$group/cgroup.procs"
    fi
    [ -n "$start" ] && is_anothers "$leader" "$start" && continue
    groups="$groups -$leader"
    for process in $processes; do
      session=\${process%:*}
      [ "\${session##*:}" = "$leader" ] && [ "\${process##*:}" -ge "\${start:-0}" ] && members="$members\${process%%:*} "
    done
  done
  for file in $(list_bearers); do
    pid=\${file#/proc/}
    members="$members\${pid%/environ} "
  done
  grown=yes
  while [ -n "$grown" ]; do
    grown=
    for process in $processes; do
      pid=\${process%%:*} parent=\${process#*:}
      case $members in
      *" $pid "*) ;;
      *" \${parent%%:*} "*) members="$members$pid " grown=yes ;;
      esac
    done
  done
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

# A number that was listed may be another's by now.
kill_members() {
  for process in $processes; do
    pid=\${process%%:*}
    case $members in
    *" $pid "*)
      read_last "/proc/$pid/stat" || continue
      set -- \${last##*)}
      [ "\${20}" = "\${process##*:}" ] && kill -s KILL "$pid"
      ;;
    esac
  done
}

round=0
while [ "$round" -lt ${ROUND_LIMIT} ]; do
  groups= members=' '
  list_processes
  find_members
  for group in $groups; do kill -s KILL -- "$group"; done
  [ "$members" != ' ' ] || break
  kill_members
  round=$((round + 1))
  sleep 0.1
done
for command in $commands; do
  group=\${command##*:}
  [ -z "$group" ] || rmdir "$place/$group"
done
`;
