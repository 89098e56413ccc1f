// The artifacts run builds where there is no Node.js, or only Debian's.
import { execFile, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { INSTALL_TARBALL } from "../repo/page-commands.ts";
import { runInRoot } from "../support/debian-machine.ts";
import { startPackageMirror } from "../support/package-mirror.ts";
import { ARCHIVES, archiveFolder, artifactPath, DEBIAN_PACKAGE, NPM_TARBALL, unpack } from "./artifacts.ts";
import { describeOnDebian } from "./on-debian.ts";

const run = promisify(execFile);

const RECIPE = `
steps:
  - shell: echo built by $(id -un) > result; cat result
  - shell: {command: test -t 1 && echo on a terminal, usePTY: true}
  - upload: {from: result, to: result}
`;
/** Nobody's, on every Linux. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 };
const EMULATOR = "qemu-aarch64";
const FOREIGN_LIBRARIES = "/usr/aarch64-linux-gnu";

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "buildhand-without-node-"));
  chmodSync(scratch, 0o755);
  mkdirSync(join(scratch, "recipe"));
  writeFileSync(join(scratch, "recipe", "recipe.yaml"), RECIPE);
  for (const name of ARCHIVES) unpack(name, scratch);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** In a chroot: copies the recipe, since its uploads lie beside it, and runs it by `program`. */
const tryRecipe = (program: string) => `
  rm -rf /tmp/recipe; cp -r /recipe /tmp/recipe; chmod 777 /tmp/recipe
  ${program} try /tmp/recipe/recipe.yaml
  cat /tmp/recipe/uploads/result`;

const BUILT = /built by (\w+)[\s\S]*on a terminal[\s\S]*SUCCESS[\s\S]*built by \1\n$/;

describeOnDebian("the archive, on a tree without Node.js", () => {
  const place = () => ({ "/recipe": join(scratch, "recipe"), "/opt/b d": join(scratch, archiveFolder("x64")) });
  const inPlain = (script: string) => runInRoot({ root: inject("plainRoot"), binds: place() }, script);

  test("runs a build", async () => {
    expect(await inPlain("! command -v node nodejs")).toBe("");
    expect(await inPlain(tryRecipe("'/opt/b d/buildhand'"))).toMatch(BUILT);
  });

  test("runs from any directory, through links, by its other name, and for an ordinary user", async () => {
    const printed = await inPlain(`
      ln -s '/opt/b d/buildhand' /usr/local/bin/buildhand
      ln -s ../local/bin/buildhand /usr/bin/linked
      cd /usr; linked --version
      cd '/opt/b d/lib'; ../buildhand --version; cd ..; ./buildhand --version
      PATH="/opt/b d/shims:$PATH" buildbot-worker start --help | head -n 1
      PATH="/opt/b d/shims:$PATH" twistd --help | head -n 1
      setpriv --reuid=65534 --regid=65534 --clear-groups buildhand --version`);
    expect(printed).toMatch(
      /^(worker version: \S+\nNode\.js version: \S+\n)\1\1Usage: buildbot-worker start .*\nUsage: .*twistd .*\n\1$/,
    );
  });

  test("gives builds no variable and no directory in PATH of its own", async () => {
    const recipe = "printf 'steps:\\n  - shell: env\\n' > /tmp/env.yaml";
    const printed = await inPlain(`${recipe}; '/opt/b d/buildhand' try /tmp/env.yaml`);
    expect(printed).toMatch(/^PATH=\/usr\/local\/sbin:\/usr\/local\/bin:\/usr\/sbin:\/usr\/bin:\/sbin:\/bin$/m);
    expect(printed).not.toContain("/opt/b d/lib=");
  });
});

const noEmulator =
  spawnSync(EMULATOR, ["--version"]).error === undefined && existsSync(FOREIGN_LIBRARIES)
    ? ""
    : ` (built, not run: ${EMULATOR} or ${FOREIGN_LIBRARIES} is missing)`;

test.skipIf(noEmulator !== "")(`the archive for arm64 runs a build under emulation${noEmulator}`, async () => {
  const [lib, recipe] = [join(scratch, archiveFolder("arm64"), "lib"), join(scratch, "recipe-arm64")];
  mkdirSync(recipe);
  writeFileSync(join(recipe, "recipe.yaml"), RECIPE);
  const argv = ["-L", FOREIGN_LIBRARIES, join(lib, "node"), join(lib, "bin/buildhand.js"), "try"];
  const { stdout, stderr } = await run(EMULATOR, [...argv, join(recipe, "recipe.yaml")]);
  expect(stdout + stderr).toMatch(/built by (\w+)[\s\S]*SUCCESS/);
});

describeOnDebian("the npm tarball", () => {
  test("installs for one account without a warning, and runs a build with Debian's Node.js", async () => {
    const mirror = await startPackageMirror(resolve("node_modules"));
    const home = join(scratch, "home");
    mkdirSync(home, { mode: 0o777 });
    chmodSync(home, 0o777);
    try {
      cpSync(artifactPath(NPM_TARBALL), join(home, NPM_TARBALL));
      const { stdout, stderr } = await run("sh", ["-c", INSTALL_TARBALL], {
        ...UNPRIVILEGED,
        cwd: home,
        env: {
          HOME: home,
          PATH: process.env["PATH"],
          npm_config_registry: mirror.url,
          npm_config_prefix: join(home, ".local"),
          npm_config_cache: join(home, "cache"),
          npm_config_update_notifier: "false",
          npm_config_audit: "false",
          npm_config_fund: "false",
        },
      });
      expect(stdout + stderr).toMatch(/^\s*added \d+ packages in \S+\s*$/);
    } finally {
      await mirror.close();
    }
    const binds = { "/recipe": join(scratch, "recipe"), "/home/user/.local": join(home, ".local") };
    const printed = await runInRoot({ root: inject("nodeRoot"), binds }, tryRecipe("/home/user/.local/bin/buildhand"));
    expect(printed).toMatch(BUILT);
  });
});

describeOnDebian("the Debian package", () => {
  test("runs a build with Debian's Node.js, under both names", async () => {
    const binds = { "/recipe": join(scratch, "recipe"), "/release": inject("madeRelease") };
    const install = `dpkg -i /release/${DEBIAN_PACKAGE}`;
    const shims = `PATH="/usr/lib/buildhand/shims:$PATH"
    buildbot-worker start --help | head -n 1; twistd --help | head -n 1`;
    const script = `${install}; (${shims}); ${tryRecipe("buildhand")}`;
    const printed = await runInRoot({ root: inject("nodeRoot"), binds }, script);
    expect(printed).toMatch(/\nUsage: buildbot-worker start .*\nUsage: .*twistd .*\n/);
    expect(printed).toMatch(BUILT);
  });
});

test("`npm ci --omit=dev` in a checkout gives a program that runs, without a warning", async () => {
  const checkout = join(scratch, "checkout");
  await run("git", ["clone", "--quiet", resolve("."), checkout]);
  const { stdout, stderr } = await run("npm", ["ci", "--omit=dev"], { cwd: checkout });
  expect(stdout + stderr).not.toMatch(/warn/i);
  const { stdout: versions } = await run(process.execPath, ["bin/buildhand.js", "--version"], { cwd: checkout });
  expect(versions).toMatch(/^worker version: /);
});
