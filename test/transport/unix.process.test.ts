import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readEndpoint } from "../../src/transport/endpoint-string.ts";
import { type MasterTarget, NO_DEMANDS } from "../../src/transport/master-target.ts";
import { connected, connecting, failure } from "../support/connecting.ts";
import { type Listening, listen, plainServer, received } from "../support/listening.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-unix-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const started: Listening[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.end();
});

async function serve(name: string): Promise<void> {
  const server = plainServer((socket) => socket.write("hello"));
  started.push(await listen(server, join(root, name)));
}

function target(text: string): MasterTarget {
  const endpoint = readEndpoint(text, { where: "test", directory: root });
  return { endpoint, proxy: undefined, tls: NO_DEMANDS, shown: text };
}

async function expectHello(text: string): Promise<void> {
  const attempt = connecting(target(text));
  const socket = await connected(attempt);
  expect(await received(socket, 5)).toBe("hello");
  expect(attempt.stages).toEqual(["TCP"]);
  socket.destroy();
}

describe("a Unix socket", () => {
  it("is connected to", async () => {
    await serve("plain");
    await expectHello("unix:plain");
    await expectHello(`unix:path=${root}/plain:timeout=4:lockfile=0`);
  });

  it("that is missing or invalid is an error", async () => {
    expect(await failure(connecting(target("unix:missing")))).toBe(
      `TCP: cannot connect to ${root}/missing: no such file (ENOENT ${root}/missing)`,
    );
    expect(await failure(connecting(target("unix:.")))).toMatch(
      /^TCP: cannot connect to .*\((?:ECONNREFUSED|ENOTSOCK) /,
    );
  });

  it("with lockfile=1 needs a lock that a living process holds", async () => {
    await serve("locked");
    const refusal = `TCP: cannot connect to ${root}/locked: no running process holds the lock ${root}/locked.lock`;
    const { pid: gone } = spawnSync("true");
    for (const holder of [undefined, "nobody", "0", "-1", String(gone)]) {
      rmSync(join(root, "locked.lock"), { force: true });
      if (holder !== undefined) symlinkSync(holder, join(root, "locked.lock"));
      expect(await failure(connecting(target("unix:locked:lockfile=1")))).toBe(refusal);
    }
    for (const holder of [process.pid, 1]) {
      rmSync(join(root, "locked.lock"), { force: true });
      symlinkSync(String(holder), join(root, "locked.lock"));
      await expectHello("unix:locked:lockfile=1");
    }
  });
});
