// What all transfers of one connection have on their way together.
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { TRANSFER_LIMIT_BYTES } from "../../src/worker/transfer-budget.ts";
import { type FakeFile, FakeReader, FakeWriter } from "../support/fake-files.ts";
import { turn } from "./master-files.ts";
import { transferPair } from "./transfer-pair.ts";

const FILE_BYTES = 30 * 1024 * 1024;
const BLOCK_BYTES = 256 * 1024;
/** Of the event loop, before a call is answered: as long as a round trip would be. */
const TURNS = 30;

/** Counts what the master's files were asked for and have not answered yet. */
class Underway {
  bytes = 0;
  mostBytes = 0;

  /** For `beforeAnswer` of a file. */
  slowly(file: () => FakeFile) {
    return async (call: number) => {
      const [method, argument] = file().calls[call - 1] ?? [];
      const bytes = method === "write" || method === "read" ? Number(argument) : 0;
      this.bytes += bytes;
      this.mostBytes = Math.max(this.mostBytes, this.bytes);
      for (let n = 0; n < TURNS; n += 1) await turn();
      this.bytes -= bytes;
    };
  }
}

it("transfers both ways and of directories share 4 MiB on their way", async () => {
  const { worker, attached } = await transferPair();
  const names = ["up", "tree", "down"];
  const builders = await attached.setBuilders(...names);
  for (const name of names) await mkdir(join(worker.basedir, name, "d"), { recursive: true });
  for (const path of ["up/d/f", "tree/d/f"]) {
    await writeFile(join(worker.basedir, path), "");
    await truncate(join(worker.basedir, path), FILE_BYTES);
  }
  const underway = new Underway();
  const up: FakeWriter = new FakeWriter({ forgetful: true, beforeAnswer: underway.slowly(() => up) });
  const tree: FakeWriter = new FakeWriter({ forgetful: true, beforeAnswer: underway.slowly(() => tree) });
  const down: FakeReader = new FakeReader(Buffer.alloc(FILE_BYTES), { beforeAnswer: underway.slowly(() => down) });
  const run = (builder: string, command: string, args: Record<string, JellyValue>) =>
    attached.run(builders.get(builder)!, command, { workdir: ".", maxsize: null, blocksize: BLOCK_BYTES, ...args });
  const reports = await Promise.all([
    run("up", "uploadFile", { workersrc: "d/f", keepstamp: false, writer: attached.broker.expose(up.object) }),
    run("tree", "uploadDirectory", { workersrc: "d", compress: null, writer: attached.broker.expose(tree.object) }),
    run("down", "downloadFile", { workerdest: "f", mode: null, reader: attached.broker.expose(down.object) }),
  ]);
  expect(reports.map((report) => report.value("rc"))).toEqual([0, 0, 0]);
  expect(underway.mostBytes).toBeLessThanOrEqual(TRANSFER_LIMIT_BYTES);
  expect(underway.mostBytes).toBeGreaterThan(3 * BLOCK_BYTES);
  expect(underway.bytes).toBe(0);
});
