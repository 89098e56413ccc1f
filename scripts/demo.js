// npm run demo: builds the program where that is due, and runs the demo in this process.
import { fileURLToPath } from "node:url";

await import("./build.js");
if (process.exitCode) process.exit();
const program = fileURLToPath(new URL("../bin/buildhand.js", import.meta.url));
// The demo starts its worker by the program's own name.
process.argv.splice(1, 1, program, "demo");
await import(program);
