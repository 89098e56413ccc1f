// Queries for builds as SQL. Only names of this file get into its text; whatever a visitor sends is a bound value. Pure.
import type { BuildColumn, BuildCondition, BuildQuery } from "../master-view.ts";
import type { SqlValue } from "./database.ts";

const columns: Readonly<Record<BuildColumn, string>> = {
  id: "builds.id",
  builder: "builder",
  number: "number",
  worker: "worker",
  requestId: "request_id",
  startedAtSeconds: "started_at / 1000",
  endedAtSeconds: "ended_at / 1000",
  isComplete: "(ended_at IS NOT NULL)",
  result: "result",
  stateText: "state_text",
  branch: "CASE WHEN json_valid(builds.properties) THEN json_extract(builds.properties, '$.branch') END",
};

export interface BuildSql {
  /** Begins with WHERE, or is empty. */
  readonly where: string;
  readonly order: string;
  readonly values: readonly SqlValue[];
}

export function buildSql({ builder, worker, beforeId, where = [], order = [] }: BuildQuery): BuildSql {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const add = (condition: string, ...more: readonly (SqlValue | undefined)[]) => {
    const known = more.filter((value) => value !== undefined);
    if (known.length < more.length) return;
    conditions.push(condition);
    values.push(...known);
  };
  add("builder = ?", builder);
  add("worker = ?", worker);
  add("builds.id < ?", beforeId);
  for (const condition of where)
    add(
      conditionSql(condition),
      ...condition.values.map((value) => (typeof value === "boolean" ? Number(value) : value)),
    );
  const orders = order.map(({ column, isDescending }) => `${columns[column]}${isDescending ? " DESC" : ""}`);
  return {
    where: conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`,
    order: `ORDER BY ${[...orders, "builds.id DESC"].join(", ")}`,
    values,
  };
}

const signs = { eq: "IS", ne: "IS NOT", lt: "<", le: "<=", gt: ">", ge: ">=" } as const;

function conditionSql({ column, operator, values }: BuildCondition): string {
  const name = columns[column];
  const test = operator === "contains" ? `instr(${name}, ?) > 0` : `${name} ${signs[operator]} ?`;
  const [word, ifNone] = operator === "eq" || operator === "contains" ? ["OR", "0"] : ["AND", "1"];
  return `(${values.map(() => test).join(` ${word} `) || ifNone})`;
}
