// buildhand tac check: shows the settings of a buildbot.tac as `start` uses them, with their lines.
import { EXIT_USAGE, masterProtocol, masterTarget } from "../../daemon/index.ts";
import type { ParsedOptions } from "../option-parser.ts";
import { settingsText } from "../settings-text.ts";
import { directoryArgument, tacConfig, workerTac } from "../worker-directory.ts";

/** Resolves to the exit code. Throws the usage errors of a start. */
export async function checkTac({ rest }: ParsedOptions): Promise<number> {
  const tac = workerTac(directoryArgument(rest));
  if (tac === undefined) return EXIT_USAGE;
  const config = tacConfig(tac);
  for (const settings of config.workers) {
    await masterTarget({ ...config, settings });
    masterProtocol({ ...config, settings });
  }
  console.log(`settings in ${tac.path}:\n\n${settingsText(config)}`);
  return 0;
}
