// uploadDirectory and its other name.
import type { Arguments, CaseOptions, CaseTable, CommandCase } from "./case.ts";

const someTree =
  "mkdir -p d/sub/deep d/empty; echo one > d/one; echo two > d/sub/two; ln -s one d/link; ln -s nowhere d/sub/dangling; touch -h -d @1577934245 d/link d/sub/dangling; chmod 755 d/one; touch d/.hidden 'd/grün €'; find d ! -type l -exec touch -d @1577934245 {} +";

/** The writer takes apart what it gets as a tar archive. */
const archive = { tree: true } as const;

function uploadTree(
  name: string,
  args: Arguments & { readonly compress?: string | null },
  rest: CaseOptions = {},
): CommandCase {
  return {
    name: `uploadDirectory: ${name}`,
    command: "uploadDirectory",
    args: (dir) => ({ workdir: dir, workersrc: "d", maxsize: null, blocksize: 16384, compress: null, ...args }),
    writer: { ...archive, ...(typeof args.compress === "string" ? { compress: args.compress } : {}) },
    ...rest,
  };
}

export const directoryUploads: CaseTable = {
  title: "uploadDirectory",
  lanes: 2,
  cases: [
    uploadTree("sends a tree", {}, { before: someTree }),
    uploadTree("sends a tree, compressed by gzip", { compress: "gz" }, { before: someTree }),
    uploadTree("sends a tree, compressed by bzip2", { compress: "bz2" }, { before: someTree }),
    uploadTree("sends an empty directory", {}, { before: "mkdir d; touch -d @1577934245 d" }),
    uploadTree(
      "sends long names",
      {},
      {
        before: `mkdir -p d/${"long".repeat(30)}; echo x > d/${"long".repeat(30)}/${"name".repeat(30)}; find d -exec touch -d @1577934245 {} +`,
      },
    ),
    uploadTree(
      "sends links to one file twice as a link",
      {},
      { before: "mkdir d; echo x > d/a; ln d/a d/b; find d -exec touch -d @1577934245 {} +" },
    ),
    uploadTree("sends a named pipe", {}, { before: "mkdir d; mkfifo d/pipe; find d -exec touch -d @1577934245 {} +" }),
    uploadTree(
      "sends times with fractions",
      {},
      { before: "mkdir d; echo x > d/a; find d -exec touch -d @1577934245.5 {} +" },
    ),
    uploadTree(
      "sends file modes",
      {},
      {
        before:
          "mkdir d; touch d/a d/b; chmod 4755 d/a; chmod 400 d/b; chmod 1777 d; find d -exec touch -d @1577934245 {} +",
      },
    ),
    uploadTree(
      "sends a large file in blocks",
      { blocksize: 10240 },
      { before: "mkdir d; head -c 100000 /dev/zero > d/a; find d -exec touch -d @1577934245 {} +" },
    ),
    uploadTree(
      "follows a link to the directory",
      { workersrc: "l" },
      { before: "mkdir d; echo x > d/a; find d -exec touch -d @1577934245 {} +; ln -s d l; touch -h -d @1577934245 l" },
    ),
    uploadTree("fails for a directory that is not there", {}),
    uploadTree("sends a file in place of a directory", {}, { before: "echo x > d; touch -d @1577934245 d" }),
    uploadTree("expands a tilde", { workersrc: "~/buildhand-no-such-directory" }),
    uploadTree("fails for an unknown compression", { compress: "xz9" }, { before: someTree, writer: archive }),
    uploadTree(
      "refuses a missing compression",
      {},
      {
        before: someTree,
        args: (dir) => ({ workdir: dir, workersrc: "d", maxsize: null, blocksize: 16384 }),
      },
    ),
    uploadTree(
      "refuses a missing name",
      {},
      {
        args: (dir) => ({ workdir: dir, maxsize: null, blocksize: 16384, compress: null }),
      },
    ),
    uploadTree("sends a tree that is just short enough", { maxsize: 1_000_000 }, { before: someTree }),
    uploadTree("cuts an archive that is too long", { maxsize: 1000, blocksize: 400 }, { before: someTree }),
    uploadTree(
      "stops after the block in which it is interrupted",
      { blocksize: 1000 },
      { before: someTree, writer: { ...archive, interruptOn: "write" } },
    ),
    uploadTree(
      "fails when the master cannot write",
      {},
      { before: someTree, writer: { ...archive, failOn: "write" }, limitSeconds: 4, after: "echo still works" },
    ),
    uploadTree(
      "fails when the master cannot unpack",
      {},
      { before: someTree, writer: { ...archive, failOn: "unpack" }, limitSeconds: 4, after: "echo still works" },
    ),
    uploadTree(
      "takes a file that root alone may read",
      {},
      { before: "mkdir d; touch d/a; chmod 0 d/a; find d -exec touch -d @1577934245 {} +" },
    ),
    {
      ...uploadTree("", {}),
      name: "upload_directory: takes a path",
      command: "upload_directory",
      before: someTree,
      args: (dir) => ({ path: `${dir}/d`, maxsize: null, blocksize: 16384, compress: null }),
    },
  ],
};
