// The JSON Schemas that the package ships, and the page of all keys, beside the schemas that the program checks with.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { masterJsonSchema, recipeJsonSchema } from "../support/json-schemas.ts";
import { keysPage } from "../support/keys-page.ts";

const { BUILDHAND_WRITE_SCHEMAS: write } = process.env;
const master = masterJsonSchema();
const recipe = recipeJsonSchema();

test.each([
  ["schema/master.schema.json", `${JSON.stringify(master, null, 2)}\n`],
  ["schema/recipe.schema.json", `${JSON.stringify(recipe, null, 2)}\n`],
  ["docs/reference/master-yaml.md", keysPage({ master, recipe })],
])("%s follows from the schemas in src/master/config (node scripts/write-schemas.js)", (path, made) => {
  if (write === "1") writeFileSync(path, made);
  else expect(readFileSync(path, "utf8")).toBe(made);
});
