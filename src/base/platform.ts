// The operating system. The only file that asks Node, so that everything that depends on it can be found from here.

/** Node's name for it, such as `linux`. */
export const platformName: string = process.platform;
export const isLinux = platformName === "linux";
export const isWindows = platformName === "win32";
