// The order of files in a run: those that take minutes first, so that no run ends with one of them alone.
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Longest first. Vitest itself goes by what it remembers of earlier runs, of which a new clone has none. */
const LONGEST = [
  "test/masters/relay.test.ts",
  "test/masters/differential.test.ts",
  "test/masters/relay-outages.test.ts",
  "test/masters/tac-forms.test.ts",
  "test/masters/embedded-links.test.ts",
  "test/masters/without-proc.test.ts",
  "test/browser/every-page.test.ts",
  "test/masters/command-line.test.ts",
  "test/browser/script-injection.test.ts",
  "test/faults/faults.process.test.ts",
];

/** Those of one ring follow each other: only then do files of the last two share processes. */
const RINGS = ["real master", "browser", "process", "property", "unit"];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const longest = LONGEST.flatMap((path) => sorted.filter(({ moduleId }) => moduleId.endsWith(`/${path}`)));
    const others = sorted.filter((file) => !longest.includes(file));
    return [...longest, ...others.toSorted((a, b) => ringOf(a) - ringOf(b))];
  }
}

function ringOf({ project }: TestSpecification): number {
  return RINGS.indexOf(project.name);
}
