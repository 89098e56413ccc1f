// buildhand completion: prints a script for a shell, made of the table of commands when it is asked for.
import { baseErrors } from "../../base/errors.ts";
import type { CommandHelp } from "../help.ts";

const shells = {
  bash: async () => (await import("./bash.ts")).bashScript,
  zsh: async () => (await import("./zsh.ts")).zshScript,
  fish: async () => (await import("./fish.ts")).fishScript,
} as const;

/** Resolves to the exit code. Throws usage errors. */
export async function completion(
  [shell = "", ...more]: readonly string[],
  { commands }: { readonly commands: readonly CommandHelp[] },
): Promise<number> {
  if (!isShell(shell) || more.length > 0)
    throw baseErrors.usage(`expected the name of one shell: ${Object.keys(shells).join(", ")}`);
  const scriptOf = await shells[shell]();
  const { completionPlaces } = await import("./places.ts");
  process.stdout.write(scriptOf(completionPlaces(commands)));
  return 0;
}

function isShell(name: string): name is keyof typeof shells {
  return Object.hasOwn(shells, name);
}
