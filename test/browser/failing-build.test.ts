// What somebody does who hears that a build has failed: find out why, on a desk or on a phone.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessibilityFaults, launchBrowser, openWindow, overflowPx } from "../support/browser.ts";
import { busyMaster } from "../support/busy-master.ts";
import { missingBrowser } from "../support/ring-reporter.ts";
import { rowsOf } from "../support/sized.ts";
import { PASSWORD, type ServedPage, servePage } from "../support/web-visitor.ts";

const LOG = "/builders/demo/builds/41/steps/2/logs/stdio";
const DESK = { width: 1100, height: 740 };
const PHONE = { width: 360, height: 740 };
const sizes = rowsOf([DESK, PHONE], (size) => size === PHONE);

describe.skipIf(missingBrowser() !== undefined)("in Chromium", () => {
  let browser: Browser;
  let directory: string;
  let site: ServedPage;
  const view = busyMaster();
  beforeAll(async () => {
    browser = await launchBrowser();
    directory = mkdtempSync(join(tmpdir(), "artifacts-"));
    writeFileSync(join(directory, "file"), "the report");
    view.files.set("out/report & co.txt", join(directory, "file"));
    for (let id = 10; id < 30; id += 1) {
      view.waiting.push({ id, builder: "docs", reason: "many", submittedAtMs: Date.now(), waitsFor: "a worker" });
    }
    site = await servePage(view);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
    rmSync(directory, { recursive: true });
  });

  const open = (viewport: { width: number; height: number }, timezoneId = "Asia/Tokyo") =>
    openWindow(browser, new URL(site.address).origin, {
      baseURL: site.address,
      viewport,
      timezoneId,
      locale: "en-GB",
    });

  test.each(sizes)("from home, the failing lines are one click away, and their log two (%j)", async (size) => {
    const { context, page, faults } = await open(size);
    await page.goto("/");
    expect(await page.title()).toMatch(/^✗ 1 failing · Builders/);
    await page.locator("#recent").getByRole("link", { name: "#41" }).click();
    await page.getByRole("heading", { name: "Failed step: compile" }).waitFor();
    expect(await page.title()).toMatch(/^✗ failure · Build #41 of demo/);
    expect(await page.locator("link[rel=icon]").getAttribute("href")).toContain("icon-bad.svg");
    const line = page.locator("#focus .failing", { hasText: "FAIL" });
    await line.waitFor();
    expect(await page.locator("#focus .header").count()).toBe(0);
    const { y = 0 } = (await line.boundingBox()) ?? {};
    expect(y).toBeLessThan(size.height);
    expect(await page.locator("#about time").first().textContent()).toContain("GMT+9");
    await line.getByRole("link").first().click();
    await page.waitForURL(`**${LOG}?from=1#L14`);
    expect(await page.locator(":target").textContent()).toContain("FAIL");
    expect(faults).toEqual([]);
    await context.close();
  });

  test.each(sizes)("a log folds what is about the command, and is searched for words and errors (%j)", async (size) => {
    const { context, page, faults } = await open(size);
    await page.goto(LOG);
    expect(await page.locator("#L4").isVisible()).toBe(false);
    await page.getByText("5 more lines about the command").click();
    expect(await page.locator("#L4").isVisible()).toBe(true);
    await page.goto(`${LOG}#L5`);
    expect(await page.locator("#L5").isVisible()).toBe(true);
    await page.getByRole("link", { name: "First error" }).click();
    await page.waitForURL("**?from=1&error=14#L14");
    await page.getByRole("link", { name: "Next error" }).click();
    await page.getByText("Nothing found from line 15 to 37.").waitFor();
    const pages = [[await overflowPx(page), await accessibilityFaults(page)]];
    await page.getByLabel("Search").fill("RED LASTS");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText("1 line found from line 1 to 37.").waitFor();
    pages.push([await overflowPx(page), await accessibilityFaults(page)]);
    expect(pages).toEqual([
      [0, []],
      [0, []],
    ]);
    await page.getByRole("link", { name: "17", exact: true }).click();
    await page.waitForURL("**?from=1#L17");
    expect(faults).toEqual([]);
    await context.close();
  });

  test("builds are filtered, artifacts are downloaded, and the queue is folded", async () => {
    const { context, page, faults } = await open(DESK);
    await page.goto("/");
    await page.getByLabel("Result").selectOption("failed");
    await page.locator("select[name=builder]").selectOption("demo");
    await page.getByLabel("Branch").fill("main");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL("**/?builder=demo&result=failed&branch=main");
    expect(await page.locator("#recent tbody th").allTextContents()).toEqual(["#41"]);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.locator("#recent").getByRole("link", { name: "#41" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "out/report & co.txt" }).click();
    expect((await download).suggestedFilename()).toBe("report & co.txt");
    await page.goto("/login");
    await page.getByLabel("Admin password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    expect(await page.getByText("Reason: many").first().isVisible()).toBe(false);
    await page.getByText("22 requests waiting").click();
    await page.getByText("Reason: many").first().waitFor();
    // stays open when the page is updated
    view.publish({ type: "builder", builder: "docs" });
    view.waiting.push({ id: 40, builder: "docs", reason: "x", submittedAtMs: Date.now(), waitsFor: "a worker" });
    await page.getByText("23 requests waiting").waitFor();
    expect(await page.getByText("Reason: many").first().isVisible()).toBe(true);
    await page.getByRole("button", { name: "Cancel all 23" }).click();
    await page.getByText("The queue is empty.").first().waitFor();
    expect(view.orders).toEqual(["cancel all"]);
    expect(faults).toEqual([]);
    await context.close();
  });
});
