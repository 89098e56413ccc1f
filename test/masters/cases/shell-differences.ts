// Where shell commands of ours differ from the Python worker's on purpose.
import {
  type Change,
  type Difference,
  failed,
  headers,
  log,
  ran,
  refused,
  stderr,
  stdout,
  withRc,
  worded,
} from "./difference.ts";

const NO_PROGRAM = "no such program, or the interpreter its first line names is missing";
const NUL = "its arguments, environment or directory hold a NUL byte, which the system cannot take";
const NO_COMMAND = "command: expected text or a list, got something else";

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

export const shellDifferences: readonly Difference[] = [
  {
    reason: "A program that cannot be executed is told by one line on stderr in place of a Python traceback",
    changes: {
      "fails for a program that does not exist": stderr(`cannot run no-such-program: ${NO_PROGRAM}`),
      "fails for a path that does not exist": stderr(`cannot run /nowhere/no-such-program: ${NO_PROGRAM}`),
      "fails for a script whose interpreter does not exist": stderr(`cannot run ./script: ${NO_PROGRAM}`),
      "fails for a file that is not executable": stderr("cannot run ./plain: permission denied"),
      "fails for a directory in place of the program": stderr("cannot run ./folder: permission denied"),
      "fails for a list with an empty program name": stderr(`cannot run : ${NUL}`),
      "fails for a NUL in a list": stderr(`cannot run echo: ${NUL}`),
      "fails for a NUL in a text": stderr(`cannot run /bin/sh: ${NUL}`),
      "fails for a NUL in a value": stderr(`cannot run sh: ${NUL}`),
    },
  },
  {
    reason:
      "What the system would run is run: a script that names no interpreter, a variable with an equals sign in its name",
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
      "An argument of a wrong kind is refused at once with a sentence that names it; the Python worker stumbles over it later, and the step ends in an exception either way",
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
    reason: "An argument of a wrong kind is refused in other words",
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
    reason: "What cannot be started is told by one line on stderr, without headers and a traceback",
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
    reason: "`usePTY` of nothing is no PTY, and PYTHONPATH can be removed like any variable; the Python worker fails",
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
    reason: "A limit below nothing is none; the Python worker cannot start the command",
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
    reason: "A signal that does not exist stands for KILL; the Python worker does not kill the command at all",
    changes: { "does not know the signal": killed, "takes a signal with its SIG for one it does not know": killed },
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
    reason: "The warning that there is no PTY has a line of its own",
    changes: {
      "does without a PTY when there is an input": headers((text) => text.replace("this command", "this command\n")),
    },
  },
  {
    reason: "No text of a long line is lost, and a line stays whole as long as it has less than 60 000 bytes",
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
    reason: "A log file that is followed is sent from where it ended when the command began, with no piece left out",
    changes: {
      "sends only what is new in a log file that it follows": log("a", "new\nnewer\n"),
      "follows a log file for 1 as for true": log("a", "new\n"),
      "sends a new log file that it follows": log("a", "new\n"),
    },
  },
  {
    reason: "A log file that is begun anew, or replaced by another, is sent from the start again",
    changes: {
      "sends a log file that is begun anew": log("a", "a longer line\ntwo\nthree\n"),
      "sends a log file that takes the place of another": log("a", "one\ntwo\nthree\n"),
    },
  },
  {
    reason: "A directory in place of a log file is passed over; the Python worker never completes the command",
    changes: {
      "sends nothing for a directory in place of a log file": ({ events: [start = ["header", ""]] }) => ({
        events: [start, ["rc", 0], ["header", "elapsedTime=<seconds>\n"], ["elapsed", "<float>"]],
        ended: true,
      }),
    },
  },
  {
    reason: "A character that the end of the output cuts off is marked as one that cannot be read, and not dropped",
    changes: {
      "notes a character that the end of the output cuts off": stdout("gr\uFFFD\n"),
      "notes a cut off character after a whole line": stdout("line\n\uFFFD\n"),
    },
  },
];
