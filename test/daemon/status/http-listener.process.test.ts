// Health and metrics over HTTP, of a worker that was asked to serve them.
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FakeMaster } from "../../support/fake-master.ts";
import { listen } from "../../support/listening.ts";
import { poll } from "../../support/poll.ts";
import { rareTest, rowsOf } from "../../support/sized.ts";
import { type Installation, install, logged, makeBasedir } from "../worker-program.ts";

const DEAD_PORT = 1;
/** As the kernel's table of sockets has it. */
const LISTENING = "0A";

let installation: Installation;
const closings: (() => unknown)[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});
afterAll(() => installation.remove());

function startWorker(port: number, words: readonly string[]) {
  const basedir = makeBasedir(installation.newPath(), { port });
  const program = installation.start(["start", "--nodaemon", ...words, basedir]);
  closings.push(async () => {
    program.child.kill("SIGKILL");
    await program.ended;
  });
  return { basedir, program };
}

async function freePort(): Promise<number> {
  const taken = await listen(createServer());
  await taken.end();
  return taken.port;
}

interface Page {
  readonly code: number;
  readonly text: string;
}

type Place = { readonly port: number } | { readonly socketPath: string };

function get(place: Place, path: string, method = "GET"): Promise<Page> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...place, host: "127.0.0.1", path, method }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () => resolve({ code: response.statusCode ?? 0, text }));
    });
    asked.on("error", reject).end();
  });
}

const served = (place: Place) => poll("an answer", () => get(place, "/healthz").catch(() => undefined));

describe("a worker with --status-listen", () => {
  it("tells whether it lives, whether it is attached, and in numbers what it did", async () => {
    const master = await FakeMaster.listen();
    closings.push(() => master.close());
    const place = { port: await freePort() };
    startWorker(master.port, [`--status-listen=${place.port}`]);
    const attached = await master.nextWorker();
    expect(await served(place)).toEqual({ code: 200, text: "ok\n" });
    const builder = (await attached.setBuilders("b1")).get("b1")!;
    await attached.run(builder, "shell", { command: "echo some output", workdir: ".", logEnviron: false });
    const metrics = await poll("the end of the command", async () => {
      const { text } = await get(place, "/metrics");
      return text.includes('finished_total{worker="w1",result="success"} 1') && text;
    });
    expect(metrics).toContain('buildhand_attached{worker="w1"} 1\n');
    expect(await get(place, "/readyz")).toEqual({ code: 200, text: `w1: attached to 127.0.0.1:${master.port}\n` });
    await master.close();
    const { text } = await poll("not ready", async () => {
      const page = await get(place, "/readyz");
      return page.code === 503 && page.text.includes("not attached") && page;
    });
    expect(text).toMatch(/^w1: not attached to 127\.0\.0\.1:\d+: /);
    expect((await get(place, "/healthz")).code).toBe(200);
  });

  it("serves on a socket that only its user can open, and removes it", async () => {
    const socketPath = installation.newPath();
    const { program } = startWorker(DEAD_PORT, [`--status-listen=${socketPath}`]);
    await served({ socketPath });
    expect((statSync(socketPath).mode & 0o777).toString(8)).toBe("600");
    expect((await get({ socketPath }, "/readyz")).code).toBe(503);
    program.child.kill("SIGTERM");
    await program.ended;
    expect(existsSync(socketPath)).toBe(false);
  });

  rareTest("serves on a socket whose path ends like an address", 180_000, async () => {
    const socketPath = `${installation.newPath()}:9100`;
    startWorker(DEAD_PORT, [`--status-listen=${socketPath}`]);
    await served({ socketPath });
  });

  it("refuses what is none of its pages, and what is too much", async () => {
    const place = { port: await freePort() };
    startWorker(DEAD_PORT, [`--status-listen=127.0.0.1:${place.port}`]);
    await served(place);
    expect((await get(place, "/")).code).toBe(404);
    expect((await get(place, "/metrics", "POST")).code).toBe(405);
    expect((await get(place, "/metrics?now=1", "HEAD")).code).toBe(200);
    const said = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(place.port, "127.0.0.1");
      socket.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      socket.on("error", () => {}).on("close", () => resolve(text));
      socket.write(`GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    });
    expect(said).toMatch(/^HTTP\/1\.1 431 /);
  });

  rareTest("runs without it where the port is taken, and reports it", 180_000, async () => {
    const place = { port: await freePort() };
    startWorker(DEAD_PORT, [`--status-listen=${place.port}`]);
    await served(place);
    const second = startWorker(DEAD_PORT, [`--status-listen=${place.port}`]);
    await logged(second.basedir, `nothing is served on ${place.port}: Address already in use`);
    await logged(second.basedir, "Scheduling retry 1");
  });

  const refused = [
    ["an address that others could reach", "0.0.0.0:9100"],
    ["a path that is too long for a socket", `/tmp/${"s".repeat(103)}`],
  ] as const;
  it.each(rowsOf(refused, (_, at) => at === 0))("does not start for %s", async (_, address) => {
    const { program, basedir } = startWorker(DEAD_PORT, [`--status-listen=${address}`]);
    expect((await program.ended).code).toBe(1);
    expect(program.printed).toContain(
      "--status-listen must be a port of the loopback address, such as 127.0.0.1:9100, or the absolute path of a socket",
    );
    expect(existsSync(join(basedir, "twistd.log"))).toBe(false);
  });
});

it("a worker without it listens on no port", async () => {
  const { basedir, program } = startWorker(DEAD_PORT, []);
  await logged(basedir, "Scheduling retry 1");
  const proc = `/proc/${program.child.pid}`;
  const links = readdirSync(`${proc}/fd`).map((descriptor) => readlinkSync(`${proc}/fd/${descriptor}`));
  const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const rows = ["tcp", "tcp6"].flatMap((name) => readFileSync(`${proc}/net/${name}`, "utf8").split("\n"));
  const listening = rows.map((row) => row.trim().split(/\s+/)).filter(([, , , state]) => state === LISTENING);
  expect(listening.filter(({ 9: inode }) => inodes.has(inode))).toEqual([]);
});
