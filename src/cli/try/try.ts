// buildhand try: runs a recipe's steps on this machine, as a worker would.
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { baseErrors, errorText, stackText, WorkerError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { EXIT_USAGE } from "../../daemon/index.ts";
import { masterErrors, type Recipe, readRecipe, stepFiles } from "../../master/index.ts";
import { closeInheritedDescriptors } from "../../process/spawn/index.ts";
import { guardedDirectory } from "../guard.ts";
import { Interruption } from "../interruption.ts";
import type { ParsedOptions } from "../option-parser.ts";
import { standardPrinter } from "../printer.ts";
import { exitCodeOfResult } from "../result-exit-code.ts";
import { LocalLink } from "./local-link.ts";
import { localWorker } from "./local-worker.ts";
import { RecipeRun } from "./recipe-run.ts";

/** Resolves to the exit code, unless a signal ended the build and ends this process too. Throws usage errors. */
export async function tryRecipe({ values, flags, rest }: ParsedOptions): Promise<number> {
  const [path, ...more] = rest;
  if (path === undefined || more.length > 0) throw baseErrors.usage("expected one recipe");
  const basedir = values.get("basedir");
  if (basedir !== undefined && flags.has("keep")) throw baseErrors.usage("--keep is for a temporary directory");
  const recipe = readRecipe(path);
  const recipeDirectory = dirname(resolve(path));
  const trial: Omit<Trial, "baseDirectory"> = {
    recipe,
    recipeDirectory,
    uploads: resolve(values.get("uploads") ?? join(recipeDirectory, "uploads")),
    hasTac: basedir !== undefined,
    showsEnvironment: flags.has("environ"),
  };
  closeInheritedDescriptors();
  if (basedir !== undefined) return (await tried({ ...trial, baseDirectory: resolve(basedir) })).leave();
  const directory = guardedDirectory("buildhand-try-");
  const keep = flags.has("keep");
  let outcome: Outcome;
  try {
    outcome = await tried({ ...trial, baseDirectory: directory.path });
  } finally {
    await directory.end({ keep });
  }
  if (keep) console.log(`kept: ${directory.path}`);
  return outcome.leave();
}

interface Trial {
  readonly recipe: Recipe;
  /** Absolute; what steps download is below it. */
  readonly recipeDirectory: string;
  /** Absolute. */
  readonly uploads: string;
  /** Absolute. */
  readonly baseDirectory: string;
  readonly hasTac: boolean;
  readonly showsEnvironment: boolean;
}

interface Outcome {
  /** Gives the exit code, or ends the process by the signal that interrupted it. */
  leave(): Promise<number>;
}

async function tried(trial: Trial): Promise<Outcome> {
  const { recipe, recipeDirectory, uploads, baseDirectory, hasTac, showsEnvironment } = trial;
  const printer = standardPrinter();
  const note = (sentence: string) => printer.err(`${printer.style.warning(`worker: ${sentence}`)}\n`);
  const local = await localWorker({
    baseDirectory,
    hasTac,
    // What a worker's log says of each command is seen here anyway.
    log: () => {},
    onBug: (error) => note(stackText(error)),
  });
  if (recipe.steps.some(({ type }) => type === "upload")) makeUploads(uploads);
  const link = new LocalLink({ worker: local.worker, showsEnvironment });
  const files = stepFiles(uploads, recipeDirectory);
  const run = new RecipeRun({ recipe, link, files, clock: systemClock, printer });
  const interruption = new Interruption({
    onFirst: (by) => run.stop(by),
    onSecond: () => link.end("it was interrupted twice"),
  });
  try {
    const result = await run.run();
    return { leave: () => interruption.leave(exitCodeOfResult(result)) };
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    note(errorText(error));
    return { leave: () => interruption.leave(EXIT_USAGE) };
  } finally {
    await local.stop();
  }
}

function makeUploads(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw masterErrors.configFile.from(error, path, `cannot be made: ${systemReason(error)}`);
  }
}
