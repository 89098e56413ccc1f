// Compares the embedded master with Buildbot's own: the same workers, the same builds, asked through the same API.
//
//   node bench/masters.js [--runs N] [--builds N] [--log-mib N] [--json FILE]
//
// Published: npm run bench:masters -- --json docs/measurements/data/masters.json && node scripts/write-measurements.js
//
// Debian packages no web assets of Buildbot, so its master gets an empty plugin in their place; its API is complete.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { figuresOfMasters, timesBetter } from "../scripts/measurements/masters.js";
import { describeMachine, shownMachine } from "./machine.js";
import { pssMib } from "./processes.js";

const PROGRAM = fileURLToPath(new URL("../bin/buildhand.js", import.meta.url));
const WORKERS = ["w1", "w2"];
const PASSWORD = "secret-of-the-bench";
const START_LIMIT_MS = 60_000;
const BUILDS_LIMIT_MS = 600_000;
const END_LIMIT_MS = 15_000;
const POLL_MS = 100;
const ANSWERS = 100;
const LINE = "x".repeat(99);

/** Each returns what to start, and the headers of requests. */
const masters = {
  buildbot(directory, ports, { log }) {
    mkdirSync(join(directory, "static"), { recursive: true });
    writeFileSync(join(directory, "static", "index.html"), "<html></html>");
    const create = ["/usr/bin/buildbot", ["create-master", "-q", directory]];
    const write = () => writeFileSync(join(directory, "master.cfg"), buildbotConfig(directory, ports, log));
    return { create, write, run: ["/usr/bin/buildbot", ["start", "--nodaemon", directory]], headers: () => ({}) };
  },
  buildhand(directory, ports, { log }) {
    const create = [process.execPath, [PROGRAM, "master", "create", "--quiet", directory]];
    const write = () => writeFileSync(join(directory, "master.yaml"), buildhandConfig(ports, log));
    const run = [process.execPath, [PROGRAM, "master", "start", "--nodaemon", directory]];
    const headers = () => {
      const { token } = JSON.parse(readFileSync(join(directory, "master.access"), "utf8"));
      return { authorization: `Bearer ${token}` };
    };
    return { create, write, run, headers };
  },
};

function buildbotConfig(directory, ports, log) {
  return `import sys, types
for name in ("buildbot.test", "buildbot.test.fake", "buildbot.test.fake.reactor"):
    sys.modules.setdefault(name, types.ModuleType(name))
sys.modules["buildbot.test.fake.reactor"].NonThreadPool = type("NonThreadPool", (), {})
from twisted.web import resource
from buildbot.www import service
class App:
    resource = resource.Resource()
    static_dir = ${JSON.stringify(join(directory, "static"))}
class Apps:
    names = ["base"]
    def get(self, name): return App
    def __contains__(self, name): return name == "base"
def use_apps(self, config):
    self.apps = Apps()
    self.base_plugin_name = "base"
service.WWWService.refresh_base_plugin_name = use_apps
from buildbot.plugins import schedulers, steps, util, worker
c = BuildmasterConfig = {}
c["workers"] = [worker.Worker(name, ${JSON.stringify(PASSWORD)}, max_builds=1) for name in ${JSON.stringify(WORKERS)}]
c["protocols"] = {"pb": {"port": "tcp:${ports.workers}:interface=127.0.0.1"}}
def factory(command):
    return util.BuildFactory([steps.ShellCommand(command=command, logEnviron=False, haltOnFailure=True)])
c["builders"] = [
    util.BuilderConfig(name="quick", workernames=${JSON.stringify(WORKERS)}, factory=factory("true")),
    util.BuilderConfig(name="log", workernames=${JSON.stringify(WORKERS)}, factory=factory(${JSON.stringify(log)})),
]
c["schedulers"] = [schedulers.ForceScheduler(name="force", builderNames=["quick", "log"])]
c["collapseRequests"] = False
c["buildbotNetUsageData"] = None
c["buildbotURL"] = "http://127.0.0.1:${ports.web}/"
c["www"] = dict(port="tcp:${ports.web}:interface=127.0.0.1", plugins={})
c["db"] = {"db_url": "sqlite:///state.sqlite"}
`;
}

function buildhandConfig(ports, log) {
  const workers = WORKERS.map((name) => ({ name, password: PASSWORD, maxBuilds: 1 }));
  const builder = (name, command) => ({ name, workers: WORKERS, steps: [{ shell: command }] });
  return JSON.stringify({
    listeners: [{ protocol: "pb", port: ports.workers }],
    web: { port: ports.web },
    workers,
    builders: [builder("quick", "true"), builder("log", log)],
    schedulers: [{ force: { builders: ["quick", "log"] } }],
    mergeRequests: false,
  });
}

class Api {
  constructor(port, headers) {
    this.root = `http://127.0.0.1:${port}/api/v2/`;
    this.headers = headers;
  }

  async get(path) {
    const response = await fetch(`${this.root}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** Forces builds and waits until all have succeeded; the milliseconds of that. */
  async build(builder, count) {
    const [{ builderid }] = (await this.get(`builders/${builder}`)).builders;
    const rows = async (query) => (await this.get(`builders/${builder}/builds?limit=1&${query}`)).builds;
    const newest = async () => (await rows("order=-number"))[0]?.number ?? 0;
    const before = await newest();
    const startedMs = performance.now();
    for (let made = 0; made < count; made += 1) {
      const body = { id: made, jsonrpc: "2.0", method: "force", params: { builderid, reason: "bench" } };
      const headers = { "content-type": "application/json", ...this.headers() };
      const response = await fetch(`${this.root}forceschedulers/force`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`force: ${response.status} ${await response.text()}`);
      await response.arrayBuffer();
    }
    const isOver = async () => (await newest()) >= before + count && (await rows("complete=false")).length === 0;
    await until("the builds have ended", BUILDS_LIMIT_MS, isOver);
    const tookMs = performance.now() - startedMs;
    if ((await rows("results__ne=0")).length > 0) throw new Error(`a build of ${builder} failed`);
    return tookMs;
  }

  /** The median. */
  async answerMs(path) {
    const times = [];
    for (let asked = 0; asked < ANSWERS; asked += 1) {
      const startedMs = performance.now();
      await this.get(path);
      times.push(performance.now() - startedMs);
    }
    return median(times);
  }
}

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    builds: { type: "string", default: "100" },
    "log-mib": { type: "string", default: "50" },
    json: { type: "string" },
  },
});
const [runs, builds, logMib] = [values.runs, values.builds, values["log-mib"]].map(Number);
const lines = Math.round((logMib * 1024 * 1024) / (LINE.length + 1));
const log = `yes ${LINE} | head -n ${lines}`;
const root = mkdtempSync(join(tmpdir(), "buildhand-masters-"));
/** Ended with us. */
const children = new Set();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void end().then(() => process.exit(1)));
const machine = describeMachine();
say(shownMachine(machine));
const measured = { buildbot: [], buildhand: [] };
try {
  for (let run = 1; run <= runs; run += 1) {
    for (const kind of Object.keys(masters)) {
      const found = await measureMaster(kind, join(root, `${kind}-${run}`));
      measured[kind].push(found);
      say(`run ${run}, ${kind}: ${shown(found)}`);
    }
  }
} finally {
  await end();
}
const results = { machine, buildbot: versionOfBuildbot(), builds, logMib, measured };
for (const [label, ratios] of timesBetter(results)) say(`${label}: ${median(ratios).toFixed(1)} times better`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);

function versionOfBuildbot() {
  const { stdout } = spawnSync("/usr/bin/buildbot", ["--version"], { encoding: "utf8" });
  return stdout.split("\n")[0].replace(/^.*: /, "");
}

async function measureMaster(kind, directory) {
  const ports = { workers: await freePort(), web: await freePort() };
  const { create, write, run, headers } = masters[kind](directory, ports, { log });
  await ended(start(create, directory));
  write();
  const master = start(run, directory);
  const api = new Api(ports.web, headers);
  await until("the master answers", START_LIMIT_MS, () => api.get("builders"));
  const workers = [];
  for (const name of WORKERS) {
    const base = `${directory}-${name}`;
    const words = ["create-worker", "--quiet", base, `127.0.0.1:${ports.workers}`, name, PASSWORD];
    await ended(start([process.execPath, [PROGRAM, ...words]], directory));
    workers.push(start([process.execPath, [PROGRAM, "start", "--nodaemon", base]], directory));
  }
  await until("the workers are attached", START_LIMIT_MS, async () =>
    (await api.get("workers")).workers.every(({ connected_to: connected }) => connected.length > 0),
  );
  await api.build("quick", 1);
  const quickMs = await api.build("quick", builds);
  const logMs = await api.build("log", 1);
  const memoryMib = pssMib(master.pid);
  const [{ buildid: build }] = (await api.get("builders/log/builds?limit=1&order=-number")).builds;
  const steps = (await api.get(`builds/${build}/steps`)).steps;
  const logs = (await api.get(`steps/${steps.at(-1).stepid}/logs`)).logs;
  const stdio = logs.find(({ name }) => name === "stdio");
  const found = {
    buildsPerSecond: (builds * 1000) / quickMs,
    logMibPerSecond: (logMib * 1000) / logMs,
    memoryMib,
    listMs: await api.answerMs("builders/quick/builds?limit=20&order=-number"),
    linesMs: await api.answerMs(`logs/${stdio.logid}/contents?limit=1000&offset=${Math.floor(lines / 2)}`),
  };
  for (const child of [...workers, master]) await stop(child);
  return found;
}

function start([program, words], directory) {
  mkdirSync(directory, { recursive: true });
  const child = spawn(program, words, { cwd: directory, stdio: "ignore" });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${child.spawnfile} ended with ${code}`))));
  });
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await Promise.race([end, setTimeout(END_LIMIT_MS, undefined, { ref: false })]);
  child.kill("SIGKILL");
}

async function end() {
  for (const child of children) await stop(child);
  rmSync(root, { recursive: true, force: true });
}

// Polling costs both masters the same.
async function until(what, limitMs, isSo) {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const found = await isSo().catch(() => false);
    if (found) return;
    if (performance.now() > deadlineMs) throw new Error(`gave up waiting until ${what}`);
    await setTimeout(POLL_MS);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function shown(found) {
  return Object.entries(figuresOfMasters)
    .map(([name, [label, unit]]) => `${label} ${found[name].toFixed(1)} ${unit}`)
    .join(", ");
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
