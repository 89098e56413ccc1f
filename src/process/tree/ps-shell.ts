// The part of the supervisor's shell script that reads /proc, by `ps` instead: functions that replace those of
// crash-safety/supervisor-script.ts. Loaded only where there is no /proc.
import { COOKIE_NAME } from "./command-cookie.ts";
import { WITH_ENVIRONMENT } from "./ps.ts";

export const psShellFunctions = `
# Start times are not compared: what is killed was listed just before.
is_reused() {
  return 1
}

# One word for each running process: pid:parent:group:
list_processes() {
  processes=
  command eval 'processes=$(ps -ax -o pid= -o ppid= -o pgid= -o stat= |
    while read -r pid parent group state; do
      case $state in
      Z*) ;;
      *) echo "$pid:$parent:$group:" ;;
      esac
    done)'
}

# The pids of the environments that contain one of the cookies. Not by grep, whose arguments would contain them too.
list_bearers() {
  ps -ax ${WITH_ENVIRONMENT} -ww -o pid= -o command= | while read -r pid line; do
    for command in $commands; do
      rest=\${command#*:*:}
      cookie=\${rest%%:*}
      [ -n "$cookie" ] || continue
      case " $line " in
      *" ${COOKIE_NAME}=$cookie "*) echo "$pid" ;;
      esac
    done
  done
}

search() {
  tenths=0
  command eval '(kill_bearers)'
}
`;
