// Finds out why a program ended as it did: what a verdict is made from. Only after an end that asks for one.
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { errorCode } from "../../base/error-code.ts";
import {
  coreFileOf,
  fullDisk,
  lastOomVictims,
  type OomKills,
  oomKills,
  oomKillsBetween,
  type ResourceLimits,
} from "../../process/diagnosis/index.ts";
import type { RunOutcome } from "../../process/run/index.ts";
import { findTrouble } from "../../process/spawn/index.ts";
import { readWithTimeout } from "../../process/tree/index.ts";
import { concealNames, hidesWords } from "./concealment.ts";
import type { Program } from "./program.ts";
import { calledProgram } from "./shell-text.ts";
import { type EndFacts, verdict } from "./verdict.ts";

export interface EndedProgram {
  readonly outcome: RunOutcome;
  readonly program: Pick<Program, "argv" | "shownWords" | "encoding" | "workdir">;
  /** The whole environment that it had. */
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number | undefined;
  readonly startedAt: Date;
  /** When it started. */
  readonly oomKillsBefore: OomKills;
  readonly limits: ResourceLimits | undefined;
  readonly clock: Clock;
}

/** How long may be looked for a reason; file systems may be slow, or gone. */
export const VERDICT_LIMIT_MS = 2000;

/** How many of those that the kernel killed are named. */
const VICTIMS_LIMIT = 5;

const DEFAULT_TEMPORARY_DIRECTORY = "/tmp";

/** Where a program that does not find itself, or may not run, fails to start. */
const TROUBLE_CODES = ["ENOENT", "EACCES", "ENOTDIR"];

/** One line on why it ended so; undefined when nothing is known beyond what its end says, or it cannot be found out in time. */
export function explainEnd(ended: EndedProgram): Promise<string | undefined> {
  return readWithTimeout({ clock: ended.clock, limitMs: VERDICT_LIMIT_MS }, async () => {
    const facts = await factsOf(ended);
    return facts && verdict(facts);
  });
}

async function factsOf(ended: EndedProgram): Promise<EndFacts | undefined> {
  const { outcome, pid, program, env, oomKillsBefore, startedAt } = ended;
  const none = { trouble: undefined, oomKills: NO_KILLS, oomVictims: [], fullDisk: undefined, coreFile: undefined };
  switch (outcome.type) {
    case "survived":
      return undefined;
    case "start-failed":
      return { ...none, end: outcome, pid, trouble: await startTrouble(ended, errorCode(outcome.error.cause)) };
    case "exited":
    case "signaled": {
      const kills = oomKillsBetween(oomKillsBefore, oomKills());
      const killCount = Math.min(kills.group || kills.system || 0, VICTIMS_LIMIT);
      return {
        end: outcome,
        pid,
        limits: ended.limits,
        trouble: outcome.type === "exited" ? await shellsTrouble(ended) : undefined,
        oomKills: kills,
        oomVictims: killCount > 0 ? concealNames(program, await lastOomVictims(killCount)) : [],
        fullDisk: await fullDisk(directoriesOf(program, env)),
        coreFile:
          outcome.type === "signaled" && pid !== undefined
            ? coreFileOf({ pid, directory: program.workdir, sinceMs: startedAt.getTime() })
            : undefined,
      };
    }
    default:
      return outcome satisfies never;
  }
}

const NO_KILLS: OomKills = { group: undefined, system: undefined };

/** Nothing of a program whose name is hidden: what is near to it would tell it. */
async function startTrouble(ended: EndedProgram, code: string | undefined): Promise<EndFacts["trouble"]> {
  const { program } = ended;
  const [name = ""] = program.argv;
  if (name !== program.shownWords[0] || !TROUBLE_CODES.includes(code ?? "")) return undefined;
  const isThere = await stat(program.workdir).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isThere) return undefined; // that is the trouble then, and has been told
  return troubleOf(name, ended);
}

/** Of what a shell was told to run, if that can be seen. */
async function shellsTrouble(ended: EndedProgram): Promise<EndFacts["trouble"]> {
  const { outcome, program } = ended;
  const isTrouble = outcome.type === "exited" && (outcome.code === 126 || outcome.code === 127);
  const name = isTrouble && !hidesWords(program) ? calledProgram(program.argv) : undefined;
  return name === undefined ? undefined : troubleOf(name, ended);
}

async function troubleOf(name: string, { program, env }: EndedProgram): Promise<EndFacts["trouble"]> {
  const found = await findTrouble({ program: name, cwd: program.workdir, env });
  return found && { program: name, found };
}

/** Where builds write. */
function directoriesOf(
  { workdir }: Pick<Program, "workdir">,
  { TMPDIR: temporary, HOME: home }: EndedProgram["env"],
): readonly string[] {
  const paths = [".", temporary || DEFAULT_TEMPORARY_DIRECTORY, ...(home ? [home] : [])];
  return paths.map((path) => resolve(workdir, path));
}
