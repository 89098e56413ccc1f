// buildhand try: runs the steps of a recipe or of a master's builder on this machine, as a worker would.
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { baseErrors, errorText, stackText, WorkerError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { EXIT_USAGE } from "../../daemon/index.ts";
import { type BuildFacts, masterErrors, type Recipe, readBuilder, readRecipe, stepFiles } from "../../master/index.ts";
import { closeInheritedDescriptors } from "../../process/spawn/index.ts";
import { guardedDirectory } from "../guard.ts";
import { Interruption } from "../interruption.ts";
import type { ParsedOptions } from "../option-parser.ts";
import { standardPrinter } from "../printer.ts";
import { exitCodeOfResult } from "../result-exit-code.ts";
import { LocalLink } from "./local-link.ts";
import { localWorker } from "./local-worker.ts";
import { RecipeRun } from "./recipe-run.ts";

/** Resolves to the exit code. If a signal ended the build, ends this process by that signal. Throws usage errors. */
export async function tryRecipe({ values, flags, rest }: ParsedOptions): Promise<number> {
  const [path, ...more] = rest;
  if (path === undefined || more.length > 0) throw baseErrors.usage("expected one recipe");
  const basedir = values.get("basedir");
  if (basedir !== undefined && flags.has("keep")) throw baseErrors.usage("--keep cannot be combined with --basedir");
  const builder = values.get("builder");
  const recipe = builder === undefined ? readRecipe(path) : readBuilder(path, builder);
  const recipeDirectory = dirname(resolve(path));
  const setup: Omit<TrySetup, "baseDirectory"> = {
    recipe,
    facts: { properties: propertiesOf(recipe, values), secrets: recipe.secrets },
    recipeDirectory,
    uploads: resolve(values.get("uploads") ?? join(recipeDirectory, "uploads")),
    hasTac: basedir !== undefined,
    showsEnvironment: flags.has("environ"),
  };
  closeInheritedDescriptors();
  if (basedir !== undefined) return (await runIn({ ...setup, baseDirectory: resolve(basedir) })).leave();
  const directory = guardedDirectory("buildhand-try-");
  const keep = flags.has("keep");
  let outcome: Outcome;
  try {
    outcome = await runIn({ ...setup, baseDirectory: directory.path });
  } finally {
    await directory.end({ keep });
  }
  if (keep) console.log(`kept: ${directory.path}`);
  return outcome.leave();
}

function propertiesOf({ name }: Recipe, values: ParsedOptions["values"]): ReadonlyMap<string, string> {
  const given = ["branch", "revision"].flatMap((key) => (values.has(key) ? [[key, values.get(key)!] as const] : []));
  return new Map([["buildername", name], ["buildnumber", "0"], ...given]);
}

interface TrySetup {
  readonly recipe: Recipe;
  readonly facts: BuildFacts;
  /** Absolute; files that steps download are below it. */
  readonly recipeDirectory: string;
  /** Absolute. */
  readonly uploads: string;
  /** Absolute. */
  readonly baseDirectory: string;
  readonly hasTac: boolean;
  readonly showsEnvironment: boolean;
}

interface Outcome {
  /** Resolves to the exit code, or ends the process by the signal that interrupted it. */
  leave(): Promise<number>;
}

async function runIn(setup: TrySetup): Promise<Outcome> {
  const { recipe, recipeDirectory, uploads, baseDirectory, hasTac, showsEnvironment } = setup;
  const printer = standardPrinter();
  const note = (sentence: string) => printer.err(`${printer.style.warning(`worker: ${sentence}`)}\n`);
  const local = await localWorker({
    baseDirectory,
    hasTac,
    // The worker's log messages about commands would only repeat the output.
    log: () => {},
    onBug: (error) => note(stackText(error)),
  });
  if (recipe.steps.some(({ type }) => type === "upload")) makeUploads(uploads);
  const link = new LocalLink({ worker: local.worker, showsEnvironment });
  const files = stepFiles(uploads, recipeDirectory);
  const run = new RecipeRun({ recipe, link, files, facts: setup.facts, clock: systemClock, printer });
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
    throw masterErrors.configFile.from(error, path, `cannot be created: ${systemReason(error)}`);
  }
}
