// Runs doctor on base directories as an ordinary user, with all packages, so that an unchanged worker is healthy.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Installation,
  install,
  makeBasedir,
  PASSWORD,
  type StartOptions,
  type WorkerProgram,
} from "../daemon/worker-program.ts";

const optionalPackages = fileURLToPath(new URL("../../node_modules/@lydell", import.meta.url));

/** The uid of nobody, used if we are root. */
const NOBODY = 65_534;

export const isRoot = process.getuid?.() === 0;
/** The user that runs doctor. */
export const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

export interface Finding {
  readonly code: string;
  readonly text: string;
  readonly lines?: readonly string[];
  readonly meaning: string;
  readonly cure: string;
}

export interface Diagnosis {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  /** All statements of a kind, as `point: text`. */
  readonly said: readonly string[];
}

export interface Clinic {
  readonly installation: Installation;
  /** A base directory of worker w1 that is healthy except for `variables`. */
  patient(port: number, variables?: Readonly<Record<string, string>>): string;
  examine(argv: readonly string[], options?: StartOptions): Promise<Diagnosis>;
}

/** A process that runs command after command, since to start the program takes longer than what doctor does. */
const EXAMINER = `
const { main } = require(require("path").join(process.argv[2], "../../dist/program/main.js"));
const own = process.env;
process.on("message", async ({ words, environment }) => {
  const said = { printed: "", complained: "" };
  console.log = (text) => (said.printed += text);
  console.error = (text) => (said.complained += text);
  process.env = { ...own, ...environment };
  process.send({ code: await main(words), ...said });
});`;

type Answer = Pick<Diagnosis, "code"> & Pick<WorkerProgram, "printed" | "complained">;

export function openClinic({ withOptional = true }: { readonly withOptional?: boolean } = {}): Clinic {
  const installation = install({ ownCopy: true });
  const place = join(dirname(dirname(installation.executable)), "node_modules/@lydell");
  if (withOptional && existsSync(optionalPackages)) cpSync(optionalPackages, place, { recursive: true });
  const examiners = new Map<number | undefined, ChildProcess>();
  return {
    installation,
    patient: (port, variables = {}) => makePatient(installation.newPath(), port, variables),
    async examine(argv, options = {}) {
      const { under, environment = {}, ...account } = { ...user, ...options };
      const words = ["doctor", "--json", ...argv];
      if (under !== undefined) {
        const program = installation.start(words, { ...account, under, environment });
        return diagnosis({ ...(await program.ended), printed: program.printed, complained: program.complained });
      }
      const start = { ...account, under: [process.execPath, "-e", EXAMINER], moreStdio: ["ipc"] } as const;
      const child = examiners.get(account.uid) ?? installation.start([], start).child;
      examiners.set(account.uid, child);
      child.send({ words, environment });
      return diagnosis(((await once(child, "message")) as [Answer])[0]);
    },
  };
}

function makePatient(path: string, port: number, variables: Readonly<Record<string, string>>): string {
  makeBasedir(path, { port, variables });
  mkdirSync(join(path, "info"));
  writeFileSync(join(path, "info/admin"), "Ada <ada@example.org>\n");
  writeFileSync(join(path, "info/host"), "a host for tests\n");
  giveAway(path);
  return path;
}

/** Gives a directory with all that is in it to the user the doctor is run as. */
export function giveAway(path: string): void {
  if (!isRoot) return;
  chownSync(path, NOBODY, NOBODY);
  for (const name of readdirSync(path, { recursive: true, encoding: "utf8" }))
    chownSync(join(path, name), NOBODY, NOBODY);
}

interface Statement extends Finding {
  readonly kind: string;
}

function diagnosis({ code, printed, complained }: Answer): Diagnosis {
  if (complained !== "" || printed.includes(PASSWORD)) throw new Error(complained || printed);
  const { points, findings: count } = JSON.parse(printed) as {
    readonly findings: number;
    readonly points: readonly { readonly point: string; readonly statements: readonly Statement[] }[];
  };
  const all = points.flatMap(({ point, statements }) => statements.map((one) => ({ ...one, point })));
  const findings = all.filter(({ kind }) => kind === "finding");
  if (findings.length !== count) throw new Error(`${count} findings were told, and there are ${findings.length}`);
  return { code, findings, said: all.map(({ kind, point, text }) => `${kind} ${point}: ${text}`) };
}
