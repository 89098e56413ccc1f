// stat, glob, listdir, rmfile, and names that are no command.
import { bytes, type CaseTable, caseMaker, listPaths } from "./case.ts";

const stat = caseMaker("stat");
const glob = caseMaker("glob");
const listdir = caseMaker("listdir");
const rmfile = caseMaker("rmfile");

export const status: CaseTable = {
  title: "stat",
  cases: [
    stat("stats a file", (dir) => ({ file: `${dir}/f` }), {
      before: "echo x > f; chmod 751 f; touch -d @1577934245 f",
    }),
    stat("stats a directory", (dir) => ({ file: `${dir}/d` }), { before: "mkdir d; touch -d @1577934245 d" }),
    stat("follows a link", (dir) => ({ file: `${dir}/l` }), {
      before: "echo x > f; ln f g; touch -d @1577934245 f; ln -s f l",
    }),
    stat("rounds times down to whole seconds", (dir) => ({ file: `${dir}/f` }), { before: "touch -d @1577934245.9 f" }),
    stat("stats times before 1970", (dir) => ({ file: `${dir}/f` }), { before: "touch -d @-1577934245.5 f" }),
    stat("stats a large file", (dir) => ({ file: `${dir}/f` }), {
      before: "truncate -s 5G f; touch -d @1577934245 f",
    }),
    stat("fails for a file that is not there", (dir) => ({ file: `${dir}/f` })),
    stat("fails for a link that leads nowhere", (dir) => ({ file: `${dir}/l` }), { before: "ln -s nowhere l" }),
    stat("fails for a link that leads to itself", (dir) => ({ file: `${dir}/l` }), { before: "ln -s l l" }),
    stat("fails below a file", (dir) => ({ file: `${dir}/f/g` }), { before: "echo x > f" }),
    stat("takes a work directory in front", (dir) => ({ workdir: dir, file: "f" }), {
      before: "echo x > f; touch -d @1577934245 f",
    }),
    stat("takes nothing in place of the work directory", (dir) => ({ workdir: null, file: `${dir}/f` })),
    stat("takes an absolute path in a work directory", (dir) => ({ workdir: dir, file: "/nowhere" })),
    stat("takes a tilde as it is", (dir) => ({ file: `${dir}/~` })),
    stat("takes an empty name for the directory in front", (dir) => ({ workdir: dir, file: "" }), {
      before: "touch -d @1577934245 .",
    }),
    stat("fails for an empty name below a file", (dir) => ({ workdir: `${dir}/f`, file: "" }), {
      before: "echo x > f",
    }),
    stat("refuses a missing name", (dir) => ({ workdir: dir })),
    stat("fails for nothing in place of the name", () => ({ file: null })),
    stat("fails for a NUL in the name", (dir) => ({ file: `${dir}/a\0b` })),
  ],
};

const names =
  "mkdir -p a/b .hidden/c; touch one two.txt .dot a/three.txt a/b/four.txt .hidden/five.txt 'o[n]e' 'b\\s' 'ü.txt'; ln -s nowhere dangling; ln -s a link";
const patterns = [
  "*",
  "*.txt",
  "?ne",
  "[ot]*",
  "[!o]*",
  "o[[]n]e",
  "**",
  "**/*.txt",
  "a/**",
  "*/",
  "a*/*",
  ".*",
  ".*/*",
  "**/.dot",
  "dangling",
  "one",
  "none",
  "n*ne",
  "b\\s",
  "[",
  "{one,two.txt}",
  "ü*",
  "a/../one",
  "./*.txt",
  "link/**",
  "a**",
];

export const globbing: CaseTable = {
  title: "glob",
  cases: [
    ...patterns.map((pattern) => glob(`finds ${pattern}`, (dir) => ({ path: `${dir}/${pattern}` }), { before: names })),
    glob("finds nothing in a directory that is not there", (dir) => ({ path: `${dir}/nowhere/*` })),
    glob("takes an absolute pattern", () => ({ path: "/etc/host[n]ame" })),
    glob("takes an empty pattern for the builder's directory", () => ({ path: "" })),
    glob("takes a tilde as it is", () => ({ path: "~/*" })),
    glob("finds files below a link that leads back", (dir) => ({ path: `${dir}/**/f` }), {
      before: "mkdir a; touch a/f; ln -s .. a/back",
    }),
    glob("finds files by two patterns for any depth", (dir) => ({ path: `${dir}/**/**/f` }), {
      before: "mkdir -p a/b; touch a/b/f f",
    }),
    glob("refuses a missing pattern", () => ({})),
    glob("fails for nothing in place of the pattern", () => ({ path: null })),
    glob("fails for a NUL in the pattern", (dir) => ({ path: `${dir}/a\0*` })),
  ],
};

export const listing: CaseTable = {
  title: "listdir",
  cases: [
    listdir("lists names, hidden ones too", (dir) => ({ dir }), { before: names }),
    listdir("lists an empty directory", (dir) => ({ dir: `${dir}/a` }), { before: "mkdir a" }),
    listdir("follows a link to a directory", (dir) => ({ dir: `${dir}/b` }), {
      before: "mkdir a; touch a/x; ln -s a b",
    }),
    listdir("fails for a directory that is not there", (dir) => ({ dir: `${dir}/a` })),
    listdir("fails for a file", (dir) => ({ dir: `${dir}/a` }), { before: "touch a" }),
    listdir("lists a name that is not UTF-8", (dir) => ({ dir }), {
      before: "touch \"$(printf 'x\\377y')\"; touch z",
    }),
    listdir("takes an absolute path", () => ({ dir: "/usr/lib/python3" })),
    listdir("refuses a missing name", () => ({})),
    listdir("fails for nothing in place of the name", () => ({ dir: null })),
    listdir("fails for a NUL in the name", (dir) => ({ dir: `${dir}/a\0b` })),
  ],
};

export const removeFile: CaseTable = {
  title: "rmfile",
  cases: [
    rmfile("removes a file", (dir) => ({ path: `${dir}/f` }), { before: "touch f g", after: listPaths }),
    rmfile("removes a link and not what it leads to", (dir) => ({ path: `${dir}/l` }), {
      before: "touch f; ln -s f l",
      after: listPaths,
    }),
    rmfile("removes a link that leads nowhere", (dir) => ({ path: `${dir}/l` }), {
      before: "ln -s f l",
      after: listPaths,
    }),
    rmfile("fails for a file that is not there", (dir) => ({ path: `${dir}/f` })),
    rmfile("fails for a directory", (dir) => ({ path: `${dir}/d` }), { before: "mkdir d", after: listPaths }),
    rmfile("fails below a file", (dir) => ({ path: `${dir}/f/g` }), { before: "touch f" }),
    rmfile("expands a tilde", () => ({ path: "~/buildhand-no-such-file" })),
    rmfile("expands the tilde of a user", () => ({ path: "~root/buildhand-no-such-file" })),
    rmfile("leaves the tilde of an unknown user", () => ({ path: "~no-such-user/f" })),
    rmfile("takes nothing but names sent as bytes", (dir) => ({ path: bytes(`${dir}/grün`) }), {
      before: "touch grün",
      after: listPaths,
    }),
    rmfile("refuses a missing name", () => ({})),
    rmfile("fails for nothing in place of the name", () => ({ path: null })),
    rmfile("fails for a NUL in the name", (dir) => ({ path: `${dir}/a\0b` })),
  ],
};

export const unknownCommands: CaseTable = {
  title: "commands that no worker knows",
  cases: [
    { name: "refuses an unknown command", command: "no-such-command", args: () => ({}) },
    {
      name: "refuses an unknown command and runs the next",
      command: "svn",
      args: () => ({ workdir: "x" }),
      after: "echo still works",
    },
    { name: "refuses an empty name", command: "", args: () => ({}) },
    { name: "refuses a name that every object has", command: "constructor", args: () => ({}) },
    {
      name: "takes arguments that are no dictionary of texts",
      command: "mkdir",
      args: (dir) => ({ $python: `{5: None, "dir": ${JSON.stringify(`${dir}/new`)}}` }),
      after: listPaths,
    },
  ],
};
