// What a step may have in master.yaml and in a recipe: `- shell: make test`, or with more, `- shell: {command: …, …}`.
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
  size,
  trueOrFalse,
  variableName,
  wholeNumber,
  withDefault,
} from "./fields.ts";

/** As much as a worker takes for one command, and a person reads. */
const MOST_LINES = 1_000_000_000;

export const environment = v.pipe(
  dictionary(variableName, v.nullable(anyText)),
  v.title("variables"),
  v.description("variables of its commands, by name; null removes one"),
);

const common = {
  name: optional(name, "what the step is called; default: made of what it does"),
  haltOnFailure: withDefault(trueOrFalse, true, "a failure ends the build but for the steps that always run"),
  flunkOnFailure: withDefault(trueOrFalse, true, "a failure makes the build one"),
  warnOnFailure: withDefault(trueOrFalse, false, "a failure makes the build WARNINGS, if nothing makes it worse"),
  alwaysRun: withDefault(trueOrFalse, false, "runs also when the build has failed or was stopped"),
  logEnviron: optional(
    trueOrFalse,
    "its log lists the variables of the programs it runs; default: as set for the file",
  ),
};

const workdir = withDefault(path, "build", "where it runs, below the builder's directory on the worker, or absolute");

const command = v.pipe(
  v.union([fullText, fullList(anyText)], expected("a command as text, or a list of words")),
  v.title("command"),
  v.description("text is for the shell; a list is a program and its words"),
);

const logfile = v.union(
  [
    path,
    mapping({
      filename: v.pipe(path, v.description("below the workdir, or absolute")),
      follow: withDefault(trueOrFalse, false, "only what is added while the step runs"),
    }),
  ],
  expected("a path, or a mapping with filename"),
);

export const shellSchema = mapping({
  command,
  workdir,
  env: v.optional(environment, {}),
  timeout: withDefault(duration, "20m", "longest time without output before it is killed; 0: none"),
  maxTime: withDefault(duration, 0, "longest time before it is killed; 0: none"),
  sigtermTime: withDefault(duration, 0, "between SIGTERM and SIGKILL when it is killed; 0: SIGKILL at once"),
  maxLines: withDefault(wholeNumber(0, MOST_LINES), 0, "lines of output after which it is killed; 0: no limit"),
  usePTY: withDefault(trueOrFalse, false, "runs it on a terminal"),
  logfiles: withDefault(
    v.pipe(dictionary(variableName, logfile), v.title("log files")),
    {},
    "files that it writes and that become logs of the step, by the logs' names",
  ),
  initialStdin: optional(anyText, "what it reads from its standard input; default: nothing"),
  decodeRC: withDefault(
    v.pipe(
      dictionary(
        v.pipe(v.string(), v.regex(/^(?:0|-?[1-9]\d{0,9})$/, "expected an exit code")),
        oneOf(["SUCCESS", "WARNINGS", "FAILURE", "SKIPPED", "EXCEPTION"]),
      ),
      v.title("results"),
    ),
    {},
    "results by exit codes; others are FAILURE, and 0 is SUCCESS",
  ),
  ...common,
});

const upload = mapping({
  from: v.pipe(path, v.description("on the worker, below the workdir, or absolute")),
  to: v.pipe(pathBelow, v.description("on the master, below its `uploads`")),
  directory: withDefault(trueOrFalse, false, "it is a directory, with all below it"),
  workdir,
  maxSize: withDefault(size, "1GiB", "of the file, or of the directory, packed and unpacked; one that is larger fails"),
  keepStamp: withDefault(trueOrFalse, false, "keeps the file's times"),
  ...common,
});

const download = mapping({
  from: v.pipe(pathBelow, v.description("on the master, below the directory of the YAML file")),
  to: v.pipe(path, v.description("on the worker, below the workdir, or absolute")),
  workdir,
  mode: optional(
    v.pipe(
      v.string(expected('octal digits in quotes, such as "0755"')),
      v.regex(/^0?[0-7]{3}$/, expected('octal digits in quotes, such as "0755"')),
      v.title("mode"),
    ),
    'as for chmod, in quotes: "0755"; default: as the worker\'s umask says',
  ),
  ...common,
});

const place = v.pipe(path, v.description("on the worker, below the builder's directory, or absolute"));

export const directorySchema = mapping({ path: place, ...common });

/** `- mkdir: a/b`, or with more. */
const directoryStep = v.union([place, directorySchema], expected("a path, or a mapping with path"));

const cpdir = mapping({ from: place, to: place, ...common });

const kinds = {
  shell: optional(
    v.union(
      [v.pipe(fullText, v.title("command")), v.pipe(fullList(anyText), v.title("command")), shellSchema],
      expected("a command as text, a list of words, or a mapping with command"),
    ),
    "runs a command",
  ),
  upload: optional(upload, "copies a file or a directory from the worker to the master"),
  download: optional(download, "copies a file from the master to the worker"),
  mkdir: optional(directoryStep, "makes a directory, and those above it"),
  rmdir: optional(directoryStep, "removes a directory with all below it"),
  rmfile: optional(directoryStep, "removes a file"),
  cpdir: optional(cpdir, "copies a directory with all below it"),
};

export const stepSchema = oneKindOf("step", kinds);

export const stepsSchema = v.pipe(list(stepSchema), v.minLength(1, "expected at least one step, got an empty list"));

export type StepInput = v.InferOutput<typeof stepSchema>;
export type ShellInput = v.InferOutput<typeof shellSchema>;
