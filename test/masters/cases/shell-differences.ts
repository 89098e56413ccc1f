// Where shell commands of ours differ from the Python worker's on purpose.
import { directoryName } from "../support/directory-name.ts";
import {
  both,
  type Change,
  type Difference,
  failed,
  headers,
  log,
  ran,
  refused,
  stderr,
  stdout,
  verdict,
  withRc,
  worded,
} from "./difference.ts";

const NO_PROGRAM = "no such program, or the interpreter in its first line is missing";
const NUL = "its arguments, environment or directory contain a NUL byte";
const NO_COMMAND = "command: expected text or a list, got something else";

const NOT_OURS = "which this worker did not send; the sender is unknown";
const NOT_FOR_MEMORY = "it was not killed for lack of memory";

/** In the directory of a case in the table of commands. */
function fileOf(caseName: string, name: string): string {
  return `<basedir>/shell-the-command-0/${directoryName(caseName)}/${name}`;
}

/** Cases that end by a limit of time, and differ in nothing else. */
const TIMED_OUT = [
  "kills a silent command",
  "kills a silent list",
  "takes a fraction as the time of silence",
  "kills a command that takes too long",
  "kills a command that prints for too long",
  "takes a fraction as the longest time",
  "keeps to whichever limit comes first",
  "kills all of a pipeline",
  "lets a command answer SIGTERM in its own way",
  "gives -1 for a command that answers SIGTERM with success",
  "kills a command that does not go for SIGTERM",
  "kills a command that dies of SIGTERM",
  "kills by the signal the step names",
  "kills by SIGHUP",
  "kills by SIGTERM after SIGTERM",
  "gives up a process that no signal ends",
  "sends SIGTERM even with no time to answer it",
  "takes nothing in place of the signal",
  "hides an obfuscated word in the message of a killed command",
  "ends a PTY that is killed",
  "PTY: kills a program that waits for input",
  "PTY: kills a program that takes too long",
  "PTY: asks a program to go first",
  "sends a log file of a killed command",
];

const treeShown = headers((text) =>
  text.replace(
    /(?<=\ncommand timed out: .*, attempting to kill\n)/,
    "buildhand: processes at the timeout, before any signal:\n  <processes>\n",
  ),
);

const killed = headers((text) => text.replace(/attempting to kill\n$/, "$&process killed by signal 9\n"));

function notStarted(why: string): Change {
  const quote = why.includes("'") ? '"' : "'";
  const text = `(-1, ${quote}Got exception (${why})${quote})`;
  return () => ({
    events: [["elapsed", "<float>"]],
    printed: { stderr: `error in RunProcess._startCommand (${why})\n` },
    failure: { type: "buildbot_worker.exceptions.AbandonChain", text },
  });
}

/** No line of stdout but the first; nothing at all for 0. */
function firstLines(count: number): Change {
  return ({ printed: { stdout: theirs = "", ...others } }) => ({
    printed:
      count === 0
        ? others
        : {
            ...others,
            stdout: theirs
              .split(/(?<=\n)/)
              .slice(0, count)
              .join(""),
          },
  });
}

export const shellDifferences: readonly Difference[] = [
  {
    reason:
      "Output ends with the last line that `max_lines` allows; the Python worker sends everything that it reads with the next line",
    changes: {
      "kills a command that prints too many lines": firstLines(10),
      "counts a carriage return and \\r\\n as one line each": firstLines(2),
      "counts the lines of both streams together": firstLines(2),
      "takes 0 as a limit of lines": firstLines(0),
      "sends SIGTERM for too many lines as well": firstLines(10),
      "takes a fraction as a limit of lines": firstLines(5),
      "takes a negative limit of lines": firstLines(0),
      "PTY: kills a program that prints too many lines": firstLines(10),
    },
  },
  {
    reason: "A program that cannot be executed gives one line on stderr instead of a Python traceback",
    changes: {
      "fails for a program that does not exist": both(
        stderr(`cannot run no-such-program: ${NO_PROGRAM}`),
        verdict("no-such-program was not found"),
      ),
      "fails for a path that does not exist": both(
        stderr(`cannot run /nowhere/no-such-program: ${NO_PROGRAM}`),
        verdict("/nowhere/no-such-program was not found, because the directory /nowhere does not exist"),
      ),
      "fails for a script whose interpreter does not exist": both(
        stderr(`cannot run ./script: ${NO_PROGRAM}`),
        verdict(
          `the interpreter /nowhere/sh in the first line of ${fileOf("fails for a script whose interpreter does not exist", "script")} does not exist`,
        ),
      ),
      "fails for a file that is not executable": both(
        stderr("cannot run ./plain: permission denied"),
        verdict(
          `${fileOf("fails for a file that is not executable", "plain")} is not executable for this user (mode 0644)`,
        ),
      ),
      "fails for a directory in place of the program": both(
        stderr("cannot run ./folder: permission denied"),
        verdict(`${fileOf("fails for a directory in place of the program", "folder")} is a directory`),
      ),
      "fails for a list with an empty program name": stderr(`cannot run : ${NUL}`),
      "fails for a NUL in a list": stderr(`cannot run echo: ${NUL}`),
      "fails for a NUL in a text": stderr(`cannot run /bin/sh: ${NUL}`),
      "fails for a NUL in a value": stderr(`cannot run sh: ${NUL}`),
    },
  },
  {
    reason: "Before a command is killed for a timeout, the log shows its running processes",
    changes: Object.fromEntries(TIMED_OUT.map((name) => [name, treeShown])),
  },
  {
    reason: "A line explains the end by a signal, or the exit code of a shell",
    changes: {
      "fails for a text whose program does not exist": verdict(
        "exit code 127 means that a shell did not find a program: no-such-program was not found",
      ),
      "reports a program that killed itself": verdict(`ended by SIGKILL, ${NOT_OURS}; ${NOT_FOR_MEMORY}`),
      "reports a program that SIGTERM ended": verdict(`ended by SIGTERM, ${NOT_OURS}`),
      "PTY: reports the signal that ended the program": verdict(`ended by SIGUSR1, ${NOT_OURS}`),
      "reports a program that crashed": verdict("crashed with SIGSEGV: invalid memory access"),
      "gives 128 and the signal's number when the shell's child was killed": verdict(
        `exit code 137 means that a shell's program was ended by SIGKILL; ${NOT_FOR_MEMORY}`,
      ),
    },
  },
  {
    reason:
      "Everything that the system accepts is run: a script without an interpreter line, a variable with an equals sign in its name",
    changes: {
      "runs a script that names no interpreter": (theirs) => ({
        events: withRc(0, theirs),
        printed: { stdout: "ran anyway\n" },
      }),
      "takes an equals sign in a name": (theirs) => ({ events: withRc(0, theirs), printed: { stdout: "A=B=c\n" } }),
    },
  },
  {
    reason:
      "An argument of the wrong type is refused at once with a message that names it; the Python worker fails later, and the step ends in an exception in both cases",
    changes: {
      "fails for a tuple in place of the list": refused(NO_COMMAND),
      "fails for a number in place of the command": refused(NO_COMMAND),
      "fails for nothing in place of the command": refused(NO_COMMAND),
      "fails for a dictionary in place of the command": refused(NO_COMMAND),
      "fails for a list in place of the environment": refused("env: expected a dictionary or nothing, got a list"),
      "fails for a number in place of the input": refused("initial_stdin: expected text or nothing, got the number 5"),
      "fails for text in place of the time of silence": refused(
        "timeout: expected a number or nothing, got the string 1200",
      ),
      "fails for text in place of the longest time": refused(
        "maxTime: expected a number or nothing, got the string 1200",
      ),
      "fails for text in place of the grace time": refused(
        "sigtermTime: expected a number or nothing, got the string 5",
      ),
      "fails for text in place of the limit of lines": refused(
        "max_lines: expected a number or nothing, got the string 5",
      ),
      "fails for a number in place of the signal": refused(
        "interruptSignal: expected text or nothing, got the number 2",
      ),
      "takes true for one second": refused("maxTime: expected a number or nothing, got the boolean true"),
    },
  },
  {
    reason: "The error for an argument of the wrong type has a different text",
    changes: {
      "fails for a number in place of the work directory": worded("workdir: expected text, got the number 5"),
      "fails for nothing in place of the work directory": worded("workdir: expected text, got nothing"),
      "fails for a number in a list of values": failed(
        "builtins.RuntimeError",
        "'env' values must be strings or lists; key 'A' is incorrect",
      ),
    },
  },
  {
    reason: "A command that cannot be started gives one line on stderr, without headers and a traceback",
    changes: {
      "fails for an empty list": notStarted("the command is an empty list"),
      "fails for a file in place of the work directory": notStarted(
        "[Errno 17] File exists: '<basedir>/shell-the-work-directory-0/a-file'",
      ),
      "fails for a link that leads nowhere in place of the work directory": notStarted(
        "[Errno 17] File exists: '<basedir>/shell-the-work-directory-0/dangling-link'",
      ),
      "fails for a work directory below a file": notStarted(
        "[Errno 20] Not a directory: '<basedir>/shell-the-work-directory-0/another-file/below'",
      ),
      "fails for a NUL in the work directory": notStarted("mkdir: embedded null character in path"),
    },
  },
  {
    reason: "Leftover processes of a command are named in a header line",
    changes: {
      "does not wait for a child in the background that holds no output": ({ events }) => ({
        events: events.map(([key, value], place) => [
          key,
          place === 0 ? `${String(value)}buildhand: left running: process <pid> (sleep)\n` : value,
        ]),
      }),
    },
  },
  {
    reason: "`usePTY` of null means no PTY, and PYTHONPATH can be removed like any variable; the Python worker fails",
    changes: {
      "takes nothing for no PTY": ran(
        [
          "echo x",
          " in dir <basedir>/shell-output-and-input-0/takes-nothing-for-no-pty",
          " watching logfiles {}",
          " argv: b'echo x'",
          " using PTY: False",
        ],
        "x\n",
      ),
      "removes PYTHONPATH": ran(
        [
          `sh -c 'echo "PYTHONPATH=[\${PYTHONPATH-none}]"'`,
          " in dir <basedir>/shell-the-environment-0/removes-pythonpath",
          " watching logfiles {}",
          ` argv: [b'sh', b'-c', b'echo "PYTHONPATH=[\${PYTHONPATH-none}]"']`,
          " using PTY: False",
        ],
        "PYTHONPATH=[none]\n",
      ),
    },
  },
  {
    reason: "A negative limit means no limit; the Python worker cannot start the command",
    changes: {
      "takes a negative limit for none": ran(
        [
          "echo x",
          " in dir <basedir>/shell-limits-and-kills-5/takes-a-negative-limit-for-none",
          " watching logfiles {}",
          " argv: b'echo x'",
          " using PTY: False",
        ],
        "x\n",
      ),
    },
  },
  {
    reason: "An unknown signal means KILL; the Python worker does not kill the command at all",
    changes: {
      "does not know the signal": both(killed, treeShown),
      "takes a signal with its SIG for one it does not know": both(killed, treeShown),
    },
  },
  {
    reason: "A command is killed once, however often the master asks",
    leftToChance: true,
    changes: {
      "is interrupted twice like once": headers((text) =>
        text.replace(/(\ncommand interrupted, attempting to kill\n)\1/, "$1"),
      ),
    },
  },
  {
    reason: "The warning about a missing PTY has its own line",
    changes: {
      "does without a PTY when there is an input": headers((text) => text.replace("this command", "this command\n")),
      "PTY: does without one for an empty input too": headers((text) => text.replace("this command", "this command\n")),
    },
  },
  {
    reason: "No text of a long line is lost, and a line of less than 60 000 bytes is not split",
    leftToChance: true,
    changes: {
      "sends a line of 4096 characters": stdout(`${"0".repeat(4096)}\nnext\n`),
      "sends a line of 8000 characters": stdout(`${"0".repeat(8000)}\nnext\n`),
      "sends a line of 20 000 characters": stdout(`${"0".repeat(20_000)}\nnext\n`),
      "sends a line of 70 000 characters": stdout(`${"0".repeat(59_999)}\n${"0".repeat(10_001)}\nnext\n`),
      "sends a long line without end": stdout(`${"0".repeat(6000)}\n`),
    },
  },
  {
    reason: "A followed log file is sent completely from its end at the start of the command",
    changes: {
      "sends only what is new in a log file that it follows": log("a", "new\nnewer\n"),
      "follows a log file for 1 as for true": log("a", "new\n"),
      "sends a new log file that it follows": log("a", "new\n"),
    },
  },
  {
    reason: "A log file that is truncated or replaced is sent from its start",
    changes: {
      "sends a log file that is truncated": log("a", "a longer line\ntwo\nthree\n"),
      "sends a log file that takes the place of another": log("a", "one\ntwo\nthree\n"),
    },
  },
  {
    reason: "A directory in place of a log file is skipped; the Python worker never completes the command",
    changes: {
      "sends nothing for a directory in place of a log file": ({ events: [start = ["header", ""]] }) => ({
        events: [start, ["rc", 0], ["header", "elapsedTime=<seconds>\n"], ["elapsed", "<float>"]],
        ended: true,
      }),
    },
  },
  {
    reason: "A character that is cut off by the end of the output becomes a replacement character, and is not dropped",
    changes: {
      "notes a character that the end of the output cuts off": stdout("gr\uFFFD\n"),
      "notes a cut off character after a whole line": stdout("line\n\uFFFD\n"),
    },
  },
];
