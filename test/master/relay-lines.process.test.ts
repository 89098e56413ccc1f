// The status page of a master whose worker comes through a relay, over a line that is cut while a build runs.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFailed, onTestFinished, test } from "vitest";
import { askStatus } from "../../src/daemon/status/index.ts";
import { freePorts } from "../masters/support/free-ports.ts";
import { poll } from "../support/poll.ts";
import { Relay as Network } from "../support/relay.ts";
import { rareTest } from "../support/sized.ts";
import { RunningCi } from "./running-ci.ts";

rareTest("pages say that a line is lost and commands go on, and later that it was resumed", 180_000, async () => {
  const ci = new RunningCi({
    web: { port: 0, relays: ["../relay"] },
    builders: [
      // Each line is a moment at which the worker works; the build ends when the test says so.
      {
        name: "b",
        workers: ["w1"],
        steps: [{ shell: "while ! test -e ../../../enough; do echo >> ../../../lines; sleep 0.1; done" }],
      },
    ],
    schedulers: [{ branch: { builders: ["b"] } }],
  });
  onTestFinished(() => ci.close());
  onTestFailed(() => console.error(ci.log()));
  await ci.ready();
  const page = async (path: string) => {
    const answer = await fetch(ci.address + path);
    return (await answer.text()).replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  };
  const shows = (path: string, text: string | RegExp) =>
    poll(`${path} to show ${text}`, async () => (await page(path)).match(text) !== null);
  const lineOf = async (worker: string) => {
    const answer = await fetch(`${ci.address}/api/v2/workers/${worker}`);
    const { workers } = (await answer.json()) as { workers: [{ workerinfo: { relay?: unknown } }] };
    return workers[0].workerinfo.relay;
  };
  const directory = join(ci.place.home, "relay");
  await shows("/workers", `Lost lines are not shown: the relay in ${directory} is not running`);

  const [port = 0] = await freePorts(1);
  const addresses = [`--listen=127.0.0.1:${port}`, `--master=127.0.0.1:${ci.port}`];
  expect(await ci.place.run(["relay", "create", "-q", ...addresses, directory]).ended).toBe(0);
  const relay = ci.place.run(["relay", "start", "--nodaemon", directory]);
  await poll("the relay", () => relay.printed().includes("the relay is ready"));
  const network = await Network.listen({ port });
  onTestFinished(() => network.close());
  await ci.attach("w1", { relay: `'127.0.0.1:${network.port}'`, relay_key: `'${join(directory, "worker.key")}'` });
  await ci.attach("w2");
  await shows("/workers/w1", "Line through a relay");
  expect(await page("/workers/w2")).not.toContain("Line");
  expect(await page("/workers")).not.toMatch(/[Ll]ine/);
  expect(await lineOf("w2")).toBeUndefined();

  await ci.push({ branch: "main", revision: "1".repeat(40) });
  const lines = () => ci.read("lines").length;
  await poll("the build", () => lines() > 0);
  network.refuse();
  network.cut("rst");
  await shows(
    "/workers/w1",
    /Line lost (just now|\d+ seconds ago) ; commands go on, \d+ bytes? for it waiting at the relay/,
  );
  await shows("/workers", /w1 ● attached ! line lost (just now|\d+ seconds ago)/);
  await shows("/builders/b/builds/1", /Worker w1 ! line lost (just now|\d+ seconds ago)/);
  expect(await page("/workers/w2")).not.toContain("lost");
  expect(await lineOf("w1")).toEqual({ lost_at: expect.any(Number), waiting_bytes: expect.any(Number) });
  const before = lines();
  await poll("the command to go on", () => lines() > before);

  await network.accept();
  await shows("/workers/w1", /Line through a relay, resumed after \d+(\.\d)? s \( (just now|\d+ seconds ago) \)/);
  expect(await page("/workers")).not.toContain("line lost");
  expect(await lineOf("w1")).toEqual({ lost_at: null, waiting_bytes: 0 });
  ci.write("enough", "");
  await poll("the end of the build", () => ci.ended().length === 1);
  expect(ci.ended()).toEqual(["1 of 'b' on worker 'w1': SUCCESS"]);
  relay.child.kill("SIGTERM");
  await shows("/workers", `the relay in ${directory} is not running`);
  expect(await page("/workers/w1")).not.toContain("Line");
});

test("what answers on the socket of a relay's directory is limited, and the master stays where it is", async () => {
  const directory = mkdtempSync(join(tmpdir(), "buildhand-asked-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const cwd = process.cwd();
  const ask = (where = directory) => askStatus(where, { staysHere: true });
  const path = join(directory, "buildhand.sock");
  const deep = join(directory, "d".repeat(110));
  expect(await ask(deep)).toEqual({
    state: "unknown",
    reason: `${join(deep, "buildhand.sock")} is longer than 107 bytes`,
  });
  expect(await ask()).toEqual({ state: "nobody" });
  let answer = `[${"1,".repeat(4 * 1024 * 1024)}`;
  const server = createServer((socket) => void socket.on("error", () => {}).end(answer));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  expect(await ask()).toMatchObject({ state: "unknown" });
  answer = '{"sessions":[]}';
  expect(await ask()).toEqual({ state: "answered", status: { sessions: [] } });
  expect(process.cwd()).toBe(cwd);
});
