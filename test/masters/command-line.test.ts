// The command line under a real master: what either program makes, starts or stops, the other one can take over.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { killWorker, pidOf } from "../daemon/background-workers.ts";
import { inPidNamespace, noPidNamespace } from "../support/pid-namespace.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import { printed as logOf } from "./support/build-outcome.ts";
import { type CommandEnd, type CommandLines, commandLines } from "./support/command-line.ts";
import { shell } from "./support/description.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import { testedKinds, type WorkerKind, workerKinds } from "./support/worker-process.ts";

const PASSWORD = 'it\'s "odd" \\';
const FOLLOWED =
  "Following twistd.log until startup finished..\nThe buildbot-worker appears to have (re)started correctly.\n";
const other: Readonly<Record<WorkerKind, WorkerKind>> = { python: "buildhand", buildhand: "python" };

describeWithMaster("the command line", () => {
  let master: TestMaster;
  let commands: CommandLines;
  let count = 0;

  beforeAll(async () => {
    commands = commandLines();
    master = await startMaster({
      workers: workerKinds.map((name) => ({ name, password: PASSWORD })),
      builders: workerKinds.map((name) => ({
        name,
        workers: [name],
        steps: [shell("print", "cat ../../info/host; pwd")],
      })),
    });
  });

  afterAll(async () => {
    await master?.end();
    await commands?.remove();
  });

  // Each lane has a worker of its own.
  describe.concurrent.each(workerKinds)("in the lane of the %s program,", (first) => {
    /** This program where all rows run, or if it is Python's. */
    const pythonFirst = rowsOf(workerKinds, (kind) => kind === "python").filter((kind) => kind === first);
    const basedirs: string[] = [];
    afterEach(async () => {
      for (const basedir of basedirs.splice(0)) await killWorker(basedir);
      await master.workerDetached(first);
    });

    function newPath(): string {
      count += 1;
      const path = join(master.root, `worker-${count}`);
      basedirs.push(path);
      return path;
    }

    function create(kind: WorkerKind, basedir: string, options: readonly string[] = []): Promise<CommandEnd> {
      const address = `127.0.0.1:${master.ports.pb}`;
      return commands.run(kind, ["create-worker", ...options, basedir, address, first, PASSWORD]);
    }

    async function created(kind: WorkerKind, options: readonly string[] = []): Promise<string> {
      const basedir = newPath();
      expect(await create(kind, basedir, ["-q", ...options])).toEqual({ code: 0, printed: "", complained: "" });
      return basedir;
    }

    async function start(kind: WorkerKind, basedir: string): Promise<void> {
      await attaching(basedir, async () => {
        const { code, printed, complained } = await commands.run(kind, ["start", basedir]);
        expect({ code, printed, complained }, logText(basedir)).toEqual({ code: 0, printed: FOLLOWED, complained: "" });
      });
    }

    /** Runs what starts a worker, and waits until the master has done all that belongs to attaching it. */
    async function attaching(basedir: string, act: () => Promise<void>): Promise<void> {
      const greetings = () => logText(basedir).split("message from master: attached").length - 1;
      const before = greetings();
      await act();
      await master.workerAttached(first);
      // One for the worker and one for its builder. A master whose worker goes before that forgets that it has gone.
      await poll("the master's greetings", () => greetings() >= before + 2);
    }

    async function stop(kind: WorkerKind, basedir: string): Promise<void> {
      const pid = pidOf(basedir);
      expect(await commands.run(kind, ["stop", basedir])).toEqual({
        code: 0,
        printed: `worker process ${pid} is dead\n`,
        complained: "",
      });
      expect(existsSync(join(basedir, "twistd.pid"))).toBe(false);
      await master.workerDetached(first);
    }

    /** Of all logs, those rotated too. */
    const logText = (basedir: string) =>
      readdirSync(basedir)
        .filter((name) => name.startsWith("twistd.log"))
        .map((name) => readFileSync(join(basedir, name), "utf8"))
        .join("");
    const propertiesOf = async () => (await master.worker(first)).properties;
    const umaskOf = (basedir: string) =>
      /^Umask:\s*(\d+)$/m.exec(readFileSync(`/proc/${pidOf(basedir)}/status`, "latin1"))?.[1];
    const gone = (path: string) => poll(`${path} to go`, () => !existsSync(path));

    /** Options of create-worker that both programs follow, and what shows that; without that the worker just attaches. */
    const followed: readonly { options: readonly string[]; shows?: (basedir: string) => Promise<void> | void }[] = [
      { options: [] },
      { options: ["--no-logrotate"], shows: (basedir) => expect(logText(basedir)).toMatch(/^\d{4}-\d\d-\d\dT/) },
      { options: ["--umask=0o22"], shows: (basedir) => expect(umaskOf(basedir)).toBe("0022") },
      { options: ["--umask=None"], shows: (basedir) => expect(umaskOf(basedir)).toBe("0077") },
      { options: ["--keepalive=0"], shows: (basedir) => expect(logText(basedir)).not.toContain("keepalives every") },
      {
        options: ["--keepalive=1"],
        shows: async (basedir) => {
          await poll("an answered keepalive", () => logText(basedir).includes("everything's fine"));
        },
      },
      { options: ["--delete-leftover-dirs"], shows: (basedir) => gone(join(basedir, "leftover")).then(() => {}) },
      { options: ["--log-size=100000", "--log-count=None"] },
      { options: ["--maxdelay=5", "--maxretries=5", "--numcpus=3", "--protocol=pb", "--force"] },
      { options: ["--allow-shutdown=signal"] },
      { options: ["--allow-shutdown=file"] },
    ];

    describe.sequential(`a base directory that the ${first} program made`, () => {
      const starter = other[first];

      const typical = starter === "python" ? [0] : [1, 2];
      test.each(rowsOf(followed, (_, at) => typical.includes(at)))(
        `attaches under the ${starter} program: $options`,
        async ({ options, shows }) => {
          const basedir = await created(first, options);
          mkdirSync(join(basedir, "leftover"));
          await start(starter, basedir);
          await shows?.(basedir);
        },
      );

      test.each(pythonFirst)("relocatable, may be moved", async () => {
        const basedir = await created(first, ["--relocatable"]);
        const moved = newPath();
        renameSync(basedir, moved);
        await start(starter, moved);
        expect(await propertiesOf()).toMatchObject({ basedir: moved });
      });

      rareTest("may be edited by the scripts that people have", 600_000, async () => {
        const basedir = await created(first);
        const path = join(basedir, "buildbot.tac");
        const text = readFileSync(path, "utf8");
        expect(text).toContain("(buildmaster_host, port, ");
        expect(text).toContain("allow_shutdown=allow_shutdown");
        const edited = text
          .replace(/^umask = .*$/m, "umask = 0o27")
          .replace(
            /^passwd = .*$/m,
            "with open(os.path.join(basedir, 'secret')) as file:\n    passwd = file.read().strip()",
          );
        writeFileSync(path, edited);
        writeFileSync(join(basedir, "secret"), `${PASSWORD}\n`);
        for (const kind of workerKinds) {
          await start(kind, basedir);
          expect(umaskOf(basedir)).toBe("0027");
          await stop(kind, basedir);
        }
      });

      rareTest("is refused by both programs if a script adds a second connection_string", 600_000, async () => {
        // Written for releases whose buildbot.tac did not have that argument: the real one refuses its own file as well.
        const basedir = await created(first);
        const path = join(basedir, "buildbot.tac");
        const edited = readFileSync(path, "utf8")
          .replace("(buildmaster_host, port, ", "(None, None, ")
          .replace("allow_shutdown=allow_shutdown", '$&, connection_string="tls:h:1"');
        writeFileSync(path, edited);
        for (const kind of workerKinds) {
          const { code, printed, complained } = await commands.run(kind, ["start", "--nodaemon", basedir]);
          expect(code).toBe(1);
          expect(printed + complained).toMatch(/connection_string is given twice|argument repeated: connection_string/);
        }
      });

      rareTest("is read the same by the other one's create-worker", 600_000, async () => {
        const basedir = await created(first);
        const again = await create(starter, basedir);
        expect(again).toMatchObject({ code: 0, complained: "" });
        // The texts around the settings are each program's own.
        expect(again.printed.split("\n").slice(0, 3)).toEqual([
          "updating existing installation",
          "not touching existing buildbot.tac",
          "creating buildbot.tac.new instead",
        ]);
        for (const file of ["buildbot.tac", "buildbot.tac.new"]) {
          renameSync(join(basedir, file), join(basedir, "buildbot.tac"));
          for (const kind of workerKinds) {
            await start(kind, basedir);
            await stop(kind, basedir);
          }
        }
      });
    });

    describe.sequential(`a worker that the ${first} program started`, () => {
      const stranger = other[first];

      test("is stopped, and known to be running, by the other one", async () => {
        const basedir = await created("python");
        await start(first, basedir);
        const refused = await commands.run(stranger, ["start", "-q", basedir]);
        expect(refused).toMatchObject({ code: 1, printed: "" });
        expect(refused.complained).toContain(`Another twistd server is running, PID ${pidOf(basedir)}`);
        await stop(stranger, basedir);
        expect(await commands.run(stranger, ["stop", basedir])).toMatchObject({
          code: 0,
          printed: "worker not running\n",
        });
      });

      rareTest("is restarted as the other one, and back", 600_000, async () => {
        const basedir = await created("python");
        await start(first, basedir);
        const version = (await master.worker(first)).info["version"];
        for (const kind of [stranger, first]) {
          const pid = pidOf(basedir);
          await attaching(basedir, async () => {
            expect(await commands.run(kind, ["restart", basedir])).toEqual({
              code: 0,
              printed: `worker process ${pid} is dead\nnow restarting worker process..\n${FOLLOWED}`,
              complained: "",
            });
          });
          await poll("the master to know the new worker", async () => {
            const { connected, info } = await master.worker(first);
            return connected && (info["version"] === version) === (kind === first);
          });
        }
      });
    });

    describe.sequential.each(testedKinds.filter((kind) => kind === first))(
      "the manual's way with the %s program:",
      (kind) => {
        test("create, describe, start, look, build, stop, restart, build, stop", async () => {
          const basedir = newPath();
          const { code, printed } = await create(kind, basedir);
          expect([code, printed]).toEqual([
            0,
            [
              `mkdir ${basedir}`,
              `mkdir ${basedir}/info`,
              "Creating info/admin, you need to edit it appropriately.",
              "Creating info/host, you need to edit it appropriately.",
              "Not creating info/access_uri - add it if you wish",
              `Please edit the files in ${basedir}/info appropriately.`,
              `worker configured in ${basedir}`,
              "",
            ].join("\n"),
          ]);
          writeFileSync(join(basedir, "info", "admin"), "Ada <ada@example.invalid>\n");
          writeFileSync(join(basedir, "info", "host"), `a machine for ${kind}\n`);

          await start(kind, basedir);
          expect((await master.worker(first)).info).toMatchObject({
            admin: "Ada <ada@example.invalid>\n",
            host: `a machine for ${kind}\n`,
          });
          await buildPrints(basedir, kind);
          await stop(kind, basedir);

          await attaching(basedir, async () => {
            expect(await commands.run(kind, ["restart", basedir])).toMatchObject({
              code: 0,
              printed: `no old worker process found to stop\nnow restarting worker process..\n${FOLLOWED}`,
            });
          });
          await buildPrints(basedir, kind);
          await stop(kind, basedir);
        });
      },
    );

    test.sequential.each(rowsOf(workerKinds, () => false).filter((kind) => kind === first))(
      "a change in place: from %s to the other program, and back, with a build each time",
      async () => {
        const basedir = await created(first);
        writeFileSync(join(basedir, "info", "host"), "a machine for upgrades\n");
        for (const kind of [first, other[first], first]) {
          await start(kind, basedir);
          await buildPrints(basedir, "upgrades");
          await stop(kind, basedir);
        }
      },
    );

    async function buildPrints(basedir: string, host: string): Promise<void> {
      const outcome = await master.build(first);
      expect(outcome.result).toBe("success");
      expect(logOf(outcome, "print")).toBe(`a machine for ${host}\n${basedir}/${first}/build\n`);
    }
  });

  test.skipIf(noPidNamespace !== "").each(rowsOf(["-1"], () => false))(
    `a pid file that holds %s makes the Python program's stop signal every process, and ours none${noPidNamespace}`,
    async (pid) => {
      const basedir = join(master.root, "hostile");
      await commands.run("python", ["create-worker", "-q", basedir, "h:1", "n", PASSWORD]);
      writeFileSync(join(basedir, "twistd.pid"), pid);
      const script = 'sleep 1000 & trap : TERM; "$@"; kill -s 0 $! 2>/dev/null && echo the neighbour lives';
      const printedBy = (kind: WorkerKind) => {
        const [file = "", ...argv] = inPidNamespace([
          "sh",
          "-c",
          script,
          "sh",
          commands.programs[kind],
          "stop",
          basedir,
        ]);
        return spawnSync(file, argv, { encoding: "utf8" }).stdout;
      };
      expect(printedBy("python")).toBe("never saw process go away\n");
      expect(printedBy("buildhand")).toBe(
        `${basedir}/twistd.pid contains '${pid}', which is not a process id\nthe neighbour lives\n`,
      );
    },
  );
});
