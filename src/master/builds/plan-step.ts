// Which kind of step asks for what.
import type { StepConfig } from "../master-config.ts";
import { directoryCommand } from "./directory-step.ts";
import { downloadCommand } from "./download-step.ts";
import { shellCommand } from "./shell-step.ts";
import type { PlannedStep, StepContext } from "./step-command.ts";
import { uploadCommand } from "./upload-step.ts";

/** Throws, or rejects, with whatever a sink or source does that cannot be made. */
export async function planStep(step: StepConfig, context: StepContext): Promise<PlannedStep> {
  switch (step.type) {
    case "shell":
      return shellCommand(step, context);
    case "upload":
      return await uploadCommand(step, context);
    case "download":
      return await downloadCommand(step, context);
    case "mkdir":
    case "rmdir":
    case "rmfile":
    case "cpdir":
      return directoryCommand(step, context);
    default:
      return step satisfies never;
  }
}
