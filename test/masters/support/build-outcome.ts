// What the master's database holds about a build, its steps and their logs. Reads it; drives nothing.
import type { ControlLink } from "./control-link.ts";

/** Buildbot's result codes are the places in this list. */
const RESULTS = ["success", "warnings", "failure", "skipped", "exception", "retry", "cancelled"] as const;

/** A step the master adds in front of every build; it says nothing a test could want to know. */
const MASTERS_OWN_STEP = "worker_preparation";

export type Result = (typeof RESULTS)[number] | "unfinished";

export interface LogLine {
  readonly stream: "stdout" | "stderr" | "header" | "text";
  readonly line: string;
}

export interface StoredLog {
  readonly name: string;
  readonly complete: boolean;
  readonly lines: readonly LogLine[];
}

export interface StepOutcome {
  readonly name: string;
  readonly started: boolean;
  readonly result: Result;
  readonly stateString: string;
  readonly logs: Readonly<Record<string, StoredLog>>;
}

export interface BuildRow {
  readonly buildId: number;
  readonly number: number;
  readonly complete: boolean;
  readonly result: Result;
  readonly stateString: string;
}

export interface BuildOutcome extends BuildRow {
  /** Property values; their sources are left out. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly steps: readonly StepOutcome[];
}

/** All of one stream of a log as text, each line ended by a newline. */
export function streamText(log: StoredLog | undefined, stream: LogLine["stream"]): string {
  const lines = log?.lines.filter((line) => line.stream === stream) ?? [];
  return lines.map(({ line }) => `${line}\n`).join("");
}

/** The step of this name; throws with the names there are. */
function stepNamed(build: { readonly steps: readonly StepOutcome[] }, name: string): StepOutcome {
  const step = build.steps.find((one) => one.name === name);
  if (step === undefined) throw new Error(`no step ${name} among: ${build.steps.map((one) => one.name).join(", ")}`);
  return step;
}

/** One stream of a step's log "stdio"; by default what the command printed on stdout. */
export function printed(
  build: { readonly steps: readonly StepOutcome[] },
  step: string,
  stream: LogLine["stream"] = "stdout",
): string {
  return streamText(stepNamed(build, step).logs["stdio"], stream);
}

/** The attempts at a build request, oldest first; empty until a worker is free for it. */
export async function readAttempts(link: ControlLink, buildRequestId: number): Promise<BuildRow[]> {
  const rows = (await link.request("get", { path: ["buildrequests", buildRequestId, "builds"] })) as RawBuild[];
  return rows
    .map((row) => ({
      buildId: row.buildid,
      number: row.number,
      complete: row.complete,
      result: resultNamed(row.results),
      stateString: row.state_string,
    }))
    .sort((a, b) => a.buildId - b.buildId);
}

/** Everything known about one attempt, also while it runs. */
export async function readOutcome(link: ControlLink, build: BuildRow): Promise<BuildOutcome> {
  const properties = (await link.request("get", { path: ["builds", build.buildId, "properties"] })) as RawProperties;
  return {
    ...build,
    properties: Object.fromEntries(Object.entries(properties).map(([name, [value]]) => [name, value])),
    steps: await readSteps(link, build.buildId),
  };
}

/** The steps of the description that were begun, in order, with their logs as far as they are stored. */
export async function readSteps(link: ControlLink, buildId: number): Promise<StepOutcome[]> {
  const steps = (await link.request("get", { path: ["builds", buildId, "steps"] })) as RawStep[];
  const described = steps.filter((step) => step.name !== MASTERS_OWN_STEP);
  return Promise.all(
    described.map(async (step) => ({
      name: step.name,
      started: step.started_at !== null,
      result: resultNamed(step.results),
      stateString: step.state_string,
      logs: await readLogs(link, step.stepid),
    })),
  );
}

async function readLogs(link: ControlLink, stepId: number): Promise<Record<string, StoredLog>> {
  const logs = (await link.request("get", { path: ["steps", stepId, "logs"] })) as RawLog[];
  const stored = logs.map(async (log) => {
    const chunk = (await link.request("get", { path: ["logs", log.logid, "contents"] })) as RawChunk | null;
    const lines = logLines(log.type, chunk?.content ?? "");
    return [log.name, { name: log.name, complete: log.complete, lines }] as const;
  });
  return Object.fromEntries(await Promise.all(stored));
}

const streamsByLetter: Readonly<Record<string, LogLine["stream"]>> = { o: "stdout", e: "stderr", h: "header" };

/** In a log of type "s" the first character of each line names its stream. */
function logLines(type: string, content: string): LogLine[] {
  const lines = content.split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (type !== "s") return lines.map((line) => ({ stream: "text", line }));
  return lines.map((line) => {
    const stream = streamsByLetter[line.charAt(0)];
    if (stream === undefined) throw new Error(`a stored log line names no stream: ${JSON.stringify(line)}`);
    return { stream, line: line.slice(1) };
  });
}

function resultNamed(code: number | null): Result {
  return code === null ? "unfinished" : (RESULTS[code] ?? "unfinished");
}

// Rows as the master's data API gives them.

interface RawBuild {
  readonly buildid: number;
  readonly number: number;
  readonly complete: boolean;
  readonly results: number | null;
  readonly state_string: string;
}

interface RawStep {
  readonly stepid: number;
  readonly name: string;
  readonly started_at: string | null;
  readonly results: number | null;
  readonly state_string: string;
}

interface RawLog {
  readonly logid: number;
  readonly name: string;
  readonly type: string;
  readonly complete: boolean;
}

interface RawChunk {
  readonly content: string;
}

type RawProperties = Readonly<Record<string, readonly [value: unknown, source: string]>>;
