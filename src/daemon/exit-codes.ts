// The program's exit codes, except for termination by a signal.

/** The request cannot be carried out; 1 as in the real worker. */
export const EXIT_USAGE = 1;
/** `doctor` has findings. */
export const EXIT_FINDINGS = 2;
/** A worker is running, but not attached to its master. */
export const EXIT_NOT_ATTACHED = 2;
/** No worker or service is running (as for the status of a service in the Linux Standard Base). */
export const EXIT_NOT_RUNNING = 3;
/** There is no such service, or its status is unknown (from the same standard). */
export const EXIT_STATUS_UNKNOWN = 4;
/** A bug in Buildhand (EX_SOFTWARE). */
export const EXIT_BUG = 70;
/** The worker stopped connecting after `maxretries` failures; a later start may succeed (EX_TEMPFAIL). */
export const EXIT_NO_MASTER = 75;
/** A graceful stop did not end within its timeout and continues (as with timeout(1)). */
export const EXIT_STILL_DRAINING = 124;
/** The reader of our output has closed it; a shell reports SIGPIPE by this code. */
export const EXIT_CLOSED_OUTPUT = 141;
