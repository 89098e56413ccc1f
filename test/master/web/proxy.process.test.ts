// The page behind a web server that adds TLS, and a page that only logged-in visitors may read.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { createServer, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { busyMaster } from "../../support/busy-master.ts";
import { makeAuthority } from "../../support/certificates.ts";
import { listen } from "../../support/listening.ts";
import { PASSWORD, type ServedPage, servePage, WebVisitor } from "../../support/web-visitor.ts";

const NAME = "ci.example.org";
let directory: string;
let pair: { readonly cert: Buffer; readonly key: Buffer };

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "proxy-"));
  const { cert, key } = makeAuthority(directory, "ours").issue("leaf", { names: `DNS:${NAME}` });
  pair = { cert: readFileSync(cert), key: readFileSync(key) };
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Passes requests on as nginx does, which sends the address of the page as Host unless it is configured otherwise. */
function tlsProxy(page: ServedPage, keepsHost: boolean) {
  const { host, hostname, port } = new URL(page.address);
  return listen(
    createServer(pair, (incoming, outgoing) => {
      const headers = {
        ...incoming.headers,
        host: keepsHost ? NAME : host,
        "x-forwarded-for": `203.0.113.9, ${incoming.headers["x-test-address"] as string}`,
      };
      const { method = "GET", url = "/" } = incoming;
      const passed = plainRequest({ hostname, port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(passed);
    }),
  );
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a browser sends that has the name of the proxy in its address bar. */
function ask(port: number, path: string, { method = "GET", headers = {}, body }: Asked = {}) {
  return new Promise<{ status: number; cookie: string; text: string }>((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, method, rejectUnauthorized: false };
    const sent = request({ ...options, headers: { host: NAME, "x-test-address": "198.51.100.7", ...headers } });
    sent.on("error", reject).on("response", (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      const [cookie = ""] = answer.headers["set-cookie"] ?? [];
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, cookie, text }));
    });
    sent.end(body);
  });
}

async function loginOver(port: number) {
  const form = await ask(port, "/login");
  const token = /name="token" value="([\w-]+)"/.exec(form.text)?.[1] ?? "";
  const headers = {
    cookie: form.cookie.split(";")[0] ?? "",
    origin: `https://${NAME}`,
    "content-type": "application/x-www-form-urlencoded",
  };
  return ask(port, "/login", {
    method: "POST",
    headers,
    body: `token=${token}&password=${encodeURIComponent(PASSWORD)}`,
  });
}

test.each([true, false])(
  "with web.url, a page on loopback works behind TLS; proxy keeps Host: %s",
  async (keepsHost) => {
    const page = await servePage(busyMaster(), { url: `https://${NAME}`, trustedProxies: ["127.0.0.0/8"] });
    const proxy = await tlsProxy(page, keepsHost);
    const { status, cookie } = await loginOver(proxy.port);
    expect([status, cookie]).toEqual([303, expect.stringMatching(/; Secure/)]);
    const home = await ask(proxy.port, "/", { headers: { cookie: cookie.split(";")[0] ?? "" } });
    expect(home.text).toContain("Log out");
    // the address of the visitor, not of the proxy; and of what the visitor sent, nothing is believed
    expect(page.logged).toEqual(["login on the status page from 198.51.100.7"]);
    await proxy.end();
    await page.close();
  },
);

test("without web.url, the same page says how to set it", async () => {
  const page = await servePage(busyMaster());
  const proxy = await tlsProxy(page, true);
  const { status, text } = await ask(proxy.port, "/");
  expect([status, text.includes("web: url")]).toEqual([421, true]);
  await proxy.end();
  await page.close();
});

test("X-Forwarded-For of others is ignored", async () => {
  const page = await servePage(busyMaster(), { trustedProxies: ["192.0.2.0/24", "::1"] });
  const visitor = new WebVisitor(page);
  const headers = { "x-forwarded-for": "198.51.100.7" };
  await visitor.post("/login", { token: await visitor.token(), password: PASSWORD }, headers);
  expect(page.logged).toEqual(["login on the status page from 127.0.0.1"]);
  await page.close();
});

const LOG = "/builders/demo/builds/41/steps/2/logs/stdio";

test("with web.read: password, nothing is shown before the login but the form", async () => {
  const page = await servePage(busyMaster(), { read: "password", apiToken: "a token of ours", localToken: "local" });
  const visitor = new WebVisitor(page);
  for (const path of ["/", "/builders/demo", LOG, `${LOG}/text`, "/workers", "/nothing"]) {
    const { status, headers, text } = await visitor.send(path);
    expect([status, headers["location"], text]).toEqual([303, `/login?back=${encodeURIComponent(path)}`, ""]);
  }
  for (const path of ["/events", "/metrics", "/api/v2/builders"]) {
    const { status, text } = await visitor.send(path);
    expect([path, status, text.includes("demo")]).toEqual([path, 401, false]);
  }
  expect((await visitor.send("/api/v2/builders", { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
  expect((await visitor.send("/login")).text).not.toContain("Viewing needs no password");
  await visitor.logIn();
  expect((await visitor.send(LOG)).text).toContain("make -j2 all");
  await page.close();
});
