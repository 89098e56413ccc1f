// Node starts programs with words, variables and directories in UTF-8 only. What has other bytes in them is started by a
// shell that has nothing else to do: it reads them from its environment, written in ASCII, and becomes the program. The
// process, its session and its descriptors are then as if Node had started it.
import { isPlain, systemBytes } from "../../base/encoding/system-text.ts";
import { findProgram, type Launch } from "./exec-lookup.ts";
import { singleQuoted } from "./quoting.ts";

/** Holds the script, in parts: a single variable may have 128 KiB. */
const PART_NAME = "BUILDHAND_LAUNCH_";
const PART_BYTES = 100_000;

/** Where the shell is to find `env`. */
const SHELL_PATH = "/usr/bin:/bin";

/**
 * The same program in a form that Node can start: itself, where that is possible. Throws the error that Node's `spawn` would
 * give for a program or a directory that is not there.
 */
export function toSpawnable(program: Launch): Launch {
  if (isPlainProgram(program)) return program;
  findProgram(program);
  const parts = inParts(printfFormat(launchScript(program)));
  const names = parts.map((_part, place) => `${PART_NAME}${place}`);
  const unset = `unset ${names.join(" ")}\n`;
  const whole = names.map((name) => `\${${name}}`).join("");
  return {
    argv: ["/bin/sh", "-c", `eval "$(printf "${unset}${whole}")"`],
    cwd: isPlain(program.cwd) ? program.cwd : "/",
    env: { PATH: SHELL_PATH, ...Object.fromEntries(names.map((name, place) => [name, parts[place] ?? ""])) },
  };
}

function isPlainProgram({ argv, cwd, env }: Launch): boolean {
  if (!isPlain(cwd) || !argv.every(isPlain)) return false;
  for (const name in env) if (!isPlain(name) || !isPlain(env[name]!)) return false;
  return true;
}

/** What the shell does in the end, in bytes. */
function launchScript({ argv, cwd, env }: Launch): Buffer {
  const entries = Object.entries(env);
  const exported = entries.filter(([name]) => isExportable(name));
  const others = entries.filter(([name]) => !isExportable(name)).map(([name, value]) => `${name}=${value}`);
  const [program = ""] = argv;
  // `env` would take such a word for a variable.
  const words = program.includes("=") ? ["/bin/sh", "-c", 'exec "$0" "$@"', ...argv] : argv;
  const lines = [
    ...(isPlain(cwd) ? [] : [`cd ${singleQuoted(cwd)} || exit 126`, "unset OLDPWD"]),
    ...(Object.hasOwn(env, "PATH") ? [] : ["unset PATH"]),
    ...exported.map(([name, value]) => `export ${name}=${singleQuoted(value)}`),
    `exec /usr/bin/env -- ${[...others, ...words].map(singleQuoted).join(" ")}`,
  ];
  return systemBytes(lines.join("\n"));
}

/**
 * Whether the shell can pass a variable on by itself, which keeps its value out of every process listing: not if it is no
 * name for a shell, nor one that some shell gives a meaning or a value of its own, nor a locale that it would try to use.
 */
function isExportable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !SHELL_VARIABLES.test(name);
}

const SHELL_VARIABLES =
  /^(?:_|BASH.*|COMP_.*|DIRSTACK|ENV|EPOCH.*|EUID|FUNCNAME|GROUPS|HIST.*|IFS|LANG|LANGUAGE|LC_.*|LINENO|MAIL.*|OPTIND|OPTERR|PPID|PS[0-9]|POSIXLY_CORRECT|RANDOM|SECONDS|SHELLOPTS|SHLVL|SRANDOM|UID)$/;

/** ASCII for `printf`, which makes the bytes of it. */
function printfFormat(bytes: Buffer): string {
  return bytes
    .toString("latin1")
    .replaceAll(/[%\\]/g, "$&$&")
    .replaceAll(/[\u0080-\u00ff]/g, (byte) => `\\${byte.charCodeAt(0).toString(8)}`);
}

function inParts(text: string): readonly string[] {
  const count = Math.ceil(text.length / PART_BYTES);
  return Array.from({ length: count }, (_, place) => text.slice(place * PART_BYTES, (place + 1) * PART_BYTES));
}
