// The native part of the optional package @lydell/node-pty, without its JavaScript: that, like all wrappers, loses the tail
// of what a program prints before it ends (Node.js 20 and 22). Knows how to get it, not what it is used for.
import { accessSync, closeSync, constants, openSync } from "node:fs";
import { createRequire } from "node:module";
import { errorCode } from "../../base/error-code.ts";
import { errorText } from "../../base/errors.ts";
import { isLinux, platformName } from "../../base/platform.ts";
import { systemReason } from "../../base/system-error.ts";

/** `-1` for the user and the group leaves both as they are. The helper is for macOS only. */
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
  /** Of the master's side: non-blocking, and not close-on-exec. */
  readonly fd: number;
  readonly pid: number;
  /** The path of the child's side. */
  readonly pty: string;
}

export interface PtyBinding {
  /** Throws when the system gives no PTY or no process. What goes wrong in the child, the child prints. */
  readonly fork: Fork;
}

export type LoadedPtyBinding =
  | { readonly type: "loaded"; readonly binding: PtyBinding }
  /** The reason is part of a sentence. */
  | { readonly type: "unavailable"; readonly reason: string };

/** Where the kernel gives PTYs. */
const MULTIPLEXER = "/dev/ptmx";

const PLATFORM = `${platformName}-${process.arch}`;

export interface HeldPtyBinding {
  load(): LoadedPtyBinding;
  /** To be called when it is loaded no more. */
  close(): void;
}

/**
 * Opens the binding now, so that it can be loaded when it is needed, also after the package was replaced or removed. `from`
 * is the file, or its URL, from which the package is looked for.
 */
export function holdPtyBinding(from: string = import.meta.url): HeldPtyBinding {
  let file: number | undefined;
  let loaded: LoadedPtyBinding | undefined;
  const open = () => {
    file ??= openBinding(from);
    return file;
  };
  try {
    open();
  } catch {
    // loading tries again, and tells the reason
  }
  return {
    load() {
      if (loaded?.type !== "loaded") loaded = loadBinding(open);
      return loaded;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function loadBinding(open: () => number): LoadedPtyBinding {
  if (!isLinux) return unavailable(`there is none for commands on ${platformName}`);
  try {
    accessSync(MULTIPLEXER, constants.R_OK | constants.W_OK);
  } catch (error) {
    return unavailable(`${MULTIPLEXER}: ${systemReason(error)}`);
  }
  const addon = { exports: {} as PtyBinding };
  try {
    // The file stays open, since the C library takes another of the same name for this one.
    process.dlopen(addon, `/proc/self/fd/${open()}`);
    return { type: "loaded", binding: addon.exports };
  } catch (error) {
    if (errorCode(error) === "MODULE_NOT_FOUND") {
      return unavailable(`the optional package @lydell/node-pty is not installed for ${PLATFORM}`);
    }
    return unavailable(`the package @lydell/node-pty cannot be loaded: ${errorText(error).split("\n")[0]}`);
  }
}

function openBinding(from: string): number {
  const manifest = createRequire(from).resolve("@lydell/node-pty/package.json");
  return openSync(createRequire(manifest).resolve(`@lydell/node-pty-${PLATFORM}/pty.node`), "r");
}

function unavailable(reason: string): LoadedPtyBinding {
  return { type: "unavailable", reason };
}
