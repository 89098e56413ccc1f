// The demo's own master, worker and build in a browser: what a newcomer sees, and may do, while `demo --keep` waits.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Place, type Run } from "../cli/program.ts";
import { accessibilityFaults, launchBrowser, openWindow, overflowPx } from "../support/browser.ts";
import { poll } from "../support/poll.ts";
import { missingBrowser } from "../support/ring-reporter.ts";
import { rowsOf } from "../support/sized.ts";

const STEPS = ["rmdir build", "clone", "configure", "build", "test", "upload dist"];
const BUILD = "/builders/greetings/builds/1";
const allPaths = ["/", "/builders/greetings", BUILD, `${BUILD}/steps/5/logs/stdio`, "/workers", "/workers/demo-worker"];
const paths = rowsOf(allPaths, (path) => path.startsWith(BUILD));

describe.skipIf(missingBrowser() !== undefined)("the page of the demo, in Chromium,", () => {
  let browser: Browser;
  let place: Place;
  let demo: Run;
  let address = "";

  beforeAll(async () => {
    place = new Place();
    demo = place.run(["demo", "--keep"]);
    await poll("the end of the build", () => demo.printed().includes("removed after Ctrl-C"));
    [, address = ""] = /status page at (http:\S+)/.exec(demo.printed()) ?? [];
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    demo.child.kill("SIGINT");
    await demo.ended;
    await place.emptied();
    await place.close();
  });

  const open = (options: Parameters<typeof openWindow>[2] = {}) =>
    openWindow(browser, new URL(address).origin, { baseURL: address, ...options });

  async function textOf(page: Page, selector: string): Promise<string> {
    return (await page.locator(selector).innerText()).replaceAll(/\s+/g, " ");
  }

  test("shows the successful build, each step, and its output", async () => {
    const { context, page, faults } = await open();
    await page.goto("/");
    expect(await page.title()).toContain("Buildhand's demo");
    expect(await textOf(page, "main")).toContain("1 of 1 worker attached");
    await page.getByRole("link", { name: "#1" }).first().click();
    await page.waitForURL(`**${BUILD}`);
    expect(await textOf(page, "#summary")).toMatch(/^✓ success/);
    expect(await textOf(page, "#about")).toMatch(/^Reason the demo Worker demo-worker/);
    expect(await page.locator("#steps h3").allInnerTexts()).toEqual(STEPS);
    await page.getByRole("link", { name: "Log stdio of step test" }).click();
    const log = await textOf(page, "main");
    expect(log).toContain("ok ja.txt");
    expect(log).toContain("program finished with exit code 0");
    expect(log).not.toContain("[32m");
    const colour =
      "getComputedStyle([...document.querySelectorAll('main span')].find((s) => s.textContent === 'ok')).color";
    expect(await page.evaluate(colour)).not.toBe(await page.evaluate("getComputedStyle(document.body).color"));
    expect(faults).toEqual([]);
    await context.close();
  });

  test("shows the worker with its admin's text", async () => {
    const { context, page, faults } = await open();
    await page.goto("/workers");
    await page.getByRole("link", { name: "demo-worker" }).click();
    const text = await textOf(page, "main");
    expect(text).toContain("attached");
    expect(text).toContain("Admin Buildhand's demo");
    expect(text).toContain("Host this machine, until the demo ends");
    expect(text).toContain("Perspective Broker");
    expect(text).toMatch(/numcpus \d+/);
    expect(faults).toEqual([]);
    await context.close();
  });

  test("rebuilds with the password, and shows it live", async () => {
    const { context, page, faults } = await open();
    const [, password = ""] = /admin password.*: (\S+)/.exec(demo.printed()) ?? [];
    await page.goto("/login");
    await page.getByLabel("Admin password").fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.goto("/builders/greetings");
    await page.getByLabel("Reason").fill("once more");
    await page.getByRole("button", { name: "Start a build" }).click();
    await page.getByRole("link", { name: "#2" }).first().click();
    await page.getByRole("button", { name: "Rebuild" }).click({ timeout: 60_000 });
    await page.getByRole("link", { name: "#3" }).first().click();
    await page.getByText("Rebuild of").waitFor();
    await page.getByRole("button", { name: "Rebuild" }).waitFor({ timeout: 60_000 });
    await page.getByRole("link", { name: "#2" }).click();
    expect(await textOf(page, "#about")).toMatch(/Reason once more.*Rebuilt as #3/);
    expect(faults).toEqual([]);
    await context.close();
  });

  test("is accessible, also on a phone, in light or dark", async () => {
    const { context, page, faults } = await open({ viewport: { width: 360, height: 740 } });
    const found: Record<string, unknown> = {};
    for (const path of paths) {
      await page.goto(path);
      found[path] = { wider: await overflowPx(page), faults: await accessibilityFaults(page) };
    }
    expect(found).toEqual(Object.fromEntries(paths.map((path) => [path, { wider: 0, faults: [] }])));
    expect(faults).toEqual([]);
    await context.close();
  });
});
