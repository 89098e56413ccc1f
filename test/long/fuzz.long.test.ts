// Throws arbitrary bytes and mutated recorded sessions at decoder and broker, in both roles, for a minute: whatever
// comes, values or one WorkerError, and no more memory than the limits allow.
import { describe, expect, it } from "vitest";
import { WorkerError } from "../../src/base/errors.ts";
import { version } from "../../src/base/version.ts";
import { Broker } from "../../src/session/pb/broker.ts";
import { BananaDecoder } from "../../src/wire/banana/decoder.ts";
import { chunked } from "../support/arbitraries.ts";
import { remoteObject } from "../support/broker-pair.ts";
import { storeMeasurements } from "../support/measurements.ts";
import { Mutator } from "../support/mutator.ts";
import { readSession, sessionNames, sessionStream } from "../support/vectors.ts";

const seconds = Number(process.env["BUILDHAND_FUZZ_SECONDS"] ?? 60);
const seed = Number(process.env["BUILDHAND_FUZZ_SEED"] ?? Date.now() % 1_000_000_000);
/** What one connection may hold at the most, with room for the garbage that is not collected yet. */
const MEMORY_LIMIT_BYTES = 400 * 1024 * 1024;

const corpus = sessionNames().flatMap((name) => {
  const session = readSession(name);
  return [
    { role: "client" as const, stream: sessionStream(session, 0, "S>C") },
    { role: "server" as const, stream: sessionStream(session, 0, "C>S") },
  ];
});

interface Tally {
  runs: number;
  bytes: number;
  accepted: number;
  refused: Record<string, number>;
  peakBytes: number;
}

describe(`fuzzing for ${seconds} seconds from seed ${seed}`, () => {
  it("gives values or one WorkerError in bounded memory", async () => {
    const mutator = new Mutator(seed);
    const tally: Tally = { runs: 0, bytes: 0, accepted: 0, refused: {}, peakBytes: 0 };
    const baseBytes = memoryBytes();
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      const { role, stream } = corpus[mutator.below(corpus.length)]!;
      const input = mutator.chance(0.2) ? mutator.bytes(mutator.below(4000)) : mutator.mutate(stream);
      const chunks = mutator.chance(0.5) ? [input] : chunked(input, mutator);
      try {
        if (mutator.chance(0.3)) decode(chunks);
        else await converse(role, chunks);
        tally.accepted += 1;
      } catch (error) {
        if (!(error instanceof WorkerError)) throw new Error(`seed ${seed}, run ${tally.runs}`, { cause: error });
        tally.refused[error.code] = (tally.refused[error.code] ?? 0) + 1;
      }
      tally.runs += 1;
      tally.bytes += input.length;
      if (tally.runs % 100 === 0) {
        tally.peakBytes = Math.max(tally.peakBytes, memoryBytes() - baseBytes);
        await new Promise((resolve) => setImmediate(resolve)); // let answers settle and garbage go
      }
    }
    report(tally);
    expect(tally.runs).toBeGreaterThan(100);
    expect(Object.keys(tally.refused).length).toBeGreaterThan(3);
    expect(tally.peakBytes).toBeLessThan(MEMORY_LIMIT_BYTES);
  });
});

function decode(chunks: readonly Uint8Array[]): void {
  const decoder = new BananaDecoder();
  for (const chunk of chunks) {
    for (const _ of decoder.push(chunk)) decoder.dialect = "pb";
  }
}

async function converse(role: "client" | "server", chunks: readonly Uint8Array[]): Promise<void> {
  const echo = remoteObject(
    Object.fromEntries(
      ["login", "respond", "print", "getWorkerInfo", "setBuilderList", "startBuild", "startCommand", "update"].map(
        (name) => [name, ({ args }) => args[0] ?? null],
      ),
    ),
  );
  const bugs: unknown[] = [];
  const broker = new Broker({ role, root: echo, send: () => {}, onBug: (error) => bugs.push(error) });
  for (let i = 0; i < 4; i += 1) broker.expose(echo);
  try {
    for (const chunk of chunks) {
      broker.receive(chunk);
      // Some of the recorded answers have a call to answer.
      void broker.call("root", "login", []).catch(() => {});
    }
  } finally {
    broker.close(new Error("end of input"));
  }
  expect(bugs).toEqual([]);
  expect(broker.counts).toMatchObject({ pendingCalls: 0, handles: 0, exports: 0 });
}

function memoryBytes(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

function report(tally: Tally): void {
  const refused = Object.entries(tally.refused)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, count]) => [`refused with \`${code}\``, String(count)]);
  storeMeasurements("fuzzing", {
    facts: [
      ["buildhand, Node.js", `${version}, ${process.version}`],
      ["seed, seconds", `${seed}, ${seconds}`],
      ["runs", String(tally.runs)],
      ["bytes", String(tally.bytes)],
      ["accepted to the end", String(tally.accepted)],
      ...refused,
      ["most memory above the start, garbage included", `${Math.round(tally.peakBytes / 1024 / 1024)} MiB`],
    ],
  });
}
