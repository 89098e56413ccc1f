// The exit codes of the program, but for ends by a signal.

/** What a person asked for cannot be done: 1 as with the real worker. */
export const EXIT_USAGE = 1;
/** A doctor has findings. */
export const EXIT_FINDINGS = 2;
/** A worker runs and is not attached to its master. */
export const EXIT_NOT_ATTACHED = 2;
/** No worker or service runs (as for the status of a service in the Linux Standard Base). */
export const EXIT_NOT_RUNNING = 3;
/** There is no such service, or its status is unknown (the same). */
export const EXIT_STATUS_UNKNOWN = 4;
/** A bug of ours (EX_SOFTWARE). */
export const EXIT_BUG = 70;
/** The worker gave up connecting, as `maxretries` says; it may be tried again later (EX_TEMPFAIL). */
export const EXIT_NO_MASTER = 75;
/** A graceful stop took longer than it was given, and goes on (as of timeout(1)). */
export const EXIT_STILL_DRAINING = 124;
/** Whoever read our output is gone, as a shell shows an end by SIGPIPE. */
export const EXIT_CLOSED_OUTPUT = 141;
