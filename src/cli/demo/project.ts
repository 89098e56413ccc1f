// A small project in a git repository for the demo: greetings in some languages. Its build needs sh and Node.js.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemReason } from "../../base/system-error.ts";
import { cliErrors } from "../errors.ts";

const files: Readonly<Record<string, string>> = {
  configure: `#!/bin/sh
set -e
echo "checking for node... $(node --version)"
echo "checking for git... $(git --version | cut -d ' ' -f 3)"
echo "checking for the number of processors... $(nproc)"
echo "commit=$(git rev-parse --short HEAD)" >settings
echo "wrote settings"
`,
  "greetings.json": `${JSON.stringify({ en: "Hello", de: "Guten Tag", fr: "Bonjour", ja: "こんにちは" }, null, 2)}\n`,
  "build.js": `const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");

const greetings = JSON.parse(readFileSync("greetings.json", "utf8"));
const settings = readFileSync("settings", "utf8").trim();
mkdirSync("dist", { recursive: true });
for (const [language, greeting] of Object.entries(greetings)) {
  writeFileSync(\`dist/\${language}.txt\`, \`\${greeting}!\\n\`);
  console.log(\`built dist/\${language}.txt\`);
}
writeFileSync("dist/VERSION", \`\${settings}\\n\`);
console.log("built dist/VERSION");
`,
  "test.js": `const assert = require("node:assert");
const { readdirSync, readFileSync } = require("node:fs");

let failed = 0;
for (const name of readdirSync("dist").filter((file) => file.endsWith(".txt"))) {
  try {
    assert.match(readFileSync(\`dist/\${name}\`, "utf8"), /^\\S.*!\\n$/);
    console.log(\`\\u001b[32mok\\u001b[0m   \${name}\`);
  } catch (error) {
    failed += 1;
    console.log(\`\\u001b[31mfail\\u001b[0m \${name}: \${error.message}\`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
`,
};

const IDENTITY = ["-c", "user.name=Demo", "-c", "user.email=demo@example.invalid"];

/** Creates `directory` and the project in it. Throws ERR_DEMO. */
export function makeProject(directory: string, environment: NodeJS.ProcessEnv): void {
  mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const git = (...words: readonly string[]) => runGit(directory, words, environment);
  git("init", "--quiet");
  git("add", "--all");
  git(...IDENTITY, "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "Greet in some languages");
}

function runGit(directory: string, words: readonly string[], environment: NodeJS.ProcessEnv): void {
  const { error, status, stderr } = spawnSync("git", words, { cwd: directory, env: environment, encoding: "utf8" });
  if (error !== undefined) throw cliErrors.demo.from(error, `git cannot be run: ${systemReason(error)}`);
  if (status !== 0) throw cliErrors.demo(`git ${words[0]} failed: ${stderr.trim().split("\n")[0]}`);
}
