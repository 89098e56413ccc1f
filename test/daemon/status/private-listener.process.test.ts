// A socket that only its user can open, on real paths.

import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { listenPrivately } from "../../../src/daemon/status/private-listener.ts";

let place: string;
const servers = new Set<ReturnType<typeof createServer>>();

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "buildhand-listener-"));
});
afterEach(() => {
  for (const server of servers) server.close();
  servers.clear();
  rmSync(place, { recursive: true });
});

function listener(path: string) {
  const failures: string[] = [];
  const server = createServer((socket) => socket.end("hello"));
  servers.add(server);
  listenPrivately(server, path, (reason) => failures.push(reason));
  return { server, failures };
}

it("goes on when connections cannot be accepted, and says so once", async () => {
  const path = join(place, "s");
  const { server, failures } = listener(path);
  await once(server, "listening");
  // Node.js reports a failed accept(2) like this.
  const error = Object.assign(new Error("accept EMFILE"), { code: "EMFILE", errno: -24, syscall: "accept" });
  for (let count = 0; count < 3; count += 1) server.emit("error", error);
  expect(failures).toEqual(["Too many open files"]);
  const [text] = await once(connect(path).setEncoding("utf8"), "data");
  expect(text).toBe("hello");
  expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
});

it("says which directory is missing", async () => {
  const { failures } = listener(join(place, "none/s"));
  await expect.poll(() => failures).toEqual([`there is no directory ${place}/none`]);
  expect(existsSync(join(place, "none"))).toBe(false);
});
