// Runs all checks.

import { systemRules } from "../../base/system-rules.ts";
import type { Remark } from "../statement.ts";
import type { Subject } from "../subject.ts";
import { type ChecklistPoint, checklistPoints } from "../troubles/index.ts";
import { checkAccount } from "./account.ts";
import { checkBasedir } from "./basedir.ts";
import { checkDescription } from "./description.ts";
import { checkDisks } from "./disks.ts";
import { checkEncoding } from "./encoding.ts";
import { checkGroupLimits } from "./group-limits.ts";
import { checkKernel } from "./kernel.ts";
import { checkLimits } from "./limits.ts";
import { checkConnectionToMaster } from "./master.ts";
import { checkRunning } from "./running.ts";
import { checkSecrets } from "./secrets.ts";
import { checkSettings } from "./settings.ts";
import { checkSoftware } from "./software.ts";

interface Check {
  /** What is checked, for the progress display. */
  readonly what: string;
  /** Runs once for each worker. */
  readonly isOfEach?: boolean;
  /** Its rules are those of POSIX systems. */
  readonly isPosixOnly?: true;
  readonly isWindowsOnly?: true;
  readonly run: (subject: Subject, onStep: (step: string) => void) => Promise<readonly Remark[]>;
}

const checks: readonly Check[] = [
  { what: "the account", isPosixOnly: true, run: checkAccount },
  {
    what: "Windows",
    isWindowsOnly: true,
    run: async (subject) => (await import("./windows.ts")).checkWindows(subject),
  },
  { what: "the software", run: checkSoftware },
  { what: "the connection to the master", isOfEach: true, run: checkConnectionToMaster },
  { what: "the locale", isPosixOnly: true, run: checkEncoding },
  { what: "limits", isPosixOnly: true, run: checkLimits },
  { what: "control groups", isPosixOnly: true, run: checkGroupLimits },
  { what: "the kernel", isPosixOnly: true, run: checkKernel },
  { what: "the base directory", run: checkBasedir },
  { what: "the running worker", run: checkRunning },
  { what: "disk space", run: checkDisks },
  { what: "secrets", isPosixOnly: true, run: checkSecrets },
  { what: "the settings", isOfEach: true, run: checkSettings },
  { what: "the description of the host", run: checkDescription },
];

export interface PointReport {
  readonly point: ChecklistPoint;
  readonly statements: readonly Remark[];
}

export interface Examination {
  readonly basedir: string;
  /** Every point, in the order of the checklist. */
  readonly points: readonly PointReport[];
  /** Number of findings. */
  readonly findingCount: number;
}

/** `subjects`: the workers of one buildbot.tac. `onProgress` receives what is being checked. */
export async function runChecks(
  subjects: readonly [Subject, ...Subject[]],
  onProgress: (what: string) => void,
): Promise<Examination> {
  const statements: Remark[] = [];
  for (const { what, run, isOfEach } of checks.filter(isOfThisSystem)) {
    onProgress(what);
    const found = (isOfEach ? subjects : subjects.slice(0, 1)).map(async (subject) => {
      const remarks = await run(subject, (step) => onProgress(`${what}: ${step}`));
      return isOfEach ? remarks.map((remark) => labelled(remark, subject)) : remarks;
    });
    statements.push(...(await Promise.all(found)).flat());
  }
  return {
    basedir: subjects[0].basedir,
    points: checklistPoints.map((point) => ({ point, statements: statements.filter((one) => one.point === point) })),
    findingCount: statements.filter(({ kind }) => kind === "finding").length,
  };
}

function isOfThisSystem({ isPosixOnly, isWindowsOnly }: Check): boolean {
  return (systemRules.name === "nt" ? isPosixOnly : isWindowsOnly) === undefined;
}

/** With several workers, adds the label of the worker. */
function labelled(remark: Remark, { label }: Subject): Remark {
  return label === "-" ? remark : { ...remark, text: `${label}: ${remark.text}` };
}
