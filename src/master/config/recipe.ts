// Reads what `buildhand try` runs on this machine: a recipe, or a builder of a master.yaml.
import { basename } from "node:path";
import { didYouMean } from "../../base/near-name.ts";
import { masterErrors } from "../errors.ts";
import { builderDirectory } from "./builder-directory.ts";
import { readMasterConfig } from "./master-file.ts";
import { recipeSchema } from "./master-schema.ts";
import { environmentMap, stepConfig } from "./steps.ts";
import { validated } from "./validate.ts";
import { readYamlFile } from "./yaml-file.ts";

export type Recipe = ReturnType<typeof readRecipe>;

/** The builder of a master.yaml. Throws ERR_CONFIG_FILE, ERR_MASTER_CONFIG, and ERR_NOT_FOUND. */
export function readBuilder(path: string, name: string): Recipe {
  const { builders, secrets } = readMasterConfig(path);
  const builder = builders.find((one) => one.name === name);
  if (builder === undefined) {
    const hint = didYouMean(
      name,
      builders.map((one) => one.name),
      "'",
    );
    throw masterErrors.notFound(`builder '${name}' in ${path}${hint}`);
  }
  const { directory, env, steps } = builder;
  return { name, directory, env, steps, secrets };
}

/** Throws ERR_CONFIG_FILE and ERR_MASTER_CONFIG. */
export function readRecipe(path: string) {
  const { directory, env, steps } = validated(recipeSchema, readYamlFile(path));
  const name = basename(path).replace(/\.ya?ml$/, "") || "recipe";
  return {
    name,
    directory: builderDirectory({ name, directory }),
    env: environmentMap(env),
    steps: steps.map(stepConfig),
    secrets: new Map<string, string>() as ReadonlyMap<string, string>,
  };
}
