// The order of files in a run: those that take minutes first, so that no run ends with one of them alone.
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Longest first. Vitest itself goes by what it remembers of earlier runs, of which a new clone has none. */
const LONGEST = [
  "test/masters/differential.test.ts",
  "test/masters/differential-msgpack.test.ts",
  "test/browser/every-page.test.ts",
  "test/faults/faults.process.test.ts",
  "test/masters/command-line.test.ts",
  "test/browser/script-injection.test.ts",
  "test/masters/graceful.test.ts",
  "test/masters/embedded-links.test.ts",
  "test/masters/scenarios.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const first = LONGEST.flatMap((path) => others.filter(({ moduleId }) => moduleId.endsWith(`/${path}`)));
    return [...first, ...others.filter((file) => !first.includes(file))];
  }
}
