// What a worker did for one remote command, as raw_commands.py wrote it down, made comparable: what changes from run to
// run is masked.
import type { Json } from "./description.ts";

/** A value as plain() of raw_commands.py writes it. */
type Value = Json;

interface RecordedFailure {
  readonly type: Value;
  readonly text: Value;
}

export interface CommandRecord {
  /** startCommand was answered with this error. */
  readonly refused: RecordedFailure | null;
  /** Headers and all that is no output of the command, in the order they came in; headers that follow each other joined. */
  readonly events: readonly (readonly [key: string, value: Value])[];
  /** Text by stream: stdout, stderr, and "log NAME". How streams lie between each other is left to chance by any worker. */
  readonly printed: Readonly<Record<string, string>>;
  /** Whether `complete` came. */
  readonly ended: boolean;
  /** What `complete` carried. */
  readonly failure: RecordedFailure | null;
  /** What the calls of the master's own interruption were answered with. */
  readonly interruption: Value;
  /** Calls on the master's file. */
  readonly calls: readonly Value[];
  /** What the script after the command printed. */
  readonly after: string;
}

interface RawRecord {
  readonly refused: RecordedFailure | null;
  readonly updates: readonly (readonly [key: string, value: Value])[];
  readonly ended: boolean;
  readonly failure: RecordedFailure | null;
  readonly interruption: Value;
  readonly calls: readonly Value[];
  readonly after?: string;
}

const masks: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/(?<=elapsedTime=)[0-9.e+-]+/g, "<seconds>"],
  [/(?<=\(command )[0-9]+(?=\))/g, "<id>"],
  [/(?<= in environment id )[0-9]+/g, "<id>"],
  [/(?<=\bprocess )[0-9]+(?= \()/g, "<pid>"],
  // The one variable that our worker adds.
  [/^BUILDHAND_COMMAND=[0-9a-f-]{36}\n/gm, ""],
  [/(?<= at )0x[0-9a-f]+/g, "<address>"],
  [/(?<=^buildhand: processes at the timeout, before any signal:\n)(?: {2,}[^\n]+\n)+/gm, "  <processes>\n"],
];

/** The places of inode and ctime in the tuple of `stat`: nobody can choose them. */
const UNCHOSEN_STATS = [1, 9];

/** Records of raw_commands.py, by the names of their cases, without the times, ids and paths that no two workers share. */
export function comparableRecords(json: string, basedir: string): ReadonlyMap<string, CommandRecord> {
  const written = masked(JSON.parse(json) as Json, basedir) as unknown as Readonly<Record<string, RawRecord>>;
  return new Map(Object.entries(written).map(([name, raw]) => [name, comparableRecord(raw)]));
}

function comparableRecord({ updates, after = "", ...raw }: RawRecord): CommandRecord {
  const events: [string, Value][] = [];
  const printed: Record<string, string> = {};
  for (const [key, value] of updates) {
    const last = events.at(-1);
    if (key === "header" && last?.[0] === "header") last[1] = `${String(last[1])}${String(value)}`;
    else if (key === "stdout" || key === "stderr") printed[key] = (printed[key] ?? "") + String(value);
    else if (key === "log") addLog(printed, value);
    else events.push([key, maskedValue(key, value)]);
  }
  return {
    ...raw,
    refused: withTextType(raw.refused),
    failure: withTextType(raw.failure),
    interruption: raw.interruption ?? null,
    events,
    printed,
    after,
  };
}

/** The class of a failure is sent as bytes by the Python worker, as text by ours: masters take either. */
function withTextType(failure: RecordedFailure | null): RecordedFailure | null {
  const type = failure?.type;
  if (typeof type !== "object" || type === null || !("bytes" in type)) return failure;
  return { ...failure, type: type["bytes"] } as RecordedFailure;
}

function addLog(printed: Record<string, string>, value: Value): void {
  const [name, text] = (value as { readonly tuple: readonly string[] }).tuple;
  const stream = `log ${name}`;
  printed[stream] = (printed[stream] ?? "") + (text ?? "");
}

function maskedValue(key: string, value: Value): Value {
  if (key === "elapsed") return typeof value === "object" && value !== null && "float" in value ? "<float>" : value;
  // in whatever order the file system gives them
  if (key === "files" && Array.isArray(value)) return [...(value as string[])].sort();
  if (key === "stat" && typeof value === "object" && value !== null && "tuple" in value) {
    const numbers = (value as { readonly tuple: unknown }).tuple as readonly Json[];
    return { tuple: numbers.map((number, place) => (UNCHOSEN_STATS.includes(place) ? "<any>" : number)) };
  }
  return value;
}

function masked(value: Json, basedir: string): Json {
  if (typeof value === "string") {
    return masks.reduce(
      (text, [pattern, instead]) => text.replaceAll(pattern, instead),
      value.replaceAll(basedir, "<basedir>"),
    );
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => masked(item, basedir));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, basedir)]));
}
