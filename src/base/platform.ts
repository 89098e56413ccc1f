// The operating system. The only file that asks Node, so that everything that depends on it can be found from here.
import { existsSync } from "node:fs";

/** Node's name for it, such as `linux`. */
export const platformName: string = process.platform;
export const isLinux = platformName === "linux";
export const isMac = platformName === "darwin";
export const isWindows = platformName === "win32";

/** Whether processes can be examined through Linux's /proc. It may be missing on Linux too, for example in a chroot. */
export const hasProc: boolean = isLinux && existsSync("/proc/self/stat");

/** `O_PATH` of Linux (asm-generic/fcntl.h), which node:fs does not export: a descriptor that only stands for a file. */
export const O_PATH = 0o10000000;
