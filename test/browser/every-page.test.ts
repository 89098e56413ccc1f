// Every page in a browser: can everybody read it, on any screen, and does it work without scripts?
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessibilityFaults, launchBrowser, openWindow, overflowPx } from "../support/browser.ts";
import { busyMaster, emptyMaster } from "../support/busy-master.ts";
import { missingBrowser } from "../support/ring-reporter.ts";
import { rowsOf } from "../support/sized.ts";
import { PASSWORD, type ServedPage, servePage } from "../support/web-visitor.ts";

const LOG = "/builders/demo/builds/41/steps/2/logs/stdio";
/** Near the end of a huge log. */
const LATE = "/builders/demo/builds/41/steps/2/logs/trace_log?from=1199980";
const allPaths = [
  "/",
  "/builders/demo",
  "/builders/demo?before=18",
  "/builders/nightly%2Flinux-x86_64",
  "/builders/fresh",
  "/builders/demo/builds/41",
  "/builders/demo/builds/42",
  LOG,
  `${LOG}?from=5#L5`,
  LATE,
  "/builders/demo/builds/41/steps/4/logs/stdio",
  "/builders/demo/builds/42/steps/2/logs/stdio",
  "/workers",
  "/workers/worker-1",
  "/workers/worker-2",
  "/workers/worker-3",
  "/workers/worker-4",
  "/login",
  "/nothing",
];
/** Those that are like others. */
const alike = /\?|nightly|fresh|steps\/4|42\/steps|worker-[234]/;
const paths = rowsOf(allPaths, (path) => !alike.test(path));
/** Those that show more to who is logged in. */
const pathsWithActions = rowsOf(
  ["/", "/builders/demo?note=forced", "/builders/demo/builds/41", "/builders/demo/builds/42", "/workers/worker-1"],
  (_, at) => at % 2 === 1,
);

/** Of a master that has done nothing yet. */
const emptyPaths = rowsOf(["/", "/workers", "/builders/lone", "/workers/w", "/login"], (path) =>
  /^\/$|lone/.test(path),
);

/** Of a telephone, and of a desk. */
const WIDTHS = [360, 1100];

async function tooWide(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 740 });
    const px = await overflowPx(page);
    if (px > 0) found.push(`${px} pixels wider than a window of ${width}`);
  }
  return found;
}

describe.skipIf(missingBrowser() !== undefined)("in Chromium", () => {
  let browser: Browser;
  let site: ServedPage;
  let empty: ServedPage;
  beforeAll(async () => {
    browser = await launchBrowser();
    [site, empty] = await Promise.all([servePage(busyMaster()), servePage(emptyMaster())]);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([site.close(), empty.close()]);
  });

  const open = (served: ServedPage, options: Parameters<typeof openWindow>[2]) =>
    openWindow(browser, new URL(served.address).origin, { baseURL: served.address, ...options });

  test("no page is wider than its window, and axe-core finds no violation, light or dark", async () => {
    const { context, page, faults } = await open(site, {});
    const found: Record<string, readonly string[]> = {};
    for (const isAdmin of [false, true]) {
      if (isAdmin) await logIn(page);
      for (const path of isAdmin ? pathsWithActions : paths) {
        await page.goto(path);
        found[`${path} ${isAdmin}`] = [...(await tooWide(page)), ...(await accessibilityFaults(page))];
      }
    }
    const none = await open(empty, {});
    for (const path of emptyPaths) {
      await none.page.goto(path);
      found[`empty ${path}`] = [...(await tooWide(none.page)), ...(await accessibilityFaults(none.page))];
    }
    expect(Object.entries(found).filter(([, faults]) => faults.length > 0)).toEqual([]);
    expect([...faults, ...none.faults]).toEqual([]);
    await Promise.all([context.close(), none.context.close()]);
  });

  test("the keyboard reaches the content first, everything in order, and the focus is visible", async () => {
    const { context, page } = await open(site, {});
    await page.goto("/");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
    expect(await page.locator(".skip").boundingBox()).toMatchObject({ x: expect.toSatisfy((x) => x >= 0) });
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("demo");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/builders/demo");
    await context.close();
  });

  const oftenWithout = rowsOf([true, false], (hasScripts) => !hasScripts);
  test.each(oftenWithout)("every action can be done, with scripts: %s", async (javaScriptEnabled) => {
    const view = busyMaster();
    const served = await servePage(view);
    const { context, page, faults } = await open(served, { javaScriptEnabled });
    await page.goto("/builders/fresh");
    await page.getByRole("link", { name: "Log in", exact: true }).first().click();
    await page.getByLabel("Admin password").fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    expect(await page.getByRole("alert").textContent()).toBe("Wrong password.");
    await page.getByLabel("Admin password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL("**/builders/fresh?note=logged-in");
    await page.getByLabel("Reason").fill("by hand");
    await page.getByRole("button", { name: "Start a build" }).click();
    await page.getByText("Build queued.").waitFor();
    await page.getByText("Reason: by hand").waitFor();
    await page.getByRole("button", { name: "Cancel request 7 of fresh" }).click();
    await page.getByText("Request cancelled.").waitFor();
    await page.getByRole("link", { name: "#42" }).first().click();
    await page.getByRole("button", { name: "Stop this build" }).click();
    await page.getByText("Stopping …").waitFor();
    await page.goto("/builders/demo/builds/41");
    await page.getByRole("button", { name: "Rebuild" }).click();
    await page.getByText("Rebuild queued.").waitFor();
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Workers" }).click();
    await page.getByRole("link", { name: "worker-1" }).click();
    await page.getByRole("button", { name: "Shut down gracefully" }).click();
    await page.getByText("The worker shuts down when").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You are logged out.").waitFor();
    expect(view.orders).toEqual([
      "force fresh: by hand",
      "cancel 7",
      "stop demo 42: stopped on the status page",
      "rebuild demo 41",
      "shut down worker-1",
    ]);
    expect(faults).toEqual([]);
    await context.close();
    await served.close();
  });

  const oftenWith = rowsOf([true, false], (hasScripts) => hasScripts);
  test.each(oftenWith)("a log is read page by page, with scripts: %s", async (javaScriptEnabled) => {
    const { context, page } = await open(site, { javaScriptEnabled });
    await page.goto("/builders/demo/builds/41");
    await page.getByRole("link", { name: "Log trace.log of step compile" }).click();
    await page.locator("#L1000").waitFor();
    await page
      .getByRole("navigation", { name: "Pages of the log", exact: true })
      .getByRole("link", { name: "Next" })
      .click();
    await page.locator("#L1001").waitFor();
    await page.getByLabel("Line").fill("700000");
    await page.getByRole("button", { name: "Go" }).click();
    await page.locator("#L700000").waitFor();
    await page.getByRole("link", { name: "700003", exact: true }).click();
    await page.waitForURL("**?from=700000#L700003");
    expect(await page.locator(":target").getAttribute("id")).toBe("L700003");
    const download = page.waitForEvent("download");
    await page.goto(LOG);
    await page.getByRole("link", { name: "Download as text" }).click();
    expect((await download).suggestedFilename()).toBe("demo-41-2-stdio.txt");
    await context.close();
  });

  test("a link to a line outside the page leads to the page with that line", async () => {
    const { context, page } = await open(site, {});
    await page.goto("/builders/demo/builds/41/steps/2/logs/trace_log#L654321");
    await page.waitForURL("**?from=654321#L654321");
    expect(await page.locator(":target").textContent()).toContain("line 654321 of many");
    await context.close();
  });

  async function logIn(page: Page): Promise<void> {
    await page.goto("/login");
    await page.getByLabel("Admin password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "Log out" }).waitFor();
  }
});
