// A master of a few lines behind a listener: who may attach, and what is run on those that do, for tests of the links.

import type { Clock } from "../../../src/base/clock.ts";
import { systemClock } from "../../../src/base/clock.ts";
import type { CommandUpdate } from "../../../src/base/command-update.ts";
import { LoginDelays } from "../../../src/master/login-delays.ts";
import type { ListenerConfig } from "../../../src/master/master-config.ts";
import type {
  CommandArgument,
  CommandEnd,
  CommandRequest,
  RemoteCommand,
  WorkerLink,
  WorkerRegistry,
} from "../../../src/master/worker-link.ts";
import { listenForWorkers } from "../../../src/master/workers/listener.ts";

export const PASSWORD = "sekret";

export interface TestRegistryOptions {
  readonly config: Partial<ListenerConfig> & Pick<ListenerConfig, "protocol">;
  readonly names?: readonly string[];
  readonly builders?: readonly string[];
  /** Throws what a worker is refused with. */
  readonly onAttach?: (link: WorkerLink) => Promise<void>;
  readonly clock?: Clock;
}

export class TestMaster implements WorkerRegistry {
  readonly log: string[] = [];
  readonly wishes: string[] = [];
  readonly sightings: string[] = [];
  readonly links: WorkerLink[] = [];
  readonly #options: TestRegistryOptions;
  #waiting: (() => void)[] = [];
  port = 0;
  close: () => Promise<void> = async () => {};

  private constructor(options: TestRegistryOptions) {
    this.#options = options;
  }

  static async listen(options: TestRegistryOptions): Promise<TestMaster> {
    const master = new TestMaster(options);
    const { clock = systemClock } = options;
    const config = { host: "127.0.0.1", port: 0, ...options.config };
    const log = (text: string) => void master.log.push(text);
    const listener = await listenForWorkers(config, master, { loginDelays: new LoginDelays(clock), clock, log });
    master.port = listener.port;
    master.close = () => listener.close();
    return master;
  }

  passwordOf(name: string): string | undefined {
    return (this.#options.names ?? ["w1"]).includes(name) ? PASSWORD : undefined;
  }

  async attach(link: WorkerLink): Promise<void> {
    await this.#options.onAttach?.(link);
    const names = this.#options.builders ?? ["b1"];
    await link.setBuilders(names.map((name) => ({ name, directory: name })));
    this.links.push(link);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  wantsShutdown(link: WorkerLink): void {
    this.wishes.push(link.name);
  }

  seen(link: WorkerLink): void {
    this.sightings.push(link.name);
  }

  /** The worker of that name, once it is attached; the last one of several. */
  async worker(name = "w1"): Promise<WorkerLink> {
    for (;;) {
      const link = this.links.findLast((one) => one.name === name);
      if (link !== undefined) return link;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** Undefined arguments are left out. */
export type TestArguments = Readonly<Record<string, CommandArgument>>;

export interface Report {
  readonly command: RemoteCommand;
  readonly updates: readonly CommandUpdate[];
  /** All text of a stream, or of a log. */
  text(stream: string): string;
  ended: Promise<CommandEnd>;
}

/** Starts a command on builder b1 and collects its updates. */
export function start(
  link: WorkerLink,
  name: string,
  args: TestArguments,
  more: Partial<Pick<CommandRequest, "upload" | "download" | "builder" | "onUpdate">> = {},
): Report {
  const updates: CommandUpdate[] = [];
  const command = link.run({
    builder: "b1",
    name,
    args: new Map(Object.entries(args)),
    onUpdate: (update) => void updates.push(update),
    ...more,
  });
  return {
    command,
    updates,
    ended: command.ended,
    text: (stream) =>
      updates
        .filter((update) => ("log" in update ? update.log : update.key) === stream)
        .map((update) => ("text" in update ? Buffer.from(update.text).toString("utf8") : ""))
        .join(""),
  };
}

/** Runs a command to its end. */
export async function run(...request: Parameters<typeof start>): Promise<Report & { readonly end: CommandEnd }> {
  const report = start(...request);
  return { ...report, end: await report.ended };
}

/** What a shell step of a master sends, but for what is given. */
export function shell(command: string | readonly string[], more: TestArguments = {}): TestArguments {
  return {
    command,
    workdir: "build",
    env: null,
    initial_stdin: null,
    want_stdout: true,
    want_stderr: true,
    usePTY: false,
    timeout: 60,
    maxTime: null,
    max_lines: null,
    sigtermTime: null,
    logfiles: new Map(),
    logEnviron: false,
    ...more,
  };
}
