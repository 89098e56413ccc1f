// Reads a recipe: the steps of a build, to be run on this machine by `buildhand try`.
import { basename } from "node:path";
import type { StepConfig } from "../master-config.ts";
import { builderDirectory } from "./builder-directory.ts";
import { recipeSchema } from "./master-schema.ts";
import { environmentMap, stepConfig } from "./steps.ts";
import { validated } from "./validate.ts";
import { readYamlFile } from "./yaml-file.ts";

export interface Recipe {
  /** From the file's name. */
  readonly name: string;
  /** A single name, relative to the base directory. */
  readonly directory: string;
  readonly env: ReadonlyMap<string, string | null>;
  readonly steps: readonly StepConfig[];
}

/** Throws ERR_CONFIG_FILE and ERR_MASTER_CONFIG. */
export function readRecipe(path: string): Recipe {
  const { directory, env, steps } = validated(recipeSchema, readYamlFile(path));
  const name = basename(path).replace(/\.ya?ml$/, "") || "recipe";
  return {
    name,
    directory: builderDirectory({ name, directory }),
    env: environmentMap(env),
    steps: steps.map(stepConfig),
  };
}
