// JSON as in Python's json module. Valid JSON is valid Python except for three names and one escape.
import type { Invocation } from "./known-function.ts";
import { parseExpression } from "./parse-expression.ts";
import { evaluate } from "./syntax.ts";
import { TokenReader } from "./token-reader.ts";
import { tokenize } from "./tokens.ts";
import { NONE, type Value } from "./value.ts";

const NAMES: ReadonlyMap<string, Value> = new Map([
  ["true", { kind: "bool", value: true }],
  ["false", { kind: "bool", value: false }],
  ["null", NONE],
]);

/** Raises ValueError for invalid JSON. The message never contains the text. */
export function parseJson(call: Invocation, json: string): Value {
  try {
    JSON.parse(json);
  } catch {
    call.raise("json.JSONDecodeError", "a string is not valid JSON");
  }
  const text = json.trim().replaceAll(/\\([\s\S])/g, (all, letter: string) => (letter === "/" ? letter : all));
  const source = { path: "json", text: `(${text})` };
  const library = { functions: new Map(), constants: NAMES, remarks: new Set<string>(), remark: () => {} };
  try {
    const expression = parseExpression(new TokenReader(source, tokenize(source)));
    return evaluate(expression, { source, names: new Map(), library, budget: { steps: 0 } });
  } catch {
    return call.refuse("this JSON is nested too deeply, is too long, or has a number that is too large");
  }
}
