// Generates docs/reference/troubles.md from the table of troubles, which findings and the worker's messages use too.

import type { TroubleCode } from "../base/trouble-code.ts";
import { type ChecklistPoint, checklist, checklistPoints, troubleCodes, troubles } from "./troubles/index.ts";

/** The whole page; scripts/write-troubles.js writes it. */
export function troublesPage(): string {
  const sections = checklistPoints.map((point) => section(point, codesOf(point)));
  return `${[HEAD, ...sections].join("\n\n")}\n`;
}

const HEAD = `# Troubleshooting

<!-- made by scripts/write-troubles.js: edit the table in src/doctor/troubles, not this page -->

\`buildhand doctor BASEDIR\` checks for all of these and reports what it finds; before the base directory exists, give it the
arguments that you will give to \`create-worker\`. The worker's log, and \`start\` on the terminal, refer to them in lines that
begin with \`what to do: \`. The codes do not change. They are in the order of Buildbot's checklist for setting up a worker.`;

function codesOf(point: ChecklistPoint): readonly TroubleCode[] {
  return troubleCodes.filter((code) => troubles[code].point === point);
}

function section(point: ChecklistPoint, codes: readonly TroubleCode[]): string {
  return [`## ${checklist[point]}`, ...codes.map(entry)].join("\n\n");
}

function entry(code: TroubleCode): string {
  const { title, meaning, cure } = troubles[code];
  return [
    `### ${code}`,
    `**${title.charAt(0).toUpperCase()}${title.slice(1)}.** ${meaning}`,
    `*What to do:* ${cure}`,
  ].join("\n\n");
}
