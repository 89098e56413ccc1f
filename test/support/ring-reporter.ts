// Says at the end of a run how many tests each ring ran and how long they took, so that a ring which was left out cannot pass
// for a green one, and names every test that needed a second try. Knows vitest's report and nothing of ours but where a real
// Buildbot and a browser would be.
import { existsSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

/** Debian's. */
export const CHROMIUM = "/usr/bin/chromium";
/** The name of the one ring of a configuration without named projects. */
const UNNAMED = "long";

export interface RingCount {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Summed over its files, several of which run at once. */
  readonly seconds: number;
}

/** A test that failed and then passed. */
export interface Retried {
  readonly ring: string;
  /** File and full name. */
  readonly test: string;
  /** What the first try failed with, one line. */
  readonly failure: string;
}

export interface RunCount {
  readonly rings: readonly RingCount[];
  readonly retried: readonly Retried[];
  /** Errors that no test caught; each fails the run. */
  readonly strayErrors: number;
  readonly needs: readonly Need[];
}

/** What the tests of a ring cannot run without. */
export interface Need {
  readonly ring: string;
  /** Why it cannot be had here, or undefined when it can. */
  readonly missing: string | undefined;
  /** Set to 1, this variable asks for all tests of the ring to run. */
  readonly variable: string;
  readonly isRequired: boolean;
}

/** Why tests have no real Buildbot: not installed where Debian puts it, or hidden; undefined when it is there. */
export function missingBuildbot({ BUILDHAND_NO_BUILDBOT: hidden } = process.env): string | undefined {
  if (hidden === "1") return "BUILDHAND_NO_BUILDBOT hides Buildbot";
  const installed = existsSync("/usr/bin/buildbot") && existsSync("/usr/bin/buildbot-worker");
  return installed ? undefined : "Buildbot is not installed (apt-get install buildbot buildbot-worker)";
}

/** Why tests have no browser; undefined when there is one. */
export function missingBrowser({ BUILDHAND_NO_BROWSER: hidden } = process.env): string | undefined {
  if (hidden === "1") return "BUILDHAND_NO_BROWSER hides Chromium";
  return existsSync(CHROMIUM) ? undefined : "Chromium is not installed (apt-get install chromium)";
}

/** The closing lines of a run, the very last being `N passed, N failed`, and whether a demand of the caller was missed. */
export function closingLines(run: RunCount): { readonly lines: readonly string[]; readonly demandMissed: boolean } {
  const missed = run.needs.filter((need) => need.isRequired && run.rings.some((ring) => isMissed(ring, need)));
  const total = (key: "passed" | "failed" | "skipped") => run.rings.reduce((sum, ring) => sum + ring[key], 0);
  const skipped = total("skipped");
  return {
    lines: [
      ...run.rings.map((ring) => `${ring.name}: ${ringText(ring, run.needs)}`),
      ...retriedLines(run.retried),
      ...(run.strayErrors > 0 ? [`outside the rings: ${run.strayErrors} failed`] : []),
      ...missed.map(
        ({ variable, ring }) => `${variable}=1 asks for every test of the ring "${ring}", and not all of them ran.`,
      ),
      `${total("passed")} passed, ${total("failed") + run.strayErrors} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
    ],
    demandMissed: missed.length > 0,
  };
}

function retriedLines(retried: readonly Retried[]): readonly string[] {
  if (retried.length === 0) return [];
  return [
    `passed only at the second try: ${retried.length}`,
    ...retried.map(({ ring, test, failure }) => `  ${ring}: ${test}: ${failure}`),
  ];
}

function isMissed(ring: RingCount, need: Need): boolean {
  return ring.name === need.ring && (ring.passed + ring.failed === 0 || ring.skipped > 0);
}

// failures stand first, so that no ring's line has the form of the closing line
function ringText(ring: RingCount, needs: readonly Need[]): string {
  if (ring.passed + ring.failed === 0) {
    const missing = needs.find((need) => need.ring === ring.name)?.missing;
    if (missing !== undefined) return `skipped: ${missing}`;
    return ring.skipped > 0 ? `no test ran, ${ring.skipped} skipped` : "no test ran";
  }
  const counts = [
    ...(ring.failed > 0 ? [`${ring.failed} failed`] : []),
    `${ring.passed} passed`,
    ...(ring.skipped > 0 ? [`${ring.skipped} skipped`] : []),
  ].join(", ");
  return `${counts} in ${Math.round(ring.seconds)} s`;
}

function need(ring: string, missing: string | undefined, variable: string): Need {
  return { ring, missing, variable, isRequired: process.env[variable] === "1" };
}

function countRing(name: string, modules: readonly TestModule[]): RingCount {
  const tests = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
  // a file that does not load and a hook that throws have errors of their own, on the file or the suite
  const broken = modules.flatMap((module) =>
    [module, ...module.children.allSuites()].filter((s) => s.errors().length > 0),
  );
  const count = (state: string) => tests.filter((found) => found === state).length;
  return {
    name,
    passed: count("passed"),
    failed: count("failed") + count("pending") + broken.length,
    skipped: count("skipped"),
    seconds: modules.reduce((sum, module) => sum + secondsOf(module), 0),
  };
}

function secondsOf(module: TestModule): number {
  const { collectDuration, setupDuration, prepareDuration, duration } = module.diagnostic();
  return (collectDuration + setupDuration + prepareDuration + duration) / 1000;
}

function retriedTests(modules: readonly TestModule[]): readonly Retried[] {
  return modules.flatMap((module) =>
    [...module.children.allTests()]
      .filter((test) => test.diagnostic()?.flaky)
      .map((test) => ({
        ring: module.project.name || UNNAMED,
        test: `${relative(module.project.config.root, module.moduleId)}: ${test.fullName}`,
        failure: firstFailure(test),
      })),
  );
}

function firstFailure(test: TestCase): string {
  const [error] = test.result().errors ?? [];
  return error?.message.split("\n")[0] ?? "without a message";
}

export default class RingReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly unknown[]): void {
    const projects = this.#vitest?.projects ?? [];
    const { lines, demandMissed } = closingLines({
      rings: projects.map((project) =>
        countRing(
          project.name || UNNAMED,
          modules.filter((module) => module.project === project),
        ),
      ),
      retried: retriedTests(modules),
      strayErrors: strayErrors.length,
      needs: [
        need("real master", missingBuildbot(), "BUILDHAND_REQUIRE_MASTER"),
        need("browser", missingBrowser(), "BUILDHAND_REQUIRE_BROWSER"),
      ],
    });
    if (demandMissed) process.exitCode = 1;
    for (const line of lines) this.#vitest?.logger.log(line);
  }
}
