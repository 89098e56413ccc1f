// Loads the native part of the optional package @lydell/node-pty, without its JavaScript: that, like all wrappers,
// loses the last output of a program that ends (Node.js 20 and 22).
import { accessSync, closeSync, constants, openSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { errorText } from "../../base/errors.ts";
import { hasProc, isWindows, platformName } from "../../base/platform.ts";
import { systemReason } from "../../base/system-error.ts";

/** `-1` leaves user and group unchanged. The helper is only for macOS. */
type Fork = (
  file: string,
  args: readonly string[],
  env: readonly string[],
  cwd: string,
  columns: number,
  rows: number,
  userId: number,
  groupId: number,
  isUtf8: boolean,
  helperPath: string,
  onExit: (code: number, signal: number) => void,
) => ForkedOnPty;

export interface ForkedOnPty {
  /** The PTY's master side: non-blocking, and not close-on-exec. */
  readonly fd: number;
  readonly pid: number;
  /** Path of the child's side. */
  readonly pty: string;
}

export interface PtyBinding {
  /** Throws if no PTY or process can be created. The child prints its own errors. */
  readonly fork: Fork;
  /** The program that it starts others with on macOS. */
  readonly helperPath?: string;
}

export type LoadedPtyBinding =
  | { readonly type: "loaded"; readonly binding: PtyBinding }
  /** The reason is a clause. */
  | { readonly type: "unavailable"; readonly reason: string };

/** The kernel's PTY device. */
const MULTIPLEXER = "/dev/ptmx";

const PLATFORM = `${platformName}-${process.arch}`;

export interface HeldPtyBinding {
  load(): LoadedPtyBinding;
  /** Call when it will not be loaded any more. Leaves what was loaded usable. */
  close(): void;
}

/**
 * Opens the binding now, so that it can be loaded later even if the package was replaced or removed; where open files have
 * no paths, loads it now. `from` is the file, or its URL, from which the package is resolved.
 */
export function holdPtyBinding(from: string = import.meta.url): HeldPtyBinding {
  let file: number | undefined;
  let loaded: LoadedPtyBinding | undefined;
  const open = (): BindingFile => {
    if (!hasProc) {
      const path = findBinding(from);
      return { path, helperPath: join(dirname(path), "spawn-helper") };
    }
    file ??= openSync(findBinding(from), "r");
    return { path: `/proc/self/fd/${file}` };
  };
  const load = () => {
    if (loaded?.type !== "loaded") loaded = loadBinding(open);
    return loaded;
  };
  try {
    if (hasProc) open();
    else load();
  } catch {
    // `load` tries again, and reports the reason
  }
  return {
    load,
    close() {
      // The C library identifies loaded files by name, so the name of one must never become that of another.
      if (file !== undefined && loaded?.type !== "loaded") closeSync(file);
      file = undefined;
    },
  };
}

interface BindingFile extends Pick<PtyBinding, "helperPath"> {
  readonly path: string;
}

function loadBinding(open: () => BindingFile): LoadedPtyBinding {
  if (isWindows) return unavailable(`PTYs are not supported on ${platformName}`);
  try {
    accessSync(MULTIPLEXER, constants.R_OK | constants.W_OK);
  } catch (error) {
    return unavailable(`${MULTIPLEXER}: ${systemReason(error)}`);
  }
  const addon = { exports: {} as PtyBinding };
  try {
    const { path, ...helper } = open();
    process.dlopen(addon, path);
    return { type: "loaded", binding: { fork: addon.exports.fork, ...helper } };
  } catch (error) {
    if (errorCode(error) === "MODULE_NOT_FOUND") {
      return unavailable(`the optional package @lydell/node-pty is not installed for ${PLATFORM}`);
    }
    return unavailable(`the package @lydell/node-pty cannot be loaded: ${errorText(error).split("\n")[0]}`);
  }
}

function findBinding(from: string): string {
  const manifest = createRequire(from).resolve("@lydell/node-pty/package.json");
  return createRequire(manifest).resolve(`@lydell/node-pty-${PLATFORM}/pty.node`);
}

function unavailable(reason: string): LoadedPtyBinding {
  return { type: "unavailable", reason };
}
