// A relay beside a real master: builds go on over lost connections, and nobody else has to wait.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { poll } from "../support/poll.ts";
import { Relay as Network } from "../support/relay.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import { printed } from "./support/build-outcome.ts";
import { type StepDescription, shell } from "./support/description.ts";
import { startRelay } from "./support/relay-process.ts";
import { type Protocol, startMaster, type TestMaster } from "./support/test-master.ts";
import { startAttachedWorker, startWorker } from "./support/worker-process.ts";

const LINES = 60;
const protocols: readonly Protocol[] = ["pb", "msgpack"];

function stepsFor(protocol: Protocol): readonly StepDescription[] {
  // Enough for several windows of the relay.
  const upload = { type: "FileUpload", args: { workersrc: "large", masterdest: protocol, blocksize: 65_536 } };
  const download = { type: "FileDownload", args: { mastersrc: protocol, workerdest: "down" } };
  return [
    shell("say", `for n in $(seq ${LINES}); do echo line $n; sleep 0.15; done`),
    shell("terminal", "for n in $(seq 10); do test -t 1 && echo line $n; sleep 0.2; done", { usePTY: true }),
    shell("flood", "seq 50000"),
    shell("make", "seq 600000 > large"),
    upload,
    // No master can send files over MessagePack.
    ...(protocol === "pb" ? [download, shell("compare", "cmp large down && echo equal")] : []),
  ];
}

const lines = (count: number, text = "line ") =>
  Array.from({ length: count }, (_, index) => `${text}${index + 1}\n`).join("");

describeWithMaster("a build through a relay", () => {
  let scratch: string;
  let master: TestMaster;
  const directoryOf = (protocol: Protocol) => join(scratch, `runs-${protocol}`);
  const workersOf = (protocol: Protocol) => [1, 2, 3].map((number) => `${protocol}-${number}`);
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "buildhand-relayed-"));
    const builders = protocols.flatMap((protocol) => {
      const [first = "", ...others] = workersOf(protocol);
      mkdirSync(directoryOf(protocol));
      // Each run says for how long it lives.
      const live = `n=$(mktemp ${directoryOf(protocol)}/XXXXXX); while true; do date +%s.%N >> $n; sleep 0.1; done`;
      return [
        { name: `steps-${protocol}`, workers: [first], steps: stepsFor(protocol) },
        { name: `live-${protocol}`, workers: others, steps: [shell("live", live)] },
      ];
    });
    const workers = protocols.flatMap(workersOf).map((name) => ({ name, password: "sekret" }));
    master = await startMaster({ workers, builders });
  });
  afterAll(async () => {
    await master?.end();
    rmSync(scratch, { recursive: true });
  });

  const typical = rowsOf(protocols, (protocol) => protocol === "pb");
  describe.concurrent.each(typical)("over %s", (protocol) => {
    const [name = ""] = workersOf(protocol);

    test.sequential("loses nothing while its line breaks, falls silent and is refused", async ({
      onTestFailed,
      onTestFinished,
    }) => {
      const relay = await startRelay(master, protocol);
      const { tacLines, network } = relay;
      const worker = await startAttachedWorker("buildhand", master, { name, protocol, tacLines });
      onTestFailed(() => console.error(`${worker.log()}\n${relay.output()}\n${master.log()}`));
      onTestFinished(async () => {
        await worker.stop();
        // Which may not know it: the last line may have been silent.
        await relay.stop();
        await master.workerDetached(name);
      });
      await poll("the worker to be ready", () => worker.log().includes("worker is ready"));
      const build = await master.startBuild(`steps-${protocol}`);
      let isOver = false;
      const outcome = build.finished().finally(() => {
        isOver = true;
      });
      let cuts = 0;
      const cutting = (async () => {
        await build.logLine("say", /line 3$/);
        for (const how of ["rst", "fin", "rst", "silence"] as const) {
          network.refuse();
          network.cut(how);
          cuts += 1;
          const from = performance.now();
          await poll("a pause", () => isOver || performance.now() - from > (how === "silence" ? 500 : 1500));
          await network.accept();
          await poll("the next connection", () => isOver || performance.now() - from > 8000, {});
        }
      })();
      const { result, steps } = await outcome;
      await cutting;
      expect([result, await build.attempts()]).toEqual(["success", [expect.anything()]]);
      expect(printed({ steps }, "say")).toBe(lines(LINES));
      expect(printed({ steps }, "terminal")).toBe(lines(10));
      expect(printed({ steps }, "flood")).toBe(lines(50_000, ""));
      expect(master.fileText(protocol)).toBe(lines(600_000, ""));
      if (protocol === "pb") expect(printed({ steps }, "compare")).toBe("equal\n");
      expect(cuts).toBe(4);
      expect(worker.log()).toMatch(/was lost: .*; commands continue, \d+ bytes wait; trying to resume for/);
      expect(worker.log()).toContain("resumed through the relay after");
    });

    test.sequential.each(rowsOf([name], () => false))("is lost without a relay at the first reset", async () => {
      const network = await Network.listen({ port: master.ports[protocol] });
      master.endAlso(() => network.close());
      const worker = await startAttachedWorker("buildhand", master, { name, protocol, port: network.port });
      const build = await master.startBuild(`steps-${protocol}`);
      await build.logLine("say", /line 3$/);
      network.cut("rst");
      await poll("the retry", async () => (await build.attempts())[0]?.result === "retry");
      await worker.stop();
    });
  });

  test.concurrent.for(typical)(
    "never runs twice at once when the grace over %s is over and another worker is free",
    async (protocol, { onTestFinished }) => {
      const [, name = "", other = ""] = workersOf(protocol);
      // Of an attempt that failed.
      for (const run of readdirSync(directoryOf(protocol))) rmSync(join(directoryOf(protocol), run));
      const { network, tacLines } = await startRelay(master, protocol, { graceSeconds: 8 });
      const first = await startAttachedWorker("buildhand", master, { name, protocol, tacLines });
      await poll("the worker to be ready", () => first.log().includes("worker is ready"));
      const build = await master.startBuild(`live-${protocol}`);
      const running = [first];
      onTestFinished(async () => {
        await build.stop("enough");
        for (const worker of running) await worker.stop();
      });
      const runs = () => runsIn(directoryOf(protocol));
      await poll("the first run", () => runs().length === 1);
      running.push(await startAttachedWorker("buildhand", master, { name: other, protocol }));
      network.refuse();
      network.cut("silence");
      await poll("the second run", () => runs().length === 2, { deadlineMs: 100_000 });
      const [one, two] = runs().toSorted((a, b) => a.began - b.began);
      expect(one!.ended).toBeLessThan(two!.began);
    },
  );

  rareTest("waits less than four seconds for a MessagePack worker that vanishes as it attaches", 600_000, async () => {
    const [name, other] = ["w1", "w2"] as const;
    const builders = [name, other].map((one) => ({ name: one, workers: [one], steps: [shell("say", "echo said")] }));
    const workers = [name, other].map((one) => ({ name: one, password: "sekret" }));
    // Of its own, which has met no outage.
    const master = await startMaster({ workers, builders });
    onTestFinished(() => master.end());
    const relay = await startRelay(master, "msgpack");
    const direct = await Network.listen({ port: master.ports.msgpack });
    master.endAlso(() => direct.close());
    await startAttachedWorker("buildhand", master, { name: other, protocol: "msgpack", port: direct.port });
    const timed = async (act: () => Promise<unknown>) => {
      const from = performance.now();
      await act();
      return performance.now() - from;
    };
    const comeBack = async () => {
      direct.cut("rst");
      await master.workerDetached(other);
      return timed(() => master.workerAttached(other));
    };
    const reconfigure = () => timed(() => master.changeBuilders((present) => present));
    const usual = [await comeBack(), await reconfigure()] as const;
    const { tacLines } = relay;
    const worker = await startWorker("buildhand", master, { name, protocol: "msgpack", tacLines });
    const waits: (readonly number[])[] = [];
    // Between two attempts, a worker waits for a second at most.
    const short = () => waits.filter(([back = 0, done = 0]) => back < usual[0] + 5000 && done < usual[1] + 4000);
    // On a busy machine, some take longer for other reasons.
    while (short().length < 3 && waits.length < 6) {
      const began = () => relay.output().split("session began").length - 1;
      await poll("an attempt to attach", () => began() > waits.length);
      relay.network.cut("silence");
      waits.push(await Promise.all([comeBack(), reconfigure()]));
    }
    expect(short(), JSON.stringify({ usual, waits })).toHaveLength(3);
    await master.workerAttached(name);
    await worker.stop();
  });
});

/** By the first and the last line of each file. */
function runsIn(directory: string): readonly { readonly began: number; readonly ended: number }[] {
  const texts = readdirSync(directory).map((name) => readFileSync(join(directory, name), "utf8"));
  return texts
    .filter((text) => text.includes("\n"))
    .map((text) => {
      const times = text.trim().split("\n").map(Number);
      return { began: times[0]!, ended: times.at(-1)! };
    });
}
