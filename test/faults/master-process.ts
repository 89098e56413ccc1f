// The process of a master of ours, from outside: stopped, killed, started again at the same port, and sent on errands.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

import type { BenchProtocol } from "./errands.ts";

export type Errand = "build" | "shell" | "upload" | "download";

export type MasterOrder = { readonly kind: Errand } | { readonly kind: "password"; readonly password: string };

export type MasterMessage =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "attached" | "done" }
  /** An errand that does not end by itself; with the process that it runs, if it runs one. */
  | { readonly kind: "under way"; readonly pid?: number };

/** `nothing`: it takes the login, and names no builders. */
export type Attaching = "a list" | "nothing";

const ANSWER_DEADLINE_MS = 20_000;

export class MasterProcess {
  readonly #program: string;
  readonly #protocol: BenchProtocol;
  #port = 0;
  #child: ChildProcess | undefined;
  #attaching: Attaching = "a list";
  #isFrozen = false;

  constructor(program: string, protocol: BenchProtocol) {
    this.#program = program;
    this.#protocol = protocol;
  }

  get port(): number {
    return this.#port;
  }

  /** Resolves when it listens; always at the same port. */
  async start(attaching: Attaching = "a list"): Promise<void> {
    const child = fork(this.#program, [String(this.#port), attaching, this.#protocol], { execArgv: [] });
    this.#child = child;
    this.#attaching = attaching;
    this.#isFrozen = false;
    const { port } = await this.#told(child, "listening");
    this.#port = port;
  }

  /** Sends it on an errand; resolves when that is done, or under way if it has no end, with the process that it runs. */
  async send(errand: Errand): Promise<number | undefined> {
    const child = this.#running();
    const answer = errand === "build" ? this.#told(child, "done") : this.#told(child, "under way");
    child.send({ kind: errand } satisfies MasterOrder);
    const message = await answer;
    return message.kind === "under way" ? message.pid : undefined;
  }

  /** Resolves when the next worker has logged in. */
  async attached(): Promise<void> {
    await this.#told(this.#running(), "attached");
  }

  /** What it expects of the worker from the next login on. */
  setPassword(password: string): void {
    this.#running().send({ kind: "password", password } satisfies MasterOrder);
  }

  freeze(): void {
    this.#isFrozen = this.#running().kill("SIGSTOP");
  }

  thaw(): void {
    if (this.#isFrozen) this.#running().kill("SIGCONT");
    this.#isFrozen = false;
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  /** Has it run, and behave, as any master. */
  async restore(): Promise<void> {
    this.thaw();
    if (this.#attaching === "nothing") await this.end("SIGKILL");
    if (this.#child === undefined) await this.start();
    else this.setPassword("sekret");
  }

  #running(): ChildProcess {
    if (this.#child === undefined) throw new Error("the master does not run");
    return this.#child;
  }

  #told<Kind extends MasterMessage["kind"]>(
    child: ChildProcess,
    kind: Kind,
  ): Promise<Extract<MasterMessage, { readonly kind: Kind }>> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: () => void) => {
        clearTimeout(timer);
        child.off("message", onMessage).off("exit", onExit);
        outcome();
      };
      const onMessage = (message: MasterMessage) => {
        if (isOfKind(message, kind)) settle(() => resolve(message));
      };
      const onExit = () => settle(() => reject(new Error(`the master ended instead of saying "${kind}"`)));
      const onLate = () => settle(() => reject(new Error(`the master has not said "${kind}"`)));
      const timer = setTimeout(onLate, ANSWER_DEADLINE_MS);
      child.on("message", onMessage).on("exit", onExit);
    });
  }
}

function isOfKind<Kind extends MasterMessage["kind"]>(
  message: MasterMessage,
  kind: Kind,
): message is Extract<MasterMessage, { readonly kind: Kind }> {
  return message.kind === kind;
}
