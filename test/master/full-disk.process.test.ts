// A disk that is full, played by the system's limit for the length of a file, which a test can lift.
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { poll } from "../support/poll.ts";
import { MasterProcesses } from "./master-process.ts";

let masters: MasterProcesses;

beforeEach(() => {
  masters = new MasterProcesses();
});

afterEach(() => masters.remove());

test("on a full disk builds end EXCEPTION, the master logs it once and keeps running, and continues when there is room", async () => {
  // Without it the system would end a program at its first write beyond the limit.
  const master = await masters.started("trap '' XFSZ;");
  const limit = (bytes: number | "unlimited") =>
    execFileSync("prlimit", ["--pid", String(master.child.pid), `--fsize=${bytes}:unlimited`]);
  master.ask("before");
  await poll("builds", () => master.printed.includes("b1 1 SUCCESS") && master.printed.includes("b2 1 SUCCESS"));

  master.ask("during");
  const wal = join(masters.directory, "state.sqlite-wal");
  const sizeBefore = statSync(wal).size;
  await poll("the builds to write", () => statSync(wal).size > sizeBefore);
  limit(statSync(wal).size);
  const sentence = await poll("the master to say so", () =>
    master.complained.find((line) => line.startsWith("cannot write to ")),
  );
  expect(sentence).toMatch(/^cannot write to .*state\.sqlite: .*; no build starts until then$/);

  limit("unlimited");
  await poll("the master to go on", () => master.complained.includes("the master's database is writable again"));
  await poll("the ends", () => master.printed.some((line) => line.endsWith("2 EXCEPTION")));
  master.ask("after");
  await poll("builds", () => master.printed.includes("b1 3 SUCCESS") && master.printed.includes("b2 3 SUCCESS"));
  expect(master.complained.filter((line) => line.startsWith("cannot write to "))).toHaveLength(1);
});
