// Debian's Chromium, without a window and without a word to anybody but the pages of a test.
import axe from "axe-core";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { CHROMIUM } from "./ring-reporter.ts";

/** A profile of its own is made for each, and removed with it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Watched {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What should never be: dialogs, errors, what the policy refused, requests to elsewhere. */
  readonly faults: readonly string[];
}

/** A window whose pages are watched. */
export async function openWindow(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("popup", (popup) => faults.push(`popup: ${popup.url()}`));
  page.on("console", (message) => {
    // a missing page that a test requests is logged too
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(message.text());
  });
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) faults.push(`request to ${request.url()}`);
  });
  return { context, page, faults };
}

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  readonly passes: readonly unknown[];
}

/** All that axe-core checks, which has at least so many rules for any page of ours. */
const ALL_RULES_PASSED = 10;

/** What axe-core finds wrong, which is on the page: a line for each element; throws when it found nothing to check. */
async function axeFaults(page: Page, options: object, leastPassed: number): Promise<readonly string[]> {
  const results: AxeResults = await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`);
  if (results.passes.length < leastPassed) throw new Error(`axe checked next to nothing on ${page.url()}`);
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** The same in light and in dark, where nothing but colors differs. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  const light = await axeFaults(page, {}, ALL_RULES_PASSED);
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  const dark = await axeFaults(page, { runOnly: ["color-contrast"] }, 1);
  return [...light, ...dark.map((fault) => `dark: ${fault}`)];
}

/** How many pixels of the page lie beside the window. */
export function overflowPx(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
