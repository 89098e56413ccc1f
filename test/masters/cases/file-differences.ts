// Where the file commands and transfers of ours differ from the Python worker's on purpose.
import type { CommandRecord } from "../support/command-record.ts";
import type { Json } from "../support/description.ts";
import { type Change, type Difference, failed, withRc, worded } from "./difference.ts";

/** The master's file failed in this call, and the command says so. */
function masterFailed(call: string, more: Change = () => ({})): Change {
  const text = `the peer's ${call} failed: builtins.OSError: the disk of the master is full`;
  return (theirs) => ({ ended: true, failure: { type: "twisted.spread.pb.RemoteError", text }, ...more(theirs) });
}

const reportedAsFailed: Change = (theirs) => ({ events: withRc(1, theirs) });
const accepted: Change = (theirs) => ({ events: withRc(0, theirs), printed: {} });
const asked = (...sizes: readonly number[]): Change => {
  return () => ({ calls: [...sizes.map((bytes) => ["read", bytes]), ["close"]] });
};
const closedAndReported: Change = ({ events }) => ({ calls: [["close"]], events: [["rc", 1], ...events] });
const onlyClosed: Change = () => ({ calls: [["write"], ["close", "of an archive"]] });

const killed: Change = ({ events: [[, shown] = ["header", ""]] }) => ({
  events: [
    [
      "header",
      `${String(shown).replace(/(using PTY: False\n)[\s\S]*/, "$1")}\ncommand interrupted, attempting to kill\nelapsedTime=<seconds>\n`,
    ],
    ["rc", -1],
  ],
});

function files(change: (found: readonly string[]) => readonly string[]): Change {
  return ({ events }) => ({
    events: events.map(([key, value]) => [key, key === "files" ? change(value as readonly string[]) : value]),
  });
}

const fileOfTheLink = { name: "a", type: "0", mode: 0o644, link: "", size: 2, content: "x\n" };

/** An archive of the directory and the file in it where theirs holds the link alone. */
function throughTheLink({ calls: [write = [], unpack] }: CommandRecord): Partial<CommandRecord> {
  const [, [link]] = unpack as unknown as [string, [{ readonly [key: string]: Json }]];
  const entries = [
    { ...link, type: "5", mode: 0o755, link: "" },
    { ...link, ...fileOfTheLink },
  ];
  return { calls: [write, ["unpack", entries]] };
}

export const fileDifferences: readonly Difference[] = [
  {
    reason: "An error about an argument has a different text",
    changes: {
      "mkdir: fails for nothing in place of the name": worded("dir: expected text, got nothing"),
      "mkdir: fails for a number in place of the name": worded("dir: expected text, got the number 5"),
      "mkdir: fails for a list in place of the name": worded("dir: expected text, got a list"),
      "rmdir: fails for a tuple": worded("dir: expected text, got something else"),
      "rmdir: fails for an empty list": worded("expected at least one directory, got an empty list"),
      "rmdir: fails for nothing in place of the name": worded("dir: expected text, got nothing"),
      "rmdir: fails for a number in place of the name": worded("dir: expected text, got the number 5"),
      "rmdir: fails for a NUL in the name": failed("builtins.ValueError", "rmdir: embedded null character in path"),
      "cpdir: fails for nothing in place of the source": worded("fromdir: expected text, got nothing"),
      "cpdir: fails for a NUL in the target": failed("builtins.ValueError", "cpdir: embedded null character in path"),
      "stat: fails for nothing in place of the name": worded("file: expected text, got nothing"),
      "listdir: fails for nothing in place of the name": worded("dir: expected text, got nothing"),
      "glob: fails for nothing in place of the pattern": worded("path: expected text, got nothing"),
      "rmfile: fails for nothing in place of the name": worded("path: expected text, got nothing"),
      "rmfile: fails for a NUL in the name": worded("rmfile: embedded null character in path"),
    },
  },
  {
    reason: "An interrupted `rmdir` or `cpdir` kills its program, starts no other and reports rc -1",
    changes: { "rmdir: is interrupted": killed, "cpdir: is interrupted": killed },
  },
  {
    reason: "If the parent of a target cannot be created, rc is the error number, and a header has the reason",
    changes: {
      "cpdir: fails where the target's parent cannot be made": () => ({
        events: [
          ["rc", 2],
          ["elapsed", "<float>"],
          ["header", "cpdir: No such file or directory: /proc/no\n"],
        ],
        failure: null,
      }),
    },
  },
  {
    reason: "`glob` does not enter a directory from within itself, and returns no path twice",
    changes: {
      "glob: finds files below a link that leads back": files((found) =>
        found.filter((path) => !path.includes("/back/")),
      ),
      "glob: finds files by two patterns for any depth": files((found) => [...new Set(found)]),
    },
  },
  {
    reason: "A work directory of null means no work directory",
    changes: {
      "stat: takes nothing in place of the work directory": () => ({
        refused: null,
        events: [
          ["rc", 2],
          ["elapsed", "<float>"],
          [
            "header",
            "stat: No such file or directory: <basedir>/stat-0/stat-takes-nothing-in-place-of-the-work-directory/f\n",
          ],
        ],
      }),
    },
  },
  {
    reason:
      "A name that is not UTF-8 is listed with replacement characters; the Python worker then sends no names at all",
    changes: {
      "listdir: lists a name that is not UTF-8": ({ events }) => ({
        events: [["files", ["x\uFFFDy", "z"]], ...events],
      }),
    },
  },
  {
    reason: "A file of exactly the limit is accepted, which requires reading one more byte",
    changes: {
      "uploadFile: takes a file of just the limit": accepted,
      "uploadFile: takes an empty file within a limit of nothing": accepted,
      "downloadFile: takes a file of just the limit": (theirs) => ({
        ...accepted(theirs),
        ...asked(1000, 1000, 501, 1)(theirs),
      }),
      "downloadFile: receives a file shorter than the limit": asked(1000, 1000, 511, 11),
      "downloadFile: cuts a file that is too long": asked(1000, 501),
      "downloadFile: receives nothing within a limit of nothing": asked(1),
    },
  },
  {
    reason:
      "When the master's file fails, the command ends with rc 1 and a failure with the reason; the Python worker reports rc 0, or never ends",
    changes: {
      "uploadFile: fails when the master cannot write": masterFailed("write"),
      "uploadFile: fails when the master cannot close": masterFailed("close", reportedAsFailed),
      "uploadFile: fails when the master cannot set the times": masterFailed("utime", reportedAsFailed),
      "uploadDirectory: fails when the master cannot write": masterFailed("write", (theirs) => ({
        events: withRc(1, theirs),
        calls: [...theirs.calls, ["close", "of an archive"]],
      })),
      "uploadDirectory: fails when the master cannot unpack": masterFailed("unpack"),
      "downloadFile: fails when the master cannot read": masterFailed("read", reportedAsFailed),
    },
  },
  {
    reason: "An incomplete download keeps the old file; the Python worker leaves a partial file",
    changes: {
      "downloadFile: stops after the block in which it is interrupted": ({ after }) => ({
        after: `${after.split("\n")[0]}\ncat: f: No such file or directory\n`,
      }),
    },
  },
  {
    reason: "A download that fails on the worker also closes the master's file and reports rc 1",
    changes: {
      "downloadFile: fails for a NUL in the name": closedAndReported,
      "downloadFile: fails below a file": closedAndReported,
    },
  },
  {
    reason: "Text is accepted from a master in place of the bytes of a file",
    changes: {
      "downloadFile: receives text in place of bytes": ({ calls: [read = [], ...others] }) => ({
        calls: [read, read, ...others],
        failure: null,
        after: "grün\n",
      }),
    },
  },
  {
    reason: "A truncated archive is closed and not unpacked, since unpacking would fail",
    changes: {
      "uploadDirectory: cuts an archive that is too long": onlyClosed,
      "uploadDirectory: stops after the block in which it is interrupted": onlyClosed,
    },
  },
  {
    reason:
      "The upload of a directory with an unreadable file fails after a header, and the master's archive is closed",
    unlessRoot: true,
    changes: {
      "uploadDirectory: takes a file that root alone may read": ({ events }) => ({
        calls: [["close", "of an archive"]],
        events: [
          ["header", "sending <basedir>/uploaddirectory-0/uploaddirectory-takes-a-file-that-root-alone-may-read/d\n"],
          ...events,
        ],
      }),
    },
  },
  {
    reason: "A file gets its full mode; a Python worker that is not root loses the special bits when it writes",
    unlessRoot: true,
    changes: {
      "downloadFile: sets a mode with special bits": ({ after }) => ({ after: after.replace("f f 755 ", "f f 4755 ") }),
    },
  },
  {
    reason: "A link to a directory is uploaded as that directory; the Python worker sends the link itself",
    changes: { "uploadDirectory: follows a link to the directory": throughTheLink },
  },
];
