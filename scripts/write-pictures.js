// Makes the pictures of README.md from a real run of `buildhand demo`: its output as first-build.txt and first-build.svg, and
// a screenshot of its status page, which needs Chromium. With --draw only the SVG, from the stored output; with
// --print to standard output.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { terminalPicture } from "./terminal-picture.js";

const COMMAND = "buildhand demo";
const SIZE = { width: 1000, height: 640 };
const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

if (process.argv.includes("--print")) process.stdout.write(drawing());
else {
  if (!process.argv.includes("--draw")) await runDemo();
  writeFileSync(path("docs/pictures/first-build.svg"), drawing());
}

/** Of the stored output. */
function drawing() {
  return terminalPicture(COMMAND, readFileSync(path("docs/pictures/first-build.txt"), "utf8"));
}

async function runDemo() {
  const demo = spawn(process.execPath, [path("bin/buildhand.js"), "demo", "--keep"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(demo, "exit");
  try {
    const printed = await printedUntilSuccess(demo);
    const [output] = printed.split(/(?<=^SUCCESS\n)/m);
    writeFileSync(path("docs/pictures/first-build.txt"), output.replace(/^ +admin password.*\n/m, ""));
    const [address = ""] = /http:\/\/\S+/.exec(printed) ?? [];
    writeFileSync(path("docs/pictures/status-page.png"), await screenshot(address));
  } finally {
    demo.kill("SIGINT");
    await ended;
  }
}

/** The output so far; what follows is read and dropped. */
function printedUntilSuccess(demo) {
  return new Promise((resolve, reject) => {
    let printed = "";
    demo.stdout.setEncoding("utf8").on("data", (chunk) => {
      printed += chunk;
      if (/^SUCCESS$/m.test(printed)) resolve(printed);
    });
    demo.once("exit", () => reject(new Error(`the demo ended early: ${printed}`)));
  });
}

/** Of the page of the build. */
async function screenshot(address) {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: SIZE, colorScheme: "light" });
    await page.goto(address);
    const builder = await page.locator("a[href^='/builders/']").first().getAttribute("href");
    await page.goto(new URL(`${builder?.split("/builds/")[0]}/builds/1`, address).href);
    return await page.screenshot();
  } finally {
    await browser.close();
  }
}
