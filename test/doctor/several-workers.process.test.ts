// A buildbot.tac with several workers: each is looked at, and the host once.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeSeveral } from "../daemon/several-tac.ts";
import { logged, PASSWORD } from "../daemon/worker-program.ts";
import { FakeMaster } from "../support/fake-master.ts";
import { rareTest } from "../support/sized.ts";
import { type Clinic, giveAway, openClinic, user } from "./clinic.ts";

/** A port that nobody answers on: listening there needs privileges, and nothing does. */
const DEAD_PORT = 1;

let clinic: Clinic;
let master: FakeMaster;

beforeAll(async () => {
  clinic = openClinic();
  master = await FakeMaster.listen({ passwords: { w1: PASSWORD, w2: PASSWORD } });
});
afterAll(async () => {
  await master.close();
  await clinic.installation.remove();
});

it("finds a problem of one of them, and does not mistake base directories for those of builders", async () => {
  const directory = makeSeveral(clinic.installation.newPath(), [
    { name: "w1", port: master.port, basedir: "." },
    { name: "w2", port: master.port, password: "'wrong'" },
    { name: "w3", port: DEAD_PORT, basedir: "deep/w3" },
  ]);
  mkdirSync(join(directory, "old"));
  giveAway(directory);
  const { said, findings } = await clinic.examine([directory]);
  const about = findings
    .filter(({ text }) => /^w\d: /.test(text))
    .map(({ code, text }) => `${text.slice(0, 2)} ${code}`);
  expect(about.sort()).toEqual(["w2 login-refused", "w3 port-closed"]);
  expect(said).toContainEqual(expect.stringMatching(/^fine credentials: w1: the master accepts the name 'w1'/));
  for (const name of ["w1", "w2", "w3"]) {
    expect(said).toContainEqual(expect.stringContaining(`fine create: ${name}: worker '${name}' of the master at `));
  }
  expect(said).toContainEqual(expect.stringContaining("note basedir: it contains the directories old: "));
  expect(said.filter((one) => one.startsWith("fine basedir: no worker is running here"))).toHaveLength(1);
});

rareTest("logs in only as a worker that is not attached", 180_000, async () => {
  const directory = makeSeveral(clinic.installation.newPath(), [
    { name: "w1", port: master.port, basedir: "." },
    { name: "w2", port: master.port, password: "'wrong'" },
  ]);
  giveAway(directory);
  clinic.installation.start(["start", "--nodaemon", directory], user);
  const attached = await master.nextWorker();
  await attached.call("print", "attached");
  await logged(directory, "login: unauthorized login");
  const { said, findings } = await clinic.examine([directory]);
  expect(said).toContainEqual(
    expect.stringMatching(/^fine credentials: w1: 'w1' is attached to the master according to the log of process \d+ /),
  );
  expect(findings.map(({ code, text }) => `${text.slice(0, 3)} ${code}`)).toContain("w2: login-refused");
});
