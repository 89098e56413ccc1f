// How a worker treats commands when nobody set it up otherwise.

import { utf8 } from "../../src/base/encoding/text-encoding.ts";
import { KnownSecrets } from "../../src/base/known-secrets.ts";
import type { CommandRules } from "../../src/commands/command.ts";
import { ownOptions } from "../../src/config/own-options.ts";
import { commandRules } from "../../src/daemon/worker-setup.ts";

/** Each copy knows secrets of its own. */
export const DEFAULT_RULES: CommandRules = {
  ...commandRules(ownOptions([]), { encoding: utf8, fileEncoding: utf8 }),
  get secrets() {
    return new KnownSecrets();
  },
};
