// Real workers, Python's and ours, attached to our own master's listeners over both protocols: each does what the master asks,
// and both tell of it in the same words.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { WorkerLink } from "../../src/master/worker-link.ts";
import { PASSWORD, run, shell, TestMaster } from "../master/workers/test-registry.ts";
import { describeWithMaster } from "./support/availability.ts";
import { type LoneWorkerProgram, startLoneWorker } from "./support/lone-workers.ts";
import { workerKinds } from "./support/worker-process.ts";

for (const protocol of ["pb", "msgpack"] as const) {
  describeWithMaster(`workers over ${protocol}`, () => {
    const root = mkdtempSync(join(tmpdir(), "buildhand-links-"));
    const programs: LoneWorkerProgram[] = [];
    const links: WorkerLink[] = [];
    let master: TestMaster;

    beforeAll(async () => {
      master = await TestMaster.listen({ config: { protocol }, names: [...workerKinds] });
      for (const kind of workerKinds) {
        programs.push(
          await startLoneWorker(kind, { root, port: master.port, protocol, name: kind, password: PASSWORD }),
        );
      }
      for (const kind of workerKinds) links.push(await master.worker(kind));
    });

    afterAll(async () => {
      for (const program of programs) await program.stop();
      await master.close();
      rmSync(root, { recursive: true });
    });

    it("runs a shell command", async () => {
      for (const link of links) {
        const report = await run(link, "shell", shell(["sh", "-c", "echo out; echo err >&2; exit 3"]));
        expect(report.end).toEqual({ type: "completed", rc: 3 });
        expect(report.text("stdout")).toBe("out\n");
        expect(report.text("stderr")).toBe("err\n");
      }
    });
  });
}
