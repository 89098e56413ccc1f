// Lines of any length, from a command of the installed program to the master: nothing of them is lost.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeMaster } from "../support/fake-master.ts";
import { rareTest } from "../support/sized.ts";
import { type Installation, install, makeBasedir } from "./worker-program.ts";

const LINE_BYTES = 20_000_000;
const LETTER = "world: 世界 ";

let installation: Installation;

beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

/** What the master is told of one line of this length. */
async function printed(lineBytes: number, ...options: readonly string[]): Promise<string> {
  const master = await FakeMaster.listen();
  try {
    const basedir = makeBasedir(installation.newPath(), { port: master.port });
    mkdirSync(join(basedir, "b1"));
    writeFileSync(join(basedir, "b1", "line"), lineOf(lineBytes));
    const program = installation.start(["start", "--nodaemon", ...options, basedir]);
    const worker = await master.nextWorker();
    const builder = (await worker.setBuilders("b1")).get("b1")!;
    const report = await worker.run(builder, "shell", { workdir: ".", command: ["cat", "line"], env: null });
    program.child.kill("SIGTERM");
    await program.ended;
    return report.text("stdout");
  } finally {
    await master.close();
  }
}

function lineOf(bytes: number): string {
  return LETTER.repeat(Math.ceil(bytes / Buffer.byteLength(LETTER)));
}

/** In bytes, each with its newline. */
function lengthsOf(text: string): number[] {
  return text.split(/(?<=\n)/).map((line) => Buffer.byteLength(line));
}

describe("a long line", () => {
  rareTest("of 20 MB arrives with every byte", 180_000, async () => {
    const text = await printed(LINE_BYTES);
    expect(text.replaceAll("\n", "") === lineOf(LINE_BYTES)).toBe(true);
  });

  it("is whole up to 60 000 bytes, and cut between characters beyond", async () => {
    const lengths = lengthsOf(await printed(150_000));
    expect(lengths).toHaveLength(3);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(60_000);
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThan(60_000 - 4);
  });

  it("is cut where Buildbot's worker cuts it when that is asked for", async () => {
    const text = await printed(20_000, "--line-limit=4096");
    const lengths = lengthsOf(text);
    expect(lengths).toHaveLength(5);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(4096);
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThan(4096 - 4);
    expect(text.replaceAll("\n", "")).toBe(lineOf(20_000));
  });
});
