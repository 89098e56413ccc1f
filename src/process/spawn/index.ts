// Starts programs on pipes: `PipePool` for most, `Launcher` when many wait; PATH lookup, environments, quoting.
export { toSpawnable } from "./byte-safe-spawn.ts";
export { mergeEnvironment } from "./environment.ts";
export { nulByteError, placesOf } from "./exec-lookup.ts";
export { closeInheritedDescriptors } from "./inherited-descriptors.ts";
export { Launcher } from "./launcher.ts";
export { fileSystemTypeOf, LocalPaths } from "./local-paths.ts";
export { mountPoints } from "./mount-points.ts";
export { raiseOomScore } from "./oom-score.ts";
export { PipePool } from "./pipe-pool.ts";
export {
  type ChildSource,
  childOnNodeStreams,
  flushStream,
  type OutputPipe,
  type PipedChild,
  type SpawnRequest,
  type SweepUnknown,
} from "./piped-child.ts";
export { reachProgram } from "./program-reach.ts";
export { findTrouble, type ProgramTrouble } from "./program-search.ts";
export { commandWords } from "./quoting.ts";
export { beginAsyncSpawn, takeSpawnSlot } from "./spawn-queue.ts";
export { ReportedChild } from "./started-child.ts";
