// Holds every regular expression of src/ to linear time, whatever text it is given: output of builds, peers and files can be
// made to measure. The rule has no exceptions, since a bound on the input today is easily lost tomorrow.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { analyse } from "scslre";
import { expect, test } from "vitest";
import { parseAst } from "vitest/node";
import { nodesOf, type SyntaxNode } from "../support/layers.ts";

const CONSTANTS: ReadonlySet<string> = new Set(["Literal", "TemplateLiteral", "TaggedTemplateExpression"]);

interface Expression {
  readonly source: string;
  readonly flags: string;
}

function* expressionsOf(text: string): Generator<Expression> {
  const program = parseAst(text, { lang: "ts", sourceType: "module" });
  const nodes = [...nodesOf(program)];
  for (const { type, regex, callee, start, end } of nodes) {
    if (regex !== undefined) yield { source: regex.pattern, flags: regex.flags };
    if ((type === "NewExpression" || type === "CallExpression") && callee?.type === "Identifier") {
      if (callee.name === "RegExp") yield evaluated(text.slice(start, end), nodes, text);
    }
  }
}

/** An expression built from constants of its file; throws when it is built from anything else. */
function evaluated(expression: string, nodes: readonly SyntaxNode[], text: string): Expression {
  const constants = nodes
    .filter(({ type, init }) => type === "VariableDeclarator" && CONSTANTS.has(init?.type ?? ""))
    .map(({ start, end }) => text.slice(start, end));
  const { source, flags } = runInNewContext(`const ${[...constants, `it = ${expression}`].join(", ")}; it`) as RegExp;
  return { source, flags };
}

/** One line for each way to make it slow. */
function faultsOf({ source, flags }: Expression): readonly string[] {
  const { reports } = analyse({ source, flags });
  return reports.map(
    ({ character, exponential }) =>
      `/${source}/${flags} takes ${exponential ? "exponential" : "more than linear"} time for many ${character.literal.source}`,
  );
}

test("no regular expression of src/ takes more than linear time", { timeout: 60_000 }, () => {
  const faults = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) =>
      [...expressionsOf(readFileSync(join("src", name), "utf8"))].flatMap((expression) =>
        faultsOf(expression).map((fault) => `src/${name}: ${fault}`),
      ),
    );
  expect(faults).toEqual([]);
});

test.each([
  ["a literal", "const A = /x+$/;", "/x+$/ takes more than linear time for many x"],
  [
    "one built from constants",
    'const X = "x";\nf(new RegExp(`(?:${X}+)+y`));',
    "/(?:x+)+y/ takes exponential time for many x",
  ],
  ["one built without new", 'RegExp("x+$", "u");', "/x+$/u takes more than linear time for many x"],
])("the rule finds %s", (_what, text, fault) => {
  expect([...expressionsOf(text)].flatMap(faultsOf)).toContain(fault);
});

test("the rule says so when it cannot know an expression", () => {
  expect(() => [...expressionsOf("function f(x) { return new RegExp(x); }")]).toThrow("x is not defined");
});
