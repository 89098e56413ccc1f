// Files of container images and of hand edits under a real master: started by Buildbot's worker and by ours, with variables, and
// with a password that may turn up nowhere.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rowsOf } from "../support/sized.ts";
import { imageStages, imageTac } from "./cases/tac-forms.ts";
import { describeWithMaster } from "./support/availability.ts";
import { type BuildOutcome, printed, type Result } from "./support/build-outcome.ts";
import { type ChildProgram, runProgram, startProgram } from "./support/child-program.ts";
import { shell } from "./support/description.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import { programs } from "./support/worker-process.ts";

const PASSWORD = "pass-word-of-all";
const TOKEN = "token-of-nobody";

/** What a container is started with, beside the master's address and the worker's name. */
const GIVEN = { BUILD_TOKEN: TOKEN, GREETING: "good morning", REMOVED: TOKEN, WORKERPASS: PASSWORD };

/** Variables that are each program's or worker's own, or that a shell sets. */
const OWN = new Set(["WORKERNAME", "BUILDHAND_COMMAND", "WORKER_ENVIRONMENT_BLACKLIST", "PWD", "SHLVL", "OLDPWD", "_"]);

const EDITED = `import fnmatch, os
from buildbot_worker.bot import Worker
from twisted.application import service
from twisted.python.log import ILogObserver, FileLogObserver
from twisted.python.logfile import LogFile

basedir = os.path.abspath(os.path.dirname(__file__))
application = service.Application("buildbot-worker")
logfile = LogFile.fromFullPath(os.path.join(basedir, "twistd.log"), rotateLength=10000000, maxRotatedFiles=10)
application.setComponent(ILogObserver, FileLogObserver(logfile).emit)
passwd = os.environ.pop("WORKERPASS")
`;

const CALL = `Worker(os.environ["BUILDMASTER"], int(os.environ["BUILDMASTER_PORT"]), NAME, passwd, basedir, 600)`;

interface Row {
  readonly title: string;
  /** For what is told to the container as the worker's name, the workers that attach. */
  workers(name: string): readonly string[];
  readonly tac: string;
  /** Default pb. */
  readonly protocol?: "msgpack";
  readonly variables: Readonly<Record<string, string>>;
  /** What builds see of what the file changes; undefined: not at all. */
  readonly sees: Readonly<Record<string, string | undefined>>;
}

const HIDDEN = { WORKER_ENVIRONMENT_BLACKLIST: "WORKERPASS *_TOKEN REMOVED" };

const WITHOUT_SECRETS = { BUILD_TOKEN: undefined, REMOVED: undefined, WORKERPASS: undefined, GREETING: "good morning" };

const allRows: readonly Row[] = [
  ...imageStages.map(
    (stage): Row => ({
      title: stage.stage,
      workers: (name) => [name],
      tac: imageTac(stage),
      variables: { WORKER_ENVIRONMENT_BLACKLIST: "WORKERPASS *_TOKEN REMOVED" },
      sees: { BUILD_TOKEN: undefined, REMOVED: undefined, WORKERPASS: undefined, GREETING: "good morning" },
    }),
  ),
  {
    title: "the image's file, over MessagePack",
    workers: (name) => [name],
    tac: imageTac(imageStages.at(-1)!),
    protocol: "msgpack",
    variables: { ...HIDDEN, BUILDMASTER_PROTOCOL: "msgpack_experimental_v7" },
    sees: WITHOUT_SECRETS,
  },
  {
    title: "variables that are set and deleted",
    workers: (name) => [name],
    tac: `${EDITED}
os.environ["PATH"] = "/opt/tools/bin:" + os.environ["PATH"]
os.environ.setdefault("GREETING", "good night")
os.environ.setdefault("CCACHE_DIR", "/var/cache/ccache")
os.environ["LEVEL"] = f"{3 + 4}"
os.umask(0o27)
os.nice(3)
del os.environ["REMOVED"]
for name in list(os.environ.keys()):
    if fnmatch.fnmatch(name, "*_TOKEN"):
        del os.environ[name]
s = ${CALL.replace("NAME", 'os.environ["WORKERNAME"]')}
s.setServiceParent(application)
`,
    variables: {},
    sees: {
      BUILD_TOKEN: undefined,
      REMOVED: undefined,
      WORKERPASS: undefined,
      CCACHE_DIR: "/var/cache/ccache",
      GREETING: "good morning",
      LEVEL: "7",
      "umask and niceness": "0027\n3\n",
    },
  },
  {
    title: "several workers, made by a loop",
    workers: (name) => [`${name}-1`, `${name}-2`, `${name}-3`],
    tac: `${EDITED}
for word in ("REMOVED", "BUILD_TOKEN"):
    os.environ.pop(word, None)
for i in range(1, 4):
    s = ${CALL.replace("NAME", 'os.environ["WORKERNAME"] + "-%d" % i').replace("basedir", 'os.path.join(basedir, "w%d" % i)')}
    s.setServiceParent(application)
`,
    variables: {},
    sees: WITHOUT_SECRETS,
  },
];

/** The last of the images over PB, and those that people edit. */
const rows = rowsOf(allRows, ({ protocol }, at) => at >= imageStages.length - 1 && protocol === undefined);

/** As images and units start it; `twistd` is what `buildhand shims` writes, first in PATH. */
const commands = {
  "Python's twistd": ["/usr/bin/twistd3", "--pidfile=", "-ny", "buildbot.tac"],
  "buildhand start": [...programs.buildhand, "start", "--nodaemon", "."],
  twistd: ["/bin/sh", "-c", "exec twistd --pidfile= -ny buildbot.tac"],
} as const;

type Way = keyof typeof commands;
const ways = rowsOf(Object.keys(commands) as Way[], (way) => way !== "twistd");

const nameOf = (row: Row, way: Way) => `w${rows.indexOf(row)}-${ways.indexOf(way)}`;

interface Seen {
  readonly results: readonly Result[];
  /** What the builds see of their variables, and their umask and niceness, for each worker. */
  readonly surroundings: readonly Readonly<Record<string, string>>[];
  /** All that was written or told. */
  readonly texts: Readonly<Record<string, string>>;
}

describeWithMaster("under a real master, a buildbot.tac with", () => {
  let master: TestMaster;

  beforeAll(async () => {
    const names = rows.flatMap((row) => ways.flatMap((way) => row.workers(nameOf(row, way))));
    master = await startMaster({
      workers: names.map((name) => ({ name, password: PASSWORD })),
      builders: names.map((name) => ({
        name: `of-${name}`,
        workers: [name],
        steps: [shell("environment", "env"), shell("process", "umask; nice")],
      })),
    });
    await runProgram([...programs.buildhand, "shims", join(master.root, "shims")], "/");
  });
  afterAll(() => master?.end());

  describe.each(rows.map((row) => [row.title, row] as const))("%s", (_title, row) => {
    const surroundings = new Map<Way, Seen["surroundings"]>();

    test.each(ways)("attaches by %s, and shows no secret to anybody", async (way) => {
      const seen = await seenOf(row, way);
      expect(seen.results).toEqual(seen.results.map(() => "success"));
      for (const seenByOne of seen.surroundings) expect({ ...seenByOne, ...row.sees }).toEqual(seenByOne);
      const telling = Object.entries(seen.texts).filter(([, text]) => text.includes(PASSWORD) || text.includes(TOKEN));
      expect(telling).toEqual([]);
      surroundings.set(way, seen.surroundings);
    });

    test("shows the same to the builds of all", () => {
      const [theirs, ...ours] = ways.map((way) => surroundings.get(way));
      expect(ours).toEqual(ours.map(() => theirs));
      expect(theirs).toHaveLength(row.workers("w").length);
    });
  });

  async function seenOf(row: Row, way: Way): Promise<Seen> {
    const name = nameOf(row, way);
    const basedir = join(master.root, name);
    const workers = row.workers(name);
    mkdirSync(basedir);
    for (const one of [1, 2, 3]) mkdirSync(join(basedir, `w${one}`));
    writeFileSync(join(basedir, "buildbot.tac"), row.tac);
    const address = {
      BUILDMASTER: "127.0.0.1",
      BUILDMASTER_PORT: String(master.ports[row.protocol ?? "pb"]),
      WORKERNAME: name,
      PATH: `${join(master.root, "shims")}:${dirname(process.execPath)}:/usr/bin:/bin`,
    };
    const program = startProgram(commands[way], basedir, { ...GIVEN, ...address, ...row.variables });
    master.endAlso(() => program.stop());
    await attached(program, basedir, workers);
    const facts = await Promise.all(workers.map((worker) => master.worker(worker)));
    const builds = await Promise.all(workers.map((worker) => master.build(`of-${worker}`)));
    await program.stop();
    const texts = {
      "the worker's log": logOf(program, basedir),
      "the master's log": master.log(),
      "what the master knows": JSON.stringify(facts),
      "what the master keeps of the builds": JSON.stringify(builds),
    };
    return { results: builds.map(({ result }) => result), surroundings: builds.map(surroundingsOf), texts };
  }

  async function attached(program: ChildProgram, basedir: string, workers: readonly string[]): Promise<void> {
    await Promise.race([
      Promise.all(workers.map((worker) => master.workerAttached(worker))),
      program.exited.then(({ code, signal }) => {
        throw new Error(`it ended with ${code ?? signal} instead of attaching:\n${logOf(program, basedir)}`);
      }),
    ]);
  }
});

function surroundingsOf(build: BuildOutcome): Readonly<Record<string, string>> {
  const lines = printed(build, "environment").trimEnd().split("\n");
  const pairs = lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
  const variables = Object.fromEntries(pairs.filter(([name]) => !OWN.has(name)));
  return { ...variables, "umask and niceness": printed(build, "process") };
}

function logOf(program: ChildProgram, basedir: string): string {
  const file = join(basedir, "twistd.log");
  return (existsSync(file) ? readFileSync(file, "utf8") : "") + program.output();
}
