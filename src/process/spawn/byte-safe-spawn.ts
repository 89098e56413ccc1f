// Node can start programs only with arguments, variables and directories in UTF-8. With other bytes, a shell does it:
// it reads them, encoded in ASCII, from its environment and executes the program. The process, its session and its
// descriptors are the same as if Node had started it.
import { isPlain, systemBytes } from "../../base/encoding/system-text.ts";
import { singleQuoted } from "../../base/posix-quoting.ts";
import { findProgram, type Launch } from "./exec-lookup.ts";

/** Hold the script in parts: a single variable is limited to 128 KiB. */
const PART_NAME = "BUILDHAND_LAUNCH_";
const PART_BYTES = 100_000;

/** Where the shell finds `env`. */
const SHELL_PATH = "/usr/bin:/bin";

/**
 * The program in a form that Node can start, unchanged if possible. Throws the same error as Node's `spawn` for a
 * missing program or directory.
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

/** The shell's script, in bytes. */
function launchScript({ argv, cwd, env }: Launch): Buffer {
  const entries = Object.entries(env);
  const exported = entries.filter(([name]) => isExportable(name));
  const others = entries.filter(([name]) => !isExportable(name)).map(([name, value]) => `${name}=${value}`);
  const [program = ""] = argv;
  // `env` would take such a program name for a variable.
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
 * Whether the shell can export a variable itself, which keeps its value out of process lists: not if the name is
 * invalid in shells, special in some shell, or a locale that the shell would use.
 */
function isExportable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !SHELL_VARIABLES.test(name);
}

const SHELL_VARIABLES =
  /^(?:_|BASH.*|COMP_.*|DIRSTACK|ENV|EPOCH.*|EUID|FUNCNAME|GROUPS|HIST.*|IFS|LANG|LANGUAGE|LC_.*|LINENO|MAIL.*|OPTIND|OPTERR|PPID|PS[0-9]|POSIXLY_CORRECT|RANDOM|SECONDS|SHELLOPTS|SHLVL|SRANDOM|UID)$/;

/** ASCII text from which `printf` produces the bytes. */
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
