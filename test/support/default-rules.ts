// How a worker treats commands when nobody set it up otherwise.
import { utf8 } from "../../src/base/encoding/text-encoding.ts";
import type { CommandRules } from "../../src/commands/command.ts";
import { ownOptions } from "../../src/config/own-options.ts";

const options = ownOptions([]);

export const DEFAULT_RULES: CommandRules = {
  leftovers: options.leftovers,
  controlGroups: options.cgroups,
  lingerLimitMs: options.linger_limit * 1000,
  lineLimitBytes: options.line_limit,
  backlogLimitBytes: options.backlog_limit,
  encoding: utf8,
  fileEncoding: utf8,
};
