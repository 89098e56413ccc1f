// A step that checks out a revision: a sequence of commands, each chosen by the results of the previous ones. Pure.
import type { GitStep, ShellStep } from "../master-config.ts";
import { tokenAuthorization } from "../secret-mask.ts";
import { branchFault, isHash, revisionFault } from "../source-names.ts";
import type { BuildFacts } from "./build-facts.ts";
import { directoryCommand } from "./directory-step.ts";
import { shellCommand } from "./shell-step.ts";
import type { PlannedStep, StepContext } from "./step-command.ts";
import { ended, type StepEnd } from "./step-end.ts";

/** Where the method copy keeps its clone, relative to the builder's directory. */
const SOURCE_DIRECTORY = "source";
/** The only reference that a fetch sets, so that names of branches never conflict. */
const FETCHED = "refs/buildhand/fetched";

/** What the step does next. */
export type ScriptMove =
  | { readonly type: "command"; readonly planned: PlannedStep }
  | { readonly type: "wait"; readonly delayMs: number; readonly why: string };

/** How a command ended; nothing for a wait. */
export interface ScriptAnswer {
  readonly isOk: boolean;
  /** Its standard output, up to a limit. */
  readonly output: string;
}

export type StepScript = Generator<ScriptMove, StepEnd, ScriptAnswer>;

/** What to check out. */
interface Source {
  readonly reference: string;
  readonly revision: string | undefined;
  /** Whether it is the repository of the build, whose revision is recorded. */
  readonly isOfBuild: boolean;
}

export function* gitScript(step: GitStep, context: StepContext, facts: BuildFacts): StepScript {
  const source = sourceOf(step, facts);
  if ("fault" in source) return ended("EXCEPTION", source.fault);
  const git = new Git(step, context, facts);
  const first = yield* checkOut(git, source);
  const isRepeated = "isLocal" in first && first.isLocal && step.clobberOnFailure;
  if (isRepeated) yield* git.remove(git.directory);
  const end = isRepeated ? yield* checkOut(git, source) : first;
  if ("fault" in end) return ended("FAILURE", end.fault);
  const text = `checked out ${end.revision.slice(0, 12)}`;
  if (!source.isOfBuild) return ended("SUCCESS", text);
  return { ...ended("SUCCESS", text), properties: new Map([["got_revision", end.revision]]) };
}

/** The build's branch and revision belong to its own repository only. */
function sourceOf(
  { repository, branch: configured }: GitStep,
  { properties }: BuildFacts,
): Source | { readonly fault: string } {
  const isOfBuild = (properties.get("repository") ?? repository) === repository;
  const branch = (isOfBuild ? properties.get("branch") : undefined) || configured;
  const revision = (isOfBuild ? properties.get("revision") : undefined) || undefined;
  const fault = (branch && branchFault(branch)) || (revision && revisionFault(revision));
  if (fault) return { fault };
  if (repository.startsWith("-") || repository === "") return { fault: `'${repository}' is not a repository` };
  const reference = branch === undefined ? "HEAD" : branch.startsWith("refs/") ? branch : `refs/heads/${branch}`;
  return { reference, revision, isOfBuild };
}

/** `isLocal`: a new clone could help. */
type CheckOutEnd = { readonly revision: string } | { readonly fault: string; readonly isLocal: boolean };

function* checkOut(git: Git, { reference, revision }: Source): Generator<ScriptMove, CheckOutEnd, ScriptAnswer> {
  const { step, directory } = git;
  const isLocal = true;
  if (step.mode === "full" && step.method === "clobber") yield* git.remove(directory);
  if (!(yield* git.run("init", "-q")).isOk) return { fault: "could not create a repository", isLocal };
  if (!(yield* git.fetch(`+${reference}:${FETCHED}`))) {
    const isThere = yield* git.run("ls-remote", "-q", "--exit-code", "--", step.repository, reference);
    return { fault: `could not fetch ${reference} of ${step.repository}`, isLocal: isThere.isOk };
  }
  if (!(yield* git.checkOutRevision(revision)))
    return { fault: `could not check out ${revision ?? reference}`, isLocal };
  if (step.submodules && !(yield* git.updateSubmodules())) return { fault: "could not update the submodules", isLocal };
  if (!(yield* git.clean())) return { fault: "could not remove untracked files", isLocal };
  const head = (yield* git.run("rev-parse", "HEAD")).output.trim();
  if (!isHash(head)) return { fault: "could not find out the revision", isLocal };
  if (!(yield* git.copy())) return { fault: `could not copy to ${step.workdir}`, isLocal: false };
  return { revision: head };
}

/** The commands of one step. */
class Git {
  readonly step: GitStep;
  /** Of the clone. */
  readonly directory: string;
  readonly #context: StepContext;
  readonly #env: ReadonlyMap<string, string | null>;
  readonly #isCopied: boolean;

  constructor(step: GitStep, context: StepContext, { secrets }: BuildFacts) {
    this.step = step;
    this.#context = context;
    this.#isCopied = step.mode === "full" && step.method === "copy";
    this.directory = this.#isCopied ? SOURCE_DIRECTORY : step.workdir;
    this.#env = gitEnvironment(step.token === undefined ? undefined : secrets.get(step.token));
  }

  /** Not in argv, which others on the host could read: the token is in the environment. */
  *run(...words: readonly string[]): Generator<ScriptMove, ScriptAnswer, ScriptAnswer> {
    const step: ShellStep = {
      ...this.step,
      type: "shell",
      command: ["git", ...words],
      workdir: this.directory,
      env: this.#env,
      maxTime: null,
      sigtermTime: null,
      maxLines: null,
      usePTY: false,
      logfiles: new Map(),
      initialStdin: null,
      decodeRC: new Map(),
    };
    return yield { type: "command", planned: shellCommand(step, this.#context) };
  }

  *fetch(reference: string): Generator<ScriptMove, boolean, ScriptAnswer> {
    const { repository, retry, depth } = this.step;
    const extent = depth === undefined ? ["--tags"] : ["--no-tags", "--depth", String(depth)];
    for (let repeat = 0; ; repeat += 1) {
      if ((yield* this.run("fetch", "-f", ...extent, "--", repository, reference)).isOk) return true;
      if (repeat >= retry.repeats) return false;
      const why = `the fetch is repeated in ${retry.delaySeconds} seconds (${repeat + 1} of ${retry.repeats})`;
      yield { type: "wait", delayMs: retry.delaySeconds * 1000, why };
    }
  }

  /** A revision that was not fetched with its branch is fetched by itself. */
  *checkOutRevision(revision: string | undefined): Generator<ScriptMove, boolean, ScriptAnswer> {
    const checkout = ["checkout", "-q", "-f", "--detach"];
    if ((yield* this.run(...checkout, revision ?? FETCHED)).isOk) return true;
    if (revision === undefined || !(yield* this.fetch(revision))) return false;
    return (yield* this.run(...checkout, "FETCH_HEAD")).isOk;
  }

  *updateSubmodules(): Generator<ScriptMove, boolean, ScriptAnswer> {
    const { depth, retry } = this.step;
    const extent = depth === undefined ? [] : ["--depth", String(depth)];
    if (!(yield* this.run("submodule", "sync", "--recursive")).isOk) return false;
    for (let repeat = 0; repeat <= retry.repeats; repeat += 1) {
      if ((yield* this.run("submodule", "update", "--init", "--recursive", "--force", ...extent)).isOk) return true;
    }
    return false;
  }

  /** Untracked files; with the method fresh, ignored ones too. */
  *clean(): Generator<ScriptMove, boolean, ScriptAnswer> {
    const { mode, method, submodules } = this.step;
    if (mode !== "full" || (method !== "fresh" && method !== "clean")) return true;
    const clean = ["clean", "-q", "-f", "-f", "-d", ...(method === "fresh" ? ["-x"] : [])];
    if (!(yield* this.run(...clean)).isOk) return false;
    if (!submodules) return true;
    return (yield* this.run("submodule", "foreach", "-q", "--recursive", `git ${clean.join(" ")}`)).isOk;
  }

  *copy(): Generator<ScriptMove, boolean, ScriptAnswer> {
    if (!this.#isCopied) return true;
    const { workdir } = this.step;
    yield* this.remove(workdir);
    const planned = directoryCommand({ ...this.step, type: "cpdir", from: this.directory, to: workdir }, this.#context);
    return (yield { type: "command", planned }).isOk;
  }

  *remove(path: string): Generator<ScriptMove, void, ScriptAnswer> {
    yield { type: "command", planned: directoryCommand({ ...this.step, type: "rmdir", path }, this.#context) };
  }
}

/** The variables of a git that must not ask a question, and may use a token over HTTPS. */
export function gitEnvironment(token: string | undefined): ReadonlyMap<string, string> {
  const variables = new Map([["GIT_TERMINAL_PROMPT", "0"]]);
  if (token === undefined) return variables;
  return new Map([
    ...variables,
    ["GIT_CONFIG_COUNT", "1"],
    ["GIT_CONFIG_KEY_0", "http.extraHeader"],
    ["GIT_CONFIG_VALUE_0", `Authorization: ${tokenAuthorization(token)}`],
  ]);
}
