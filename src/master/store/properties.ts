// Properties of requests and builds, as a column of JSON. Pure.
import { type Row, type SqlValue, storedText } from "./database.ts";

/** Sorted by name, so that equal properties are equal text. */
export function propertiesText(properties: ReadonlyMap<string, string> = new Map()): string {
  const sorted = [...properties].sort(([one], [other]) => (one < other ? -1 : 1));
  return storedText(JSON.stringify(Object.fromEntries(sorted)));
}

export function propertiesOf(row: Row): ReadonlyMap<string, string> {
  return mapOfJson(row["properties"]);
}

/** Of a JSON object with string values; empty if it is damaged on disk. */
export function mapOfJson(text: SqlValue | undefined): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries(JSON.parse(String(text)) as Record<string, string>));
  } catch {
    return new Map();
  }
}
