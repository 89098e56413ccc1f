// What a worker that is killed leaves of its downloads, and who removes it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openDestination } from "../../src/commands/download-destination.ts";
import { rowsOf } from "../support/sized.ts";

const DAY_SECONDS = 24 * 3600;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "buildhand-leftovers-"));
});
afterEach(() => rm(directory, { recursive: true }));

const names = async () => (await readdir(directory)).sort();

/** A process with a download that has begun; resolves to it and the name of its temporary file. */
async function downloading() {
  const before = await names();
  const script = `
    import { openDestination } from ${JSON.stringify(new URL("../../dist/commands/download-destination.js", import.meta.url).href)};
    const destination = await openDestination(process.argv[1], undefined);
    await destination.write(Buffer.from("half"));
    console.log("begun");
    setInterval(() => {}, 1000);
  `;
  const argv = ["--input-type=module", "-e", script, join(directory, "f")];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const [name = ""] = (await names()).filter((one) => !before.includes(one));
  expect(name).toMatch(/^\.buildhand-download-/);
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await once(child, "exit");
  };
  return { name, kill };
}

async function download(): Promise<void> {
  const destination = await openDestination(join(directory, "g"), undefined);
  await destination!.commit();
}

/** The name of what a worker has left that was killed. */
let left: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "buildhand-leftovers-"));
  const { name, kill } = await downloading();
  await kill("SIGKILL");
  await rm(directory, { recursive: true });
  left = name;
});

test.each(rowsOf(["SIGKILL", "SIGHUP"] as const, (signal) => signal === "SIGKILL"))(
  "the next download into a directory removes what a worker has left there that %s ended, and nothing of one that lives",
  async (signal) => {
    const [dead, alive] = [await downloading(), await downloading()];
    await dead.kill(signal);
    expect(await names()).toEqual([dead.name, alive.name].sort());
    await download();
    expect(await names()).toEqual([alive.name, "g"]);
    await alive.kill("SIGKILL");
  },
);

test("a file that another host or container may still write is kept until it has not changed for a week", async () => {
  const [, pid = "", ticks = "", world = "", number = ""] = /^(\D+\d+)-(\d+)-([^-]+)-([^-]+)$/.exec(left) ?? [];
  const elsewhere = [pid, ticks, world.replaceAll(/./g, "0"), number].join("-");
  for (const [days, kept] of [
    [6, [elsewhere, "g"]],
    [8, ["g"]],
  ] as const) {
    await writeFile(join(directory, elsewhere), "half");
    const then = Date.now() / 1000 - days * DAY_SECONDS;
    await utimes(join(directory, elsewhere), then, then);
    await download();
    expect(await names()).toEqual(kept);
  }
});

test("a directory that could not be read is read again", async () => {
  await rm(directory, { recursive: true });
  expect(await openDestination(join(directory, "g"), undefined)).toBeUndefined();
  await mkdir(directory);
  await writeFile(join(directory, left), "half");
  await download();
  expect(await names()).toEqual(["g"]);
});

test("what only has a similar name stays", async () => {
  const similar = [".buildhand-download-", ".buildhand-download-0123456789abcdef", `${left}.txt`, `x${left}`];
  for (const one of similar) await writeFile(join(directory, one), "");
  await mkdir(join(directory, left));
  await download();
  expect(await names()).toEqual([...similar, left, "g"].sort());
});
