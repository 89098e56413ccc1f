// Builds of minutes through relays, under a real master, in network namespaces whose cables are pulled and whose addresses
// change. Writes what it measured into docs/measurements/relay.md.
import { afterAll, expect, test } from "vitest";
import { describeWithMaster } from "../masters/support/availability.ts";
import { printed } from "../masters/support/build-outcome.ts";
import { type StepDescription, shell } from "../masters/support/description.ts";
import { startRelay } from "../masters/support/relay-process.ts";
import { type Protocol, startMaster } from "../masters/support/test-master.ts";
import { startAttachedWorker } from "../masters/support/worker-process.ts";
import { poll } from "../support/poll.ts";
import { isAvailable, networkNamespace } from "./network-namespace.ts";
import { storeRelay } from "./relay-page.ts";

/** 1 for the published figures: builds of three minutes and one outage of four. */
const SCALE = Number(process.env["BUILDHAND_RELAY_SCALE"] ?? 1);
const HOUR_MS = 3_600_000;
const BUILDS_PER_PROTOCOL = Math.max(Math.round(5 * SCALE), 1);
const OUTPUT_STEPS = 12;
const LINES_PER_STEP = Math.round(100 * SCALE);
const CUT_SECONDS = [1, 2, 4, 7, 10, 15, 20, 25, 33, 40, 240].map((seconds) => Math.max(seconds * SCALE, 1));
const UP_SECONDS = Math.max(8 * SCALE, 2);
const kinds = ["cable", "reset", "address"] as const;

function stepsFor(protocol: Protocol, number: number): readonly StepDescription[] {
  const file = `${protocol}-${number}`;
  const output = Array.from({ length: OUTPUT_STEPS }, (_, index) =>
    shell(`output ${index}`, `for n in $(seq ${LINES_PER_STEP}); do echo line $n; sleep 0.2; done`),
  );
  const [first, second, ...others] = output;
  return [
    first!,
    shell("make", "seq 1000000 > large"),
    { type: "FileUpload", args: { workersrc: "large", masterdest: file } },
    second!,
    ...(protocol === "pb"
      ? [
          { type: "FileDownload", args: { mastersrc: file, workerdest: "down" } },
          shell("compare", "cmp large down && echo equal"),
        ]
      : []),
    shell("terminal", `for n in $(seq ${LINES_PER_STEP}); do test -t 1 && echo line $n; sleep 0.2; done`, {
      usePTY: true,
    }),
    ...others,
  ];
}

const lines = (count: number, text = "line ") =>
  Array.from({ length: count }, (_, index) => `${text}${index + 1}\n`).join("");

describeWithMaster("builds through relays in network namespaces", () => {
  const endings: (() => unknown)[] = [];
  afterAll(async () => {
    for (const end of endings.toReversed()) await end();
  });

  test.runIf(isAvailable())("survive cables, resets and addresses", { timeout: HOUR_MS }, async () => {
    const all = (["pb", "msgpack"] as const).flatMap((protocol) =>
      Array.from({ length: BUILDS_PER_PROTOCOL }, (_, number) => ({ protocol, number, name: `${protocol}-${number}` })),
    );
    const master = await startMaster({
      workers: all.map(({ name }) => ({ name, password: "sekret" })),
      builders: all.map(({ name, protocol, number }) => ({ name, workers: [name], steps: stepsFor(protocol, number) })),
    });
    endings.push(() => master.end());
    const space = networkNamespace();
    endings.push(() => space.end());
    const relays = {
      pb: await startRelay(master, "pb", { graceSeconds: 300 }),
      msgpack: await startRelay(master, "msgpack", { graceSeconds: 300 }),
    };
    const { prefix, host } = space;
    const workers = [];
    for (const { name, protocol } of all) {
      const { keyPath, port, network } = relays[protocol];
      // Half of them through a network that can be reset.
      const address = workers.length % 2 === 0 ? `${host}:${port}` : `127.0.0.1:${network.port}`;
      const tacLines = [`relay = '${address}'`, `relay_key = '${keyPath}'`];
      const place = workers.length % 2 === 0 ? { under: prefix } : {};
      const worker = await startAttachedWorker("buildhand", master, { name, protocol, tacLines, ...place });
      await poll(`${name} to be ready`, () => worker.log().includes("worker is ready"));
      workers.push(worker);
    }
    const builds = await Promise.all(all.map(({ name }) => master.startBuild(name)));
    let running = builds.length;
    const outcomes = builds.map((build) =>
      build.finished(HOUR_MS).finally(() => {
        running -= 1;
      }),
    );
    const pause = async (seconds: number) => {
      const from = performance.now();
      await poll("a pause", () => running === 0 || performance.now() - from > seconds * 1000, { deadlineMs: HOUR_MS });
    };
    const cuts: string[] = [];
    for (const [index, seconds] of CUT_SECONDS.entries()) {
      await pause(UP_SECONDS);
      if (running < builds.length) break;
      const kind = kinds[index % kinds.length]!;
      space.link("down");
      for (const { network } of Object.values(relays)) {
        network.refuse();
        network.cut(kind === "reset" ? "rst" : "silence");
      }
      await pause(seconds);
      if (kind === "address") space.changeAddress();
      for (const { network } of Object.values(relays)) await network.accept();
      space.link("up");
      cuts.push(`${kind} ${seconds} s`);
    }
    const ended = await Promise.all(outcomes);
    const attempts = await Promise.all(builds.map((build) => build.attempts()));
    expect(attempts.map((one) => one.map(({ result }) => result))).toEqual(all.map(() => ["success"]));
    expect(cuts).toHaveLength(CUT_SECONDS.length);
    for (const [index, { protocol, number }] of all.entries()) {
      const { steps } = ended[index]!;
      for (let step = 0; step < OUTPUT_STEPS; step += 1) {
        expect(printed({ steps }, `output ${step}`)).toBe(lines(LINES_PER_STEP));
      }
      expect(printed({ steps }, "terminal")).toBe(lines(LINES_PER_STEP));
      expect(master.fileText(`${protocol}-${number}`) === lines(1_000_000, "")).toBe(true);
      if (protocol === "pb") expect(printed({ steps }, "compare")).toBe("equal\n");
    }
    const resumed = workers.map((worker) => worker.log().split("resumed through the relay").length - 1);
    // TCP itself survives a cable that is away for some seconds.
    for (const count of resumed) expect(count).toBeGreaterThan(2);
    if (SCALE < 1) return;
    storeRelay("outages", [
      ["what", "measured"],
      ["builds, half over PB and half over MessagePack", String(all.length)],
      ["shortest time of a build, without outages", `${Math.round((OUTPUT_STEPS + 1) * LINES_PER_STEP * 0.2)} s`],
      ["outages of each worker", cuts.join(", ")],
      ["lines lost and resumed, of all workers", String(resumed.reduce((sum, count) => sum + count, 0))],
      ["builds that were started again", "0"],
      ["logs, uploads and downloads that differ", "0"],
    ]);
  });
});
