// An open page that keeps up with the master.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogLine } from "../../src/master/master-view.ts";
import { launchBrowser, openWindow } from "../support/browser.ts";
import { aBuild, aLog, aStep, aWorker, FakeMasterView, linesOf } from "../support/fake-master-view.ts";
import { poll } from "../support/poll.ts";
import { missingBrowser } from "../support/ring-reporter.ts";
import { rareTest } from "../support/sized.ts";
import { PASSWORD, servePage } from "../support/web-visitor.ts";

const LOG = "/builders/demo/builds/1/steps/1/logs/stdio";

/** A build that runs, whose log a test writes to. */
function growing(lines: LogLine[]): {
  view: FakeMasterView;
  grow: (texts: readonly string[], isComplete?: boolean) => void;
} {
  const view = new FakeMasterView();
  view.known.push({ name: "demo", description: undefined, workers: ["w"], force: { parameters: [] } });
  view.attached.push(aWorker({ name: "w" }));
  view.logs.set(1, {
    get count() {
      return lines.length;
    },
    line: (index) => lines[index] ?? { stream: "o", text: "" },
  });
  const build = (isComplete: boolean) => {
    const log = aLog({ id: 1, lineCount: lines.length, bytes: lines.length * 10, isComplete });
    const result = isComplete ? "SUCCESS" : undefined;
    const common = { result, ...(isComplete ? {} : { endedAtMs: undefined }) } as const;
    return aBuild({
      ...common,
      stateText: isComplete ? "build successful" : "running",
      steps: [aStep({ ...common, logs: [log] })],
    });
  };
  view.details.push(build(false));
  return {
    view,
    grow(texts, isComplete = false) {
      for (const line of linesOf(texts)) lines.push(line);
      view.details[0] = build(isComplete);
      view.publish(
        isComplete
          ? { type: "build", builder: "demo", number: 1 }
          : { type: "log", builder: "demo", number: 1, step: 1, logId: 1 },
      );
    },
  };
}

describe.skipIf(missingBrowser() !== undefined)("a page that is open", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  async function opened(view: FakeMasterView, path: string, isAdmin = false) {
    const served = await servePage(view);
    const { origin } = new URL(served.address);
    const { context, page, faults } = await openWindow(browser, origin, { baseURL: served.address });
    if (isAdmin) {
      await page.goto("/login");
      await page.getByLabel("Admin password").fill(PASSWORD);
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByRole("button", { name: "Log out" }).waitFor();
    }
    await page.goto(path);
    await page.getByText("Updates live").waitFor();
    const end = async () => {
      expect(faults).toEqual([]);
      await context.close();
      await served.close();
    };
    return { page, context, end };
  }

  test("shows the end of a build without a reload, and announces it once to screen readers", async () => {
    const { view, grow } = growing([]);
    const { page, end } = await opened(view, "/builders/demo/builds/1");
    await page.evaluate("window.isSame = true");
    expect(await page.locator("#result").textContent()).toBe("Build 1: running");
    grow(["done"], true);
    await page.getByText("build successful").waitFor();
    expect(await page.locator("#result").textContent()).toBe("Build 1: success");
    expect(await page.evaluate("window.isSame")).toBe(true);
    await end();
  });

  test("shows changes on the start page, and on that of a worker", async () => {
    const { view, grow } = growing([]);
    const first = await opened(view, "/");
    await first.page.locator(".card .badge", { hasText: "running" }).waitFor();
    grow([], true);
    await first.page.locator(".card .badge", { hasText: "success" }).waitFor();
    const second = await opened(view, "/workers/w");
    view.attached[0] = aWorker({ name: "w", state: "away", facts: new Map([["admin", "somebody new"]]) });
    view.publish({ type: "worker", worker: "w" });
    await second.page.locator(".badge", { hasText: "away" }).waitFor();
    await second.page.getByText("somebody new").waitFor();
    await first.end();
    await second.end();
  });

  test("follows a log line by line, with colours across updates, and stops when it is complete", async () => {
    const { view, grow } = growing([]);
    const { page, end } = await opened(view, LOG);
    await page.getByText("No output yet.").waitFor();
    grow(["\u{1b}[31mfirst", "second"]);
    await page.locator("#L2").waitFor();
    grow(["! third"]);
    await page.locator("#L3.stderr").waitFor();
    grow(["fourth"]);
    await page.locator("#L4").waitFor();
    const texts = await page.locator(".line code").allTextContents();
    expect(texts).toEqual(["first", "second", "third", "fourth"]);
    expect(await page.locator("#L4 .fg1").count()).toBe(1);
    expect(await page.getByText("No output yet.").count()).toBe(0);
    grow(["last"], true);
    await page.locator("#L5").waitFor();
    await page.locator("#size", { hasText: /5 lines, 50 bytes$/ }).waitFor();
    expect(await page.locator("#log").getAttribute("data-next")).toBeNull();
    await end();
  });

  rareTest("continues at the end of a log that grows faster than it is shown, and limits lines", 300_000, async () => {
    const { view, grow } = growing([]);
    const { page, end } = await opened(view, LOG);
    for (let n = 0; n < 12; n += 1) {
      grow(Array.from({ length: 700 }, (_, line) => `line ${n * 700 + line + 1}`));
      await page.locator(`#L${(n + 1) * 700}`).waitFor({ state: "attached" });
    }
    grow(Array.from({ length: 30_000 }, (_, line) => `line ${8400 + line + 1}`));
    await page.locator("#L38400").waitFor({ state: "attached" });
    const numbers = (await page.locator(".number").allTextContents()).map(Number);
    expect(numbers.length).toBeLessThanOrEqual(5000);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => 38_400 - numbers.length + 1 + n));
    await end();
  });

  test("stays at the end of a log if it is there, and does not scroll otherwise", async () => {
    const { view, grow } = growing([...linesOf(Array.from({ length: 300 }, (_, n) => `line ${n + 1}`))]);
    const { page, end } = await opened(view, LOG);
    grow([], false);
    const fromEnd = () => page.evaluate<number>("document.documentElement.scrollHeight - innerHeight - scrollY");
    await page.getByRole("link", { name: "To the end" }).click();
    grow(Array.from({ length: 50 }, (_, n) => `more ${n + 1}`));
    await page.locator("#L350").waitFor();
    expect(await fromEnd()).toBeLessThan(50);
    await page.evaluate("scrollTo(0, 100)");
    grow(Array.from({ length: 50 }, (_, n) => `yet more ${n + 1}`));
    await page.locator("#L400").waitFor();
    expect(await page.evaluate("scrollY")).toBe(100);
    await end();
  });

  test("keeps the keyboard focus on a button that it replaces", async () => {
    const { view, grow } = growing([]);
    view.waiting.push({ id: 5, builder: "demo", reason: "", submittedAtMs: Date.now(), waitsFor: "a worker is free" });
    const { page, end } = await opened(view, "/builders/demo", true);
    await page.getByLabel("Reason").fill("half written");
    await page.getByRole("button", { name: "Cancel request 5 of demo" }).focus();
    view.waiting.push({ id: 6, builder: "demo", reason: "", submittedAtMs: Date.now(), waitsFor: "a worker is free" });
    grow([], true);
    view.publish({ type: "builder", builder: "demo" });
    await page.getByRole("button", { name: "Cancel request 6 of demo" }).waitFor();
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe("Cancel request 5 of demo");
    expect(await page.getByLabel("Reason").inputValue()).toBe("half written");
    await end();
  });

  test("says when the master is gone, and continues when it is back", async () => {
    const { view } = growing([]);
    const served = await servePage(view);
    const { origin, port } = new URL(served.address);
    const { context, page } = await openWindow(browser, origin, { baseURL: served.address });
    await page.goto("/");
    await page.getByText("Updates live").waitFor();
    await served.close();
    await page.getByText("The master does not answer. Reconnecting …").waitFor();
    view.known.push({ name: "new builder", description: undefined, workers: [], force: undefined });
    const again = await servePage(view, { port: Number(port) });
    await page.getByRole("link", { name: "new builder" }).waitFor();
    await page.getByText("Updates live").waitFor();
    await context.close();
    await again.close();
  });

  test("closes its stream while it is hidden", async () => {
    const { view } = growing([]);
    const { page, context, end } = await opened(view, "/");
    const hide = (hidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"))`);
    const asked: string[] = [];
    context.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await hide(true);
    view.known.push({ name: "unseen", description: undefined, workers: [], force: undefined });
    view.publish({ type: "builder", builder: "unseen" });
    await hide(false);
    await page.getByRole("link", { name: "unseen" }).waitFor();
    await poll("a new stream", () => asked.includes("/events"));
    await end();
  });
});
