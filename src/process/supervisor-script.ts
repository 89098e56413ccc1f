// What the supervisor's shell does: a POSIX script, of builtins but for `sleep`, and `grep` for cookies. It must find and
// kill what process-tree.ts would, in a world that has no Node.js left, but for holders of output.

/** The first argument of the shell, by which people know it in lists of processes. */
export const SUPERVISOR_NAME = "buildhand-supervisor";

/** Rounds of killing, a tenth of a second apart, before what is left is left. */
const ROUND_LIMIT = 50;

/**
 * Reads lines: `+pid:start:cookie` for a command that runs, `-pid` for one that is over, where `start` and `cookie` may be
 * empty. At the end of its input it kills the processes of the commands that are not over, and ends.
 */
export const supervisorScript = `
trap '' HUP INT QUIT TERM USR1 USR2
commands=
while IFS= read -r line; do
  case $line in
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

# One word for each process that runs, pid:parent:session:start. A program's name may hold line ends.
list_processes() {
  processes=
  for file in /proc/[0-9]*/stat; do
    stat=
    while IFS= read -r line; do stat=$line; done <"$file" || continue
    pid=\${file#/proc/}
    set -- \${stat##*)}
    case $1 in
    '' | [ZX]) ;;
    *) processes="$processes \${pid%/stat}:$2:$4:\${20}" ;;
    esac
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
    start=\${rest%%:*} cookie=\${rest#*:}
    [ -n "$start" ] && is_anothers "$leader" "$start" || groups="$groups -$leader"
    for process in $processes; do
      began=\${process##*:} session=\${process%:*}
      case "$groups " in
      *" -$leader "*)
        [ "\${session##*:}" = "$leader" ] && [ "$began" -ge "\${start:-0}" ] && members="$members\${process%%:*} "
        ;;
      esac
    done
    [ -n "$cookie" ] || continue
    for file in $(grep -lsF "BUILDHAND_COMMAND=$cookie" /proc/[0-9]*/environ); do
      pid=\${file#/proc/}
      members="$members\${pid%/environ} "
    done
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

round=0
while [ "$round" -lt ${ROUND_LIMIT} ]; do
  groups= members=' '
  list_processes
  find_members
  for group in $groups; do kill -s KILL -- "$group"; done
  [ "$members" != ' ' ] || break
  kill -s KILL $members
  round=$((round + 1))
  sleep 0.1
done
`;
