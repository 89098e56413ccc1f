// packaging/container/Containerfile, built and run: set up by variables, on a read-only root, as an ordinary user.
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { printed } from "../masters/support/build-outcome.ts";
import { shell } from "../masters/support/description.ts";
import { startMaster, type TestMaster } from "../masters/support/test-master.ts";
import { poll, withTails } from "../support/poll.ts";
import { ARCHIVES, artifactPath, version } from "./artifacts.ts";
import { buildImage, type Container, type ContainerImage, contextWith } from "./container-image.ts";
import { describeOnMachine } from "./on-debian.ts";

const NAME = "contained";
const PASSWORD = "pass-3b1d";
const USER_ID = 1000;
const TERMINATED = 128 + 15;

describeOnMachine("the container recipe", () => {
  let scratch: string;
  let master: TestMaster;
  let image: ContainerImage;
  let container: Container | undefined;
  let count = 0;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "buildhand-container-"));
    const [archive = ""] = ARCHIVES;
    image = await buildImage(readFileSync("packaging/container/Containerfile", "utf8"), {
      context: contextWith(artifactPath(archive), join(scratch, "context")),
      root: inject("plainRoot"),
      args: { VERSION: version },
    });
    master = await startMaster({
      workers: [{ name: NAME, password: PASSWORD }],
      builders: [
        {
          name: "quick",
          workers: [NAME],
          steps: [
            shell("facts", "exec 2>&1; id -u; pwd; env; touch /usr/bin/mine /buildbot/mine; git --version"),
            // Nobody waits for what outlives its parent but process 1.
            shell("orphan", "sh -c 'sleep 0.2 & exit'; true"),
          ],
        },
        {
          name: "gated",
          workers: [NAME],
          steps: [
            shell("wait", "touch /buildbot/arrived; until test -e /buildbot/open; do sleep 0.1; done; echo went on"),
          ],
        },
      ],
    });
  });
  afterEach(async () => {
    await container?.kill();
    container = undefined;
  });
  afterAll(async () => {
    await master?.end();
    image?.remove();
    rmSync(scratch, { recursive: true, force: true });
  });

  const logs = () => ({ "the container": container?.output() ?? "" });
  const printedLine = (text: string) =>
    poll(
      `"${text}" in the container's log`,
      () => {
        if (container?.hasEnded() === true) throw new Error(withTails("the container has ended", logs()));
        return container?.output().includes(text);
      },
      { logs },
    );

  /** Runs it, attached, with a volume that is empty. */
  async function startContainer({
    more = {},
    args = [],
  }: {
    /** Further variables. */
    readonly more?: Readonly<Record<string, string>>;
    readonly args?: readonly string[];
  } = {}): Promise<{ readonly running: Container; readonly volume: string }> {
    const volume = join(scratch, `volume-${count++}`);
    mkdirSync(volume);
    chownSync(volume, USER_ID, USER_ID);
    const variables = { BUILDMASTER: "127.0.0.1", BUILDMASTER_PORT: String(master.ports.pb), WORKERNAME: NAME };
    const running = image.start({ ...variables, WORKERPASS: PASSWORD, ...more }, args, {
      volumes: { "/buildbot": volume },
      isReadOnly: true,
    });
    container = running;
    await printedLine("worker is ready");
    return { running, volume };
  }

  test("names an ordinary user and one volume", () => {
    expect([image.user, image.volumes, image.stopSignal]).toEqual(["buildbot", ["/buildbot"], "SIGTERM"]);
  });

  test("builds with nothing but variables, on a read-only root, and keeps the password from builds", async () => {
    const { running } = await startContainer();
    const outcome = await (await master.startBuild("quick")).finished();
    const facts = printed(outcome, "facts");
    expect(outcome.result, facts).toBe("success");
    expect(facts).toMatch(new RegExp(`^${USER_ID}\n/buildbot/quick/build\n`));
    expect(facts).toMatch(/^touch: cannot touch '\/usr\/bin\/mine': Read-only file system$/m);
    expect(facts).toMatch(/^git version /m);
    expect(facts).not.toContain("/buildbot/mine'");
    expect(facts + running.output()).not.toContain(PASSWORD);
    const kept = await running.enter(["find", "/buildbot", "-name", "*.tac"]);
    expect(kept).toEqual({ code: 0, output: "" });
  });

  test("takes options of start behind its name", async () => {
    const { running } = await startContainer({ args: ["--log-format=json"] });
    expect(running.output()).toMatch(/^\{"time":"[^"]+","message":"Starting Worker/m);
  });

  test("process 1 leaves no zombies of what builds leave running", async () => {
    const { running } = await startContainer();
    await (await master.startBuild("quick")).finished();
    const states = async () => (await running.enter(["sh", "-c", "cat /proc/[0-9]*/stat"])).output;
    await poll("the orphan to be gone", async () => !(await states()).includes("(sleep)"), { logs });
  });

  test("is healthy with and without a master, and not when the worker does not answer", async () => {
    const { running } = await startContainer();
    expect(await running.isHealthy()).toMatchObject({ code: 0 });
    await master.kill();
    await poll("the worker to notice", async () => /lost|closed|refused/i.test(running.output()), { logs });
    expect(await running.isHealthy()).toMatchObject({ code: 0 });
    await master.start();
    const stop = (signal: string) => running.enter(["sh", "-c", `kill -${signal} $(cat /proc/1/task/1/children)`]);
    await stop("STOP");
    expect((await running.isHealthy()).code).toBe(1);
    await stop("CONT");
  });

  test("ends at once on the stop signal", async () => {
    const { running } = await startContainer();
    process.kill(running.pid() ?? 0, image.stopSignal);
    expect(await running.ended).toBe(TERMINATED);
  });

  test("lets a build end first when it is asked to", async () => {
    const { running, volume } = await startContainer({ more: { BUILDHAND_ON_SIGTERM: "drain" } });
    const build = await master.startBuild("gated");
    const inVolume = (command: string) => running.enter(["sh", "-c", command]);
    await poll("the build to run", async () => (await inVolume("test -e /buildbot/arrived")).code === 0, { logs });
    process.kill(running.pid() ?? 0, image.stopSignal);
    await printedLine("draining: requested by SIGTERM");
    await inVolume("touch /buildbot/open");
    expect((await build.finished()).result).toBe("success");
    expect(await running.ended).toBe(TERMINATED);
    expect(readFileSync(join(volume, "arrived"), "utf8")).toBe("");
  });
});
