// The installed program as a worker of a master of ours, with one builder: for tests that need a worker under limits, or
// as a user, that the test's own process cannot have.
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { type Installation, logOf, makeBasedir, type StartOptions } from "../daemon/worker-program.ts";
import type { FakeFile } from "../support/fake-files.ts";
import { type AttachedWorker, type CommandReport, FakeMaster } from "../support/fake-master.ts";

export interface ProgramOptions extends StartOptions {
  readonly installation: Installation;
}

export interface AttachedProgram {
  /** The process that was started; `under` may have become the worker by exec. */
  readonly pid: number;
  readonly basedir: string;
  readonly builderDirectory: string;
  readonly attached: AttachedWorker;
  /** Starts a command; rejects when the worker refuses it. The objects become references, under their names. */
  start(
    name: string,
    args: Record<string, JellyValue>,
    files?: Readonly<Record<string, FakeFile>>,
  ): Promise<CommandReport>;
  /** Runs a command to its end. */
  run(
    name: string,
    args: Record<string, JellyValue>,
    files?: Readonly<Record<string, FakeFile>>,
  ): Promise<CommandReport>;
  interrupt(report: CommandReport): Promise<void>;
  log(): readonly string[];
  end(): Promise<void>;
}

/**
 * Starts it in a base directory that holds `b1` and that everybody may write to. `under` is given the builder's directory
 * as the first of its arguments behind its own.
 */
export async function attachProgram({ installation, under, ...options }: ProgramOptions): Promise<AttachedProgram> {
  const master = await FakeMaster.listen();
  const basedir = makeBasedir(installation.newPath(), { port: master.port });
  const builderDirectory = join(basedir, "b1");
  mkdirSync(builderDirectory);
  for (const directory of [basedir, builderDirectory]) chmodSync(directory, 0o777);
  chmodSync(join(basedir, "buildbot.tac"), 0o644);
  const program = installation.start(["start", "--nodaemon", basedir], {
    ...options,
    ...(under === undefined ? {} : { under: [...under, builderDirectory] }),
  });
  const ended = program.ended.then(({ code, signal }) => {
    const said = `${program.printed}${program.complained}${logOf(basedir).join("\n")}`;
    throw new Error(`the program ended with ${code ?? signal}: ${said}`);
  });
  ended.catch(() => {}); // as it should, at the end
  const attached = await Promise.race([master.nextWorker(), ended]);
  const builder = (await attached.setBuilders("b1")).get("b1")!;
  const start: AttachedProgram["start"] = (name, args, files = {}) => {
    const handles = Object.entries(files).map(([key, file]) => [key, attached.broker.expose(file.object)]);
    return attached.startCommand(builder, name, { ...args, ...Object.fromEntries(handles) });
  };
  return {
    pid: program.child.pid!,
    basedir,
    builderDirectory,
    attached,
    start,
    async run(name, args, files) {
      const report = await start(name, args, files);
      await Promise.race([report.completed, ended]);
      return report;
    },
    async interrupt({ id }) {
      await attached.broker.call(builder, "interruptCommand", [id, "the test asks for it"]);
    },
    log: () => logOf(basedir),
    async end() {
      program.child.kill("SIGTERM");
      await program.ended;
      await master.close();
    },
  };
}
