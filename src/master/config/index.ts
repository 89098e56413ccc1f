// master.yaml: `readMasterConfig` reads and checks it.
export { readMasterConfig } from "./master-file.ts";
export { type Recipe, readRecipe } from "./recipe.ts";
export { sampleMasterFile } from "./sample.ts";
