// create-worker: compared with recorded command lines of the real one, and in cases that those do not cover.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { readTac, readTacFile } from "../../src/config/tac.ts";
import type { TacLog, TacSettings } from "../../src/config/tac-settings.ts";
import { ADVICE, type Installation, install, type StartOptions } from "../daemon/worker-program.ts";
import { readVectors } from "../support/vectors.ts";
import { type CommandOptions, commandLine } from "./command-line.ts";
import { hasPython, tacVariables } from "./tac-variables.ts";

/** The user nobody, on every Linux. */
const UNPRIVILEGED_UID = 65_534;

interface RecordedCase {
  readonly case: string;
  readonly argv: readonly string[];
  readonly exit: number;
  readonly stdout: readonly string[];
  readonly tree?: Readonly<Record<string, string>>;
  readonly tac_variables?: Readonly<Record<string, string>>;
  readonly admin_after?: string;
}

/** `directory`: where the recorded command lines ran. */
const { directory: SCRATCH, cases } = readVectors<{
  readonly directory: string;
  readonly cases: readonly RecordedCase[];
}>("cli.json");

let installation: Installation;

beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

async function run(argv: readonly string[], options: CommandOptions = {}) {
  const { code, printed, errors } = await commandLine(argv, options);
  return { code, lines: linesOf(printed, errors) };
}

async function runProgram(argv: readonly string[], options: StartOptions) {
  const program = installation.start(argv, options);
  const { code } = await program.ended;
  return { code, lines: linesOf(program.printed, program.complained) };
}

function linesOf(printed: string, errors: string): readonly string[] {
  // Without the last line, which only Buildhand prints.
  expect(errors.replace(ADVICE, "")).toBe("");
  return printed.split("\n").slice(0, -1);
}

function emptyDirectory(): string {
  const path = installation.newPath();
  mkdirSync(path);
  return path;
}

/** Each entry with its kind and its permissions, those of directories included. */
function treeOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    names.sort().map((name) => {
      const stat = lstatSync(join(directory, name));
      return [name, `${stat.isDirectory() ? "dir" : "file"} 0o${(stat.mode & 0o777).toString(8)}`];
    }),
  );
}

function settingsOf(basedir: string): TacSettings & TacLog {
  const file = readTacFile(basedir);
  const { workers, log } = readTac(file.text, { path: file.path, directory: basedir, environment: {} });
  return { ...workers[0], ...log };
}

describe("the recorded command lines of buildbot-worker", () => {
  let scratch: string;
  /** What Python is to read in the buildbot.tac of each directory. */
  const variablesIn = new Map<string, object>();

  beforeAll(() => {
    scratch = emptyDirectory();
  });

  /** Files that exist before a case, by its name. */
  const preparations: Readonly<Record<string, () => void>> = {
    "basedir is a file": () => writeFileSync(join(scratch, "afile"), ""),
    "existing directory with info/admin": () => {
      mkdirSync(join(scratch, "w7", "info"), { recursive: true });
      writeFileSync(join(scratch, "w7", "info", "admin"), "me\n");
    },
    "start in a directory without tac": () => mkdirSync(join(scratch, "empty")),
    "start with a tac that is not a worker's": () => writeFileSync(join(scratch, "empty", "buildbot.tac"), "x = 1\n"),
  };

  /** Intentional differences: steps that were not done are not reported, and a refusal has its reason. */
  const ownLines: Readonly<Record<string, readonly string[]>> = {
    "option --umask=022": [
      "buildhand:  umask parameter needs to be a number or None; for the octal number 022 write 0o22",
      "",
    ],
    "--version": [expect.stringMatching(/^worker version: \d/), expect.stringMatching(/^Node\.js version: \d/)],
    "basedir is a file": [
      `could not write ${SCRATCH}/afile/buildbot.tac: Not a directory`,
      `failed to configure worker in ${SCRATCH}/afile`,
    ],
    "parent directory missing": [
      `mkdir ${SCRATCH}/no/such/dir`,
      `error creating directory ${SCRATCH}/no/such/dir: No such file or directory`,
      `failed to configure worker in ${SCRATCH}/no/such/dir`,
    ],
  };

  function expectedLines(recorded: RecordedCase): readonly string[] {
    const lines = ownLines[recorded.case] ?? recorded.stdout;
    return lines.map((line) =>
      typeof line === "string"
        ? line.replace("/usr/bin/buildbot-worker:", "buildhand:").replaceAll(SCRATCH, scratch)
        : line,
    );
  }

  // In order: later cases use files of earlier ones.
  test.each(cases.map((recorded) => [recorded.case, recorded] as const))("%s", async (name, recorded) => {
    preparations[name]?.();
    const { code, lines } = await run(recorded.argv, { cwd: scratch });
    const expected = expectedLines(recorded);
    if (expected.at(-1) === "") {
      // The recordings omit the usage text. Buildhand prints the error after it.
      expect({ code, lines: lines.slice(-2) }).toEqual({ code: recorded.exit, lines: expected.toReversed() });
      expect(lines[0]).toMatch(/^Usage: buildhand /);
    } else {
      expect({ code, lines }).toEqual({ code: recorded.exit, lines: expected });
    }

    const basedir = join(scratch, recorded.argv.find((word) => existsSync(join(scratch, word, "info"))) ?? "none");
    if (recorded.tree !== undefined) expect(treeOf(basedir)).toEqual(recorded.tree);
    if (recorded.admin_after !== undefined) {
      expect(readFileSync(join(basedir, "info/admin"), "utf8")).toBe(recorded.admin_after);
    }
    if (recorded.tac_variables !== undefined) {
      variablesIn.set(basedir, JSON.parse(JSON.stringify(recorded.tac_variables).replaceAll(SCRATCH, scratch)));
    }
  });

  it.skipIf(!hasPython)("write what Python reads as the same variables", () => {
    const found = tacVariables([...variablesIn.keys()].map((basedir) => join(basedir, "buildbot.tac")));
    for (const [at, wanted] of [...variablesIn.values()].entries()) {
      expect(found[at]).toMatchObject(wanted);
      if ("basedir" in wanted) expect(Object.keys(found[at] ?? {})).toEqual(Object.keys(wanted));
    }
    expect(found.length).toBeGreaterThan(10);
  });
});

describe("options", () => {
  it("can be abbreviated and bundled, and end at the first argument", async () => {
    const basedir = installation.newPath();
    const argv = ["create-worker", "-qrk30", "--um", "0o22", "--log-c=None", "--allow=file", "--delete", "-s", "5000"];
    expect(await run([...argv, basedir, "h:1", "n", "-p"])).toEqual({ code: 0, lines: [] });
    expect(settingsOf(basedir)).toMatchObject({
      keepaliveSeconds: 30,
      umask: 0o22,
      maxRotatedFiles: null,
      allowShutdown: "file",
      deleteLeftoverDirs: 1,
      rotateLengthBytes: 5000,
      password: "-p",
    });
  });

  it("accept numbers as Python does", async () => {
    const basedir = installation.newPath();
    const argv = ["create-worker", "-q", "--keepalive=+0060", "--maxdelay=007", "--log-size=010"];
    expect((await run([...argv, basedir, "h:1", "n", "p"])).code).toBe(0);
    expect(settingsOf(basedir)).toMatchObject({ keepaliveSeconds: 60, maxDelaySeconds: 7, rotateLengthBytes: 10 });
  });

  it("suggest Python's notation for an octal umask in C notation", async () => {
    const { code, lines } = await run(["create-worker", "--umask=022", installation.newPath(), "h:1", "n", "p"]);
    const sentence = "umask parameter needs to be a number or None; for the octal number 022 write 0o22";
    expect([code, lines.at(-1)]).toEqual([1, `buildhand:  ${sentence}`]);
  });

  it.each([
    ["h:0", "invalid master port '0', needs to be from 1 to 65535"],
    ["h:65536", "invalid master port '65536', needs to be from 1 to 65535"],
    ["[::1", "invalid <master> argument '[::1', if it is an ipv6 address, it must be enclosed by []"],
    ["http:h", "<master> is not a URL - do not use URL"],
  ])("the master %s is refused before anything is made", async (master, sentence) => {
    const basedir = installation.newPath();
    const { code, lines } = await run(["create-worker", basedir, master, "n", "p"]);
    expect([code, lines.at(-1)]).toEqual([1, `buildhand:  ${sentence}`]);
    expect(existsSync(basedir)).toBe(false);
  });

  it("have a help text", async () => {
    const { code, lines } = await run(["create-worker", "--help"]);
    expect([code, lines[0]]).toEqual([
      0,
      "Usage: buildhand create-worker [options] BASEDIR MASTERHOST[:PORT] NAME [PASSWORD]",
    ]);
    expect(lines.join("\n")).toMatch(/^ {2}-k, --keepalive=SECONDS +\S.* \(default: 600\)$/m);
  });
});

describe("names and passwords", () => {
  const odd = [
    "plain",
    "it's",
    'say "x"',
    `both ' and "`,
    "back\\slash\\",
    "\\n",
    "-dash",
    "--",
    " blanks ",
    "tab\tline\nfeed\r",
    "bell\x07\x7f\x85\xa0",
    "naïve ☃ \u{1F600} \u2028 \u200b \ufeff",
    "$HOME `id` %s {0}",
    "#no comment",
    "'''",
    "",
  ];

  it("of any kind are read by Python and Buildhand alike", async () => {
    const basedirs: string[] = [];
    for (const text of odd) {
      const basedir = installation.newPath();
      basedirs.push(basedir);
      const { code } = await run(["create-worker", "-q", basedir, "h:1", text, text]);
      expect([text, code]).toEqual([text, 0]);
      expect(settingsOf(basedir)).toMatchObject({ workerName: text, password: text });
    }
    if (!hasPython) return;
    const recorded = tacVariables(basedirs.map((basedir) => join(basedir, "buildbot.tac")));
    const paths = basedirs.map((basedir) => join(basedir, "evaluated.tac"));
    // Buildhand reads the values as Python writes them.
    recorded.forEach((variables, i) => {
      writeFileSync(
        paths[i]!,
        readFileSync(join(basedirs[i]!, "buildbot.tac"), "utf8")
          .replace(/^workername = .*$/m, () => `workername = ${variables["workername"]}`)
          .replace(/^passwd = .*$/m, () => `passwd = ${variables["passwd"]}`),
      );
      const place = { path: paths[i]!, directory: basedirs[i]!, environment: {} };
      expect(readTac(readFileSync(paths[i]!, "utf8"), place).workers[0]).toMatchObject({
        workerName: odd[i],
        password: odd[i],
      });
    });
  });

  it("that are not UTF-8 are refused, since buildbot.tac cannot contain them", async () => {
    const basedir = installation.newPath();
    const under = ["/bin/sh", "-c", `exec "$@" "$(printf 'caf\\351')"`, "sh"];
    const { code, lines } = await runProgram(["create-worker", basedir, "h:1", "n"], { under });
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe("buildhand:  an argument is not valid UTF-8, and cannot be written to buildbot.tac");
    expect(existsSync(basedir)).toBe(false);
  });
});

describe("an existing base directory", () => {
  it("keeps its buildbot.tac and gets a buildbot.tac.new that only its owner can read", async () => {
    const basedir = installation.newPath();
    await run(["create-worker", "-q", basedir, "h:1", "n", "first"]);
    const first = readFileSync(join(basedir, "buildbot.tac"), "utf8");
    writeFileSync(join(basedir, "buildbot.tac.new"), "old\n", { mode: 0o644 });
    for (const password of ["second", "third"]) {
      const { code, lines } = await run(["create-worker", "--force", basedir, "h:1", "n", password]);
      expect([code, lines[2]]).toEqual([0, "creating buildbot.tac.new instead"]);
      expect(readFileSync(join(basedir, "buildbot.tac"), "utf8")).toBe(first);
      expect(readFileSync(join(basedir, "buildbot.tac.new"), "utf8")).toBe(first.replace("'first'", `'${password}'`));
      expect(treeOf(basedir)["buildbot.tac.new"]).toBe("file 0o600");
    }
    expect(readdirSync(basedir).sort()).toEqual(["buildbot.tac", "buildbot.tac.new", "info"]);
  });

  it("may have a link named buildbot.tac.new, which is replaced and not followed", async () => {
    const basedir = installation.newPath();
    await run(["create-worker", "-q", basedir, "h:1", "n", "first"]);
    const elsewhere = join(emptyDirectory(), "elsewhere");
    writeFileSync(elsewhere, "not ours\n");
    symlinkSync(elsewhere, join(basedir, "buildbot.tac.new"));
    expect((await run(["create-worker", "-q", basedir, "h:1", "n", "second"])).code).toBe(0);
    expect(readFileSync(elsewhere, "utf8")).toBe("not ours\n");
    expect(treeOf(basedir)["buildbot.tac.new"]).toBe("file 0o600");
  });

  it("may have a link named info, or dangling links in info, which are kept", async () => {
    const shared = emptyDirectory();
    symlinkSync(join(shared, "nowhere"), join(shared, "admin"));
    const basedir = emptyDirectory();
    symlinkSync(shared, join(basedir, "info"));
    const { code, lines } = await run(["create-worker", basedir, "h:1", "n", "p"]);
    expect(code).toBe(0);
    expect(lines).toEqual([
      "updating existing installation",
      "Creating info/host, you need to edit it appropriately.",
      "Not creating info/access_uri - add it if you wish",
      `Please edit the files in ${basedir}/info appropriately.`,
      `worker configured in ${basedir}`,
    ]);
    expect(readdirSync(shared).sort()).toEqual(["admin", "host"]);
    expect(existsSync(join(shared, "nowhere"))).toBe(false);
  });

  it("may be a link", async () => {
    const real = emptyDirectory();
    const link = installation.newPath();
    symlinkSync(real, link);
    const { code, lines } = await run(["create-worker", link, "h:1", "n", "p"]);
    expect([code, lines[0]]).toEqual([0, "updating existing installation"]);
    expect(settingsOf(link).basedir).toBe(link);
  });

  it("with an access_uri is reported so", async () => {
    const basedir = emptyDirectory();
    mkdirSync(join(basedir, "info"));
    for (const name of ["admin", "host", "access_uri"]) writeFileSync(join(basedir, "info", name), name);
    expect((await run(["create-worker", basedir, "h:1", "n", "p"])).lines).toEqual([
      "updating existing installation",
      `worker configured in ${basedir}`,
    ]);
  });
});

describe("the caller's umask", () => {
  it.each([
    ["077", { "buildbot.tac": "file 0o600", info: "dir 0o700", "info/admin": "file 0o600", "info/host": "file 0o600" }],
    ["000", { "buildbot.tac": "file 0o600", info: "dir 0o777", "info/admin": "file 0o666", "info/host": "file 0o666" }],
  ])("%s decides on all but the file with the password", async (umask, tree) => {
    const basedir = installation.newPath();
    await run(["create-worker", "-q", basedir, "h:1", "n", "p"], { umask: Number.parseInt(umask, 8) });
    expect(treeOf(basedir)).toEqual(tree);
  });
});

describe("a failure prints one sentence and leaves no incomplete file:", () => {
  // Root can write everywhere, so as root the program runs as another user.
  const user = process.getuid?.() === 0 ? { uid: UNPRIVILEGED_UID, gid: UNPRIVILEGED_UID } : {};
  /** Writes to files fail, as on a full disk. */
  const fullDisk = ["/bin/sh", "-c", 'umask 022; exec prlimit --fsize=0 "$@"', "sh"];

  async function refused(basedir: string, options?: StartOptions) {
    const words = ["create-worker", basedir, "h:1", "n", "sekret"];
    const { code, lines } = await (options === undefined ? run(words) : runProgram(words, options));
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe(`failed to configure worker in ${basedir}`);
    expect(lines.join("\n")).not.toContain("sekret");
    return lines.slice(0, -1);
  }

  it("a base directory in a read-only directory", async () => {
    const parent = emptyDirectory();
    chmodSync(parent, 0o555);
    const basedir = join(parent, "w");
    expect(await refused(basedir, user)).toEqual([
      `mkdir ${basedir}`,
      `error creating directory ${basedir}: Permission denied`,
    ]);
  });

  it("a buildbot.tac in a read-only directory", async () => {
    const basedir = emptyDirectory();
    chmodSync(basedir, 0o555);
    expect(await refused(basedir, user)).toEqual([
      "updating existing installation",
      `could not write ${basedir}/buildbot.tac: Permission denied`,
    ]);
    expect(readdirSync(basedir)).toEqual([]);
  });

  it("info when a file is in its place", async () => {
    const basedir = emptyDirectory();
    writeFileSync(join(basedir, "info"), "");
    const lines = await refused(basedir);
    expect(lines.at(-1)).toBe(`could not write ${basedir}/info/admin: Not a directory`);
    expect(readdirSync(basedir)).toEqual(["info"]);
  });

  it("a new base directory on a full disk", async () => {
    const basedir = installation.newPath();
    expect(await refused(basedir, { under: fullDisk })).toEqual([
      `mkdir ${basedir}`,
      `could not write ${basedir}/buildbot.tac: File too large`,
    ]);
    expect(existsSync(basedir)).toBe(false);
  });

  it("a buildbot.tac.new on a full disk, where the older one stays", async () => {
    const basedir = installation.newPath();
    await run(["create-worker", "-q", basedir, "h:1", "n", "p"]);
    writeFileSync(join(basedir, "buildbot.tac.new"), "older\n");
    const lines = await refused(basedir, { under: fullDisk });
    expect(lines.at(-1)).toBe(`could not write ${basedir}/buildbot.tac.new: File too large`);
    expect(readFileSync(join(basedir, "buildbot.tac.new"), "utf8")).toBe("older\n");
    expect(readdirSync(basedir).sort()).toEqual(["buildbot.tac", "buildbot.tac.new", "info"]);
    expect(statSync(join(basedir, "buildbot.tac")).size).toBeGreaterThan(0);
  });

  it("a buildbot.tac that is a directory", async () => {
    const basedir = emptyDirectory();
    mkdirSync(join(basedir, "buildbot.tac"));
    const lines = await refused(basedir);
    expect(lines.at(-1)).toBe(`could not read ${basedir}/buildbot.tac: Is a directory`);
  });
});
