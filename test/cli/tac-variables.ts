// The plain assignments of a buildbot.tac, as Python evaluates them.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const PYTHON = "/usr/bin/python3";

export const hasPython = existsSync(PYTHON);

const READ_ASSIGNMENTS = `
import ast, json, sys
def variables(path):
    with open(path, encoding="utf-8") as file:
        body = ast.parse(file.read()).body
    found = {}
    for line in body:
        if isinstance(line, ast.Assign):
            try:
                found[line.targets[0].id] = repr(ast.literal_eval(line.value))
            except ValueError:
                pass
    return found
print(json.dumps([variables(path) for path in sys.argv[1:]]))
`;

/** For each file, its variables with a literal value and that value as Python's repr, in the file's order. */
export function tacVariables(paths: readonly string[]): readonly Readonly<Record<string, string>>[] {
  return JSON.parse(execFileSync(PYTHON, ["-c", READ_ASSIGNMENTS, ...paths], { encoding: "utf8" }));
}
