// What a step may have in master.yaml and in a recipe: `- shell: make test`, or with more, `- shell: {command: …, …}`.
import * as v from "valibot";
import {
  dictionary,
  duration,
  expected,
  flag,
  fullList,
  fullText,
  list,
  mapping,
  name,
  oneOf,
  pathBelow,
  size,
  text,
  variableName,
  wholeNumber,
} from "./fields.ts";

/** As much as a worker takes for one command, and a person reads. */
const MOST_LINES = 1_000_000_000;

export const environment = v.pipe(
  dictionary(variableName, v.nullable(text)),
  v.title("variables"),
  v.description("variables of its commands, by name; null removes one"),
);

const common = {
  name: v.optional(v.pipe(name, v.description("what the step is called; default: made of what it does"))),
  haltOnFailure: v.optional(
    v.pipe(flag, v.description("a failure ends the build but for the steps that always run")),
    true,
  ),
  flunkOnFailure: v.optional(v.pipe(flag, v.description("a failure makes the build one")), true),
  warnOnFailure: v.optional(
    v.pipe(flag, v.description("a failure makes the build WARNINGS, if nothing makes it worse")),
    false,
  ),
  alwaysRun: v.optional(v.pipe(flag, v.description("runs also when the build has failed or was stopped")), false),
  logEnviron: v.optional(
    v.pipe(flag, v.description("its log lists the variables of the programs it runs; default: as set for the file")),
  ),
};

const workdir = v.optional(
  v.pipe(
    fullText,
    v.title("path"),
    v.description("where it runs, below the builder's directory on the worker, or absolute"),
  ),
  "build",
);

const command = v.pipe(
  v.union([fullText, fullList(text)], expected("a command as text, or a list of words")),
  v.title("command"),
  v.description("text is for the shell; a list is a program and its words"),
);

const logfile = v.union(
  [
    v.pipe(fullText, v.title("path")),
    mapping({
      filename: v.pipe(fullText, v.title("path"), v.description("below the workdir, or absolute")),
      follow: v.optional(v.pipe(flag, v.description("only what is added while the step runs")), false),
    }),
  ],
  expected("a path, or a mapping with filename"),
);

export const shellSchema = mapping({
  command,
  workdir,
  env: v.optional(environment, {}),
  timeout: v.optional(
    v.pipe(duration, v.description("longest time without output before it is killed; 0: none")),
    "20m",
  ),
  maxTime: v.optional(v.pipe(duration, v.description("longest time before it is killed; 0: none")), 0),
  sigtermTime: v.optional(
    v.pipe(duration, v.description("between SIGTERM and SIGKILL when it is killed; 0: SIGKILL at once")),
    0,
  ),
  maxLines: v.optional(
    v.pipe(wholeNumber(0, MOST_LINES), v.description("lines of output after which it is killed; 0: no limit")),
    0,
  ),
  usePTY: v.optional(v.pipe(flag, v.description("runs it on a terminal")), false),
  logfiles: v.optional(
    v.pipe(
      dictionary(variableName, logfile),
      v.title("log files"),
      v.description("files that it writes and that become logs of the step, by the logs' names"),
    ),
    {},
  ),
  initialStdin: v.optional(v.pipe(text, v.description("what it reads from its standard input; default: nothing"))),
  decodeRC: v.optional(
    v.pipe(
      dictionary(
        v.pipe(v.string(), v.regex(/^(?:0|-?[1-9]\d{0,9})$/, "expected an exit code")),
        oneOf(["SUCCESS", "WARNINGS", "FAILURE", "SKIPPED", "EXCEPTION"]),
      ),
      v.title("results"),
      v.description("results by exit codes; others are FAILURE, and 0 is SUCCESS"),
    ),
    {},
  ),
  ...common,
});

const upload = mapping({
  from: v.pipe(fullText, v.title("path"), v.description("on the worker, below the workdir, or absolute")),
  to: v.pipe(pathBelow, v.description("on the master, below its `uploads`")),
  directory: v.optional(v.pipe(flag, v.description("it is a directory, with all below it")), false),
  workdir,
  maxSize: v.optional(
    v.pipe(size, v.description("of the file, or of the directory, packed and unpacked; one that is larger fails")),
    "1GiB",
  ),
  keepStamp: v.optional(v.pipe(flag, v.description("keeps the file's times")), false),
  ...common,
});

const download = mapping({
  from: v.pipe(pathBelow, v.description("on the master, below the directory of the YAML file")),
  to: v.pipe(fullText, v.title("path"), v.description("on the worker, below the workdir, or absolute")),
  workdir,
  mode: v.optional(
    v.pipe(
      v.string(expected('octal digits in quotes, such as "0755"')),
      v.regex(/^0?[0-7]{3}$/, expected('octal digits in quotes, such as "0755"')),
      v.title("mode"),
      v.description('as for chmod, in quotes: "0755"; default: as the worker\'s umask says'),
    ),
  ),
  ...common,
});

const place = v.pipe(
  fullText,
  v.title("path"),
  v.description("on the worker, below the builder's directory, or absolute"),
);

export const directorySchema = mapping({ path: place, ...common });

/** `- mkdir: a/b`, or with more. */
const directoryStep = v.union([place, directorySchema], expected("a path, or a mapping with path"));

const cpdir = mapping({ from: place, to: place, ...common });

const kinds = {
  shell: v.optional(
    v.pipe(
      v.union(
        [v.pipe(fullText, v.title("command")), v.pipe(fullList(text), v.title("command")), shellSchema],
        expected("a command as text, a list of words, or a mapping with command"),
      ),
      v.description("runs a command"),
    ),
  ),
  upload: v.optional(v.pipe(upload, v.description("copies a file or a directory from the worker to the master"))),
  download: v.optional(v.pipe(download, v.description("copies a file from the master to the worker"))),
  mkdir: v.optional(v.pipe(directoryStep, v.description("makes a directory, and those above it"))),
  rmdir: v.optional(v.pipe(directoryStep, v.description("removes a directory with all below it"))),
  rmfile: v.optional(v.pipe(directoryStep, v.description("removes a file"))),
  cpdir: v.optional(v.pipe(cpdir, v.description("copies a directory with all below it"))),
};

export const stepSchema = v.pipe(
  mapping(kinds),
  v.check(
    (step) => Object.keys(step).length === 1,
    `expected one of ${Object.keys(kinds).join(", ")}, and the next step with a - of its own`,
  ),
  v.title("step"),
);

export const stepsSchema = v.pipe(list(stepSchema), v.minLength(1, "expected at least one step, got an empty list"));

export type StepInput = v.InferOutput<typeof stepSchema>;
export type ShellInput = v.InferOutput<typeof shellSchema>;
