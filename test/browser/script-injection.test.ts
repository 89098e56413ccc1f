// Hostile text in every field that a worker, a build or a configuration fills: nothing of it runs, opens or loads anything.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { paths } from "../../src/master/web/paths.ts";
import { launchBrowser, openWindow, overflowPx } from "../support/browser.ts";
import { aBuild, aLog, aStep, aWorker, FakeMasterView, fakeLog, linesOf } from "../support/fake-master-view.ts";
import { poll } from "../support/poll.ts";
import { missingBrowser } from "../support/ring-reporter.ts";
import { rowsOf, runsEveryRow } from "../support/sized.ts";
import { PASSWORD, servePage } from "../support/web-visitor.ts";

const EVIL = "http://127.0.0.1:9/evil";
const corpus = [
  "<script>alert(1)</script>",
  "</title><script>alert(2)</script>",
  "</textarea></noscript></style></code></pre><script>alert(3)</script>",
  `<script src="${EVIL}.js"></script>`,
  `"><img src=x onerror=alert(4)>`,
  `'><svg/onload=alert(5)>`,
  `" onmouseover="alert(6)" autofocus onfocus="alert(6)" x="`,
  `<iframe srcdoc="<script>alert(7)</script>"></iframe>`,
  `<img src="${EVIL}.png">`,
  `<link rel=stylesheet href="${EVIL}.css">`,
  `<meta http-equiv=refresh content="0;url=${EVIL}">`,
  `<base href="${EVIL}/">`,
  `<form action="${EVIL}"><input name=q><button>Log in</button></form>`,
  `<style>*{background:url(${EVIL})}</style>`,
  `<a href="javascript:alert(8)">click</a>`,
  "javascript:alert(9)",
  "java\tscript:alert(10)",
  `data:text/html,<script>alert(11)</script>`,
  "<!--<script>alert(12)//-->",
  "<![CDATA[<script>alert(13)</script>]]>",
  "{{constructor.constructor('alert(14)')()}}",
  "${alert(15)}`+alert(15)+`",
  "&lt;script&gt;alert(16)&lt;/script&gt;",
  "\u{1b}]8;;javascript:alert(17)\u{7}click\u{1b}]8;;\u{7}",
  `\u{1b}]8;;https://example.org/" onclick="alert(18)\u{7}click\u{1b}]8;;\u{7}`,
  `https://example.org/"onmouseover="alert(19)`,
  "\u{1b}[31;1m<b>\u{1b}[0m<\u{1b}[1mscript>alert(20)</script>",
  "\u{202e}gnp.<script>alert(21)</script>",
  "\u{0}<\u{0}script>alert(22)</script>",
  "\u{d800}<script>alert(23)</script>",
  "＜script＞alert(24)＜/script＞",
  "../../../etc/passwd",
  "..",
  "a/../../b?c#d",
  "%3Cscript%3Ealert(25)%3C/script%3E",
  "x".repeat(5000),
  "\n\n\r\n<script>\nalert(26)\n</script>",
];

/** Each text of the corpus in every field there is. */
function hostileMaster(): FakeMasterView {
  const view = new FakeMasterView();
  view.title = corpus.join(" ");
  for (const [index, text] of corpus.entries()) {
    const id = index + 1;
    const log = aLog({ id, name: text, slug: text, lineCount: corpus.length * 3, bytes: 9 });
    const step = aStep({ name: text, stateText: text, logs: [log] });
    const common = { builder: text, worker: text, reason: text, stateText: text, steps: [step] };
    view.known.push({ name: text, description: text, workers: [text], force: { parameters: [] } });
    view.details.push(aBuild({ ...common, id: id * 2, number: 1 }));
    view.details.push(aBuild({ ...common, id: id * 2 + 1, number: 2, result: undefined, endedAtMs: undefined }));
    view.waiting.push({ id, builder: text, reason: text, submittedAtMs: Date.now(), waitsFor: text });
    view.logs.set(id, fakeLog(linesOf(["", "! ", "# "].flatMap((origin) => corpus.map((line) => `${origin}${line}`)))));
    const facts = new Map([
      ["admin", text],
      ["host", text],
      ["access_uri", text],
      ...corpus.map((fact) => [fact, text] as const),
    ]);
    const running = view.details.filter(({ builder, result }) => builder === text && result === undefined);
    const line = { lostAtMs: Date.now(), waitingBytes: index, resumed: undefined };
    view.attached.push(aWorker({ name: text, peer: text, line, version: text, builders: [text], running, facts }));
    view.relayTroubles.push(text);
  }
  return view;
}

describe.skipIf(missingBrowser() !== undefined)("hostile text", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test("nothing runs, no dialog opens, no request leaves, on any page", { timeout: 300_000 }, async () => {
    const view = hostileMaster();
    const served = await servePage(view);
    const { origin } = new URL(served.address);
    const { context, page, faults } = await openWindow(browser, origin, {
      baseURL: served.address,
      viewport: { width: 360, height: 740 },
    });
    await page.goto("/login");
    await page.getByLabel("Admin password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    const odd: string[] = [];
    const visit = async (path: string) => {
      const response = await page.goto(path);
      const seen = await page.evaluate<readonly unknown[]>(strangers);
      if (seen.length > 0) odd.push(`${path}: ${JSON.stringify(seen)}`);
      if ((await overflowPx(page)) > 0) odd.push(`${path} is too wide`);
      return response?.status();
    };
    await visit("/");
    await visit("/workers");
    for (const [index, text] of corpus.entries()) {
      // one log holds all of the corpus; the others differ in their names
      const log = `${paths.log(placeOf(text))}?from=${index === 0 ? 1 : 100}`;
      const statuses = [];
      // Every text is on "/" and on "/workers", and on each kind of page is every fourth.
      const pages = [paths.builder(text), paths.build(text, 1), paths.worker(text), log];
      for (const path of rowsOf(pages, (_, at) => at === index % pages.length)) statuses.push(await visit(path));
      if (text.isWellFormed()) expect([text, statuses]).toEqual([text, statuses.map(() => 200)]);
      const words = ["note", "back", "from", "before"].map(
        (word) => `${word}=${encodeURIComponent(text.slice(0, 500).toWellFormed())}`,
      );
      if (runsEveryRow || index % 4 === 0) await visit(`/login?${words.join("&")}`);
    }
    await visit(paths.build(corpus[0] ?? "", 2));
    // handlers of events would have to wait for one
    await page.goto(paths.log(placeOf(corpus[0] ?? "")));
    await page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true");
    const lines = rowsOf(await page.locator(".line code").all(), (_, at) => at < corpus.length);
    for (const line of lines) await line.hover({ timeout: 5000 });
    expect(odd).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
    await served.close();
  });

  test("unescaped text is still not run by the browser", async () => {
    const served = await servePage(hostileMaster());
    const { origin } = new URL(served.address);
    const { context, page, faults } = await openWindow(browser, origin, { baseURL: served.address });
    await page.goto("/workers");
    await page.evaluate(`document.body.insertAdjacentHTML("beforeend", "<img src=/x onerror='window.ran = 1'><p style='color:red'>")
      const script = document.createElement("script");
      script.textContent = "window.ran = 2";
      document.body.append(script);`);
    await poll("the policy to refuse all three", () => faults.length >= 3);
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(faults.filter((fault) => !fault.includes("Content Security Policy"))).toEqual([]);
    await context.close();
    await served.close();
  });

  test("updates of an open page are as harmless", async () => {
    const view = hostileMaster();
    const served = await servePage(view);
    const { origin } = new URL(served.address);
    const { context, page, faults } = await openWindow(browser, origin, { baseURL: served.address });
    const [evil = ""] = corpus;
    await page.goto(paths.build(evil, 2));
    for (const [index, text] of corpus.entries()) {
      const build = view.build(evil, 2);
      if (build === undefined) throw new Error("the build is gone");
      view.become({
        ...build,
        stateText: `${index}: ${text}`,
        reason: text,
        steps: [aStep({ name: text, stateText: text })],
      });
    }
    await page
      .getByText(`${corpus.length - 1}: `)
      .first()
      .waitFor();
    expect(await page.evaluate(strangers)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
    await served.close();
  });
});

/** What no page of ours has: scripts, frames and images of others, handlers, and links to where they should not lead. */
const strangers = `[...document.querySelectorAll("*")].filter((element) => {
  const own = (address) => new URL(address, location.href).origin === location.origin;
  const name = element.localName;
  if (["script", "img", "link"].includes(name) && !own(element.src ?? element.href)) return true;
  if (["iframe", "object", "embed", "base", "style", "svg", "math", "template", "b"].includes(name)) return true;
  if (name === "form" && !own(element.action)) return true;
  if (name === "a" && !/^(https?|ssh|sftp|vnc|rdp):$/.test(element.protocol)) return true;
  if (name === "meta" && element.httpEquiv !== "") return true;
  return element.getAttributeNames().some((attribute) => attribute.startsWith("on") || attribute === "style");
}).map((element) => element.outerHTML.slice(0, 200))`;

/** Of the log whose builder and name are the text. */
function placeOf(text: string) {
  return { build: { builder: text, number: 1 }, step: { number: 1 }, log: { slug: text } };
}
