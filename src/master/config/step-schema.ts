// The schema of a step in master.yaml and in recipes: `- shell: make test`, or with more keys, `- shell: {command: …,
// …}`.
import * as v from "valibot";
import {
  anyText,
  dictionary,
  duration,
  expected,
  fullList,
  fullText,
  list,
  mapping,
  name,
  oneKindOf,
  oneOf,
  optional,
  path,
  pathBelow,
  propertyName,
  repository,
  size,
  trueOrFalse,
  variableName,
  wholeNumber,
  withDefault,
} from "./fields.ts";

/** Upper limit of maxLines. */
const MAX_LINES = 1_000_000_000;
const MAX_DEPTH = 1_000_000;
const MAX_RETRIES = 100;

export const environment = v.pipe(
  dictionary(variableName, v.nullable(anyText)),
  v.title("variables"),
  v.description("environment variables of its commands; null removes one"),
);

const common = {
  name: optional(name, "the step's name; default: derived from what it does"),
  haltOnFailure: withDefault(trueOrFalse, true, "a failure ends the build, except for steps with alwaysRun"),
  flunkOnFailure: withDefault(trueOrFalse, true, "a failure makes the build FAILURE"),
  warnOnFailure: withDefault(trueOrFalse, false, "a failure makes the build at least WARNINGS"),
  alwaysRun: withDefault(trueOrFalse, false, "runs even if the build has failed or was stopped"),
  logEnviron: optional(
    trueOrFalse,
    "whether its log lists the environment variables of its programs; default: as set for the file",
  ),
};

const workdir = withDefault(path, "build", "working directory, relative to the builder's directory, or absolute");

const command = v.pipe(
  v.union([fullText, fullList(anyText)], expected("a command as text, or a list of a program and its arguments")),
  v.title("command"),
  v.description("text is run by the shell; a list is a program and its arguments"),
);

const logfile = v.union(
  [
    path,
    mapping({
      filename: v.pipe(path, v.description("relative to the workdir, or absolute")),
      follow: withDefault(trueOrFalse, false, "log only what is appended while the step runs"),
    }),
  ],
  expected("a path, or a mapping with filename"),
);

export const shellSchema = mapping({
  command,
  workdir,
  env: v.optional(environment, {}),
  timeout: withDefault(duration, "20m", "time without output after which it is killed; 0: no limit"),
  maxTime: withDefault(duration, 0, "total time after which it is killed; 0: no limit"),
  sigtermTime: withDefault(duration, 0, "time between SIGTERM and SIGKILL when it is killed; 0: SIGKILL immediately"),
  maxLines: withDefault(wholeNumber(0, MAX_LINES), 0, "lines of output after which it is killed; 0: no limit"),
  usePTY: withDefault(trueOrFalse, false, "runs it on a pseudo-terminal"),
  logfiles: withDefault(
    v.pipe(dictionary(variableName, logfile), v.title("log files")),
    {},
    "files that it writes, to be shown as logs of the step, by log name",
  ),
  initialStdin: optional(anyText, "text for its standard input; default: none"),
  decodeRC: withDefault(
    v.pipe(
      dictionary(
        v.pipe(v.string(), v.regex(/^(?:0|-?[1-9]\d{0,9})$/, "expected an exit code")),
        oneOf(["SUCCESS", "WARNINGS", "FAILURE", "SKIPPED", "EXCEPTION"]),
      ),
      v.title("results"),
    ),
    {},
    "results by exit code; other codes are FAILURE, and 0 is SUCCESS",
  ),
  ...common,
});

const upload = mapping({
  from: v.pipe(path, v.description("path on the worker, relative to the workdir, or absolute")),
  to: v.pipe(pathBelow, v.description("path on the master, relative to its `uploads`")),
  artifact: withDefault(
    trueOrFalse,
    false,
    "`to` is relative to the directory of the build, whose files its page lists; it is deleted with the build",
  ),
  directory: withDefault(trueOrFalse, false, "uploads a directory with its contents"),
  workdir,
  maxSize: withDefault(size, "1GiB", "maximum size of the file or directory, packed and unpacked; larger ones fail"),
  keepStamp: withDefault(trueOrFalse, false, "preserves the file's access and modification times"),
  ...common,
});

const download = mapping({
  from: v.pipe(pathBelow, v.description("path on the master, relative to the directory of the YAML file")),
  to: v.pipe(path, v.description("path on the worker, relative to the workdir, or absolute")),
  workdir,
  mode: optional(
    v.pipe(
      v.string(expected('octal digits in quotes, such as "0755"')),
      v.regex(/^0?[0-7]{3}$/, expected('octal digits in quotes, such as "0755"')),
      v.title("mode"),
    ),
    'file mode as for chmod, in quotes: "0755"; default: by the worker\'s umask',
  ),
  ...common,
});

const place = v.pipe(path, v.description("path on the worker, relative to the builder's directory, or absolute"));

export const directorySchema = mapping({ path: place, ...common });

/** `- mkdir: a/b`, or with more keys. */
const directoryStep = v.union([place, directorySchema], expected("a path, or a mapping with path"));

const cpdir = mapping({ from: place, to: place, ...common });

const git = mapping({
  repository: v.pipe(repository, v.description("as git understands it, on the worker")),
  branch: optional(fullText, "built if the build has no branch; default: the remote HEAD"),
  workdir,
  mode: withDefault(
    oneOf(["incremental", "full"]),
    "incremental",
    "incremental keeps untracked files; full removes them by its method",
  ),
  method: withDefault(
    oneOf(["clobber", "fresh", "clean", "copy"]),
    "fresh",
    "of mode full: remove everything and clone, remove untracked files, keep ignored ones, or copy a clone",
  ),
  submodules: withDefault(trueOrFalse, false, "checks out submodules, and theirs"),
  shallow: optional(wholeNumber(1, MAX_DEPTH), "number of commits to fetch; default: the whole history"),
  retries: withDefault(wholeNumber(0, MAX_RETRIES), 2, "how often a failed fetch is repeated"),
  retryDelay: withDefault(duration, "10s", "time before each of them"),
  clobberOnFailure: withDefault(trueOrFalse, true, "removes the clone and starts again if it seems to be damaged"),
  timeout: withDefault(duration, "20m", "time without output after which a command is killed; 0: no limit"),
  token: optional(fullText, "secret with a token for a repository over HTTPS"),
  ...common,
});

const trigger = mapping({
  schedulers: v.pipe(fullList(fullText), v.description("names of triggerable schedulers")),
  waitForFinish: withDefault(trueOrFalse, false, "waits, and takes the worst result of their builds"),
  properties: withDefault(
    v.pipe(dictionary(propertyName, anyText), v.title("properties")),
    {},
    "properties of their builds, besides branch, revision and repository of this one",
  ),
  ...common,
});

const kinds = {
  shell: optional(
    v.union(
      [v.pipe(fullText, v.title("command")), v.pipe(fullList(anyText), v.title("command")), shellSchema],
      expected("a command as text, a list of a program and its arguments, or a mapping with command"),
    ),
    "runs a command",
  ),
  upload: optional(upload, "copies a file or a directory from the worker to the master"),
  download: optional(download, "copies a file from the master to the worker"),
  mkdir: optional(directoryStep, "creates a directory and its missing parents"),
  rmdir: optional(directoryStep, "removes a directory and its contents"),
  rmfile: optional(directoryStep, "removes a file"),
  cpdir: optional(cpdir, "copies a directory and its contents"),
  git: optional(git, "checks out a revision of a git repository"),
  trigger: optional(trigger, "starts builds of triggerable schedulers"),
};

export const stepSchema = oneKindOf("step", kinds);

export const stepsSchema = v.pipe(list(stepSchema), v.minLength(1, "expected at least one step, got an empty list"));

export type StepInput = v.InferOutput<typeof stepSchema>;
export type ShellInput = v.InferOutput<typeof shellSchema>;
