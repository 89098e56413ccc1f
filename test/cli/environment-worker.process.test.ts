// start --nodaemon in a directory without a buildbot.tac: the settings come from the environment.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from "vitest";
import { type Installation, install, type WorkerProgram } from "../daemon/worker-program.ts";
import { FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";

const PASSWORD = "pass-9f3c";

let installation: Installation;
let master: FakeMaster;
let directory: string;
const running: WorkerProgram[] = [];

beforeAll(async () => {
  installation = install();
  master = await FakeMaster.listen({ passwords: { docker: PASSWORD, w1: PASSWORD } });
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGTERM");
    await ended;
  }
});
afterAll(async () => {
  await installation.remove();
  await master.close();
});

type Variables = Readonly<Record<string, string>>;

const address = (): Variables => ({ BUILDMASTER: "127.0.0.1", BUILDMASTER_PORT: String(master.port) });

function start(environment: Variables, ...words: readonly string[]): WorkerProgram {
  directory = installation.newPath();
  mkdirSync(directory);
  const program = installation.start(["start", ...words], { cwd: directory, environment });
  running.push(program);
  return program;
}

/** The environment variables and the directory of a build on the worker that attaches next. */
async function build() {
  const attached = await master.nextWorker();
  const builder = (await attached.setBuilders("b1")).get("b1")!;
  const report = await attached.run(builder, "shell", { command: ["/usr/bin/env"], workdir: "." });
  const info = (await attached.call("getWorkerInfo")) as unknown as ReadonlyMap<string, unknown>;
  const all =
    report.text("header") + report.text("stdout") + JSON.stringify([...(info.get("environ") as Map<string, string>)]);
  const variables = new Map(
    [...report.text("stdout").matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
  return { name: attached.name, basedir: info.get("basedir"), cpus: info.get("numcpus"), variables, all };
}

function inFile(text: string): string {
  const path = installation.newPath();
  writeFileSync(path, text);
  return path;
}

describe("a worker without a buildbot.tac", () => {
  it("takes the variables of the container image, logs to standard output, and writes no settings file", async () => {
    const program = start({ ...address(), WORKERPASS: PASSWORD }, "--nodaemon");
    const { name, basedir } = await build();
    expect({ name, basedir }).toEqual({ name: "docker", basedir: directory });
    expect(program.printed).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4} \[-\] Starting Worker/);
    expect(readdirSync(directory).filter((file) => /tac|log|pid/.test(file))).toEqual([]);
  });

  it("hides the password and the variables in WORKER_ENVIRONMENT_BLACKLIST from builds, and passes all others", async () => {
    const hidden = { WORKER_ENVIRONMENT_BLACKLIST: "HIDDEN_*  [H]IDDENTOO", HIDDEN_ONE: "1", HIDDENTOO: "2" };
    const program = start({ ...address(), WORKERPASS: PASSWORD, ...hidden, SHOWN: "3" }, "--nodaemon");
    const { variables, all } = await build();
    expect([...variables.keys()]).toEqual(expect.arrayContaining(["BUILDMASTER", "BUILDMASTER_PORT", "SHOWN"]));
    expect([...variables.keys()].filter((name) => /^(WORKER|HIDDEN)/.test(name))).toEqual([]);
    expect(all + program.printed + program.complained).not.toContain(PASSWORD);
  });

  it("takes every variable from the file in NAME_FILE, which has precedence", async () => {
    const files = {
      BUILDMASTER_FILE: inFile("127.0.0.1\n"),
      BUILDMASTER_PORT_FILE: inFile(`${master.port}\n`),
      BUILDMASTER_PROTOCOL_FILE: inFile("pb\n"),
      WORKERNAME_FILE: inFile("w1\n"),
      WORKERPASS_FILE: inFile(`${PASSWORD}\n`),
      WORKERPASS: "another",
      WORKER_ENVIRONMENT_BLACKLIST_FILE: inFile("HIDDEN*\n"),
      BUILDBOT_BASEDIR_FILE: inFile("below\n"),
      HIDDEN: "1",
    };
    const program = start(files, "--nodaemon");
    mkdirSync(join(directory, "below"));
    const { name, basedir, variables, all } = await build();
    expect({ name, basedir }).toEqual({ name: "w1", basedir: join(directory, "below") });
    expect([...variables.keys()].filter((known) => /^(WORKERPASS|WORKER_|HIDDEN)/.test(known))).toEqual([]);
    expect(all + program.printed).not.toContain(PASSWORD);
  });

  it("takes the password from the service manager's credential, the options of create-worker from BUILDHAND_OPTIONS, and those of start from their usual sources", async () => {
    const credentials = installation.newPath();
    mkdirSync(credentials);
    writeFileSync(join(credentials, "buildhand-password"), `${PASSWORD}\n`);
    const options = { BUILDHAND_OPTIONS: " --umask=0o27  --numcpus 3 ", BUILDHAND_LINE_LIMIT: "2000" };
    const environment = { ...address(), CREDENTIALS_DIRECTORY: credentials, ...options };
    const program = start(environment, "--nodaemon", "--logfile=own.log");
    const { cpus, variables } = await build();
    expect([...variables.keys()]).not.toContain("CREDENTIALS_DIRECTORY");
    expect(cpus).toBe(3);
    expect(readFileSync(`/proc/${program.child.pid}/status`, "latin1")).toMatch(/^Umask:\s*0027$/m);
    await poll("the log", () => readFileSync(join(directory, "own.log"), "utf8").includes("Starting Worker"));
  });

  rareTest("gives up after ten failures in a row, as the image does", 180_000, async () => {
    const refused = { BUILDMASTER: "127.0.0.1", BUILDMASTER_PORT: "1", BUILDHAND_OPTIONS: "--maxdelay=1" };
    const program = start({ ...refused, WORKERPASS: PASSWORD }, "--nodaemon");
    expect((await program.ended).code).toBe(75);
    expect(program.printed).toContain("giving up after 10 failures in a row");
  });
});

describe("is refused with one sentence", () => {
  const rows: readonly (readonly [what: string, variables: Variables, sentence: string])[] = [
    ["no number for a port", { BUILDMASTER_PORT: "x" }, "BUILDMASTER and BUILDMASTER_PORT: invalid master port 'x'"],
    ["a host with a port beside another port", { BUILDMASTER: "a:1" }, "BUILDMASTER and BUILDMASTER_PORT: invalid"],
    ["an unknown option", { BUILDHAND_OPTIONS: "--frob" }, "BUILDHAND_OPTIONS: option --frob not recognized"],
    ["another way to a password", { BUILDHAND_OPTIONS: "--password-file=x" }, "option --password-file not recognized"],
    [
      "a bad value",
      { BUILDHAND_OPTIONS: "--keepalive=x" },
      "BUILDHAND_OPTIONS: keepalive parameter needs to be a number",
    ],
    ["an argument", { BUILDHAND_OPTIONS: "-q word" }, "BUILDHAND_OPTIONS: expected only options of create-worker"],
    ["an unknown protocol", { BUILDMASTER_PROTOCOL: "xmpp" }, "Unknown protocol xmpp; expected pb or"],
    ["a missing file", { WORKERNAME_FILE: "/nowhere" }, "WORKERNAME_FILE: cannot read /nowhere: No such"],
    [
      "an empty password",
      { WORKERPASS_FILE: "/dev/null" },
      "cannot read the password from /dev/null: Not a regular file",
    ],
  ];
  const typical = ["no number for a port", "an unknown option", "a missing file"];
  test.each(rowsOf(rows, ([what]) => typical.includes(what)))("%s", async (_, variables, sentence) => {
    const program = start({ ...address(), WORKERPASS: PASSWORD, ...variables }, "--nodaemon");
    expect((await program.ended).code).toBe(1);
    expect(program.printed.split("\n")).toEqual([expect.stringContaining(sentence), ""]);
    expect(program.printed + program.complained).not.toContain(PASSWORD);
  });
});

describe("is refused as without these variables", () => {
  const asEver = (path: string) =>
    `error reading '${path}/buildbot.tac': No such file or directory\ninvalid worker directory '${path}'\n`;

  const rows: readonly (readonly [what: string, variables: Variables, words: readonly string[]])[] = [
    ["without a master", { WORKERPASS: PASSWORD }, ["--nodaemon"]],
    ["without a master, among credentials for others", { CREDENTIALS_DIRECTORY: "/nowhere" }, ["--nodaemon"]],
    ["without a password", { BUILDMASTER: "127.0.0.1" }, ["--nodaemon"]],
    ["in the background", { BUILDMASTER: "127.0.0.1", WORKERPASS: PASSWORD }, []],
  ];
  test.each(rowsOf(rows, (_, at) => at === 0 || at === 2))("%s", async (_, variables, words) => {
    const program = start(variables, ...words);
    expect((await program.ended).code).toBe(1);
    expect(program.printed).toBe(asEver(directory));
  });

  test("in a missing directory", async () => {
    const missing = installation.newPath();
    const environment = { ...address(), WORKERPASS: PASSWORD };
    const program = installation.start(["start", "--nodaemon", missing], { environment });
    expect((await program.ended).code).toBe(1);
    expect(program.printed).toBe(asEver(missing));
  });
});
