// npm run demo: builds the program if it has not been, or if its sources are newer, and runs the demo in this process.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const built = join(root, "dist", "cli", "main.js");

if (!existsSync(built) || newestMs(join(root, "src")) > statSync(built).mtimeMs) {
  const { status } = spawnSync(process.execPath, [join(root, "scripts", "build.js")], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
const program = join(root, "bin", "buildhand.js");
// The demo starts its worker by the program's own name.
process.argv.splice(1, 1, program, "demo");
await import(program);

function newestMs(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Math.max(...entries.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}
