// Runs one scenario: both workers in turn, run after run, so that a machine that slows down concerns both.
import { wait } from "./wait.js";

/** Longer than any run takes; a worker that hangs shows as a failure of its scenario. */
const RUN_LIMIT_MS = 180_000;

/** @typedef {Partial<Record<"real" | "ours" | "limit", readonly import("./figures.js").Figures[]>>} Measured By run. */

/**
 * @param {import("./scenarios.js").Scenario} scenario
 * @param {{ workshop: import("./workers.js").Workshop, runs: number, kinds: readonly import("./workers.js").Kind[], onRun: (text: string) => void }} options
 * @returns {Promise<Measured>}
 */
export async function measure(scenario, { workshop, runs, kinds, onRun }) {
  const kindsRun = kinds.filter((kind) => scenario.kinds?.includes(kind) ?? true);
  const measured = Object.fromEntries(kindsRun.map((kind) => [kind, []]));
  if (scenario.limit !== undefined) measured.limit = [];
  const shared = new Map();
  /** @type {Promise<unknown>[]} */
  const resting = [];
  try {
    if (!scenario.isFresh) for (const kind of kindsRun) shared.set(kind, await begin(scenario, workshop, kind));
    for (let run = 1; run <= runs; run += 1) {
      for (const kind of kindsRun) {
        onRun(`run ${run} of ${runs}, ${kind}`);
        const { figures, rested } = await runOnce(scenario, workshop, shared.get(kind) ?? kind);
        measured[kind].push(figures);
        resting.push(rested);
      }
      const place = { newPath: () => workshop.newPath() };
      if (scenario.limit !== undefined) measured.limit.push(await scenario.limit(place));
    }
  } finally {
    await Promise.all(resting);
    for (const worker of shared.values()) await worker.end();
  }
  return measured;
}

async function begin(scenario, workshop, kind) {
  const worker = await workshop.start(kind, scenario.worker);
  await scenario.prepare?.(worker);
  // What is compiled, read and made at the first uses: a worker lives for weeks.
  const warmUps = scenario.isFresh ? 0 : (scenario.warmUps ?? 1);
  for (let run = 0; run < warmUps; run += 1) await within(scenario.run(worker));
  return worker;
}

/** Its figures are complete when `rested` resolves: meanwhile others work, or a run would take hours. */
async function runOnce(scenario, workshop, kindOrWorker) {
  if (typeof kindOrWorker !== "string") return { figures: await within(scenario.run(kindOrWorker)) };
  const worker = await begin(scenario, workshop, kindOrWorker);
  let rested;
  try {
    const figures = await within(scenario.run(worker));
    if (scenario.rest !== undefined) rested = rest(scenario.rest, worker, figures);
    return { figures, rested };
  } finally {
    if (rested === undefined) await worker.end();
  }
}

async function rest({ ms, figuresOf }, worker, figures) {
  await wait(ms);
  Object.assign(figures, figuresOf(worker));
  await worker.end();
}

async function within(work) {
  let timer;
  const limit = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${RUN_LIMIT_MS / 1000} s`)), RUN_LIMIT_MS);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
