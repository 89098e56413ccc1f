// `buildhand master start` as a process, as a person would run it: configured by a file, asked through its page, and read from
// its store when it has ended.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { systemClock } from "../../../src/base/clock.ts";
import { Store } from "../../../src/master/store/store.ts";
import { retention } from "../../master/test-master.ts";
import { poll } from "../../support/poll.ts";
import { WebVisitor } from "../../support/web-visitor.ts";
import { type ChildProgram, startProgram } from "./child-program.ts";

export const ADMIN_PASSWORD = "let me in";

const program = fileURLToPath(new URL("../../../bin/buildhand.js", import.meta.url));

export interface EmbeddedMaster extends ChildProgram {
  /** In the order of the file. */
  readonly ports: readonly number[];
  /** Logged in. */
  readonly admin: WebVisitor;
  force(builder: string, reason: string): Promise<void>;
  /** How often its log says that a build of the builder ended so. */
  ended(builder: string, result: string): number;
}

/** Makes the directory, with a file that may say anything but what the page is like. */
export function writeMasterFile(directory: string, settings: Readonly<Record<string, unknown>>): void {
  mkdirSync(directory, { recursive: true });
  const web = { host: "127.0.0.1", port: 0, adminPassword: ADMIN_PASSWORD };
  writeFileSync(join(directory, "master.yaml"), stringify({ ...settings, web }), { mode: 0o600 });
}

/** Resolves when it is ready. */
export async function startEmbeddedMaster(directory: string): Promise<EmbeddedMaster> {
  const child = startProgram([process.execPath, program, "master", "start", "--nodaemon", directory], directory);
  await poll(
    "the master to be ready",
    () => {
      if (!child.running()) throw new Error(`the master has ended: ${child.output()}`);
      return child.output().includes("the master is ready");
    },
    { logs: () => ({ "the master": child.output() }) },
  );
  const begun = child.output();
  const ports = [...begun.matchAll(/waiting for workers on \S+:(\d+) /g)].map(([, port]) => Number(port));
  const admin = new WebVisitor({ address: /status page at (\S+)/.exec(begun)?.[1] ?? "" });
  await admin.logIn(ADMIN_PASSWORD);
  return {
    ...child,
    ports,
    admin,
    async force(builder, reason) {
      const { status, text } = await admin.post(`/builders/${builder}/force`, {
        token: await admin.token("/"),
        reason,
      });
      if (status !== 303) throw new Error(`'${builder}' was not forced: ${status} ${text}`);
    },
    ended: (builder, result) =>
      [...child.output().matchAll(/build \d+ of '(.+)' on worker '.+': ([A-Z]+), /g)].filter(
        ([, of, how]) => of === builder && how === result,
      ).length,
  };
}

/** Of a master that has ended; whoever opens it closes it. */
export function openStore(directory: string): Store {
  return new Store({ directory, retention: () => retention(), clock: systemClock });
}
