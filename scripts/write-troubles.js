// Writes docs/reference/troubles.md from the table of troubles in the built program: run `npm run build` first.
import { writeFileSync } from "node:fs";
import { troublesPage } from "../dist/doctor/troubles-page.js";

writeFileSync(new URL("../docs/reference/troubles.md", import.meta.url), troublesPage());
