// A master as a person runs it: made, checked, started, stopped, and what is said when something is in the way.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { poll } from "../../support/poll.ts";
import { rareTest, rowsOf } from "../../support/sized.ts";
import { Place } from "../program.ts";

let place: Place;
let directory = "";
beforeEach(async () => {
  place = new Place();
  directory = join(place.home, "m");
});
afterEach(async () => {
  if (existsSync(join(directory, "master.pid"))) await command("stop");
  await place.close();
});

const command = (name: string, ...words: readonly string[]) => place.command("master", name, ...words, directory);

/** `master start` in the foreground. */
const startHere = () => place.run(["master", "start", "--nodaemon", directory]);

/** As it was made, but on ports that are free. */
async function create(change: (text: string) => string = (text) => text): Promise<void> {
  expect((await command("create")).code).toBe(0);
  const path = join(directory, "master.yaml");
  writeFileSync(path, change(readFileSync(path, "utf8").replaceAll(/port: \d+/g, "port: 0")));
}

function log(): string {
  return readFileSync(join(directory, "master.log"), "utf8");
}

test("create makes a private directory that check finds valid, and never overwrites", async () => {
  const created = await command("create");
  expect(created).toMatchObject({ code: 0, errors: "" });
  const path = join(directory, "master.yaml");
  const text = readFileSync(path, "utf8");
  const [, password = "none"] = /example-worker (\S+)\n/.exec(created.printed) ?? [];
  expect(text).toContain(`password: "${password}"`);
  expect([statSync(directory).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
  const [, schema = ""] = /^# yaml-language-server: \$schema=(.+)$/m.exec(text) ?? [];
  expect(JSON.parse(readFileSync(schema, "utf8"))).toMatchObject({ title: "master.yaml of Buildhand" });
  expect(await command("check")).toEqual({
    code: 0,
    printed: [
      `${path} is valid: 1 worker, 1 builder, 1 scheduler`,
      "workers connect to 127.0.0.1:9989 (pb)",
      "the status page is at http://127.0.0.1:8010/",
      "",
    ].join("\n"),
    errors: "",
  });
  expect(await command("create")).toMatchObject({
    code: 1,
    printed: `${path} already exists and was left unchanged\n`,
  });
  expect(readFileSync(path, "utf8")).toBe(text);
});

test("create leaves no partial file", async () => {
  const words = [
    "-c",
    'ulimit -f 0; exec "$@"',
    "sh",
    process.execPath,
    "bin/buildhand.js",
    "master",
    "create",
    directory,
  ];
  const { status, stdout } = spawnSync("/bin/sh", words, { encoding: "utf8" });
  expect([status, stdout]).toEqual([1, `${directory}/master.yaml cannot be written: File too large\n`]);
  expect((await command("create")).code).toBe(0);
});

test("check reports all errors with their places, and warns of passwords that others can read", async () => {
  await create((text) =>
    text.replace("title:", "titel:").replace("workers: [example-worker]", "workers: [exmple-worker]"),
  );
  const path = join(directory, "master.yaml");
  const { code, printed } = await command("check");
  expect(code).toBe(1);
  expect(printed).toMatch(new RegExp(`^${path}:6:1: unknown key 'titel'; did you mean title\\?\n$`));
  writeFileSync(path, readFileSync(path, "utf8").replace("titel", "title").replace("exmple-", "example-"));
  chmodSync(path, 0o644);
  const warned = await command("check");
  expect(warned.code).toBe(0);
  expect(warned.errors).toBe(
    `${path} contains passwords, and other users can read or change it (mode 644); run chmod 600\n`,
  );
});

test("start waits until it is ready; reload reads the file again, unless it has faults; restart; stop", async () => {
  await create();
  const none = `no master is running there: expected its process in ${join(directory, "master.pid")}; start it with: buildhand master start\n`;
  expect(await command("reload")).toMatchObject({ code: 1, printed: none });
  const started = await command("start");
  expect(started).toMatchObject({ code: 0, errors: "" });
  const [, address = ""] = /^status page: (\S+)$/m.exec(started.printed) ?? [];
  expect(await (await fetch(address)).text()).toContain("My builds");
  const pidOf = () => readFileSync(join(directory, "master.pid"), "utf8");
  const pid = pidOf();
  expect(await command("start")).toMatchObject({
    code: 1,
    printed: `a master is already running here, process ${pid} (from ${join(directory, "master.pid")}); stop it first\n`,
  });
  const path = join(directory, "master.yaml");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace("title: My builds", "title: Other builds"));
  expect(await command("reload")).toEqual({ code: 0, printed: "master.yaml was reloaded\n", errors: "" });
  expect(await (await fetch(address)).text()).toContain("Other builds");
  writeFileSync(path, text.replace("title:", "titel:"));
  const refused = await command("reload");
  expect(refused).toMatchObject({ code: 1, printed: expect.stringContaining(`${path}:`) });
  expect(refused.printed).toContain("unknown key 'titel'; did you mean title?");
  expect(await command("restart")).toMatchObject({ code: 1, printed: refused.printed });
  expect(pidOf()).toBe(pid);
  writeFileSync(path, text);
  expect(await command("restart", "--quiet")).toEqual({ code: 0, printed: "", errors: "" });
  const next = pidOf();
  expect(next).not.toBe(pid);
  expect(await command("stop")).toMatchObject({ code: 0, printed: `master process ${next} has ended\n` });
  expect(log()).toContain("the master has ended");
  expect(await command("stop")).toMatchObject({ code: 0, printed: "no master is running there\n" });
});

test("a worker made with the printed command attaches, and the page shows it", async () => {
  await create();
  const run = startHere();
  const [, port = ""] = await poll(
    "the port",
    () => /waiting for workers on 127\.0\.0\.1:(\d+)/.exec(run.printed()) ?? false,
  );
  const [, address = ""] = await poll("the page", () => /status page at (\S+)/.exec(run.printed()) ?? false);
  const text = readFileSync(join(directory, "master.yaml"), "utf8");
  const [, password = ""] = /^ {4}password: "(.+)"/m.exec(text) ?? [];
  const basedir = join(place.home, "w");
  await place.command("create-worker", "--quiet", basedir, `127.0.0.1:${port}`, "example-worker", password);
  const worker = place.run(["start", "--nodaemon", basedir]);
  await poll("the worker", async () => (await (await fetch(`${address}workers`)).text()).includes("attached"));
  worker.child.kill("SIGTERM");
  expect(await worker.ended).toBe("SIGTERM");
  run.child.kill("SIGTERM");
  expect(await run.ended).toBe("SIGTERM");
  expect(run.errors()).toBe("");
});

rareTest("SIGUSR2 is logged and ends it cleanly", 60_000, async () => {
  await create();
  const run = startHere();
  await poll("the master to be ready", () => run.printed().includes("the master is ready"));
  run.child.kill("SIGUSR2");
  expect(await run.ended).toBe(0);
  expect(run.printed()).toMatch(/Received SIGUSR2, shutting down\.[\s\S]*the master has ended\n$/);
  expect(existsSync(join(directory, "master.pid"))).toBe(false);
});

describe("one sentence reports", () => {
  test("a missing master.yaml", async () => {
    mkdirSync(directory);
    const said = `${join(directory, "master.yaml")} cannot be read: No such file or directory\n`;
    expect(await command("start")).toMatchObject({ code: 1, printed: said });
    expect(await command("check")).toMatchObject({ code: 1, printed: said });
  });

  rareTest("a missing directory", 60_000, async () => {
    const run = startHere();
    expect([await run.ended, run.printed()]).toEqual([1, `${directory} cannot be opened: No such file or directory\n`]);
  });

  const places = ["background", "foreground"] as const;
  test.each(rowsOf(places, (_, at) => at === 0))("a port in use, in the %s", async (where) => {
    const server = createServer().listen(0, "127.0.0.1");
    await poll("the port", () => server.listening);
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    await create((text) => text.replace("    port: 0", `    port: ${port}`));
    const said = new RegExp(`127\\.0\\.0\\.1:${port}.*in use`);
    if (where === "background") {
      expect(await command("start")).toMatchObject({ code: 1, errors: expect.stringMatching(said) });
    } else {
      const run = startHere();
      expect(await run.ended).toBe(1);
      expect(run.printed().trimEnd().split("\n").at(-1)).toMatch(said);
    }
    server.close();
  });

  test("a damaged database", async () => {
    await create();
    writeFileSync(join(directory, "state.sqlite"), "this is no database, and never was one\n".repeat(100));
    const run = startHere();
    expect(await run.ended).toBe(1);
    expect(run.printed().trimEnd().split("\n").at(-1)).toMatch(/state\.sqlite is damaged/);
  });

  test("the valid subcommands of master", async () => {
    const { code, printed } = await command("strat");
    expect(code).toBe(1);
    expect(printed).toMatch(/\n\nbuildhand: {2}Unknown command: master strat; did you mean "master start"\?\n$/);
  });
});
