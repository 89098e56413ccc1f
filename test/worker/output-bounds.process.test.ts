// What a master that reads nothing gets of output: no more than the limit, and of a quiet command all.
import { afterEach, expect, it } from "vitest";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { remoteObject } from "../support/broker-pair.ts";
import { DEFAULT_RULES } from "../support/default-rules.ts";
import { FakeMaster } from "../support/fake-master.ts";
import { poll, standsStill } from "../support/poll.ts";
import { rowsOf } from "../support/sized.ts";
import { startTestWorker } from "../support/test-worker.ts";

const started: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

const FLOOD = "head -c 20000000 /dev/zero | tr '\\000' '\\n'";

const MIB = 1024 * 1024;

const limits = [
  ["what backlog_limit says", MIB, MIB],
  ["4 MiB", DEFAULT_RULES.backlogLimitBytes, 4 * MIB],
] as const;

it.each(rowsOf(limits, (_, at) => at === 1))(
  "a master that answers no update gets %s of a flood at most, and still what others print",
  async (_what, set, limit) => {
    const master = await FakeMaster.listen();
    started.push({ end: () => master.close() });
    started.push(
      await startTestWorker({ port: master.port, settings: { rules: { ...DEFAULT_RULES, backlogLimitBytes: set } } }),
    );
    const attached = await master.nextWorker();
    const builders = await attached.setBuilders("loud", "quiet");
    let answerAll: () => void = () => {};
    const answered = new Promise<void>((resolve) => {
      answerAll = resolve;
    });
    const texts = { loud: "", quiet: "" };
    const done = { loud: false, quiet: false };
    const start = async (name: "loud" | "quiet", command: string) => {
      const object = remoteObject({
        async update({ args: [pairs] }) {
          for (const [update] of pairs as readonly [ReadonlyMap<string, JellyValue>][]) {
            texts[name] += update.get("stdout") ?? "";
          }
          await answered;
          return 0;
        },
        complete() {
          done[name] = true;
          return null;
        },
      });
      const args = new Map<JellyValue, JellyValue>(
        Object.entries({ workdir: ".", command, env: null, logEnviron: false }),
      );
      await attached.broker.call(builders.get(name)!, "startCommand", [
        attached.broker.expose(object),
        name,
        "shell",
        args,
      ]);
    };
    await start("loud", FLOOD);
    const still = await standsStill("the flood", () => texts.loud.length);
    expect(still).toBeGreaterThan(limit / 4);
    expect(still).toBeLessThan(limit);
    await start("quiet", "echo hello; sleep 0.1; echo again");
    await poll("the quiet one to end", () => done.quiet);
    expect(texts.quiet).toBe("hello\nagain\n");
    expect(done.loud).toBe(false);
    answerAll();
    await poll("the loud one to end", () => done.loud);
    expect(texts.loud.length).toBe(20_000_000);
  },
);
