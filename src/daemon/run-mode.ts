// How `start` asks for a worker to be run, beside what its buildbot.tac says.

import type { OptionSource } from "../config/index.ts";

export interface RunMode {
  /** Options of ours from the command line. */
  readonly own?: readonly OptionSource[];
  /** Where to log when the buildbot.tac sets no log observer; `-` is standard output. Default: BASEDIR/twistd.log. */
  readonly logPath?: string | undefined;
  /** Absolute path of a file to write our pid to. */
  readonly pidPath?: string | undefined;
  /** Applied unless the buildbot.tac has one. */
  readonly umask?: number | undefined;
}
