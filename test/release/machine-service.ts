// A service of systemd on a Debian machine whose worker belongs to a real master outside: its state, and builds that a test holds
// open.
import { printed } from "../masters/support/build-outcome.ts";
import { shell } from "../masters/support/description.ts";
import type { TestMaster } from "../masters/support/test-master.ts";
import type { DebianMachine } from "../support/debian-machine.ts";
import { poll } from "../support/poll.ts";

/** After a crash systemd waits ten seconds, and after an outage the worker for a while, too. */
const DEADLINE_MS = 90_000;

export const GATED = "gated";

/** Of the builder GATED: the first step does not end before the gate is open. */
export const gatedSteps = [
  shell("wait", "touch ../arrived; until test -e ../open; do sleep 0.1; done; rm ../arrived ../open"),
  shell("next", "echo went on"),
];

/** Shows the control group of a command; the worker moves one that runs already, which may take a moment. */
export const SHOW_GROUP =
  "for n in $(seq 30); do grep -Eq '/buildhand-[0-9]+-[0-9]+$' /proc/self/cgroup && break; sleep 0.1; done; cat /proc/self/cgroup";

/** Where traces of an installation would be. The journal and dpkg's own records stay. */
export const LIST_FILES =
  "find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /dev -o -path /release -o -path /var/log" +
  " -o -path '/var/lib/dpkg/*-old' -o -path '/var/tmp/systemd-private-*' -o -path /var/cache -o -path /var/lib/systemd" +
  " \\) -prune -o -print | sort; cat /etc/passwd /etc/group";

export interface ServicePlace {
  readonly unit: string;
  /** Of the worker, without quotes. */
  readonly basedir: string;
  readonly workerName: string;
}

export interface MachineService {
  /** As `systemctl show` has it. */
  property(name: string): Promise<string>;
  /** Waits for what `probe` asks; a failure shows the journal and the worker's log. */
  until(what: string, probe: () => Promise<boolean>): Promise<void>;
  /** Waits for a property to be one of the values. */
  becomes(name: string, ...values: readonly string[]): Promise<void>;
  /** Waits for another process than `former`. */
  startedAgain(former: string): Promise<void>;
  /** Waits until the master has the worker. */
  attached(): Promise<void>;
  /** Begins a build of GATED, acts while it runs, lets it go on, and gives its result and what its last step printed. */
  duringBuild(act: () => Promise<unknown>): Promise<readonly string[]>;
}

/** What `duringBuild` gives for a build that nobody has disturbed. */
export const UNDISTURBED = ["success", "went on\n"];

export function machineService(
  machine: DebianMachine,
  master: TestMaster,
  { unit, basedir, workerName }: ServicePlace,
): MachineService {
  const journal = () => machine.run(`journalctl --no-pager -n 60; tail -n 40 '${basedir}/twistd.log'`);
  const gate = (file: string) => `'${basedir}/${GATED}/${file}'`;
  const service: MachineService = {
    async property(name) {
      return (await machine.must(`systemctl show --value -p ${name} '${unit}'`)).trim();
    },
    async until(what, probe) {
      try {
        await poll(what, probe, { deadlineMs: DEADLINE_MS });
      } catch (error) {
        throw new Error(`${(error as Error).message}\n${(await journal()).output}`, { cause: error });
      }
    },
    becomes(name, ...values) {
      return service.until(`${name} to be ${values.join(" or ")}`, async () =>
        values.includes(await service.property(name)),
      );
    },
    startedAgain(former) {
      return service.until("another process", async () => !["0", former].includes(await service.property("MainPID")));
    },
    attached() {
      return service.until("the worker to be attached", async () => (await master.worker(workerName)).connected);
    },
    async duringBuild(act) {
      const build = await master.startBuild(GATED);
      await service.until("the build to run", async () => (await machine.run(`test -e ${gate("arrived")}`)).code === 0);
      await act();
      await machine.must(`touch ${gate("open")}`);
      const outcome = await build.finished();
      return [outcome.result, printed(outcome, "next")];
    },
  };
  return service;
}
