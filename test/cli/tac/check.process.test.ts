// buildhand tac check: the settings of a start, with their lines, without passwords.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, test } from "vitest";
import { type Installation, install, makeBasedir, PASSWORD } from "../../daemon/worker-program.ts";
import { commandLine } from "../command-line.ts";

let installation: Installation;

beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

async function check(path: string, environment: Readonly<Record<string, string>> = {}) {
  const { code, printed, errors } = await commandLine(["tac", "check", path], { environment });
  expect(printed + errors).not.toContain(PASSWORD);
  return { code, lines: printed.split("\n").slice(0, -1), errors };
}

/** By name of the setting. */
function rowsOf(lines: readonly string[]): ReadonlyMap<string, { source: string; value: string }> {
  const rows = lines.map((line) => /^ {2}(.*?) {2,}(\S+) = (.*)$/.exec(line)).filter((found) => found !== null);
  return new Map(rows.map(([, source = "", name = "", value = ""]) => [name, { source, value }]));
}

it("shows every setting with its line, or as a default", async () => {
  const path = makeBasedir(installation.newPath(), { port: 9989, variables: { umask: "0o22", line_limit: "2000" } });
  const text = readFileSync(join(path, "buildbot.tac"), "utf8").split("\n");
  const lineOf = (name: string) => `line ${text.findIndex((line) => line.startsWith(`${name} = `)) + 1}`;
  const { code, lines, errors } = await check(path, { BUILDHAND_LEFTOVERS: "kill" });
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  const rows = rowsOf(lines);
  expect(Object.fromEntries(rows)).toMatchObject({
    buildmaster_host: { source: lineOf("buildmaster_host"), value: "'127.0.0.1'" },
    port: { source: lineOf("port"), value: "9989" },
    name: { source: lineOf("workername"), value: "'w1'" },
    passwd: { source: lineOf("passwd"), value: "(hidden)" },
    umask: { source: lineOf("umask"), value: "0o22" },
    unicode_encoding: { source: "default", value: "None" },
    file: { source: expect.stringMatching(/^line \d+$/), value: `'${path}/twistd.log'` },
    line_limit: { source: lineOf("line_limit"), value: "2000" },
    leftovers: { source: "BUILDHAND_LEFTOVERS", value: "'kill'" },
    linger_limit: { source: "default", value: "0" },
  });
});

it("hides the password of a proxy, and a password in another setting", async () => {
  const proxy = "'tcp:proxy:3128:user=me:password=geh\\\\:eim'";
  const variables = { proxy_connection_string: proxy, workername: "'sekret'" };
  const path = makeBasedir(installation.newPath(), { port: 9989, variables });
  const { lines } = await check(path);
  expect(rowsOf(lines).get("proxy_connection_string")?.value).toBe("'tcp:proxy:3128:user=me:password=(hidden)'");
  expect(lines.join("\n")).not.toMatch(/sekret|geh|eim/);
  const url = { buildmaster_host: "None", port: "None", connection_string: "'tcp:host:80:x=http://me:geheim@proxy'" };
  const other = makeBasedir(installation.newPath(), { port: 9989, variables: url });
  expect(JSON.stringify(await check(other))).not.toMatch(/geheim/);
});

test("refuses what start refuses", async () => {
  const path = makeBasedir(installation.newPath(), { port: 9989, variables: { workername: "os.fork()" } });
  expect(await check(path)).toMatchObject({ code: 1, lines: [expect.stringMatching(/buildbot\.tac, line \d+: /)] });
  const ending = makeBasedir(installation.newPath(), { port: 9989, variables: { workername: "exit(0)" } });
  expect(await check(ending)).toMatchObject({ code: 1, lines: [expect.stringContaining("ends the start")] });
  const empty = installation.newPath();
  mkdirSync(empty);
  expect(await check(empty)).toMatchObject({
    code: 1,
    lines: [expect.stringContaining("No such file or directory"), `invalid worker directory '${empty}'`],
  });
});
