// The sources of a worker's password for create-worker and doctor, besides the argument.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { type Installation, install, type StartOptions } from "../daemon/worker-program.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { commandLine } from "./command-line.ts";

const PASSWORD = "s3 'kr\"t";
const NEW_WORKER = ["master.invalid:9989", "w1"] as const;

let installation: Installation;

beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

function fileWith(bytes: string | Buffer): string {
  const path = installation.newPath();
  writeFileSync(path, bytes);
  return path;
}

const readsFrom = (path: string): StartOptions => ({ under: ["/bin/sh", "-c", 'exec "$@" <"$0"', path] });

async function createWorker(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const basedir = installation.newPath();
  const argv = ["create-worker", ...words.map((word) => word || basedir)];
  const { code, printed, errors } = await commandLine(argv, { environment });
  return { code, passwd: passwdIn(basedir), said: printed + errors };
}

/** With `-` for the password. */
async function createFrom(path: string) {
  const basedir = installation.newPath();
  const program = installation.start(["create-worker", basedir, ...NEW_WORKER, "-"], readsFrom(path));
  const { code } = await program.ended;
  return { code, passwd: passwdIn(basedir), said: program.printed + program.complained };
}

function passwdIn(basedir: string): string | undefined {
  const tac = join(basedir, "buildbot.tac");
  return existsSync(tac) ? /^passwd = (.*)$/m.exec(readFileSync(tac, "utf8"))?.[1] : undefined;
}

describe("create-worker takes the password", () => {
  const literal = `'s3 \\'kr"t'`;

  it("from the first line of standard input, for the argument -, and never shows it", async () => {
    const { code, passwd, said } = await createFrom(fileWith(`${PASSWORD}\nsomething else\n`));
    expect({ code, passwd }).toEqual({ code: 0, passwd: literal });
    expect(said).not.toContain(PASSWORD);
  });

  it.each(["", "\n", "\r\n"])("from --password-file, with %j at its end", async (end) => {
    const words = [`--password-file=${fileWith(PASSWORD + end)}`, "", ...NEW_WORKER];
    expect(await createWorker(words)).toMatchObject({ code: 0, passwd: literal });
  });

  it("from the service manager's credential, when nothing else is given", async () => {
    const credentials = installation.newPath();
    mkdirSync(credentials);
    writeFileSync(join(credentials, "buildhand-password"), `${PASSWORD}\n`);
    const environment = { CREDENTIALS_DIRECTORY: credentials };
    expect(await createWorker(["", ...NEW_WORKER], environment)).toMatchObject({ code: 0, passwd: literal });
    expect(await createWorker(["", ...NEW_WORKER, "x"], environment)).toMatchObject({ code: 0, passwd: "'x'" });
  });
});

describe("not accepted as a password:", () => {
  const rows: readonly (readonly [what: string, bytes: string | Buffer, reason: string])[] = [
    ["an empty one", "\n", "it is empty"],
    ["one with a NUL", "a\0b", "it contains a NUL character"],
    ["one that is not UTF-8", Buffer.from([0x61, 0xff]), "Not UTF-8 text"],
    ["one of 5000 bytes", "x".repeat(5000), "Longer than 4096 bytes"],
  ];
  test.each(rows)("%s, in a file", async (_, bytes, reason) => {
    const path = fileWith(bytes);
    const { code, said } = await createWorker([`--password-file=${path}`, "", ...NEW_WORKER]);
    expect({ code, said }).toEqual({ code: 1, said: `cannot read the password from ${path}: ${reason}\n` });
  });

  // The first two are refused by what refuses them in a file.
  test.each(rowsOf(rows, (_, at) => at >= 2))("%s, from standard input", async (_, bytes, reason) => {
    const { code, said } = await createFrom(fileWith(bytes));
    expect({ code, said }).toEqual({ code: 1, said: `cannot read the password from standard input: ${reason}\n` });
  });

  test("a file with several lines", async () => {
    const { code, said } = await createWorker([`--password-file=${fileWith("a\nb\n")}`, "", ...NEW_WORKER]);
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining("expected one line, got several") });
  });

  test("an argument together with a file", async () => {
    const { code, said } = await createWorker(["--password-file=x", "", ...NEW_WORKER, "-"]);
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining("both PASSWORD and --password-file") });
  });

  test("a missing file", async () => {
    const { code, said } = await createWorker(["", ...NEW_WORKER]);
    expect({ code, said }).toEqual({
      code: 1,
      said: expect.stringContaining("PASSWORD or --password-file is missing"),
    });
  });
});

describe("on a terminal", () => {
  /** Types at the prompt, in a terminal whose settings are printed at the end. */
  async function typed(keys: string): Promise<{ readonly basedir: string; readonly screen: string }> {
    const basedir = installation.newPath();
    const words = [process.execPath, installation.executable, "create-worker", "-q", basedir, ...NEW_WORKER, "-"];
    const line = `${words.map((word) => `'${word}'`).join(" ")}; echo "code $?"; stty -a | tr ' ' '\\n' | grep 'echo$'`;
    const child = spawn("script", ["-qefc", line, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    let screen = "";
    child.stdout.on("data", (bytes: Buffer) => {
      screen += bytes.toString();
    });
    await poll("a prompt", () => screen.includes("Password: "));
    child.stdin.write(keys);
    await once(child, "close");
    return { basedir, screen };
  }

  it("the password is read without echo and can be corrected", async () => {
    const { basedir, screen } = await typed("sekrx\u007fet\r");
    expect(readFileSync(join(basedir, "buildbot.tac"), "utf8")).toContain("passwd = 'sekret'\n");
    expect(screen.split(/\s*\n/)).toEqual(["Password:", "code 0", "echo", ""]);
  });

  it("Ctrl-C ends it and turns the echo on again", async () => {
    const { basedir, screen } = await typed("sek\u0003");
    expect(existsSync(basedir)).toBe(false);
    expect(screen.split(/\s*\n/)).toEqual(["Password:", "code 130", "echo", ""]);
  });
});

rareTest("doctor takes the password of a planned worker in the same ways", 60_000, async () => {
  const [first, second] = [fileWith(PASSWORD), fileWith(PASSWORD)];
  const words = ["doctor", "--json", "--connection-string=unix:/nowhere"];
  const programs = [
    installation.start([...words, "/nowhere/w1", ...NEW_WORKER, "-"], readsFrom(first)),
    installation.start([...words, `--password-file=${second}`, "/nowhere/w1", ...NEW_WORKER]),
  ];
  for (const program of programs) {
    await program.ended;
    expect(program.complained).toBe("");
    expect(JSON.parse(program.printed)).toHaveProperty("points");
    expect(program.printed).not.toContain(PASSWORD);
  }
});
