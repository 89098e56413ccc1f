// shell: commands on a PTY.

import type { Json } from "../support/description.ts";
import { type Arguments, type CaseTable, shell } from "./case.ts";

const onPty = (name: string, command: Json, args: Arguments = {}) =>
  shell({ name: `PTY: ${name}`, command, args: { usePTY: true, ...args } });

const obedient = "exec 2>/dev/null; trap 'echo asked to go; exit 3' TERM; echo ready; while :; do sleep 0.1; done";

export const shellPty: CaseTable = {
  title: "shell: on a PTY",
  lanes: 4,
  cases: [
    onPty("tells the exit status", "echo x; exit 3"),
    onPty("reports the signal that ended the program", "echo x; kill -USR1 $$"),
    onPty("runs a list", ["sh", "-c", "echo $0 $*", "one", "two words", "gr\u00fcn"]),
    onPty("gives the environment and PWD", "env | grep -v ^_= | sort", { logEnviron: true }),
    onPty("gives the terminal type of the step", 'echo "TERM=${TERM-none}"', { env: { TERM: "xterm" } }),
    onPty("is the controlling terminal", "echo by name > /dev/tty; test -t 0 </dev/tty && echo terminal"),
    onPty(
      "makes the program the leader of session and group",
      "cut -d' ' -f5,6,8 /proc/$$/stat | tr '\\n' ' ' | sed \"s/$$/pid/g\"",
    ),
    onPty("gives no descriptor but the three", ["ls", "/proc/self/fd"]),
    onPty("has output and errors in their order", "for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done"),
    onPty("sends no errors that are not wanted, for there are none", "echo out; echo err >&2", { want_stderr: false }),
    onPty("sends no output that is not wanted", "echo out; echo err >&2", { want_stdout: false }),
    onPty("brings a long output whole", "seq 1 20000"),
    onPty("brings lines without an end", "printf 'one\\ntwo'"),
    onPty("takes tabs, returns and controls as it does on pipes", "printf 'a\\tb\\rc\\033[31md\\be\\n'"),
    onPty("brings nothing from a program that prints nothing", ["true"]),
    onPty("kills a program that waits for input", "echo x; cat", { timeout: 1 }),
    onPty("kills a program that takes too long", "echo x; sleep 600", { maxTime: 1 }),
    onPty("kills a program that prints too many lines", "seq 1 20; sleep 600", { max_lines: 10 }),
    onPty("asks a program to go first", ["sh", "-c", obedient], { timeout: 1, sigtermTime: 20 }),
    onPty("hangs up on what a program leaves", "sleep 600 & echo x"),
    onPty(
      "waits for what a program leaves and what does not mind",
      "(trap '' HUP; sleep 1; echo late) & sleep 0.3; echo x",
    ),
    shell({
      name: "PTY: is interrupted",
      command: "echo x; : >arrived; sleep 600",
      args: { usePTY: true },
      interruptWhen: "arrived",
    }),
    shell({
      name: "PTY: follows log files",
      command: "echo one >>log; echo x; echo two >>log",
      args: { usePTY: true, logfiles: { log: "log" } },
    }),
    shell({
      name: "PTY: does without one for an empty input too",
      command: "cat; test -t 1 || echo no terminal",
      args: { usePTY: true, initial_stdin: "" },
    }),
  ],
};
