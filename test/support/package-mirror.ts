// A registry of packages on loopback that has what this checkout has installed: what npm needs of one to install from,
// without any network. Packs with tar what lies in node_modules.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The largest package is well below. */
const PACKED_LIMIT_BYTES = 64 * 1024 * 1024;

export interface PackageMirror {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the packages in `nodeModules`, an absolute path. */
export async function startPackageMirror(nodeModules: string): Promise<PackageMirror> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;

  async function answer({ url: path = "" }: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = decodeURIComponent(path.slice(1)).replace(/\.tgz$/, "");
    const directory = join(nodeModules, name);
    if (!existsSync(join(directory, "package.json"))) {
      // Optional ones, such as binaries for other systems.
      response.writeHead(404).end("{}");
    } else if (path.endsWith(".tgz")) {
      response.end(await packed(directory));
    } else {
      response.setHeader("content-type", "application/json").end(JSON.stringify(description(name, directory)));
    }
  }

  function description(name: string, directory: string) {
    const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as { version: string };
    const dist = { tarball: `${url}/${name}.tgz` };
    return {
      name,
      "dist-tags": { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
    };
  }

  return {
    url,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function packed(directory: string): Promise<Buffer> {
  const words = ["-cz", "--transform", "s,^\\.,package,", "-C", directory, "."];
  const { stdout } = await run("tar", words, { encoding: "buffer", maxBuffer: PACKED_LIMIT_BYTES });
  return stdout;
}
