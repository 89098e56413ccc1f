// Reads and validates master.yaml and recipes.
export { type MasterFile, readMasterConfig } from "./master-file.ts";
export { type Recipe, readBuilder, readRecipe } from "./recipe.ts";
export { sampleMasterFile } from "./sample.ts";
export { readPlainSecret } from "./secret-files.ts";
