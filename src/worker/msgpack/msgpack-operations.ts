// The operations that a master calls over MessagePack (buildbot-msgpack.md §2.1), and how it attaches.
import type { OutputRules } from "../../output/index.ts";
import {
  fieldText,
  type Operation,
  requiredField,
  requiredMap,
  requiredTextField,
} from "../../session/msgpack/index.ts";
import type { Worker } from "../worker.ts";
import { workerInfo } from "../worker-info.ts";
import type { MsgpackCommands } from "./msgpack-commands.ts";
import { DEFAULT_OUTPUT_RULES, readWorkerSettings } from "./msgpack-settings.ts";

export interface MsgpackOperationsOptions {
  readonly worker: Worker;
  /** Called late, because the commands need the exchange, which needs the operations. */
  readonly commands: () => MsgpackCommands;
  /** The master has listed the base directory, or has started a command of a build. */
  readonly onAttached: () => void;
  /** The master requests the end of the process; its request is answered first. */
  readonly onShutdown: () => void;
  /** A command of a build begins. */
  readonly onBuild?: (() => void) | undefined;
}

export function createOperations(options: MsgpackOperationsOptions): ReadonlyMap<string, Operation> {
  const { worker, commands, onAttached, onShutdown, onBuild } = options;
  const { log } = worker.settings;
  let output: OutputRules | undefined;
  const operations: Readonly<Record<string, Operation>> = {
    print(fields) {
      worker.print(requiredTextField(fields, "message"));
      return null;
    },
    keepalive: () => null,
    get_worker_info: () => workerInfo(worker.settings),
    set_worker_settings(fields) {
      const { rules, warning } = readWorkerSettings(requiredMap(fields, "args"));
      if (warning !== undefined) log(warning);
      output = rules;
      return null;
    },
    start_command(fields) {
      const id = requiredField(fields, "command_id");
      const name = requiredTextField(fields, "command_name");
      const rules = output ?? DEFAULT_OUTPUT_RULES;
      const args = requiredMap(fields, "args");
      const builder = fieldText(fields.get("builder_name") ?? null);
      const done = commands().start({ id, name, args, output: rules, builder });
      // Commands that a master runs to attach have no builder; the first one lists the base directory.
      if (fields.has("builder_name")) {
        onAttached();
        onBuild?.();
      } else if (output !== undefined) void done.then(onAttached);
      return null;
    },
    interrupt_command(fields) {
      commands().interrupt(requiredField(fields, "command_id"), requiredTextField(fields, "why"));
      return null;
    },
    shutdown() {
      log("worker shutting down on command from master");
      onShutdown();
      return null;
    },
  };
  return new Map(Object.entries(operations));
}
