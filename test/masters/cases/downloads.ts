// downloadFile and its other name.
import type { Arguments, CaseOptions, CaseTable, CommandCase } from "./case.ts";

const thousands = (bytes: number) => "0123456789".repeat(bytes / 10);

function download(name: string, args: Arguments, rest: CaseOptions = {}): CommandCase {
  return {
    name: `downloadFile: ${name}`,
    command: "downloadFile",
    args: (dir) => ({ workdir: dir, workerdest: "f", maxsize: null, blocksize: 1000, mode: null, ...args }),
    reader: { content: "content\n" },
    after: "find . -printf '%P %y %m %s\\n' | LC_ALL=C sort; cat f",
    ...rest,
  };
}

export const downloads: CaseTable = {
  title: "downloadFile",
  lanes: 2,
  cases: [
    download("receives a file", {}),
    download("receives an empty file", {}, { reader: { content: "" } }),
    download(
      "receives bytes that are no text",
      {},
      { reader: { content: [0, 255, 1, 13, 10] }, after: "od -An -tx1 f" },
    ),
    download("receives a file in blocks", {}, { reader: { content: thousands(2500) } }),
    download("receives a file of just two blocks", {}, { reader: { content: thousands(2000) } }),
    download(
      "receives a file in one block",
      { blocksize: 262144 },
      { reader: { content: thousands(100_000) }, after: "md5sum f" },
    ),
    download("cuts a file that is too long", { maxsize: 1500 }, { reader: { content: thousands(2500) } }),
    download("takes a file of just the limit", { maxsize: 2500 }, { reader: { content: thousands(2500) } }),
    download("receives a file shorter than the limit", { maxsize: 2510 }, { reader: { content: thousands(2500) } }),
    download("receives nothing within a limit of nothing", { maxsize: 0 }),
    download("makes the directories", { workerdest: "a/b/f" }, { after: "find . | LC_ALL=C sort; cat a/b/f" }),
    download(
      "makes the work directory",
      { workdir: "downloadfile-makes-the-work-directory/x/y" },
      { after: "cat x/y/f" },
    ),
    download("sets the mode", { mode: 0o751 }),
    download("sets a mode that keeps everybody out", { mode: 0 }),
    download("sets a mode with special bits", { mode: 0o4755 }),
    download("replaces a longer file", {}, { before: "seq 1000 > f" }),
    download("keeps the mode of a file that is there", {}, { before: "touch f; chmod 640 f" }),
    download("writes through a link", {}, { before: "echo old > g; ln -s g f", after: "cat g; readlink f" }),
    download("fails for a directory", {}, { before: "mkdir f", after: "ls -A f" }),
    download("fails below a file", { workerdest: "g/h/f" }, { before: "touch g", after: "ls -A" }),
    download("fails right below a file", { workerdest: "g/f" }, { before: "touch g", after: "ls -A" }),
    download("takes an absolute path", { workerdest: "/proc/no-such-file" }, { after: "ls -A" }),
    download("expands a tilde", { workerdest: "~no-such-user/f" }, { after: "find . | LC_ALL=C sort" }),
    download("takes names in other scripts", { workerdest: "grün €" }, { after: "cat 'grün €'" }),
    download("fails for a NUL in the name", { workerdest: "a\0b" }, { after: "ls -A" }),
    download(
      "refuses a missing name",
      {},
      {
        after: "ls -A",
        args: (dir) => ({ workdir: dir, maxsize: null, blocksize: 1000, mode: null }),
      },
    ),
    download(
      "refuses a missing limit",
      {},
      {
        after: "ls -A",
        args: (dir) => ({ workdir: dir, workerdest: "f", blocksize: 1000, mode: null }),
      },
    ),
    download(
      "refuses a missing size of blocks",
      {},
      {
        after: "ls -A",
        args: (dir) => ({ workdir: dir, workerdest: "f", maxsize: null, mode: null }),
      },
    ),
    download(
      "refuses a missing mode",
      {},
      {
        after: "ls -A",
        args: (dir) => ({ workdir: dir, workerdest: "f", maxsize: null, blocksize: 1000 }),
      },
    ),
    download(
      "stops after the block in which it is interrupted",
      {},
      { reader: { content: thousands(2500), interruptOn: "read" } },
    ),
    download(
      "receives text in place of bytes",
      {},
      { reader: { content: "grün\n", asText: true }, limitSeconds: 4, after: "cat f" },
    ),
    download(
      "fails when the master cannot read",
      {},
      { reader: { content: "content", failOn: "read" }, limitSeconds: 4, after: "echo still works" },
    ),
    {
      ...download("", {}),
      name: "download_file: takes a path",
      command: "download_file",
      args: (dir) => ({ path: `${dir}/f`, maxsize: null, blocksize: 1000, mode: null }),
    },
  ],
};
