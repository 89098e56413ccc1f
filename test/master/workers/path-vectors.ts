// The cases of paths in the test vectors that a master can put together: those with the home of another user it cannot.
import { readFileSync } from "node:fs";

interface Case {
  readonly builder_dir?: string;
  readonly workdir?: string;
  readonly name?: string;
  readonly master_side_expanduser?: string;
  readonly worker_environ?: Readonly<Record<string, string>>;
  readonly posix?: string;
  readonly nt?: string;
}

export function loadUnits() {
  const url = new URL("../../vectors/units.json", import.meta.url);
  const { paths } = JSON.parse(readFileSync(url, "utf8")) as { paths: readonly Case[] };
  const systemOf = ({ nt }: Case) => (nt === undefined ? "posix" : "nt");
  return {
    joins: paths
      .filter(({ name }) => name !== undefined && !name.startsWith("~"))
      .map((one) => ({
        system: systemOf(one),
        base: one.builder_dir ?? "",
        parts: [...(one.workdir === undefined ? [] : [one.workdir]), one.name ?? ""],
        expected: one.posix ?? one.nt,
      })),
    homes: paths
      .filter(({ master_side_expanduser: path }) => path !== undefined && !path.startsWith("~you/"))
      .map((one) => ({
        system: systemOf(one),
        path: one.master_side_expanduser ?? "",
        environment: new Map(Object.entries(one.worker_environ ?? {})),
        expected: one.posix ?? one.nt,
      })),
  };
}
