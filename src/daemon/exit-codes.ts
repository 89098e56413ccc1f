// The exit codes of the program, but for ends by a signal.

/** What a person asked for cannot be done: 1 as with the real worker. */
export const EXIT_USAGE = 1;
/** A bug of ours (EX_SOFTWARE). */
export const EXIT_BUG = 70;
