// The tables of logs and their chunks, and the writers of incomplete logs. Unsaved lines are read from the writer, so
// readers see every line immediately.
import type { Clock, Timer } from "../../base/clock.ts";
import { masterErrors } from "../errors.ts";
import type { RetentionConfig } from "../master-config.ts";
import type { LogLine, LogView } from "../master-view.ts";
import { type Row, storedText } from "./database.ts";
import { CHUNK_BYTES, chunkLines, countLines, deflateText, inflateText, type LogChunk } from "./log-chunk.ts";
import { type LogRoom, type LogSize, LogWriter } from "./log-writer.ts";
import { slugOf } from "./slug.ts";
import type { StoreConnection } from "./store-connection.ts";

/** Lines up to this age are lost when the master is killed. */
const FLUSH_MS = 1000;

/** Limit of text read at once: enough for 200 lines of the maximum length. */
const READ_AT_MOST_BYTES = 16 * 1024 * 1024;

const CRASH_NOTE = "the master ended before this log was complete\n";

const DAMAGED_LINE = "this line cannot be read: state.sqlite is damaged here\n";

export interface LogsOptions {
  readonly connection: StoreConnection;
  readonly clock: Clock;
  /** As now. */
  readonly retention: () => Pick<RetentionConfig, "logLimitBytes" | "buildLogLimitBytes">;
}

export class Logs {
  readonly #options: LogsOptions;
  readonly #connection: StoreConnection;
  readonly #writers = new Map<number, LogWriter>();
  /** By the ids of running builds. */
  readonly #rooms = new Map<number, LogRoom>();
  #timer: Timer | undefined;

  constructor(options: LogsOptions) {
    this.#options = options;
    this.#connection = options.connection;
  }

  /** Returns the log's id. */
  begin(stepId: number, name: string): number {
    const taken = new Set(this.ofStep(stepId).map((log) => log.slug));
    const sql = "INSERT INTO logs (step_id, name, slug) VALUES (?, ?, ?)";
    const id = this.#connection.run(sql, stepId, storedText(name), slugOf(name, taken));
    const save = (chunk: LogChunk, size: LogSize) => this.#save(id, chunk, size);
    const { logLimitBytes, buildLogLimitBytes } = this.#options.retention();
    const build = Number(this.#connection.get("SELECT build_id FROM steps WHERE id = ?", stepId)?.["build_id"]);
    const room = this.#rooms.get(build) ?? { limitBytes: buildLogLimitBytes, leftBytes: buildLogLimitBytes };
    this.#rooms.set(build, room);
    this.#writers.set(id, new LogWriter({ limitBytes: logLimitBytes, room, save }));
    return id;
  }

  /** Appends whole lines of valid UTF-8. Throws ERR_STORE_WRITE when earlier lines cannot be saved. */
  append(logId: number, stream: LogLine["stream"], text: Uint8Array): void {
    this.#writers.get(logId)?.append(stream, text);
    this.#timer ??= this.#options.clock.after(FLUSH_MS, () => this.#flush());
  }

  /** Throws ERR_STORE_WRITE; it may be called again afterwards. */
  finish(logId: number): void {
    const writer = this.#writers.get(logId);
    if (writer === undefined) return;
    // Not one transaction: what the writer has saved stays saved even if the update fails.
    writer.finish();
    this.#connection.run("UPDATE logs SET is_complete = 1 WHERE id = ?", logId);
    this.#writers.delete(logId);
  }

  /** The build begins no more logs. */
  buildEnded(buildId: number): void {
    this.#rooms.delete(buildId);
  }

  /** Completes the logs that a killed master left open. */
  completeLost(): void {
    for (const row of this.#connection.all("SELECT * FROM logs WHERE is_complete = 0")) {
      const id = Number(row["id"]);
      const text = Buffer.from(CRASH_NOTE);
      const firstLine = Number(row["line_count"]);
      const size = { lineCount: firstLine + 1, bytes: Number(row["bytes"]) + text.length };
      this.#insert(id, { firstLine, lineCount: 1, streams: "h1", text });
      const sql = "UPDATE logs SET is_complete = 1, line_count = ?, bytes = ? WHERE id = ?";
      this.#connection.run(sql, size.lineCount, size.bytes, id);
    }
  }

  ofStep(stepId: number): readonly LogView[] {
    const rows = this.#connection.all("SELECT * FROM logs WHERE step_id = ? ORDER BY id", stepId);
    return rows.map((row) => this.#view(row));
  }

  stepOf(logId: number): number | undefined {
    const row = this.#connection.get("SELECT step_id FROM logs WHERE id = ?", logId);
    return row && Number(row["step_id"]);
  }

  /** At most `limit` lines starting at `firstLine`, fewer if they are very long; none for an unknown log. */
  lines(logId: number, firstLine: number, limit: number): readonly LogLine[] {
    const lines: LogLine[] = [];
    for (let readBytes = 0; lines.length < limit && readBytes < READ_AT_MOST_BYTES; ) {
      const next = firstLine + lines.length;
      const chunk = this.#chunkWith(logId, next);
      if (chunk === undefined) break;
      readBytes += chunk.text.length;
      lines.push(...chunkLines(chunk, next - chunk.firstLine, limit - lines.length));
    }
    return lines;
  }

  /**
   * The whole log, a chunk at a time, including what is written meanwhile. Throws ERR_NOT_FOUND if it ends too early,
   * for example when its build is deleted meanwhile.
   */
  *text(logId: number): Generator<Uint8Array> {
    let next = 0;
    for (;;) {
      const chunk = this.#chunkWith(logId, next);
      if (chunk === undefined) {
        const row = this.#connection.get("SELECT * FROM logs WHERE id = ?", logId);
        if (row !== undefined && next >= this.#view(row).lineCount) return;
        throw masterErrors.notFound(`line ${next + 1} of log ${logId} any more`);
      }
      yield next === chunk.firstLine
        ? chunk.text
        : chunk.text.subarray(startOfLine(chunk.text, next - chunk.firstLine));
      next = chunk.firstLine + chunk.lineCount;
    }
  }

  /** Saves as much as possible. */
  close(): void {
    this.#timer?.cancel();
    this.#flush();
    this.#timer?.cancel();
  }

  #flush(): void {
    this.#timer = undefined;
    try {
      for (const writer of this.#writers.values()) writer.flush();
    } catch {
      // The writers keep the lines: the build fails when a writer is full, or when its log is finished.
      this.#timer = this.#options.clock.after(FLUSH_MS, () => this.#flush());
    }
  }

  #save(logId: number, chunk: LogChunk, { lineCount, bytes }: LogSize): void {
    this.#connection.transaction(() => {
      this.#insert(logId, chunk);
      this.#connection.run("UPDATE logs SET line_count = ?, bytes = ? WHERE id = ?", lineCount, bytes, logId);
    });
  }

  #insert(logId: number, { firstLine, lineCount, streams, text }: LogChunk): void {
    const sql = `INSERT INTO log_chunks (log_id, first_line, line_count, streams, text) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET line_count = excluded.line_count, streams = excluded.streams, text = excluded.text`;
    this.#connection.run(sql, logId, firstLine, lineCount, streams, deflateText(text));
  }

  #chunkWith(logId: number, line: number): LogChunk | undefined {
    const open = this.#writers.get(logId)?.openChunk;
    if (open !== undefined && line >= open.firstLine) return line < open.firstLine + open.lineCount ? open : undefined;
    const sql = "SELECT * FROM log_chunks WHERE log_id = ? AND first_line <= ? ORDER BY first_line DESC LIMIT 1";
    const row = this.#connection.get(sql, logId, Math.max(line, 0));
    if (row === undefined) return undefined;
    const chunk = chunkOf(row);
    return line < chunk.firstLine + chunk.lineCount ? chunk : undefined;
  }

  #view(row: Row): LogView {
    const id = Number(row["id"]);
    const saved = { lineCount: Number(row["line_count"]), bytes: Number(row["bytes"]) };
    const size = this.#writers.get(id)?.size ?? saved;
    return { id, name: String(row["name"]), slug: String(row["slug"]), isComplete: row["is_complete"] === 1, ...size };
  }
}

/** Every line of a damaged chunk says so, so that later lines keep their numbers. */
function chunkOf(row: Row): LogChunk {
  const firstLine = Number(row["first_line"]);
  const lineCount = Math.min(Number(row["line_count"]), CHUNK_BYTES);
  const text = inflateText(row["text"] as Uint8Array);
  if (text !== undefined && countLines(text) === lineCount) {
    return { firstLine, lineCount, streams: String(row["streams"]), text };
  }
  return { firstLine, lineCount, streams: `h${lineCount}`, text: Buffer.from(DAMAGED_LINE.repeat(lineCount)) };
}

function startOfLine(text: Buffer, line: number): number {
  let at = 0;
  for (let left = line; left > 0; left--) at = text.indexOf(10, at) + 1;
  return at;
}
