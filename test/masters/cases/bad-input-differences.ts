// Where ours differs from the Python worker on purpose when something is wrong with what a step sends.
import type { noNames } from "./bad-input.ts";
import { type Change, type Difference, headers, refused, worded } from "./difference.ts";

const kinds: Readonly<Record<keyof typeof noNames, string>> = { "a number": "the number 5", "a list": "a list" };

/** The arguments that are a name, by the case that gives something else for it. */
const names: Readonly<Record<string, string>> = {
  "cpdir: is given WHAT for the source": "fromdir: expected text",
  "cpdir: is given WHAT for the target": "todir: expected text",
  "stat: is given WHAT": "file: expected text",
  "stat: is given WHAT for the work directory": "workdir: expected text or nothing",
  "listdir: is given WHAT": "dir: expected text",
  "glob: is given WHAT": "path: expected text",
  "rmfile: is given WHAT": "path: expected text",
  "uploadFile: is given WHAT": "workersrc: expected text",
  "uploadFile: is given WHAT for the work directory": "workdir: expected text",
  "uploadDirectory: is given WHAT": "workersrc: expected text",
  "downloadFile: is given WHAT": "workerdest: expected text",
};

const wordedKinds = Object.entries(kinds).flatMap(([what, got]) =>
  Object.entries(names).map(([name, expected]) => [name.replace("WHAT", what), worded(`${expected}, got ${got}`)]),
);

/** Refused with these words, and nothing was done to what is there. */
function refusedBefore(text: string, after: string): Change {
  return (theirs) => ({ ...refused(text)(theirs), calls: [], after });
}

const justHere = ".\n";
const justA = "   .  \\n   .   /   a  \\n\n";

/** The rc of a failure, and what the system said. */
function told(line: string): Change {
  return ({ events }) => ({
    events: events.some(([key]) => key === "rc") ? events : [["rc", 1], ...events],
    printed: { stderr: `${line}\n` },
    failure: null,
  });
}

/** cp is called all the same, with the target below `loop`, which their failure names. */
const copiedBelowLoop: Change = ({ failure }) => {
  const [, loop = ""] = /'(.*)'$/.exec(String(failure?.text)) ?? [];
  const words = ["cp", "-R", "-P", "-p", "-v", loop.replace(/loop$/, "a"), `${loop}/b`];
  const lines = [
    words.join(" "),
    " in dir <basedir> (timeout 120 secs)",
    " watching logfiles {}",
    ` argv: [${words.map((word) => `b'${word}'`).join(", ")}]`,
    " using PTY: False",
    "elapsedTime=<seconds>",
  ];
  return {
    events: [
      ["header", `${lines.join("\n")}\n`],
      ["rc", 1],
      ["elapsed", "<float>"],
    ],
    printed: { stderr: `cp: cannot stat '${loop}/b': Too many levels of symbolic links\n` },
    failure: null,
  };
};

/** Nothing is sent, since nothing can be read. */
const unreadableLoop: Change = ({ events: [[, header] = ["header", ""]] }) => {
  const path = String(header).replace(/^sending |\n$/g, "");
  const line = `Cannot read directory '${path}' for upload: [Errno 40] Too many levels of symbolic links: '${path}'`;
  return {
    events: [
      ["rc", 1],
      ["elapsed", "<float>"],
    ],
    calls: [],
    printed: { stderr: `${line}\n` },
  };
};

const removedLink: Change = (theirs) => ({
  ...headers((text) => text.replaceAll("/link/", "/link"))(theirs),
  after: ".\n./a\n./a/f\n./loop\n",
});

export const badInputDifferences: readonly Difference[] = [
  {
    reason: "An error about an invalid name has a different text",
    changes: {
      ...Object.fromEntries(wordedKinds),
      "rmdir: is given a list with a number": worded("dir: expected a list of texts, got a list with the number 5"),
      "rmdir: is given a list in a list": worded("dir: expected a list of texts, got a list with a list"),
    },
  },
  {
    reason:
      "An invalid number is refused at once; the Python worker detects it after it has removed or copied a directory, opened the master's file or truncated its own",
    changes: {
      "rmdir: is given text for its limit": refusedBefore(
        "timeout: expected a number or nothing, got the string 5",
        justA,
      ),
      "rmdir: is given a list for its limit": refusedBefore("maxTime: expected a number or nothing, got a list", justA),
      "cpdir: is given text for its limit": refusedBefore(
        "timeout: expected a number or nothing, got the string 5",
        justA,
      ),
      "uploadFile: is given text for the size of blocks": refusedBefore(
        "blocksize: expected a number or nothing, got the string 1000",
        "",
      ),
      "uploadFile: is given nothing for the size of blocks": refusedBefore(
        "blocksize: expected a number of bytes above 0, got 0",
        "",
      ),
      "uploadFile: is given text for the limit": refusedBefore(
        "maxsize: expected a number or nothing, got the string 1000",
        "",
      ),
      "downloadFile: is given text for the mode": refusedBefore(
        "mode: expected a number or nothing, got the string 644",
        justHere,
      ),
      "downloadFile: is given nothing for the size of blocks": refusedBefore(
        "blocksize: expected a number of bytes above 0, got 0",
        justHere,
      ),
    },
  },
  {
    reason:
      "For a link with a trailing slash the link is removed; the Python worker empties the directory behind it, and keeps the link",
    changes: { "rmdir: is given a link with a slash": removedLink },
  },
  {
    reason: "A target below a broken link is passed to `cp`, which prints the error, as below a file",
    changes: { "cpdir: is given a target below a link to itself": copiedBelowLoop },
  },
  {
    reason: "A file that can be opened but not read or written gives rc 1 and a line on stderr instead of a failure",
    changes: {
      "uploadFile: fails for a file that cannot be read": told(
        "Cannot read file '/proc/self/mem' for upload: [Errno 5] Input/output error",
      ),
      "downloadFile: fails for a device that is full": told(
        "Cannot write file '/dev/full': [Errno 28] No space left on device",
      ),
    },
  },
  {
    reason: "A download that fails on the worker closes the master's file and reports rc 1, also below a link",
    changes: {
      "downloadFile: fails below a link to itself": ({ events }) => ({
        calls: [["close"]],
        events: [["rc", 1], ...events],
      }),
    },
  },
  {
    reason: "A broken link cannot be uploaded as a directory; the Python worker sends the link itself",
    changes: { "uploadDirectory: fails for a link to itself": unreadableLoop },
  },
];
