// A master and its workers as processes of the built program, in a temporary directory, with a hook that starts builds.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { signatureOf } from "../../src/master/sources/index.ts";
import { Place, type Run } from "../cli/program.ts";
import { makeBasedir } from "../daemon/worker-program.ts";
import { poll } from "../support/poll.ts";

const HOOK_SECRET = "secret-of-the-hook";

export interface SentHook {
  readonly status: number;
  readonly text: string;
}

export class RunningCi {
  readonly place = new Place();
  readonly directory = join(this.place.home, "m");
  readonly master: Run;
  /** Of the status page, without a slash at the end. */
  address = "";
  /** For workers. */
  port = 0;

  /** `config` without web, listeners and workers; `files` are written beside it. */
  constructor(config: Readonly<Record<string, unknown>>, files: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.directory, { mode: 0o700 });
    for (const [name, text] of Object.entries({ hook: HOOK_SECRET, ...files })) {
      writeFileSync(join(this.directory, name), text, { mode: 0o600 });
    }
    this.configure(config);
    this.master = this.place.run(["master", "start", "--nodaemon", this.directory]);
  }

  /** Writes master.yaml. */
  configure(config: Readonly<Record<string, unknown>>): void {
    const secrets = { hook: { file: "hook" }, ...(config["secrets"] as object | undefined) };
    const fixed = {
      web: { port: 0 },
      listeners: [{ protocol: "pb", port: 0 }],
      workers: ["w1", "w2"].map((name) => ({ name, password: `password-of-${name}` })),
      changeSources: [{ plain: { name: "push", repository: "/srv/a.git", secret: "hook" } }],
    };
    writeFileSync(join(this.directory, "master.yaml"), stringify({ ...fixed, ...config, secrets }), { mode: 0o600 });
  }

  async ready(): Promise<void> {
    await poll("the master to be ready", () => this.log().includes("the master is ready"));
    this.address = (/status page at (\S+)\//.exec(this.log()) ?? [])[1] ?? "";
    this.port = Number((/waiting for workers on \S+:(\d+)/.exec(this.log()) ?? [])[1]);
  }

  log(): string {
    return this.master.printed();
  }

  /** Waits until it has attached; `variables` of its buildbot.tac are Python literals. */
  async attach(name: string, variables: Readonly<Record<string, string>> = {}): Promise<Run> {
    const ours = { workername: `'${name}'`, passwd: `'password-of-${name}'` };
    const basedir = makeBasedir(join(this.place.home, name), { port: this.port, variables: { ...ours, ...variables } });
    const worker = this.place.run(["start", "--nodaemon", basedir]);
    await poll(`${name} to attach`, () => this.log().includes(`worker '${name}' has attached`));
    return worker;
  }

  /** Sends the hook a change. */
  async push(
    content: Readonly<Record<string, string>>,
    more: Readonly<Record<string, string>> = {},
  ): Promise<SentHook> {
    const body = JSON.stringify(content);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signed = {
      "x-buildhand-timestamp": timestamp,
      "x-buildhand-signature": signatureOf(HOOK_SECRET, timestamp, body),
    };
    return this.send(body, { ...signed, ...more });
  }

  async send(body: string | Buffer, headers: Readonly<Record<string, string>>): Promise<SentHook> {
    const answer = await fetch(`${this.address}/hooks/push`, { method: "POST", body: body as string, headers });
    return { status: answer.status, text: await answer.text() };
  }

  /** The ends of builds in the log: `1 of 'b' on worker 'w1': SUCCESS`. */
  ended(): readonly string[] {
    return [...this.log().matchAll(/build (\d+ of '.+' on worker '.+': [A-Z]+), /g)].map(([, end = ""]) => end);
  }

  /** Signals it to read its configuration again; resolves to whether it has accepted it. */
  async reload(): Promise<boolean> {
    const answers = () => [...this.log().matchAll(/master\.yaml was (not )?reloaded/g)];
    const before = answers().length;
    this.master.child.kill("SIGHUP");
    const answer = await poll("the reload", () => answers()[before]);
    return answer[1] === undefined;
  }

  /** Of the master, resident. */
  memoryBytes(): number {
    const status = readFileSync(`/proc/${this.master.child.pid}/status`, "latin1");
    return Number((/^VmRSS:\s*(\d+) kB$/m.exec(status) ?? [])[1]) * 1024;
  }

  read(name: string): string {
    const path = join(this.place.home, name);
    return existsSync(path) ? readFileSync(path, "latin1") : "";
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.place.home, name), text);
  }

  /** Ends the master. */
  async stop(): Promise<void> {
    this.master.child.kill("SIGTERM");
    await this.master.ended;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.place.close();
  }
}
