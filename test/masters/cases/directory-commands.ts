// mkdir, rmdir, cpdir.
import { bytes, type CaseTable, caseMaker, listPaths, tuple } from "./case.ts";

const tree =
  "mkdir -p a/b; echo one > a/one; echo two > a/b/two; ln -s one a/link; touch -d '2020-01-02 03:04:05' a/one; chmod 640 a/one";
/** A directory over which cp and rm take their time: see slow-tools. */
const slow = "mkdir a; touch a/slow";
const attributes = "find . -printf '%P %y %m %l %s\\n' | LC_ALL=C sort";

const mkdir = caseMaker("mkdir");
const rmdir = caseMaker("rmdir");
const cpdir = caseMaker("cpdir", { stdoutIs: "in any order" });

export const makeDirectory: CaseTable = {
  title: "mkdir",
  cases: [
    mkdir("makes a directory", (dir) => ({ dir: `${dir}/new` }), { after: listPaths }),
    mkdir("makes the parents too", (dir) => ({ dir: `${dir}/a/b/c` }), { after: listPaths }),
    mkdir("is content with a directory that is there", (dir) => ({ dir: `${dir}/a` }), { before: "mkdir a" }),
    mkdir("is content with a link to a directory", (dir) => ({ dir: `${dir}/b` }), { before: "mkdir a; ln -s a b" }),
    mkdir("fails for a file of the name", (dir) => ({ dir: `${dir}/a` }), { before: "echo x > a" }),
    mkdir("fails for a link that leads nowhere", (dir) => ({ dir: `${dir}/a` }), { before: "ln -s nowhere a" }),
    mkdir("fails for a file in place of a parent", (dir) => ({ dir: `${dir}/a/b` }), { before: "echo x > a" }),
    mkdir("fails where nobody may write", () => ({ dir: "/proc/no-such-directory" })),
    mkdir("fails for a name that is too long", (dir) => ({ dir: `${dir}/${"x".repeat(300)}` })),
    mkdir("takes a name in other scripts", (dir) => ({ dir: `${dir}/grün €/二` }), { after: listPaths }),
    mkdir("takes a name sent as bytes", (dir) => ({ dir: bytes(`${dir}/grün`) }), { after: listPaths }),
    mkdir("takes a tilde as it is", (dir) => ({ dir: `${dir}/~` }), { after: listPaths }),
    mkdir("takes dots and slashes", (dir) => ({ dir: `${dir}/x/.././y//z/` }), { after: listPaths }),
    mkdir("takes an empty name for the builder's directory", () => ({ dir: "" })),
    mkdir("makes it with the worker's file mode mask", (dir) => ({ dir: `${dir}/new/deep` }), { after: attributes }),
    mkdir("ignores arguments that it does not know", (dir) => ({ dir: `${dir}/new`, logEnviron: false, timeout: 5 }), {
      after: listPaths,
    }),
    mkdir("refuses a missing name", () => ({})),
    mkdir("fails for nothing in place of the name", () => ({ dir: null })),
    mkdir("fails for a number in place of the name", () => ({ dir: 5 })),
    mkdir("fails for a list in place of the name", (dir) => ({ dir: [`${dir}/a`, `${dir}/b`] }), { after: listPaths }),
    mkdir("fails for a NUL in the name", (dir) => ({ dir: `${dir}/a\0b` })),
    mkdir("is over before it can be interrupted", (dir) => ({ dir: `${dir}/new` }), {
      interruptWhen: "ended",
      after: listPaths,
    }),
  ],
};

export const removeDirectory: CaseTable = {
  title: "rmdir",
  cases: [
    rmdir("removes a tree", (dir) => ({ dir: `${dir}/a`, logEnviron: false }), { before: tree, after: listPaths }),
    rmdir("shows the environment unless told not to", (dir) => ({ dir: `${dir}/a` }), {
      before: tree,
      after: listPaths,
    }),
    rmdir("removes several trees", (dir) => ({ dir: [`${dir}/a`, `${dir}/c`], logEnviron: false }), {
      before: `${tree}; mkdir c d`,
      after: listPaths,
    }),
    rmdir("removes a list of one", (dir) => ({ dir: [`${dir}/a`], logEnviron: false }), {
      before: tree,
      after: listPaths,
    }),
    rmdir("fails for a tuple", (dir) => ({ dir: tuple(`${dir}/a`), logEnviron: false }), {
      before: tree,
      after: listPaths,
    }),
    rmdir("is content when there is nothing", (dir) => ({ dir: `${dir}/a`, logEnviron: false })),
    rmdir("removes a file", (dir) => ({ dir: `${dir}/a`, logEnviron: false }), {
      before: "echo x > a",
      after: listPaths,
    }),
    rmdir("removes a link and not what it leads to", (dir) => ({ dir: `${dir}/b`, logEnviron: false }), {
      before: `${tree}; ln -s a b`,
      after: listPaths,
    }),
    rmdir("removes an absolute path", () => ({ dir: "/nowhere/at/all", logEnviron: false })),
    rmdir("tries once more and fails", (dir) => ({ dir: `${dir}/a/.`, logEnviron: false }), {
      before: tree,
      after: listPaths,
    }),
    rmdir("goes on after a failure", (dir) => ({ dir: [`${dir}/a/.`, `${dir}/c`], logEnviron: false }), {
      before: `${tree}; mkdir c`,
      after: listPaths,
    }),
    rmdir(
      "gives the failure of the last path that failed",
      (dir) => ({ dir: [`${dir}/c`, `${dir}/a/.`], logEnviron: false }),
      { before: `${tree}; mkdir c`, after: listPaths },
    ),
    rmdir(
      "takes names with blanks and dashes",
      (dir) => ({ dir: [`${dir}/a b`, `${dir}/-rf`, `${dir}/grün`], logEnviron: false }),
      { before: "mkdir 'a b' ./-rf grün", after: listPaths },
    ),
    rmdir("shows its limits of time", (dir) => ({ dir: `${dir}/a`, timeout: 7.5, maxTime: 1, logEnviron: false }), {
      before: tree,
    }),
    rmdir("takes 0 for no limits of time", (dir) => ({ dir: `${dir}/a`, timeout: 0, maxTime: 0, logEnviron: false }), {
      before: tree,
    }),
    rmdir(
      "takes nothing for no limits of time",
      (dir) => ({ dir: `${dir}/a`, timeout: null, maxTime: null, logEnviron: false }),
      { before: tree },
    ),
    rmdir("is interrupted", (dir) => ({ dir: [`${dir}/a`, `${dir}/b`], logEnviron: false }), {
      before: `${slow}; mkdir b`,
      interruptWhen: "arrived",
    }),
    rmdir("fails for an empty list", () => ({ dir: [], logEnviron: false })),
    rmdir("refuses a missing name", () => ({})),
    rmdir("fails for nothing in place of the name", () => ({ dir: null })),
    rmdir("fails for a number in place of the name", () => ({ dir: 5 })),
    rmdir("fails for a NUL in the name", (dir) => ({ dir: `${dir}/a\0b` })),
  ],
};

export const copyDirectory: CaseTable = {
  title: "cpdir",
  cases: [
    cpdir("copies a tree", (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/c`, logEnviron: false }), {
      before: tree,
      after: attributes,
    }),
    cpdir("shows the environment unless told not to", (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/c` }), {
      before: "mkdir a",
    }),
    cpdir(
      "makes the parents of the target",
      (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/x/y/c`, logEnviron: false }),
      { before: tree, after: listPaths },
    ),
    cpdir(
      "copies into a target that is there",
      (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/c`, logEnviron: false }),
      { before: `${tree}; mkdir c`, after: listPaths },
    ),
    cpdir("keeps times", (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/c`, logEnviron: false }), {
      before: tree,
      after: "stat -c %y c/one",
    }),
    cpdir("copies a file", (dir) => ({ fromdir: `${dir}/a/one`, todir: `${dir}/c`, logEnviron: false }), {
      before: tree,
      after: "cat c",
    }),
    cpdir("copies a link as a link", (dir) => ({ fromdir: `${dir}/a/link`, todir: `${dir}/c`, logEnviron: false }), {
      before: tree,
      after: "readlink c",
    }),
    cpdir(
      "fails for a source that is not there",
      (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/x/c`, logEnviron: false }),
      { after: listPaths },
    ),
    cpdir(
      "fails for a file in place of the target's parent",
      (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/a/one/c`, logEnviron: false }),
      { before: tree },
    ),
    cpdir("fails for a copy into itself", (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/a/c`, logEnviron: false }), {
      before: "mkdir a",
    }),
    cpdir("takes names with blanks", (dir) => ({ fromdir: `${dir}/a b`, todir: `${dir}/c 'd`, logEnviron: false }), {
      before: "mkdir 'a b'; echo x > 'a b/grün'",
      after: listPaths,
    }),
    cpdir(
      "shows its limits of time",
      (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/c`, timeout: 1, maxTime: 2.5, logEnviron: false }),
      { before: "mkdir a" },
    ),
    cpdir("is interrupted", (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/c`, logEnviron: false }), {
      before: slow,
      interruptWhen: "arrived",
      stdoutIs: "left to chance",
    }),
    cpdir("fails where the target's parent cannot be made", (dir) => ({ fromdir: `${dir}/a`, todir: "/proc/no/c" }), {
      before: "mkdir a",
    }),
    cpdir("refuses missing names", () => ({})),
    cpdir("refuses a missing target", (dir) => ({ fromdir: `${dir}/a` })),
    cpdir("refuses a missing source", (dir) => ({ todir: `${dir}/a` })),
    cpdir("fails for nothing in place of the source", (dir) => ({ fromdir: null, todir: `${dir}/c` })),
    cpdir(
      "fails for a NUL in the target",
      (dir) => ({ fromdir: `${dir}/a`, todir: `${dir}/c\0d`, logEnviron: false }),
      { before: "mkdir a" },
    ),
  ],
};
