// Where ours differs from the Python worker on purpose with another unicode_encoding than the host's.
import type { CommandRecord } from "../support/command-record.ts";
import { type Change, type Difference, failed } from "./difference.ts";
import { encodingTables } from "./encodings.ts";

const CANONICAL: Readonly<Record<string, string>> = { "latin-1": "iso8859-1" };

const forAll = (name: string, change: (encoding: string) => Change): Readonly<Record<string, Change>> =>
  Object.fromEntries(encodingTables.map(({ encoding }) => [`${encoding}: ${name}`, change(encoding)]));

const notIn = (what: string) => (encoding: string) =>
  failed(
    "builtins.UnicodeEncodeError",
    `${what} has characters that are not in ${CANONICAL[encoding] ?? encoding}, this worker's unicode_encoding; use others, or another encoding`,
  );

/** `b'…'` in a header: the bytes of UTF-8 in place of the worker's encoding. */
const removed: Change = ({ events }: CommandRecord) => ({
  events: events.map(([key, value]) => [
    key,
    key === "header" ? String(value).replace(/(?<=b'<basedir>\/[^']*\/)[^'/]+(?='\])/, inUtf8(String(value))) : value,
  ]),
  after: "0\n",
});

/** The name of the directory in the command that the header shows, as Python writes its bytes. */
function inUtf8(header: string): string {
  const name = /rm -rf '?.*\/([^/'\n]+)'?\n/.exec(header)?.[1] ?? "";
  return [...Buffer.from(name)].map((byte) => `\\x${byte.toString(16)}`).join("");
}

export const encodingDifferences: readonly Difference[] = [
  {
    reason:
      "The error for characters that are not in the worker's encoding contains no part of the command, which may be hidden",
    changes: {
      ...forAll("fails for a word that is not in it", notIn("word 2 of the command")),
      ...forAll("fails for an input that is not in it", notIn("initial_stdin")),
    },
  },
  {
    reason:
      "`rmdir` and `cpdir` use the same names of directories as all other commands; the Python worker passes other bytes to `rm` and `cp`, which do not find them",
    changes: forAll("removes a directory", () => removed),
  },
];
