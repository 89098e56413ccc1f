// Writes docs/reference/options.md from the option rows of the program that was built: run `npm run build` first.
import { writeFileSync } from "node:fs";
import { optionsPage } from "../dist/cli/options-page.js";

writeFileSync(new URL("../docs/reference/options.md", import.meta.url), optionsPage());
