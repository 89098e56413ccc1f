// The commands that ask a running master: status, force, cancel.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listen } from "../../support/listening.ts";
import { rareTest } from "../../support/sized.ts";
import { Place } from "../program.ts";

let place: Place;
let directory = "";

beforeEach(async () => {
  place = new Place();
  directory = join(place.home, "m");
  await master("create", directory);
  const path = join(directory, "master.yaml");
  const text = readFileSync(path, "utf8").replaceAll(/port: \d+/g, "port: 0");
  writeFileSync(path, text.replace("  adminPassword:", "  read: password\n  adminPassword:"));
});
afterEach(async () => {
  if (existsSync(join(directory, "master.pid"))) await master("stop", directory);
  await place.close();
});

const master = (...words: readonly string[]) => place.command("master", ...words);

test("a running master is asked with a token of its own, also when reading needs a password", async () => {
  await master("start", directory);
  const access = join(directory, "master.access");
  expect(statSync(access).mode & 0o777).toBe(0o600);
  const forced = await master("force", "--reason=by hand", directory, "example");
  expect(forced).toEqual({ code: 0, printed: "request 1 was made\n", errors: "" });
  await master("force", "--branch", "main", directory, "example");
  const status = await master("status", directory);
  expect(status).toEqual({
    code: 0,
    printed: [
      "workers:",
      "  example-worker: away",
      "builders:",
      "  example: no builds yet",
      "waiting requests: 2",
      "  1: example",
      "  2: example",
      "",
    ].join("\n"),
    errors: "",
  });
  expect(await master("cancel", directory, "1")).toMatchObject({ code: 0, printed: "request 1 was cancelled\n" });
  const again = await master("cancel", directory, "1");
  expect([again.code, again.printed]).toEqual([
    1,
    expect.stringContaining("the master refused: there is no waiting request 1"),
  ]);
  expect((await master("cancel", "--all", directory)).printed).toBe("cancelled 1 waiting requests\n");
  const json = JSON.parse((await master("status", "--json", directory)).printed) as Record<string, unknown[]>;
  expect(json["buildrequests"]).toEqual([]);
  expect(json["builders"]).toMatchObject([{ name: "example" }]);
  const unknown = await master("force", directory, "exmple");
  expect([unknown.code, unknown.printed]).toEqual([1, expect.stringContaining("the master refused: Invalid path")]);
  await master("stop", directory);
  expect(existsSync(access)).toBe(false);
});

test("force --wait ends with the build, or when its request is cancelled between two tries", async () => {
  let answers: Readonly<Record<string, unknown>> = {};
  const inPlaceOfMaster = spawn("sleep", ["60"], { cwd: directory });
  const server = await listen(
    createServer(({ method, url = "" }, response) => {
      const rows = url.includes("/buildrequests?") ? { buildrequests: [] } : answers;
      response.end(JSON.stringify(method === "POST" ? { buildrequestid: 7 } : rows));
    }),
  );
  writeFileSync(
    join(directory, "master.access"),
    JSON.stringify({ address: `http://127.0.0.1:${server.port}/`, token: "t" }),
  );
  const waited = (results: number) => {
    answers = { builds: [{ number: 3, results, state_string: "it ended" }] };
    return master("force", "--wait", directory, "example");
  };
  try {
    expect(await waited(2)).toMatchObject({ code: 2, printed: expect.stringContaining("build 3 has ended: FAILURE") });
    expect(await waited(5)).toMatchObject({ code: 1, printed: expect.stringContaining("request 7 was cancelled") });
    answers = { padding: "x".repeat(33 * 1024 * 1024) };
    writeFileSync(join(directory, "master.pid"), String(inPlaceOfMaster.pid));
    const { code, printed } = await master("status", directory);
    expect([code, printed]).toEqual([1, expect.stringContaining("the answer has more than 33554432 bytes")]);
  } finally {
    inPlaceOfMaster.kill();
    await server.end();
  }
});

test("without a running master, or with wrong words, each says what it expects", async () => {
  const errors = async (...words: readonly string[]) => {
    const { code, printed } = await master(...words);
    return [code, printed.trimEnd().split("\n").at(-1)];
  };
  const nobody = `no master is running there: expected its process in ${directory}/master.pid; start it with: buildhand master start`;
  expect(await errors("status", directory)).toEqual([1, expect.stringContaining(nobody)]);
  expect(await errors("force", directory)).toEqual([1, expect.stringContaining("expected a directory and a builder")]);
  expect(await errors("force", directory, "b", "x")).toEqual([
    1,
    expect.stringContaining("expected a parameter as NAME=VALUE, got 'x'"),
  ]);
  expect(await errors("force", directory, "b", "--wait")).toEqual([
    1,
    expect.stringContaining("got '--wait'; options precede the directory"),
  ]);
  expect(await errors("cancel", directory)).toEqual([1, expect.stringContaining("or --all")]);
  expect(await errors("cancel", directory, "x")).toEqual([
    1,
    expect.stringContaining("expected the number of a request, got 'x'"),
  ]);
});

rareTest("a master without a status page is told from one that does not run", 180_000, async () => {
  const path = join(directory, "master.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace(/^web:\n(?: .*\n)*/m, ""));
  await master("start", directory);
  const { code, printed } = await master("status", directory);
  const reason = `its status page cannot be asked: ${directory}/master.access: No such file or directory`;
  expect([code, printed]).toEqual([1, expect.stringContaining(`a master is running in ${directory}, but ${reason}`)]);
  await master("stop", directory);
  writeFileSync(join(directory, "master.access"), '{"address":"http://127.0.0.1:1/","token":"of the last run"}');
  expect((await master("status", directory)).printed).toContain("no master is running there");
});
