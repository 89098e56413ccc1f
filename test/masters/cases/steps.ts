// Builds of ordinary steps, as people write them: what the master stores of them is compared.
import { python, type StepDescription, shell } from "../support/description.ts";

export interface StepCase {
  /** A sentence; unique among all cases. */
  readonly name: string;
  readonly steps: readonly StepDescription[];
  /** The master stops the build once a file "arrived" lies in the directory of the build. */
  readonly stoppedOnArrival?: true;
  /** Some step prints names as the file system gives them. */
  readonly stdoutInAnyOrder?: true;
  /** How many lines of stdout are the same; the others differ on purpose. */
  readonly stdoutLines?: number;
}

/** Makes the name of a commit the same for all. */
const COMMIT_DATE = "2020-01-02T03:04:05Z";

/** A name on the master that each worker has to itself. */
function perWorker(name: string) {
  return python(`util.Interpolate("%(prop:workername)s-${name}")`);
}

/** The cases, for a repository to clone that createSourceRepository made. */
export function stepCases(repository: string): readonly StepCase[] {
  const git = { repourl: repository, branch: "main", progress: false };
  return [
    { name: "a command that prints on both streams", steps: [shell("print", "echo out; echo err >&2")] },
    { name: "a command that prints nothing", steps: [shell("do nothing", ["true"])] },
    {
      name: "steps of which one fails",
      steps: [
        shell("first", "echo one > file"),
        shell("fails", "cat file; exit 7", { haltOnFailure: true }),
        shell("not run", "echo never"),
        shell("always", "cat file", { alwaysRun: true }),
      ],
    },
    {
      name: "a step that may fail",
      steps: [
        shell("flunks not", "exit 1", { flunkOnFailure: false, warnOnFailure: true }),
        shell("next", "echo next"),
      ],
    },
    {
      name: "an exit status that the step takes for a warning",
      steps: [shell("warn", "exit 5", { decodeRC: python("{0: util.SUCCESS, 5: util.WARNINGS}") })],
    },
    { name: "a command killed by a signal", steps: [shell("die", "echo so far; kill -9 $$")] },
    {
      name: "an environment",
      steps: [shell("print", "env | sort", { env: { ADDED: `yes \${HOME}`, LIST: ["x", "y"], LANG: null } })],
    },
    {
      name: "an obfuscated word",
      steps: [shell("print", ["echo", python('("obfuscated", "real", "fake")')], { logEnviron: false })],
    },
    { name: "an input", steps: [shell("print", ["cat"], { initialStdin: "from\nthe master" })] },
    { name: "a silent command", steps: [shell("hang", "echo early; sleep 600", { timeout: 2 })] },
    { name: "a command that takes too long", steps: [shell("hang", "echo early; sleep 600", { maxTime: 2 })] },
    {
      name: "a command that prints too much",
      steps: [shell("print", "seq 1 20; sleep 600", { max_lines: 10 })],
      stdoutLines: 10,
    },
    {
      name: "a log file",
      steps: [shell("print", "echo to the log > out.log; echo to stdout", { logfiles: { extra: "out.log" } })],
    },
    {
      name: "a command that the master stops",
      steps: [shell("wait", "echo so far; echo and this >&2; sleep 0.5; touch arrived; sleep 600")],
      stoppedOnArrival: true,
    },
    {
      name: "a compilation with warnings",
      steps: [{ type: "Compile", args: { command: "echo 'a.c:1: warning: unused'; echo ok", warnOnWarnings: true } }],
    },
    {
      name: "several commands of one step",
      steps: [
        {
          type: "ShellSequence",
          args: {
            commands: [
              python('util.ShellArg(command=["echo", "one"], logname="first")'),
              python('util.ShellArg(command="echo two; exit 1", logname="second", haltOnFailure=True)'),
              python('util.ShellArg(command="echo three", logname="third")'),
            ],
          },
        },
      ],
    },
    {
      name: "properties from the output and from the environment",
      steps: [
        { type: "SetPropertyFromCommand", args: { command: "echo from the worker", property: "answer" } },
        {
          type: "SetPropertyFromCommand",
          args: {
            command: "echo first=1; echo second=2",
            extract_fn: python('lambda rc, out, err: dict(line.split("=") for line in out.splitlines())'),
          },
        },
        { type: "SetPropertiesFromEnv", args: { variables: ["LANG", "HOME", "NO_SUCH"] } },
        shell("use them", ["echo", python('util.Interpolate("%(prop:answer)s %(prop:second)s %(prop:LANG)s")')]),
      ],
    },
    {
      name: "directories",
      steps: [
        { type: "MakeDirectory", args: { dir: "build/deep/er" } },
        shell("fill", "echo content > deep/er/file"),
        { type: "CopyDirectory", args: { src: "build/deep", dest: "build/copy" } },
        { type: "FileExists", args: { file: "build/copy/er/file" } },
        { type: "RemoveDirectory", args: { dir: "build/deep" } },
        { type: "FileExists", args: { file: "build/deep", flunkOnFailure: false } },
        { type: "MakeDirectory", args: { dir: "build/copy/er/file", flunkOnFailure: false } },
        { type: "CopyDirectory", args: { src: "build/absent", dest: "build/other", flunkOnFailure: false } },
      ],
    },
    {
      name: "files up and down",
      steps: [
        { type: "StringDownload", args: { s: "line one\nline two\n", workerdest: "given", mode: 0o640 } },
        { type: "JSONStringDownload", args: { o: { a: [1, null] }, workerdest: "given.json" } },
        shell("change", "cat given given.json; tr a-z A-Z < given > changed"),
        { type: "FileUpload", args: { workersrc: "changed", masterdest: perWorker("up"), keepstamp: true } },
        { type: "FileUpload", args: { workersrc: "absent", masterdest: "never", haltOnFailure: false } },
        { type: "FileUpload", args: { workersrc: "changed", masterdest: "never", maxsize: 5, haltOnFailure: false } },
        { type: "FileDownload", args: { mastersrc: perWorker("up"), workerdest: "back" } },
        { type: "FileDownload", args: { mastersrc: "absent", workerdest: "x", haltOnFailure: false } },
        shell("show", ["cat", "back"]),
      ],
    },
    {
      name: "directories up",
      steps: [
        shell("fill", "mkdir -p tree/sub; echo one > tree/one; echo two > tree/sub/two; ln -s one tree/link"),
        ...[null, "gz", "bz2"].map((compress) => ({
          type: "DirectoryUpload",
          args: { workersrc: "tree", masterdest: perWorker(`tree-${compress ?? "plain"}`), compress },
        })),
        { type: "DirectoryUpload", args: { workersrc: "absent", masterdest: "never", haltOnFailure: false } },
        { type: "FileDownload", args: { mastersrc: perWorker("tree-gz/sub/two"), workerdest: "back" } },
        { type: "FileDownload", args: { mastersrc: perWorker("tree-bz2/link"), workerdest: "back2" } },
        shell("show", "cat back back2"),
      ],
    },
    {
      name: "files up by patterns, which the master sends side by side",
      steps: [
        shell("fill", "mkdir -p tree/sub; echo one > tree/one; echo other > tree/other; echo two > tree/sub/two"),
        {
          type: "MultipleFileUpload",
          args: { workersrcs: ["tree/o*", "tree/s*", "tree/none*"], masterdest: perWorker("many"), glob: true },
        },
        { type: "FileDownload", args: { mastersrc: perWorker("many/sub/two"), workerdest: "back" } },
        shell("show", "cat back"),
      ],
    },
    {
      name: "a clone by Git, updated",
      steps: [
        { type: "Git", args: { ...git, mode: "incremental" } },
        shell("change", "echo changed >> configure; touch new"),
        { type: "Git", args: { ...git, mode: "incremental" } },
        shell("look", "git status --short; ls"),
      ],
    },
    ...["clobber", "fresh", "clean", "copy"].map((method) => ({
      name: `a clone by Git in full, method ${method}`,
      ...(method === "copy" ? { stdoutInAnyOrder: true as const } : {}),
      steps: [
        { type: "Git", args: { ...git, mode: "full", method } },
        shell("change", "echo changed >> configure; touch new"),
        { type: "Git", args: { ...git, mode: "full", method } },
        shell("look", "git status --short; ls"),
      ],
    })),
    {
      name: "a clone by Git that fails",
      steps: [{ type: "Git", args: { ...git, repourl: "/nowhere/at/all", mode: "incremental" } }],
    },
    {
      name: "a commit by Git",
      steps: [
        { type: "Git", args: { ...git, mode: "full", method: "clobber" } },
        shell("change", "echo more >> configure"),
        {
          type: "GitCommit",
          args: {
            paths: ["configure"],
            messages: ["More"],
            env: { GIT_AUTHOR_DATE: COMMIT_DATE, GIT_COMMITTER_DATE: COMMIT_DATE },
            config: { "user.name": "Test", "user.email": "test@example.invalid" },
          },
        },
        shell("look", "git log --format=%s"),
      ],
    },
  ];
}
