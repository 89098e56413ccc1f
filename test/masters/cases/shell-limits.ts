// shell: the limits of time and lines, and the ways a command is killed.
import { type CaseTable, shell } from "./case.ts";

/** Answers SIGTERM with a word and an exit status of its own. */
const obedient = (status: number) => [
  "sh",
  "-c",
  `exec 2>/dev/null; trap 'echo asked to go; exit ${status}' TERM; echo ready; while :; do sleep 0.1; done`,
];
/** Does not go for SIGTERM. */
const stubborn = "trap '' TERM; echo ready; sleep 30";

export const shellLimits: CaseTable = {
  title: "shell: limits and kills",
  lanes: 8,
  cases: [
    shell({ name: "kills a silent command", command: "echo early; sleep 600", args: { timeout: 1 } }),
    shell({ name: "kills a silent list", command: ["sleep", "600"], args: { timeout: 2 } }),
    shell({ name: "takes a fraction as the time of silence", command: "sleep 600", args: { timeout: 0.5 } }),
    shell({
      name: "takes 0 for no limits of time",
      command: "sleep 0.3; echo x",
      args: { timeout: 0, maxTime: 0, sigtermTime: 0 },
    }),
    shell({
      name: "begins the silence again with each output",
      command: "for i in 1 2 3 4 5; do echo $i; sleep 1; done",
      args: { timeout: 4 },
    }),
    shell({
      name: "begins the silence again with output that is not wanted",
      command: "for i in 1 2 3 4 5; do echo $i; sleep 1; done",
      args: { timeout: 4, want_stdout: false },
    }),
    shell({
      name: "begins the silence again with a part of a line",
      command: "for i in 1 2 3 4 5; do printf $i >&2; sleep 1; done",
      args: { timeout: 4 },
    }),
    shell({ name: "kills a command that takes too long", command: "echo early; sleep 600", args: { maxTime: 1 } }),
    shell({
      name: "kills a command that prints for too long",
      command: "while sleep 0.2; do echo x >/dev/null; done",
      args: { maxTime: 2 },
    }),
    shell({ name: "takes a fraction as the longest time", command: "sleep 600", args: { maxTime: 1.5 } }),
    shell({ name: "keeps to whichever limit comes first", command: "sleep 600", args: { timeout: 1200, maxTime: 1 } }),
    shell({ name: "shows limits that are not reached", command: "echo x", args: { timeout: 1200, maxTime: 1 } }),
    shell({ name: "shows limits that are fractions", command: "echo x", args: { timeout: 1200.5, maxTime: 3600.0 } }),
    shell({ name: "takes a negative limit for none", command: "echo x", args: { timeout: -1 } }),
    shell({ name: "fails for text in place of the time of silence", command: "echo x", args: { timeout: "1200" } }),
    shell({ name: "fails for text in place of the longest time", command: "echo x", args: { maxTime: "1200" } }),
    shell({ name: "takes true for one second", command: "sleep 600", args: { maxTime: true } }),
    shell({
      name: "kills a command that prints too many lines",
      command: "seq 1 20; sleep 600",
      args: { max_lines: 10 },
    }),
    shell({ name: "lets a command print just as many lines as it may", command: "seq 1 10", args: { max_lines: 10 } }),
    shell({
      name: "counts a carriage return and \\r\\n as one line each",
      command: ["sh", "-c", "printf 'a\\rb\\r\\nc\\n'; sleep 600"],
      args: { max_lines: 2 },
    }),
    shell({
      name: "counts the lines of both streams together",
      // Both would be read at once, and in either order.
      command: "seq 1 3 >&2; sleep 0.5; seq 1 3; sleep 600",
      args: { max_lines: 5 },
    }),
    shell({
      name: "does not count lines that are not wanted",
      command: "seq 1 20",
      args: { max_lines: 5, want_stdout: false },
    }),
    shell({ name: "does not count a line without end", command: "printf 'a\\nb'", args: { max_lines: 1 } }),
    shell({ name: "takes 0 as a limit of lines", command: "echo x; sleep 600", args: { max_lines: 0 } }),
    shell({ name: "takes no limit of lines for none", command: "seq 1 20", args: { max_lines: null } }),
    shell({ name: "kills all of a pipeline", command: "sleep 600 | sleep 600 | sleep 600", args: { timeout: 1 } }),
    shell({
      name: "lets a command answer SIGTERM in its own way",
      command: obedient(3),
      args: { timeout: 1, sigtermTime: 10 },
    }),
    shell({
      name: "gives -1 for a command that answers SIGTERM with success",
      command: obedient(0),
      args: { maxTime: 1, sigtermTime: 10 },
    }),
    shell({
      name: "kills a command that does not go for SIGTERM",
      command: ["sh", "-c", stubborn],
      args: { timeout: 1, sigtermTime: 1 },
    }),
    shell({
      name: "kills a command that dies of SIGTERM",
      command: ["sh", "-c", "echo ready; exec sleep 600"],
      args: { timeout: 1, sigtermTime: 10 },
    }),
    shell({
      name: "sends SIGTERM for too many lines as well",
      command: ["sh", "-c", "seq 1 20; exec sleep 600"],
      args: { max_lines: 10, sigtermTime: 10 },
    }),
    shell({
      name: "kills by the signal the step names",
      command: ["sleep", "600"],
      args: { timeout: 1, interruptSignal: "INT" },
    }),
    shell({ name: "kills by SIGHUP", command: ["sleep", "600"], args: { timeout: 1, interruptSignal: "HUP" } }),
    shell({
      name: "kills by SIGTERM after SIGTERM",
      command: ["sleep", "600"],
      args: { timeout: 1, interruptSignal: "TERM", sigtermTime: 10 },
    }),
    shell({
      name: "gives up a process that no signal ends",
      command: ["sh", "-c", "trap '' INT; exec sleep 9"],
      args: { timeout: 1, interruptSignal: "INT" },
    }),
    shell({
      name: "does not know the signal",
      command: ["sleep", "3"],
      args: { timeout: 1, interruptSignal: "NONSENSE" },
    }),
    shell({
      name: "takes a signal with its SIG for one it does not know",
      command: ["sleep", "3"],
      args: { timeout: 1, interruptSignal: "SIGTERM" },
    }),
    shell({
      name: "kills a command at the master's word",
      command: "echo ready; sleep 0.5; touch arrived; sleep 600",
      interruptWhen: "arrived",
    }),
    shell({
      name: "kills a command that printed nothing",
      command: "touch arrived; sleep 600",
      interruptWhen: "arrived",
    }),
    shell({
      name: "lets a command answer the master's word in its own way",
      // The shell may or may not tell on stderr of a sleep that the signal met.
      command: [
        "sh",
        "-c",
        "exec 2>&-; trap 'echo asked to go; exit 3' TERM; touch arrived; while :; do sleep 0.1; done",
      ],
      args: { sigtermTime: 10 },
      interruptWhen: "arrived",
    }),
    shell({
      name: "interrupts whatever runs, whatever the id",
      command: "touch arrived; sleep 600",
      interruptWhen: "arrived",
      interruptIds: ["no such id"],
    }),
    shell({
      name: "is interrupted twice like once",
      command: "touch arrived; sleep 600",
      interruptWhen: "arrived",
      interruptIds: ["own", "own"],
    }),
    shell({
      name: "is interrupted by an id that is a number",
      command: "touch arrived; sleep 600",
      interruptWhen: "arrived",
      interruptIds: [7],
    }),
    shell({
      name: "answers an interruption that comes too late",
      command: "echo x",
      interruptWhen: "ended",
      after: "echo still works",
    }),
    shell({
      name: "kills a command that another one replaces",
      command: "echo ready; sleep 0.5; touch arrived; sleep 600",
      interruptWhen: "arrived",
      replacement: (dir) => ({ workdir: dir, command: "echo the other" }),
      // What it printed may have been sent by then, or not.
      stdoutIs: "left to chance",
    }),
    shell({
      name: "kills a child that left the command behind",
      // It can be signalled until the worker has seen its end.
      command: "(while kill -0 $$ 2>/dev/null; do sleep 0.1; done; touch arrived; sleep 600) &",
      interruptWhen: "arrived",
    }),
    shell({
      name: "sends SIGTERM even with no time to answer it",
      command: ["sleep", "600"],
      args: { timeout: 1, sigtermTime: 0 },
    }),
    shell({
      name: "takes nothing in place of the signal",
      command: ["sleep", "3"],
      args: { timeout: 1, interruptSignal: null },
    }),
    shell({
      name: "fails for a number in place of the signal",
      command: ["sleep", "3"],
      args: { timeout: 1, interruptSignal: 2 },
    }),
    shell({ name: "fails for text in place of the grace time", command: "echo x", args: { sigtermTime: "5" } }),
    shell({ name: "fails for text in place of the limit of lines", command: "echo x", args: { max_lines: "5" } }),
    shell({ name: "takes a fraction as a limit of lines", command: "seq 1 20; sleep 600", args: { max_lines: 5.5 } }),
    shell({ name: "takes a negative limit of lines", command: "seq 1 20; sleep 600", args: { max_lines: -1 } }),
  ],
};
