// Lookups while the threads in which they run are held by files that do not answer.
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, open, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connected, connecting, failure } from "../support/connecting.ts";
import { type Listening, listen, plainServer } from "../support/listening.ts";
import { poll } from "../support/poll.ts";
import { tcpTarget } from "../support/tcp-target.ts";

const THREADS = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);

let root: string;
let server: Listening;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "buildhand-threads-"));
  server = await listen(plainServer(() => {}));
});
afterAll(async () => {
  await server.end();
  rmSync(root, { recursive: true, force: true });
});

/** Has every thread wait for somebody to write into a FIFO. Returns what ends that. */
function holdThreads(): () => Promise<void> {
  const holds = Array.from({ length: THREADS }, (_, n) => {
    const path = join(root, `fifo-${n}`);
    execFileSync("mkfifo", [path]);
    const opened = new Promise<number>((resolve, reject) => {
      open(path, "r", (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)));
    });
    return { path, opened };
  });
  return async () => {
    for (const { path, opened } of holds) {
      // One that is open for both does not wait.
      const writer = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      closeSync(await opened);
      closeSync(writer);
    }
  };
}

describe("a worker whose threads are all blocked by files that do not answer", () => {
  it("connects to the last known addresses, and says why it cannot find others", async () => {
    (await connected(connecting(tcpTarget("localhost", server.port)))).destroy();
    const release = holdThreads();
    try {
      const known = connecting(tcpTarget("localhost", server.port));
      await poll("the wait for an answer", () => known.clock.timerCount === 2);
      known.clock.advance(15_000);
      (await connected(known)).destroy();
      expect(known.warnings).toEqual([
        expect.stringMatching(
          /^name lookup: no answer for the name localhost within 15 seconds, because all of the worker's threads .* dead NFS server; trying its last known addresses: (?:127\.0\.0\.1|::1)/,
        ),
      ]);
      const unknown = connecting(tcpTarget("unknown.invalid", 1));
      unknown.clock.advance(30_000);
      expect(await failure(unknown)).toMatch(
        /^name lookup: no answer for the name unknown\.invalid within 30 seconds, because all of the worker's threads for file and name lookups/,
      );
    } finally {
      await release();
    }
  });
});
