// Which settings of a buildbot.tac this version reads and does not follow yet: a worker runs without them, but says so.
import { errors } from "../base/errors.ts";
import type { TacSettings } from "../config/tac-settings.ts";

/** One sentence for each, for the log; `tac` is the path of the file. */
export function ignoredSettings(settings: TacSettings, tac: string): string[] {
  return [...namesOf(settings)].map((name) => `${errors.notYet(tac, name).message}; the worker runs without it`);
}

function* namesOf(settings: TacSettings): Generator<string> {
  const { allowShutdown, maxRetries, unicodeEncoding } = settings;
  if (allowShutdown !== null) yield `allow_shutdown = '${allowShutdown}'`;
  if (maxRetries !== null) yield `maxretries = ${maxRetries}`;
  if (unicodeEncoding !== null && !/^utf[-_]?8$/i.test(unicodeEncoding)) yield "unicode_encoding";
}
