import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRecipe } from "../../../src/master/config/recipe.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "buildhand-recipe-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(home, name);
  writeFileSync(path, text);
  return path;
}

test("a recipe has the name of its file, its variables and its steps", () => {
  const path = write("my project.yaml", "env: {A: b}\nsteps: [{shell: make}, {rmdir: build}]\n");
  const { name, directory, env, steps } = readRecipe(path);
  expect({ name, directory }).toEqual({ name: "my project", directory: "my_project" });
  expect([...env]).toEqual([["A", "b"]]);
  expect(steps.map(({ type }) => type)).toEqual(["shell", "rmdir"]);
});

test("errors in a recipe have file, line and column", () => {
  const path = write("bad.yml", "step: []\n");
  expect(() => readRecipe(path)).toThrow(
    `${path}:1:1: steps is missing\n${path}:1:1: unknown key 'step'; did you mean steps?`,
  );
});
