// A worker as the master sees it, played by a test: it answers when and what the test says. No sockets.
import type { CommandUpdate } from "../../src/base/command-update.ts";
import type {
  BuilderDirectory,
  CommandEnd,
  CommandRequest,
  RemoteCommand,
  WorkerInfo,
  WorkerLink,
} from "../../src/master/worker-link.ts";
import { sessionErrors } from "../../src/session/errors.ts";

export const allCommands: ReadonlyMap<string, string> = new Map(
  ["shell", "uploadFile", "uploadDirectory", "downloadFile", "mkdir", "rmdir", "cpdir", "rmfile"].map((name) => [
    name,
    "3.3",
  ]),
);

/** One command at the fake worker. It lives until the test, or the end of the link, ends it. */
export class FakeCommand implements RemoteCommand {
  readonly request: CommandRequest;
  readonly ended: Promise<CommandEnd>;
  readonly interrupts: string[] = [];
  readonly #end: (end: CommandEnd) => void;
  isOver = false;

  constructor(request: CommandRequest) {
    this.request = request;
    let settle: (end: CommandEnd) => void = () => {};
    this.ended = new Promise((resolve) => {
      settle = resolve;
    });
    this.#end = settle;
  }

  interrupt(why: string): void {
    this.interrupts.push(why);
  }

  async send(update: CommandUpdate): Promise<void> {
    await this.request.onUpdate(update);
  }

  print(text: string, key: "stdout" | "stderr" | "header" = "stdout"): Promise<void> {
    return this.send({ key, text: Buffer.from(text) });
  }

  complete(rc: number | undefined): void {
    this.end({ type: "completed", rc });
  }

  end(end: CommandEnd): void {
    this.isOver = true;
    this.#end(end);
  }
}

export interface FakeLinkOptions {
  readonly name?: string;
  readonly peer?: string;
  readonly commands?: ReadonlyMap<string, string>;
  readonly facts?: ReadonlyMap<string, string>;
  /** Called with each command when it begins. */
  readonly onCommand?: (command: FakeCommand) => void;
}

export class FakeLink implements WorkerLink {
  readonly name: string;
  readonly protocol = "pb";
  readonly peer: string;
  readonly info: WorkerInfo;
  readonly ended: Promise<string>;
  readonly commands: FakeCommand[] = [];
  readonly calls: string[] = [];
  builders: readonly BuilderDirectory[] | undefined;
  /** What it does with a ping: `hang` never answers, until the link ends. */
  pings: "answer" | "refuse" | "hang" = "answer";
  endedBecause: string | undefined;
  readonly #onCommand: (command: FakeCommand) => void;
  readonly #end: (reason: string) => void;

  constructor(options: FakeLinkOptions = {}) {
    this.name = options.name ?? "w1";
    this.peer = options.peer ?? "127.0.0.1:40000";
    this.#onCommand = options.onCommand ?? (() => {});
    this.info = {
      facts: options.facts ?? new Map([["admin", "Ada"]]),
      version: "4.2.1",
      basedir: "/srv/worker",
      commands: options.commands ?? allCommands,
      environment: new Map(),
    };
    let settle: (reason: string) => void = () => {};
    this.ended = new Promise((resolve) => {
      settle = resolve;
    });
    this.#end = settle;
  }

  async setBuilders(builders: readonly BuilderDirectory[]): Promise<void> {
    this.builders = builders;
  }

  async startBuild(builder: string): Promise<void> {
    this.calls.push(`startBuild ${builder}`);
    if (this.endedBecause !== undefined) throw sessionErrors.connectionLost(this.endedBecause);
  }

  run(request: CommandRequest): FakeCommand {
    const command = new FakeCommand(request);
    this.commands.push(command);
    if (this.endedBecause === undefined) this.#onCommand(command);
    else command.end({ type: "lost", reason: this.endedBecause });
    return command;
  }

  async ping(): Promise<void> {
    this.calls.push("ping");
    if (this.pings === "hang") await this.ended;
    if (this.pings !== "answer") throw sessionErrors.connectionLost("no answer to a ping");
  }

  async shutdown(): Promise<void> {
    this.calls.push("shutdown");
  }

  end(reason: string): void {
    if (this.endedBecause !== undefined) return;
    this.endedBecause = reason;
    this.#end(reason);
    for (const command of this.commands) if (!command.isOver) command.end({ type: "lost", reason });
  }
}
