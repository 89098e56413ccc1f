// Runs the statements of a program, one after the other, by the evaluator.
import { evaluate, holds, importedObject, type Scope } from "./evaluate.ts";
import { refuse } from "./source.ts";
import type { Statement } from "./syntax.ts";
import { describeValue } from "./value.ts";

/** Runs `statements`, which changes the names of `scope`. Throws a usage error at what only Python can do. */
export function run(statements: readonly Statement[], scope: Scope): void {
  for (const statement of statements) runOne(statement, scope);
}

function runOne(statement: Statement, scope: Scope): void {
  switch (statement.type) {
    case "pass":
      return;
    case "import":
      for (const { name, path } of statement.bindings) scope.names.set(name, importedObject(path, scope));
      return;
    case "assign": {
      const value = evaluate(statement.value, scope);
      for (const name of statement.names) scope.names.set(name, value);
      return;
    }
    case "expression":
      return runExpression(statement, scope);
    case "if": {
      const branch = statement.branches.find(({ condition }) => holds(condition, scope));
      return run(branch?.body ?? statement.otherwise, scope);
    }
    case "with": {
      const value = evaluate(statement.value, scope);
      if (value.kind !== "file") refuse(scope.source, statement.line, "'with' is only read with open(…)");
      if (statement.name !== undefined) scope.names.set(statement.name, value);
      return run(statement.body, scope);
    }
  }
}

/** A call nobody uses the result of is made for its effect, so it must be one that is known. */
function runExpression({ value, line }: Extract<Statement, { type: "expression" }>, scope: Scope): void {
  const result = evaluate(value, scope);
  const unknown = value.type === "call" && result.kind === "object" && !isKnown(result.path, scope);
  if (unknown) refuse(scope.source, line, `this line calls ${describeValue(result)}`);
}

function isKnown(path: string, scope: Scope): boolean {
  return path.endsWith("()") && scope.functions.has(path.slice(0, -2));
}
