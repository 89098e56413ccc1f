// What steps send when something is wrong with them: names that no file can have or should not have, files that are none,
// arguments of the wrong kind. What stops the whole Python worker, such as a FIFO to upload, cannot be among them.
import { type Arguments, type CaseOptions, type CaseTable, caseMaker, listPaths } from "./case.ts";

/** One more byte than a name may have. */
const longName = "x".repeat(256);
/** All names but the last are valid UTF-8; the last is that of a FIFO. */
const oddTree = `mkdir a; touch 'a/two
lines' 'a/ ' a/-rf 'a/*' a/${"y".repeat(255)} "a/$(printf 'x\\377y')"; mkfifo "a/$(printf '\\376')"; ln -s a a/loop`;
const links = "ln -s loop loop; mkdir a; touch a/f; ln -s a link";
const listBytes = "find . | LC_ALL=C sort | od -An -c";

const mkdir = caseMaker("mkdir", { after: listPaths });
const rmdir = caseMaker("rmdir", { after: listBytes });
const cpdir = caseMaker("cpdir", { after: listBytes, stdoutIs: "in any order" });
const stat = caseMaker("stat");
const listdir = caseMaker("listdir");
const glob = caseMaker("glob");
const rmfile = caseMaker("rmfile", { after: listPaths });

const upload = caseMaker("uploadFile", { writer: {} });
const uploadArgs = (dir: string, changes: Arguments) => ({
  workdir: dir,
  workersrc: "f",
  maxsize: null,
  blocksize: 1000,
  keepstamp: false,
  ...changes,
});
const uploadTree = caseMaker("uploadDirectory", { writer: { tree: true } });
const uploadTreeArgs = (dir: string, changes: Arguments) => ({
  workdir: dir,
  workersrc: "a",
  maxsize: null,
  blocksize: 16_384,
  compress: null,
  ...changes,
});
const download = caseMaker("downloadFile", { reader: { content: "content\n" }, after: listPaths });
const downloadArgs = (dir: string, changes: Arguments) => ({
  workdir: dir,
  workerdest: "f",
  maxsize: null,
  blocksize: 1000,
  mode: null,
  ...changes,
});

/** Values of kinds that no name has, and what a case is called after them. */
export const noNames = { "a number": 5, "a list": ["a"] } as const;

const wrongNames = Object.entries(noNames).flatMap(([what, value]) => [
  cpdir(`is given ${what} for the source`, (dir) => ({ fromdir: value, todir: `${dir}/b` })),
  cpdir(`is given ${what} for the target`, (dir) => ({ fromdir: `${dir}/a`, todir: value })),
  stat(`is given ${what}`, () => ({ file: value })),
  stat(`is given ${what} for the work directory`, () => ({ workdir: value, file: "f" })),
  listdir(`is given ${what}`, () => ({ dir: value })),
  glob(`is given ${what}`, () => ({ path: value })),
  rmfile(`is given ${what}`, () => ({ path: value })),
  upload(`is given ${what}`, (dir) => uploadArgs(dir, { workersrc: value })),
  upload(`is given ${what} for the work directory`, (dir) => uploadArgs(dir, { workdir: value })),
  uploadTree(`is given ${what}`, (dir) => uploadTreeArgs(dir, { workersrc: value })),
  download(`is given ${what}`, (dir) => downloadArgs(dir, { workerdest: value })),
]);

const before = (script: string): CaseOptions => ({ before: script });

export const badInput: CaseTable = {
  title: "bad input for file commands and transfers",
  lanes: 4,
  cases: [
    ...wrongNames,

    mkdir("makes a directory whose name has two lines", (dir) => ({ dir: `${dir}/two\nlines` })),
    mkdir("makes a directory with the longest name", (dir) => ({ dir: `${dir}/${longName.slice(1)}` })),
    mkdir("fails for a name of a byte more", (dir) => ({ dir: `${dir}/${longName}` })),
    mkdir("fails for a link to itself", (dir) => ({ dir: `${dir}/loop` }), before(links)),
    mkdir("fails below a link to itself", (dir) => ({ dir: `${dir}/loop/new` }), before(links)),
    mkdir("fails below a FIFO", (dir) => ({ dir: `${dir}/pipe/new` }), before("mkfifo pipe")),

    rmdir("removes what has odd names", (dir) => ({ dir: `${dir}/a`, logEnviron: false }), before(oddTree)),
    rmdir(
      "removes a directory whose name has two lines",
      (dir) => ({ dir: `${dir}/two\nlines`, logEnviron: false }),
      before("mkdir 'two\nlines'"),
    ),
    rmdir("is given a link with a slash", (dir) => ({ dir: `${dir}/link/`, logEnviron: false }), {
      before: links,
      after: listPaths,
    }),
    rmdir("is given a link to itself", (dir) => ({ dir: `${dir}/loop`, logEnviron: false }), before(links)),
    rmdir(
      "is given a path below a link to itself",
      (dir) => ({ dir: `${dir}/loop/x`, logEnviron: false }),
      before(links),
    ),
    rmdir("is given a file with a slash", (dir) => ({ dir: `${dir}/a/f/`, logEnviron: false }), before(links)),
    rmdir("is given a FIFO", (dir) => ({ dir: `${dir}/pipe`, logEnviron: false }), before("mkfifo pipe")),
    rmdir("is given a name that is too long", (dir) => ({ dir: `${dir}/${longName}`, logEnviron: false })),
    rmdir("is given a list with a number", (dir) => ({ dir: [`${dir}/a`, 5], logEnviron: false }), before("mkdir a")),
    rmdir("is given a list in a list", (dir) => ({ dir: [[`${dir}/a`]], logEnviron: false }), before("mkdir a")),
    rmdir(
      "is given text for its limit",
      (dir) => ({ dir: `${dir}/a`, timeout: "5", logEnviron: false }),
      before("mkdir a"),
    ),
    rmdir(
      "is given a list for its limit",
      (dir) => ({ dir: `${dir}/a`, maxTime: [5], logEnviron: false }),
      before("mkdir a"),
    ),

    cpdir(
      "copies what has odd names",
      (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/b`, logEnviron: false }),
      before(oddTree),
    ),
    cpdir(
      "copies a link with a slash",
      (dir) => ({ fromdir: `${dir}/link/`, todir: `${dir}/b`, logEnviron: false }),
      before(links),
    ),
    cpdir(
      "copies a FIFO",
      (dir) => ({ fromdir: `${dir}/p`, todir: `${dir}/b`, logEnviron: false }),
      before("mkfifo p"),
    ),
    cpdir(
      "is given a link to itself",
      (dir) => ({ fromdir: `${dir}/loop/x`, todir: `${dir}/b`, logEnviron: false }),
      before(links),
    ),
    cpdir(
      "is given a target below a link to itself",
      (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/loop/b`, logEnviron: false }),
      before(links),
    ),
    cpdir(
      "is given a name that is too long",
      (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/${longName}`, logEnviron: false }),
      before("mkdir a"),
    ),
    cpdir(
      "is given text for its limit",
      (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/b`, timeout: "5", logEnviron: false }),
      before("mkdir a"),
    ),

    stat(
      "stats a name of two lines",
      (dir) => ({ file: `${dir}/two\nlines` }),
      before("touch -d @1577934245 'two\nlines'"),
    ),
    stat("stats a FIFO", (dir) => ({ file: `${dir}/p` }), before("mkfifo p; touch -d @1577934245 p")),
    stat("fails for a name that is too long", (dir) => ({ file: `${dir}/${longName}` })),

    listdir("fails for a FIFO", (dir) => ({ dir: `${dir}/p` }), before("mkfifo p")),
    listdir("fails for a link to itself", (dir) => ({ dir: `${dir}/loop` }), before(links)),
    listdir("fails for a name that is too long", (dir) => ({ dir: `${dir}/${longName}` })),
    listdir("lists names of two lines", (dir) => ({ dir }), before("touch 'two\nlines' ' ' -rf")),

    glob("finds names of two lines", (dir) => ({ path: `${dir}/*` }), before("touch 'two\nlines' ' ' -rf")),
    glob("finds nothing by a name that is too long", (dir) => ({ path: `${dir}/${longName}` })),
    glob("finds nothing by a pattern that is too long", (dir) => ({ path: `${dir}/${longName}*` })),
    glob("finds nothing below a link to itself", (dir) => ({ path: `${dir}/loop/*` }), before(links)),
    glob("finds nothing below a FIFO", (dir) => ({ path: `${dir}/p/*` }), before("mkfifo p")),

    rmfile("removes a FIFO", (dir) => ({ path: `${dir}/p` }), before("mkfifo p")),
    rmfile("removes a link to itself", (dir) => ({ path: `${dir}/loop` }), before(links)),
    rmfile(
      "removes a file whose name has two lines",
      (dir) => ({ path: `${dir}/two\nlines` }),
      before("touch 'two\nlines'"),
    ),
    rmfile("fails below a link to itself", (dir) => ({ path: `${dir}/loop/f` }), before(links)),
    rmfile("fails for a name that is too long", (dir) => ({ path: `${dir}/${longName}` })),
    rmfile("fails for a file with a slash", (dir) => ({ path: `${dir}/a/f/` }), before(links)),

    upload("sends the beginning of a device without end", (dir) =>
      uploadArgs(dir, { workersrc: "/dev/zero", maxsize: 2500 }),
    ),
    upload("sends a device without content", (dir) => uploadArgs(dir, { workersrc: "/dev/null" })),
    upload(
      "sends a file whose name has two lines",
      (dir) => uploadArgs(dir, { workersrc: "two\nlines" }),
      before("echo x > 'two\nlines'"),
    ),
    upload("fails for a link to itself", (dir) => uploadArgs(dir, { workersrc: "loop" }), before(links)),
    upload("fails for a name that is too long", (dir) => uploadArgs(dir, { workersrc: longName })),
    upload("fails for a file that cannot be read", (dir) => uploadArgs(dir, { workersrc: "/proc/self/mem" })),
    upload(
      "is given text for the size of blocks",
      (dir) => uploadArgs(dir, { blocksize: "1000" }),
      before("echo x > f"),
    ),
    upload(
      "is given nothing for the size of blocks",
      (dir) => uploadArgs(dir, { blocksize: null }),
      before("echo x > f"),
    ),
    upload("is given text for the limit", (dir) => uploadArgs(dir, { maxsize: "1000" }), before("echo x > f")),

    uploadTree(
      "sends what has odd names",
      (dir) => uploadTreeArgs(dir, {}),
      before(`${oddTree}; find a -exec touch -h -d @1577934245 {} +`),
    ),
    uploadTree(
      "sends a FIFO in place of a directory",
      (dir) => uploadTreeArgs(dir, {}),
      before("mkfifo a; touch -d @1577934245 a"),
    ),
    uploadTree(
      "fails for a link to itself",
      (dir) => uploadTreeArgs(dir, { workersrc: "loop" }),
      before(`${links}; touch -h -d @1577934245 loop`),
    ),
    uploadTree(
      "is given a number for the compression",
      (dir) => uploadTreeArgs(dir, { compress: 5 }),
      before("mkdir a; touch -d @1577934245 a"),
    ),

    download("writes to a device that takes all", (dir) => downloadArgs(dir, { workerdest: "/dev/null" })),
    download("fails for a device that is full", (dir) => downloadArgs(dir, { workerdest: "/dev/full" }), {
      limitSeconds: 4,
    }),
    download("makes a file whose name has two lines", (dir) => downloadArgs(dir, { workerdest: "two\nlines" })),
    download("fails for a link to itself", (dir) => downloadArgs(dir, { workerdest: "loop" }), before(links)),
    download("fails below a link to itself", (dir) => downloadArgs(dir, { workerdest: "loop/x/f" }), before(links)),
    download("fails for a name that is too long", (dir) => downloadArgs(dir, { workerdest: longName })),
    download("makes a file with the longest name", (dir) => downloadArgs(dir, { workerdest: longName.slice(1) })),
    download("is given text for the mode", (dir) => downloadArgs(dir, { mode: "644" })),
    download("is given nothing for the size of blocks", (dir) => downloadArgs(dir, { blocksize: null }), {
      limitSeconds: 4,
    }),
  ],
};
