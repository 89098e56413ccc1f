// The tables of builds and their steps.
import type { BuildCondition, BuildQuery, BuildView, StepView } from "../master-view.ts";
import { numberOfResult, type Result, resultOfNumber } from "../results.ts";
import { buildSql } from "./build-query.ts";
import { changeColumns, splitChange } from "./changes.ts";
import { type Row, storedText, storedValue } from "./database.ts";
import { propertiesOf, propertiesText } from "./properties.ts";
import type { Request } from "./requests.ts";
import type { StoreConnection } from "./store-connection.ts";

/** A build as stored; whether it is being stopped is not stored. */
export interface BuildRow extends Omit<BuildView, "isStopping" | "properties"> {
  readonly requestId: number;
  readonly properties: ReadonlyMap<string, string>;
  readonly changeId: number | undefined;
  readonly rebuildOf: number | undefined;
}

export type StepRow = Omit<StepView, "logs">;

export interface NewBuild {
  readonly request: Request;
  readonly worker: string;
  readonly stepNames: readonly string[];
  readonly startedAtMs: number;
}

export interface Ending {
  readonly result: Result;
  readonly stateText: string;
  readonly endedAtMs: number;
}

export const NOT_RUN = "not run";

/** As in StepView and BuildView. */
const END_COLUMNS = "ended_at AS endedAtMs, result, state_text AS stateText";
const SELECT = `SELECT builds.id, builder, number, request_id AS requestId, rebuild_of AS rebuildOf, worker, reason,
  started_at AS startedAtMs, ${END_COLUMNS}, properties, change_id AS changeId, ${changeColumns}
  FROM builds LEFT JOIN changes ON changes.id = change_id`;
const SELECT_STEPS = `SELECT id, number, name, started_at AS startedAtMs, ${END_COLUMNS} FROM steps`;

export class Builds {
  readonly #connection: StoreConnection;

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  /** Records the build and its steps. */
  begin({ request, worker, stepNames, startedAtMs }: NewBuild): BuildRow {
    const { builder, reason, rebuildOf, properties, changeId } = request;
    return this.#connection.transaction(() => {
      const number = this.#nextNumber(builder);
      const sql = `INSERT INTO builds
        (builder, number, request_id, rebuild_of, worker, reason, started_at, properties, change_id, state_text)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'starting')`;
      const values = [worker, reason, startedAtMs, propertiesText(properties), changeId ?? null];
      this.#connection.run(sql, builder, number, request.id, rebuildOf ?? null, ...values);
      const build = this.find(builder, number)!;
      for (const [index, name] of stepNames.entries()) {
        const step = "INSERT INTO steps (build_id, number, name, state_text) VALUES (?, ?, ?, 'waiting')";
        this.#connection.run(step, build.id, index + 1, storedText(name));
      }
      return build;
    });
  }

  describe(buildId: number, stateText: string): void {
    this.#connection.run("UPDATE builds SET state_text = ? WHERE id = ?", storedText(stateText), buildId);
  }

  setProperties(buildId: number, properties: ReadonlyMap<string, string>): void {
    this.#connection.run("UPDATE builds SET properties = ? WHERE id = ?", propertiesText(properties), buildId);
  }

  beginStep(stepId: number, startedAtMs: number): void {
    this.#connection.run("UPDATE steps SET started_at = ?, state_text = 'running' WHERE id = ?", startedAtMs, stepId);
  }

  endStep(stepId: number, { result, stateText, endedAtMs }: Ending): void {
    const sql = "UPDATE steps SET ended_at = ?, result = ?, state_text = ? WHERE id = ?";
    this.#connection.run(sql, endedAtMs, numberOfResult(result), storedText(stateText), stepId);
  }

  /** Also ends its open steps. */
  end(buildId: number, ending: Ending): void {
    const { result, stateText, endedAtMs } = ending;
    this.#connection.transaction(() => {
      const open = "SELECT id FROM steps WHERE build_id = ? AND started_at IS NOT NULL AND ended_at IS NULL";
      for (const row of this.#connection.all(open, buildId)) this.endStep(Number(row["id"]), ending);
      this.#connection.run(
        `UPDATE steps SET state_text = '${NOT_RUN}' WHERE build_id = ? AND started_at IS NULL`,
        buildId,
      );
      const sql = "UPDATE builds SET ended_at = ?, result = ?, state_text = ? WHERE id = ?";
      this.#connection.run(sql, endedAtMs, numberOfResult(result), storedText(stateText), buildId);
    });
  }

  find(builder: string, number: number): BuildRow | undefined {
    const row = this.#connection.get(`${SELECT} WHERE builder = ? AND number = ?`, builder, number);
    return row && buildOf(row);
  }

  ids(): ReadonlySet<number> {
    return new Set(this.#connection.all("SELECT id FROM builds").map((row) => Number(row["id"])));
  }

  /** The numbers of the builds that rebuild it, oldest first. */
  rebuildsOf(builder: string, number: number): readonly number[] {
    const sql = "SELECT number FROM builds WHERE builder = ? AND rebuild_of = ? ORDER BY id";
    return this.#connection.all(sql, builder, number).map((row) => Number(row["number"]));
  }

  withId(id: number): BuildRow | undefined {
    const row = this.#connection.get(`${SELECT} WHERE builds.id = ?`, id);
    return row && buildOf(row);
  }

  idOfStep(stepId: number): number | undefined {
    const row = this.#connection.get("SELECT build_id FROM steps WHERE id = ?", stepId);
    return row && Number(row["build_id"]);
  }

  list(query: BuildQuery): readonly BuildRow[] {
    const { where, order, values } = buildSql(query);
    const sql = `${SELECT} ${where} ${order} LIMIT ? OFFSET ?`;
    return this.#connection.all(sql, ...values, query.limit, query.offset ?? 0).map(buildOf);
  }

  count(query: BuildQuery): number {
    const { where, values } = buildSql(query);
    return Number(this.#connection.get(`SELECT count(*) AS count FROM builds ${where}`, ...values)?.["count"]);
  }

  /** The result of the builder's last finished build of the same branch (undefined: without one) before this one. */
  previousResult({ id, builder, properties }: Pick<BuildRow, "id" | "builder" | "properties">): Result | undefined {
    const where: readonly BuildCondition[] = [
      { column: "isComplete", operator: "eq", values: [true] },
      { column: "result", operator: "ne", values: [numberOfResult("RETRY")] },
      { column: "branch", operator: "eq", values: [properties.get("branch") ?? null] },
    ];
    return this.list({ builder, beforeId: id, where, limit: 1 })[0]?.result;
  }

  unfinished(): readonly BuildRow[] {
    return this.#connection.all(`${SELECT} WHERE ended_at IS NULL ORDER BY builds.id`).map(buildOf);
  }

  steps(buildId: number): readonly StepRow[] {
    return this.#connection.all(`${SELECT_STEPS} WHERE build_id = ? ORDER BY number`, buildId).map(stepOf);
  }

  /** Numbers are not reused when builds are deleted. */
  #nextNumber(builder: string): number {
    const sql = `INSERT INTO builders (name, last_number) VALUES (?, 1)
      ON CONFLICT DO UPDATE SET last_number = last_number + 1`;
    this.#connection.run(sql, builder);
    return Number(this.#connection.get("SELECT last_number FROM builders WHERE name = ?", builder)!["last_number"]);
  }
}

function buildOf(row: Row): BuildRow {
  const { change, rest } = splitChange(row);
  return { ...withResult(storedValue<BuildRow>(rest)), properties: propertiesOf(rest), change };
}

function stepOf(row: Row): StepRow {
  return withResult(storedValue<StepRow>(row));
}

/** In the database, results are numbers. */
function withResult<Value extends Pick<StepRow, "result">>(stored: Value): Value {
  return { ...stored, result: resultOfNumber(Number(stored.result)) };
}
