// Runs doctor on base directories as an ordinary user, with all packages, so that an unchanged worker is healthy.
import { chownSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Installation, install, makeBasedir, type StartOptions } from "../daemon/worker-program.ts";

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
/** Packages that npm installs with the program. */
const PACKAGES = ["iconv-lite", "safer-buffer", "ws"];
const OPTIONAL_PACKAGES = "@lydell";

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

export function openClinic({ withOptional = true }: { readonly withOptional?: boolean } = {}): Clinic {
  const installation = install({ ownCopy: true });
  const place = join(dirname(dirname(installation.executable)), "node_modules");
  const names = [...PACKAGES, ...(withOptional ? [OPTIONAL_PACKAGES] : [])];
  for (const name of names)
    if (existsSync(join(modules, name))) cpSync(join(modules, name), join(place, name), { recursive: true });
  return {
    installation,
    patient: (port, variables = {}) => makePatient(installation.newPath(), port, variables),
    async examine(argv, options = {}) {
      const program = installation.start(["doctor", "--json", ...argv], { ...user, ...options });
      const { code } = await program.ended;
      if (program.complained !== "") throw new Error(program.complained);
      return diagnosis(code, program.printed);
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

function diagnosis(code: number | null, printed: string): Diagnosis {
  const { points, findings: count } = JSON.parse(printed) as {
    readonly findings: number;
    readonly points: readonly { readonly point: string; readonly statements: readonly Statement[] }[];
  };
  const all = points.flatMap(({ point, statements }) => statements.map((one) => ({ ...one, point })));
  const findings = all.filter(({ kind }) => kind === "finding");
  if (findings.length !== count) throw new Error(`${count} findings were told, and there are ${findings.length}`);
  return { code, findings, said: all.map(({ kind, point, text }) => `${kind} ${point}: ${text}`) };
}
