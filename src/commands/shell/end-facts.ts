// Collects the facts for the verdict on a failed program.
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
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number | undefined;
  readonly startedAt: Date;
  /** At its start. */
  readonly oomKillsBefore: OomKills;
  readonly limits: ResourceLimits | undefined;
  readonly clock: Clock;
}

/** Time limit for what has to be looked for. */
export const VERDICT_LIMIT_MS = 2000;

/** Victims of the kernel that are named. */
const VICTIMS_LIMIT = 5;

const DEFAULT_TEMPORARY_DIRECTORY = "/tmp";

/** Errors of a program that does not exist or is not executable. */
const TROUBLE_CODES = ["ENOENT", "EACCES", "ENOTDIR"];

/** One line on why it failed; undefined when nothing is known beyond its exit status. */
export async function explainEnd(ended: EndedProgram): Promise<string | undefined> {
  const { outcome, pid, program, limits, startedAt } = ended;
  if (outcome.type === "survived") return undefined;
  const isStarted = outcome.type !== "start-failed";
  const kills = isStarted ? oomKillsBetween(ended.oomKillsBefore, oomKills()) : NO_KILLS;
  const coreFile =
    outcome.type === "signaled" && pid !== undefined
      ? coreFileOf({ pid, directory: program.workdir, sinceMs: startedAt.getTime() })
      : undefined;
  return verdict({ end: outcome, pid, limits, oomKills: kills, coreFile, ...(await slowFactsOf(ended, kills)) });
}

type SlowFacts = Pick<EndFacts, "trouble" | "oomVictims" | "fullDisk">;

/** What is found in time: file systems may be dead, and a machine without memory slow. */
async function slowFactsOf(ended: EndedProgram, kills: OomKills): Promise<SlowFacts> {
  const { clock, outcome, program, env } = ended;
  let facts: SlowFacts = { trouble: undefined, oomVictims: [], fullDisk: undefined };
  await readWithTimeout({ clock, limitMs: VERDICT_LIMIT_MS }, async () => {
    if (outcome.type === "start-failed") {
      facts = { ...facts, trouble: await startTrouble(ended, errorCode(outcome.error.cause)) };
      return;
    }
    const count = Math.min(kills.group || kills.system || 0, VICTIMS_LIMIT);
    if (count > 0) facts = { ...facts, oomVictims: concealNames(program, await lastOomVictims(count)) };
    if (outcome.type === "exited") facts = { ...facts, trouble: await shellsTrouble(ended) };
    facts = { ...facts, fullDisk: await fullDisk(directoriesOf(program, env)) };
  });
  return facts;
}

const NO_KILLS: OomKills = { group: undefined, system: undefined };

/** Undefined for a program whose name is hidden, since similar names would reveal it. */
async function startTrouble(ended: EndedProgram, code: string | undefined): Promise<EndFacts["trouble"]> {
  const { program } = ended;
  const [name = ""] = program.argv;
  if (name !== program.shownWords[0] || !TROUBLE_CODES.includes(code ?? "")) return undefined;
  const isThere = await stat(program.workdir).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isThere) return undefined; // then that is the reason, which was already reported
  return troubleOf(name, ended);
}

/** The trouble of the program that a shell should run, if that is known. */
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
