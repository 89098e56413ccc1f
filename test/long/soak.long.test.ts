// A worker that builds for a long time holds no more in the end than in the beginning: its heap after a collection, the values
// of its program in it, and descriptors by kind are counted, since resident memory alone cannot tell what is kept from what
// was freed. A run of an hour or more writes docs/measurements/limits.md.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installation, install } from "../daemon/worker-program.ts";
import { HEAP_SLACK_MIB } from "../faults/census.ts";
import { type CompiledPrograms, compiledPrograms } from "../faults/compiled-programs.ts";
import { protocols } from "../faults/errands.ts";
import { valueBytes } from "./heap-snapshot.ts";
import { writeLimits } from "./limits-page.ts";
import { recordSoak, type SoakRecord, soakRows, startSoak } from "./soak.ts";

const MINUTE_MS = 60_000;
const DEFAULT_MINUTES = 3;
const PUBLISHED_MINUTES = 60;
const MINUTES = Number(process.env["BUILDHAND_SOAK_MINUTES"] ?? DEFAULT_MINUTES);
/** After each command: with 1000, two workers take some 2 % of a processor. */
const PAUSE_MS = Number(process.env["BUILDHAND_SOAK_PAUSE_MS"] ?? 0);
/** For rounds before the first minute and after the last. */
const SLACK_MS = 5 * MINUTE_MS;

/** With which the program is asked what values it keeps: V8 leaves 40 MiB resident after telling it. */
const ROUNDS = 6;
/** A leak of 200 bytes a command is more; what V8 keeps of literals and prototypes is a few KiB. */
const VALUES_LIMIT_BYTES = 48 * 1024;

let installation: Installation;
let programs: CompiledPrograms;
let records: readonly SoakRecord[] = [];

beforeAll(
  async () => {
    installation = install();
    programs = await compiledPrograms();
    const options = { installation, census: programs.census, minutes: MINUTES, pauseMs: PAUSE_MS };
    records = await Promise.all(protocols.map((protocol) => recordSoak(protocol, options)));
    if (MINUTES >= PUBLISHED_MINUTES) writeLimits("soak", soakRows(records));
  },
  MINUTES * MINUTE_MS + SLACK_MS,
);

afterAll(async () => {
  await installation?.remove();
});

describe.each(protocols)("over %s", (protocol) => {
  const record = () => records.find((one) => one.protocol === protocol)!;

  it("a long mix of commands leaves a heap that has grown no more than by code that is compiled late", () => {
    const [first] = record().samples;
    expect(record().end.heapMib).toBeLessThanOrEqual(first!.census.heapMib + HEAP_SLACK_MIB);
  });

  it("a long mix of commands leaves no descriptor, timer or child, but for pipes that later commands get", () => {
    expect(record().leaks).toEqual([]);
  });

  it("six rounds of all commands leave no values of the program", async () => {
    const soak = await startSoak(protocol, { installation, census: programs.census });
    const before = valueBytes(await soak.worker.heapSnapshot());
    for (let n = 0; n < ROUNDS; n += 1) await soak.round();
    const after = valueBytes(await soak.worker.heapSnapshot());
    await soak.end();
    expect(after - before).toBeLessThanOrEqual(VALUES_LIMIT_BYTES);
  });
});
