// docs/troubleshooting.md, made of the table that findings and the worker's own messages come from.

import type { TroubleCode } from "../base/trouble-code.ts";
import { type ChecklistPoint, checklist, checklistPoints, troubleCodes, troubles } from "./troubles/index.ts";

/** The whole page; scripts/write-troubles.js writes it. */
export function troublesPage(): string {
  const sections = checklistPoints.map((point) => section(point, codesOf(point)));
  return `${[HEAD, ...sections].join("\n\n")}\n`;
}

const HEAD = `# Troubleshooting

<!-- made by scripts/write-troubles.js: edit the table in src/doctor/troubles, not this page -->

\`buildhand doctor BASEDIR\` looks for all of these and names what it finds; before there is a base directory, give it what you
will give to \`create-worker\`. The worker's log, and \`start\` on the terminal, name them too, in a line that begins with
\`what to do: \`. The names do not change. They are in the order of Buildbot's checklist for setting up a worker.`;

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
