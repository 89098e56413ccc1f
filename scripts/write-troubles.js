// Writes docs/troubleshooting.md from the table of troubles of the program that was built: run `npm run build` first.
import { writeFileSync } from "node:fs";
import { troublesPage } from "../dist/doctor/troubles-page.js";

writeFileSync(new URL("../docs/troubleshooting.md", import.meta.url), troublesPage());
