// uploadFile and its other name.
import type { Arguments, CaseOptions, CaseTable, CommandCase } from "./case.ts";

const file = "echo content > f";
const large = "head -c 2500 /dev/zero > f";

function upload(name: string, args: Arguments, rest: CaseOptions = {}): CommandCase {
  return {
    name: `uploadFile: ${name}`,
    command: "uploadFile",
    args: (dir) => ({ workdir: dir, workersrc: "f", maxsize: null, blocksize: 1000, keepstamp: false, ...args }),
    writer: {},
    ...rest,
  };
}

export const uploads: CaseTable = {
  title: "uploadFile",
  lanes: 2,
  cases: [
    upload("sends a file", {}, { before: file }),
    upload("sends an empty file", {}, { before: ": > f" }),
    upload("sends bytes that are no text", {}, { before: "printf '\\000\\377\\001\\r\\n' > f" }),
    upload("sends content that the wire abbreviates", {}, { before: "printf message > f" }),
    upload("sends a file in blocks", {}, { before: large }),
    upload("sends a file of just two blocks", {}, { before: "head -c 2000 /dev/zero > f" }),
    upload(
      "sends a file in one block",
      { blocksize: 262144 },
      { before: "head -c 100000 /dev/zero | tr '\\000' x > f" },
    ),
    upload("sends a file in blocks of a byte", { blocksize: 1 }, { before: "printf abc > f" }),
    upload("cuts a file that is too long", { maxsize: 1500 }, { before: large }),
    upload("takes a file of just the limit", { maxsize: 2500 }, { before: large }),
    upload("sends a file shorter than the limit", { maxsize: 2501 }, { before: large }),
    upload("sends nothing within a limit of nothing", { maxsize: 0 }, { before: file }),
    upload("takes an empty file within a limit of nothing", { maxsize: 0 }, { before: ": > f" }),
    upload("sends the times", { keepstamp: true }, { before: `${file}; touch -d @1577934245.25 f` }),
    upload(
      "sends the times of a file that is too long",
      { keepstamp: true, maxsize: 3 },
      { before: `${file}; touch -d @1577934245 f` },
    ),
    upload("sends no times of a file that is not there", { keepstamp: true }),
    upload("takes 1 for the wish for times", { keepstamp: 1 }, { before: `${file}; touch -d @1577934245 f` }),
    upload("fails for a file that is not there", {}),
    upload("fails for a directory", {}, { before: "mkdir f" }),
    upload("fails for a file below a file", { workersrc: "f/g" }, { before: file }),
    upload("follows a link", { workersrc: "l" }, { before: `${file}; ln -s f l` }),
    upload("takes an absolute path", { workersrc: "/nowhere/f" }),
    upload("expands a tilde", { workersrc: "~/buildhand-no-such-file" }),
    upload("expands the tilde of a user", { workersrc: "~root/buildhand-no-such-file" }),
    upload("takes a path with dots", { workersrc: "../uploadfile-takes-a-path-with-dots/./f" }, { before: file }),
    upload("takes names in other scripts", { workersrc: "grün €" }, { before: "echo x > 'grün €'" }),
    upload("fails for a NUL in the name", { workersrc: "a\0b" }),
    upload(
      "refuses a missing name",
      {},
      {
        args: (dir) => ({ workdir: dir, maxsize: null, blocksize: 1000 }),
      },
    ),
    upload(
      "refuses a missing limit",
      {},
      {
        before: file,
        args: (dir) => ({ workdir: dir, workersrc: "f", blocksize: 1000 }),
      },
    ),
    upload(
      "refuses a missing size of blocks",
      {},
      {
        before: file,
        args: (dir) => ({ workdir: dir, workersrc: "f", maxsize: null }),
      },
    ),
    upload(
      "refuses a missing work directory",
      {},
      {
        args: () => ({ workersrc: "f", maxsize: null, blocksize: 1000 }),
      },
    ),
    upload(
      "does without the wish for times",
      {},
      {
        before: file,
        args: (dir) => ({ workdir: dir, workersrc: "f", maxsize: null, blocksize: 1000 }),
      },
    ),
    upload("stops after the block in which it is interrupted", {}, { before: large, writer: { interruptOn: "write" } }),
    upload(
      "stops and sends the times when it is interrupted",
      { keepstamp: true },
      { before: `${large}; touch -d @1577934245 f`, writer: { interruptOn: "write" } },
    ),
    upload(
      "fails when the master cannot write",
      {},
      { before: large, writer: { failOn: "write" }, after: "echo still works" },
    ),
    upload(
      "fails when the master cannot close",
      {},
      { before: file, writer: { failOn: "close" }, limitSeconds: 4, after: "echo still works" },
    ),
    upload(
      "fails when the master cannot set the times",
      { keepstamp: true },
      {
        before: `${file}; touch -d @1577934245 f`,
        writer: { failOn: "utime" },
        limitSeconds: 4,
        after: "echo still works",
      },
    ),
    {
      ...upload("goes by another name", {}, { before: file }),
      name: "upload_file: goes by another name",
      command: "upload_file",
    },
    {
      ...upload("", {}),
      name: "upload_file: takes a path",
      command: "upload_file",
      before: file,
      args: (dir) => ({ path: `${dir}/f`, maxsize: null, blocksize: 1000 }),
    },
  ],
};
