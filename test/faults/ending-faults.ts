// Faults that a worker is set to end by: maxretries.
import { EXIT_NO_MASTER } from "../../src/daemon/exit-codes.ts";
import { type Installation, install } from "../daemon/worker-program.ts";
import { FakeMaster } from "../support/fake-master.ts";
import { type Listening, listen, plainServer } from "../support/listening.ts";
import { type CompiledPrograms, compiledPrograms } from "./compiled-programs.ts";
import { type Fault, type Lane, lane } from "./fault.ts";
import { conducts } from "./front.ts";
import { timeless, WatchedWorker } from "./watched-worker.ts";

/** A port that nobody answers on: listening there needs privileges, and nothing does. */
const DEAD_PORT = 1;
const MAX_RETRIES = 3;

interface EndingScene {
  readonly installation: Installation;
  readonly programs: CompiledPrograms;
  /** Accepts and drops. */
  readonly balancer: Listening;
  /** Knows another password. */
  readonly master: FakeMaster;
}

function ends(stage: string, fault: string, portIn: (scene: EndingScene) => number): Fault<EndingScene> {
  return {
    stage,
    fault: `${fault}, with maxretries = ${MAX_RETRIES}`,
    isFast: false,
    async run(scene) {
      const worker = new WatchedWorker(scene.installation, {
        port: portIn(scene),
        census: scene.programs.census,
        variables: { maxretries: String(MAX_RETRIES) },
      });
      const { code } = await worker.program.ended;
      if (code !== EXIT_NO_MASTER) throw new Error(`it ended with ${code}: ${worker.linesSince(0).join("\n")}`);
      const said = await worker.says(/^giving up after 3 failures in a row/, 0);
      return { said: timeless(said), noticedMs: undefined, readyMs: undefined, ending: "ended with its exit code" };
    },
  };
}

export const endingLane: Lane = lane<EndingScene>({
  title: "ends",
  countsLeaks: false,
  faults: [
    ends("TCP", "the master's port refuses every connection", () => DEAD_PORT),
    ends("login", "a load balancer drops every connection", ({ balancer }) => balancer.port),
    ends("login", "the password stays wrong", ({ master }) => master.port),
  ],
  async open() {
    return {
      installation: install(),
      programs: await compiledPrograms(),
      balancer: await listen(plainServer(conducts.hangsUp)),
      master: await FakeMaster.listen({ passwords: { w1: "another" } }),
    };
  },
  async end({ installation, balancer, master }) {
    await installation.remove();
    await balancer.end();
    await master.close();
    return undefined;
  },
});
