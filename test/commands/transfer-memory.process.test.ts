import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeWriter } from "../support/fake-files.ts";
import { rowsOf } from "../support/sized.ts";
import { transferPair } from "./transfer-pair.ts";

const FILE_BYTES = 200 * 1024 * 1024;
/** Worker and master are in this process, and both leave garbage; the whole file would be far more. */
const MEMORY_LIMIT_BYTES = FILE_BYTES / 2;
/** 4 MiB in blocks of the size that the master asks for. */
const MOST_BLOCKS = 16;

const uploads = [
  { command: "uploadFile", args: { workersrc: "d/f", keepstamp: false } },
  { command: "uploadDirectory", args: { workersrc: "d", compress: null } },
];

describe("an upload of 200 MB", () => {
  it.each(rowsOf(uploads, ({ command }) => command === "uploadDirectory"))(
    "by $command never has more than 4 MiB on their way, nor the file in memory",
    async ({ command, args }) => {
      const { run, directory } = await transferPair();
      await mkdir(join(directory, "d"));
      await writeFile(join(directory, "d", "f"), "");
      await truncate(join(directory, "d", "f"), FILE_BYTES);
      const before = process.memoryUsage().arrayBuffers;
      let most = 0;
      const writer = new FakeWriter({
        forgetful: true,
        beforeAnswer: () => {
          most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        },
      });
      const result = await run(command, { ...args, blocksize: 262_144 }, { writer });
      expect(result.updates).toContainEqual(["rc", 0]);
      expect(writer.mostAtOnce).toBeLessThanOrEqual(MOST_BLOCKS);
      const sent = writer.calls.filter(([method]) => method === "write").map(([, size]) => size as number);
      expect(sent.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(FILE_BYTES);
      expect(Math.max(...sent)).toBeLessThanOrEqual(524_288);
      expect(most).toBeLessThan(MEMORY_LIMIT_BYTES);
    },
  );
});
