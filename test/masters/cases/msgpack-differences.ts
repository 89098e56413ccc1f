// What differs for our worker when its master speaks MessagePack instead of PB: what the protocol has another form for, and
// what Buildbot's masters do with a command before they send it, or cannot do.
import { expect } from "vitest";
import type { CommandRecord } from "../support/command-record.ts";
import { type Change, type Difference, printedOnly, refused, stdout, withRc } from "./difference.ts";

/** How a master knows an error that is the answer to a request. */
const REFUSED_BY_WORKER = "RemoteWorkerError";

/** Arguments that the master looks for when it makes a path. */
const NEEDED_BY_MASTER = /^'(workdir|dir|fromdir|todir|file|path|workersrc|workerdest)'$/;

/** The calls on the master's file, by those of PB. */
const FILE_CALL = /^the peer's (write|close|utime|unpack|read) failed: builtins\.OSError: (.*)$/s;

const CANNOT_DOWNLOAD = /^Cannot download to '[^']*': the master returned no data [^\n]*\n$/;

/** The master fails by itself, and sends nothing. */
const masterFails = (text: string): Change => {
  return (theirs) => ({ ...refused(text)(theirs), refused: { type: "TypeError", text }, calls: [] });
};
const notJoined = (type: string) =>
  masterFails(`join() argument must be str, bytes, or os.PathLike object, not '${type}'`);
const notExpanded = (type: string) => masterFails(`expected str, bytes or os.PathLike object, not ${type}`);

/** Nothing was done where something was, which the script behind the command shows. */
const nothingDone = (change: Change, after: string): Change => {
  return (theirs) => ({ ...change(theirs), after });
};

function each(names: readonly string[], change: Change): Readonly<Record<string, Change>> {
  return Object.fromEntries(names.map((name) => [name, change]));
}

/** What `expectedOverMsgpack` does to whichever cases it concerns. */
export const generalMsgpackDifferences = [
  {
    reason:
      "The master cannot send files over MessagePack: its answer is empty. The step fails with one sentence, and creates an empty file if there was none",
    cases: "every download that requests a block",
  },
  {
    reason:
      "The master cannot set the times of an uploaded file over MessagePack; the log says so, and the step succeeds",
    cases: "every upload with `keepstamp`",
  },
  {
    reason: "An error is sent only as text, without a class",
    cases: "all errors of the worker and of the master's file",
  },
  {
    reason: "The master builds paths from arguments, and fails if they are missing",
    cases: "every command without the name of its file or directory",
  },
] as const;

/** By the names of cases, beside what follows from the protocol's forms for all of them. */
export const msgpackDifferences: readonly Difference[] = [
  {
    reason: "The master builds the paths, and fails for an invalid name before the worker is involved",
    changes: {
      ...each(
        [
          "fails for a number in place of the work directory",
          "mkdir: fails for a number in place of the name",
          "rmdir: fails for a number in place of the name",
          "rmdir: is given a list with a number",
          "cpdir: is given a number for the source",
          "cpdir: is given a number for the target",
          "stat: is given a number",
          "stat: is given a number for the work directory",
          "listdir: is given a number",
          "glob: is given a number",
          "uploadFile: is given a number for the work directory",
        ],
        notJoined("int"),
      ),
      ...each(
        [
          "fails for nothing in place of the work directory",
          "mkdir: fails for nothing in place of the name",
          "rmdir: fails for nothing in place of the name",
          "cpdir: fails for nothing in place of the source",
          "stat: takes nothing in place of the work directory",
          "stat: fails for nothing in place of the name",
          "glob: fails for nothing in place of the pattern",
          "listdir: fails for nothing in place of the name",
        ],
        notJoined("NoneType"),
      ),
      ...each(
        [
          "cpdir: is given a list for the source",
          "cpdir: is given a list for the target",
          "stat: is given a list",
          "stat: is given a list for the work directory",
          "listdir: is given a list",
          "glob: is given a list",
          "rmdir: is given a list in a list",
          "uploadFile: is given a list for the work directory",
        ],
        notJoined("list"),
      ),
      "rmdir: fails for a tuple": notJoined("tuple"),
      ...each(
        ["rmfile", "uploadFile", "uploadDirectory", "downloadFile"].map((command) => `${command}: is given a number`),
        notExpanded("int"),
      ),
      ...each(
        ["rmfile", "uploadFile", "uploadDirectory", "downloadFile"].map((command) => `${command}: is given a list`),
        notExpanded("list"),
      ),
      "rmfile: fails for nothing in place of the name": notExpanded("NoneType"),
    },
  },
  {
    reason: "The master builds the paths, and cannot use names that are bytes",
    changes: {
      "takes a work directory sent as bytes": masterFails("Can't mix strings and bytes in path components"),
      "mkdir: takes a name sent as bytes": nothingDone(
        masterFails("Can't mix strings and bytes in path components"),
        ".\n",
      ),
      "rmfile: takes nothing but names sent as bytes": nothingDone(
        masterFails("startswith first arg must be bytes or a tuple of bytes, not str"),
        ".\n./grün\n",
      ),
    },
  },
  {
    reason:
      "The protocol has only lists: a tuple arrives as a list, and a list of three that begins with obfuscated hides a word",
    changes: {
      "fails for a tuple in place of the list": (theirs) => ({
        ...theirs,
        refused: null,
        events: [
          [
            "header",
            "echo x\n in dir <basedir>/shell-the-command-0/fails-for-a-tuple-in-place-of-the-list\n watching logfiles {}\n argv: [b'echo', b'x']\n using PTY: False\n",
          ],
          ["rc", 0],
          ["header", "elapsedTime=<seconds>\n"],
          ["elapsed", "<float>"],
        ],
        printed: { stdout: "x\n" },
      }),
      "does not take a list of three for an obfuscated word": ({ events, printed }) => ({
        events: events.map(([key, value], place) =>
          place > 0
            ? [key, value]
            : [
                key,
                String(value)
                  .replace(/^echo .*\n/, "echo shown\n")
                  .replace(/argv: .*\n/, "argv: [b'echo', b'shown']\n"),
              ],
        ),
        printed: { ...printed, stdout: "real\n" },
      }),
      "does not take another tuple for an obfuscated word": ({ events, printed }) => ({
        events: events.map(([key, value], place) => (place > 0 ? [key, value] : [key, asLists(String(value))])),
        printed: { stdout: asLists(printed["stdout"] ?? "") },
      }),
      "mkdir: fails for a list in place of the name": () => ({
        refused: null,
        events: [
          ["rc", 0],
          ["elapsed", "<float>"],
        ],
        after: ".\n./a\n./b\n",
      }),
    },
  },
  {
    reason: "The master changes everything except 1 to false in want_stdout and want_stderr",
    changes: { "takes text for wanted": printedOnly({}) },
  },
  {
    reason: "Lines are split at the length that the master sets, 4096, and nothing is lost",
    changes: {
      "sends a line of 4096 characters": stdout(`${cut(4096)}next\n`),
      "sends a line of 8000 characters": stdout(`${cut(8000)}next\n`),
      "sends a line of 20 000 characters": stdout(`${cut(20_000)}next\n`),
      "sends a line of 70 000 characters": stdout(`${cut(70_000)}next\n`),
      "sends a long line without end": stdout(cut(6000)),
    },
  },
  {
    reason: "The master sends the error of its file without its class; it cannot set the times of an upload",
    changes: {
      "uploadFile: fails when the master cannot set the times": ({ events, calls }) => ({
        events: withRc(0, { events } as CommandRecord),
        failure: null,
        calls,
      }),
    },
  },
];

/** Cases that are not run over MessagePack: their commands would go on until the end of the test. */
export const onlyOverPb = {
  reason: "A command is interrupted only by its own id, and runs beside others of its builder",
  names: [
    "interrupts whatever runs, whatever the id",
    "is interrupted by an id that is a number",
    "kills a command that another one replaces",
  ],
} as const;

/** Their steps that download fail, and what follows from that. */
export const downloadingBuilds = {
  reason: "The master cannot send files over MessagePack",
  names: ["files up by patterns, which the master sends side by side", "directories up", "files up and down"],
} as const;

/** The record of our worker over MessagePack, by the one over PB. */
export function expectedOverMsgpack(name: string, overPb: CommandRecord): CommandRecord {
  const change = msgpackDifferences.find(({ changes }) => Object.hasOwn(changes, name))?.changes[name];
  const changed = { ...overPb, ...change?.(overPb) };
  const { refused: refusal, failure, calls } = changed;
  const inForm = {
    ...changed,
    refused: refusal && { ...refusal, type: refusalType(refusal) },
    failure: failure && inMsgpackForm(failure, name),
    calls: calls.filter((call) => !(Array.isArray(call) && call[0] === "utime")),
  };
  return cannotDownload(name, inForm) ? withoutDownload(inForm) : inForm;
}

type Failure = NonNullable<CommandRecord["failure"]>;

function refusalType({ type, text }: Failure): string {
  if (type === "TypeError") return type;
  return type === "builtins.KeyError" && NEEDED_BY_MASTER.test(String(text)) ? "KeyError" : REFUSED_BY_WORKER;
}

function inMsgpackForm(failure: Failure, name: string): Failure {
  const [, call, text] = FILE_CALL.exec(String(failure.text)) ?? [];
  if (call === undefined) return failure;
  const kind = name.startsWith("uploadDirectory") ? "directory" : "file";
  const op = call === "read" ? "update_read_file" : `update_upload_${kind}_${call}`;
  return { type: "builtins.Exception", text: `the peer's ${op} failed: ${text}` };
}

/** Whether it came as far as to ask for a block, and got none. */
function cannotDownload(name: string, { calls, failure }: CommandRecord): boolean {
  const hasRead = calls.some((call) => Array.isArray(call) && call[0] === "read");
  return /^download_?[fF]ile: /.test(name) && hasRead && failure === null;
}

function withoutDownload(record: CommandRecord): CommandRecord {
  return {
    ...record,
    events: withRc(1, record),
    printed: { stderr: expect.stringMatching(CANNOT_DOWNLOAD) },
    // Two blocks are asked for before the first comes.
    calls: expect.arrayContaining([["close"]]),
    after: expect.not.stringContaining("content"),
  };
}

/** A line of so many zeros, in pieces that a master's limit of 4096 leaves. */
function cut(characters: number): string {
  const pieces: string[] = [];
  for (let left = characters; left > 0; left -= 4095) pieces.push("0".repeat(Math.min(left, 4095)));
  return pieces.map((piece) => `${piece}\n`).join("");
}

/** Python's text of tuples as that of lists. */
function asLists(text: string): string {
  return text.replaceAll("(", "[").replaceAll(")", "]");
}
