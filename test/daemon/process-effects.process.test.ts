// What a buildbot.tac does to its process, as seen by builds: once, however often the file is read.

import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { FakeMaster } from "../support/fake-master.ts";
import { killWorker } from "./background-workers.ts";
import { makeSeveral } from "./several-tac.ts";
import { type Installation, install } from "./worker-program.ts";

let installation: Installation;
let master: FakeMaster;
let directory: string;
beforeAll(async () => {
  installation = install();
  master = await FakeMaster.listen();
});
afterEach(() => killWorker(directory));
afterAll(async () => {
  await master.close();
  await installation.remove();
});

const PREAMBLE = `os.environ['PATH'] = '/opt/site/bin:' + os.environ['PATH']
os.environ['ADDED'] = 'yes'
del os.environ['GONE']
os.umask(0o027)
os.nice(3)
print('hello')`;

it("reaches its builds once with each of two starts in the background", async () => {
  directory = makeSeveral(installation.newPath(), [{ name: "w1", port: master.port }], { preamble: PREAMBLE });
  for (const command of ["start", "restart"]) {
    const program = installation.start([command, "-q", directory], { environment: { GONE: "here" } });
    expect((await program.ended).code).toBe(0);
    const worker = await master.nextWorker();
    const builder = (await worker.setBuilders("b")).get("b")!;
    const args = { command: "echo $PATH; echo $ADDED $GONE.; nice; umask", workdir: "build", logEnviron: false };
    const [path, ...others] = (await worker.run(builder, "shell", args)).text("stdout").trim().split("\n");
    expect(path?.split(":").filter((one) => one === "/opt/site/bin")).toHaveLength(1);
    // As with the real worker, a start in the background has a umask of its own.
    expect(others).toEqual(["yes .", "3", "0077"]);
  }
});
