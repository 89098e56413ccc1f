// Which system this is. The only file that asks Node, so that all that depends on it is found from here.

/** As Node calls it, such as `linux`. */
export const platformName: string = process.platform;
export const isLinux = platformName === "linux";
export const isWindows = platformName === "win32";
