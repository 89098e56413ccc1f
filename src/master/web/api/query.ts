// The query of an address in Buildbot's words: fields, filters, order, and a part of the rows. Pure.
import type { BuildColumn, BuildQuery, Condition, Order } from "../../master-view.ts";
import { idOfName } from "./names.ts";
import type { ApiRow } from "./rows.ts";

/** Rows of one answer; the rest needs `offset`. */
export const ROWS_AT_MOST = 2000;
const FILTERS_AT_MOST = 16;

type ApiFilter = Condition<string>;
type Operator = ApiFilter["operator"];
type Value = ApiFilter["values"][number];

const tests: Readonly<Record<Operator, (value: unknown, one: Value) => boolean>> = {
  eq: equal,
  ne: (value, one) => !equal(value, one),
  lt: (value, one) => compared(value, one) < 0,
  le: (value, one) => compared(value, one) <= 0,
  gt: (value, one) => compared(value, one) > 0,
  ge: (value, one) => compared(value, one) >= 0,
  contains: (value, one) =>
    Array.isArray(value) ? value.some((item) => equal(item, one)) : textOfValue(value).includes(textOfValue(one)),
};

export interface ApiQuery {
  readonly filters: readonly ApiFilter[];
  readonly order: readonly Order<string>[];
  /** Undefined: all. */
  readonly fields: readonly string[] | undefined;
  readonly properties: readonly string[];
  readonly limit: number;
  readonly offset: number;
}

/** A fault is Buildbot's sentence about it. */
export function readQuery(parameters: URLSearchParams): ApiQuery | { readonly fault: string } {
  const filters = new Map<string, ApiFilter>();
  for (const [key, text] of parameters) {
    if (["limit", "offset", "order", "field", "property"].includes(key)) continue;
    const [column = key, word = "eq"] = key.split("__");
    if (!Object.hasOwn(tests, word)) return { fault: `unrecognized query parameter '${key}'` };
    const operator = word as Operator;
    const known = filters.get(key);
    filters.set(key, { column, operator, values: [...(known?.values ?? []), filterValue(text)] });
  }
  const limit = numberOf(parameters.get("limit"), ROWS_AT_MOST);
  const offset = numberOf(parameters.get("offset"), 0);
  if (limit === undefined) return { fault: "invalid limit" };
  if (offset === undefined) return { fault: "invalid offset" };
  const all = [...filters.values()];
  if (all.length > FILTERS_AT_MOST || all.some(({ values }) => values.length > FILTERS_AT_MOST)) {
    return { fault: `more than ${FILTERS_AT_MOST} filters` };
  }
  const fields = parameters.getAll("field");
  const order = parameters.getAll("order").slice(0, FILTERS_AT_MOST);
  return {
    filters: all,
    order: order.map((field) => ({ column: field.replace(/^-/, ""), isDescending: field.startsWith("-") })),
    fields: fields.length === 0 ? undefined : fields,
    properties: parameters.getAll("property"),
    limit: Math.min(limit, ROWS_AT_MOST),
    offset,
  };
}

function numberOf(text: string | null, standard: number): number | undefined {
  if (text === null) return standard;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function filterValue(text: string): Value {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

/** The rows that match, in order; a field that none of them has is a fault. */
export function select(
  rows: readonly ApiRow[],
  query: ApiQuery,
): { readonly rows: readonly ApiRow[]; readonly total: number } | { readonly fault: string } {
  const [sample] = rows;
  const used = [...query.filters, ...query.order].map(({ column }) => column);
  const unknown = sample && used.find((field) => !Object.hasOwn(sample, field));
  if (unknown !== undefined) return { fault: `unrecognized query parameter '${unknown}'` };
  const found = rows.filter((row) => query.filters.every((filter) => matches(row[filter.column], filter)));
  const sorted = [...found].sort((one, other) => {
    for (const { column, isDescending } of query.order) {
      const sign = compared(one[column], other[column]);
      if (sign !== 0) return isDescending ? -sign : sign;
    }
    return 0;
  });
  return { rows: sorted.slice(query.offset, query.offset + query.limit), total: found.length };
}

/** Only the requested fields. */
export function shownFields(row: ApiRow, { fields }: ApiQuery): ApiRow {
  return fields === undefined ? row : Object.fromEntries(Object.entries(row).filter(([key]) => fields.includes(key)));
}

function matches(value: unknown, { operator, values }: ApiFilter): boolean {
  const isAnyEnough = operator === "eq" || operator === "contains";
  return values[isAnyEnough ? "some" : "every"]((one) => tests[operator](value, one));
}

/** A name that consists of digits is text. */
function equal(one: unknown, other: Value): boolean {
  return one === other || (typeof one === "string" && one === String(other));
}

function textOfValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

function compared(one: unknown, other: unknown): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  const [first, second] = [textOfValue(one), textOfValue(other)];
  return first < second ? -1 : Number(first > second);
}

const buildColumns: Readonly<Record<string, BuildColumn>> = {
  buildid: "id",
  builderid: "builder",
  number: "number",
  workerid: "worker",
  buildrequestid: "requestId",
  started_at: "startedAtSeconds",
  complete_at: "endedAtSeconds",
  complete: "isComplete",
  results: "result",
  state_string: "stateText",
};

type BuildsQuery = Required<Pick<BuildQuery, "where" | "order">>;

/** For builds, the database filters and sorts. `names`: of builders and workers, which have ids here only. */
export function buildsQuery(
  { filters, order }: ApiQuery,
  names: () => readonly string[],
): BuildsQuery | { readonly fault: string } {
  const unknown = [...filters, ...order].find(({ column }) => !Object.hasOwn(buildColumns, column));
  if (unknown !== undefined) return { fault: `unrecognized query parameter '${unknown.column}'` };
  const where = filters.map(({ column, operator, values }) => {
    const isId = column === "builderid" || column === "workerid";
    const named = isId ? names().filter((name) => values.includes(idOfName(name))) : values;
    return { column: buildColumns[column]!, operator, values: named };
  });
  const orders = order.map(({ column, isDescending }) => ({ column: buildColumns[column]!, isDescending }));
  return { where, order: [...orders, { column: "id", isDescending: false }] };
}
