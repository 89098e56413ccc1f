// What is different on Windows, chosen here and nowhere else. Loaded only there, before anything else runs.
import { useSystemRules } from "../base/system-rules.ts";
import { windowsRules } from "../base/windows/index.ts";
import { pipeControl, useControl } from "../daemon/index.ts";
import { loadWindowsKernel, openWindowsChildren } from "../process/windows/index.ts";
import { unsupervised, useChildren } from "../worker/index.ts";

/** What was run where, for the log of a worker. */
export const WINDOWS_NOTE =
  "Windows: Node's Windows build under Wine against a real master, in CI; not run on Microsoft's Windows by us";

export function useWindows(): void {
  useSystemRules(windowsRules(() => loadWindowsKernel().codePages));
  useControl(pipeControl);
  useChildren(({ log }) => {
    log(WINDOWS_NOTE);
    const baseDirectory = process.cwd();
    const pipes = openWindowsChildren({ baseDirectory, onUnsupervised: (reason) => log(unsupervised(reason)) });
    return { pipes, supervisor: undefined };
  });
}
