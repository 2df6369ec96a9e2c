// The service worker as the build writes it, in a scope of the test's own: what it keeps, what it gives, and what it
// leaves alone.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import { pathOf, serviceWorker } from "../service-worker-plugin.ts";

const PUBLIC = readdirSync(fileURLToPath(new URL("../public", import.meta.url)));
const BUNDLE = {
  "index.html": { type: "asset", fileName: "index.html", source: "<p>chat</p>" },
  "images.html": { type: "asset", fileName: "images.html", source: "<p>images</p>" },
  "signing-in.html": { type: "asset", fileName: "signing-in.html", source: "<p>sign in</p>" },
  "assets/page-1.js": { type: "chunk", fileName: "assets/page-1.js", code: "1" },
  "assets/page-1.js.map": { type: "asset", fileName: "assets/page-1.js.map", source: "{}" },
  "assets/signing-in-2.js": { type: "chunk", fileName: "assets/signing-in-2.js", code: "2" },
};

async function written(bundle: object): Promise<string> {
  const { generateBundle } = serviceWorker();
  if (typeof generateBundle !== "function") throw new Error("the plugin has another form");
  let source = "";
  const context = {
    emitFile(file: { readonly source: string }) {
      source = file.source;
    },
  };
  await Reflect.apply(generateBundle, context, [{}, bundle, true]);
  return source;
}

class Scope {
  readonly listeners = new Map<string, (event: object) => void>();
  readonly stores = new Map<string, Map<string, string>>();
  readonly origin = "https://page.test";
  skipped = false;

  /** What the server has now, by path. */
  server = new Map<string, string>();

  async start(bundle: object): Promise<void> {
    const run = new Function("globalThis", "fetch", "Request", await written(bundle));
    class PathRequest {
      readonly url: string;
      constructor(path: string) {
        this.url = path;
      }
    }
    run(
      this,
      async ({ url }: { url: string }) => `server: ${new URL(url, this.origin).pathname}`,
      PathRequest,
    );
  }

  get location() {
    return new URL(this.origin);
  }
  clients = { claim: async () => {} };
  skipWaiting = async () => {
    this.skipped = true;
  };
  addEventListener = (name: string, listener: (event: object) => void) => {
    this.listeners.set(name, listener);
  };
  caches = {
    keys: async () => [...this.stores.keys()],
    delete: async (name: string) => this.stores.delete(name),
    match: async (path: string) => {
      for (const store of this.stores.values()) if (store.has(path)) return store.get(path);
      return undefined;
    },
    open: async (name: string) => {
      const store = this.stores.get(name) ?? new Map<string, string>();
      this.stores.set(name, store);
      return {
        match: async (path: string) => store.get(path),
        addAll: async (requests: readonly { url: string }[]) => {
          for (const { url } of requests) store.set(url, `${name}: ${url}`);
        },
      };
    },
  };

  /** Undefined where the request goes to the network as if there were no worker. */
  async ask(path: string, { method = "GET", origin = this.origin } = {}): Promise<unknown> {
    let answer: unknown;
    this.listeners.get("fetch")?.({
      request: { url: origin + path, method },
      respondWith: (response: unknown) => {
        answer = response;
      },
    });
    return answer;
  }

  async raise(name: "install" | "activate"): Promise<void> {
    let work: unknown;
    const waitUntil = (promise: unknown) => {
      work = promise;
    };
    this.listeners.get(name)?.({ waitUntil });
    await work;
  }

  async use(bundle: object): Promise<void> {
    await this.start(bundle);
    await this.raise("install");
    await this.raise("activate");
  }
}

let scope: Scope;
beforeEach(() => {
  scope = new Scope();
});

describe("the list of files", () => {
  test("has the pages by the paths they are asked for, the parts, and what is public", async () => {
    await scope.use(BUNDLE);
    const [kept] = [...scope.stores.values()];
    const files = PUBLIC.filter((name) => name !== "_headers").map((name) => `/${name}`);
    expect([...(kept?.keys() ?? [])].sort()).toEqual(["/", "/assets/page-1.js", "/images", ...files].sort());
  });

  test("is of another version when any file is another", async () => {
    const other = { ...BUNDLE, "index.html": { ...BUNDLE["index.html"], source: "<p>chat!</p>" } };
    const [first, same, second] = await Promise.all([BUNDLE, { ...BUNDLE }, other].map(written));
    expect(same).toBe(first);
    expect(second).not.toBe(first);
  });

  test.each([
    ["index.html", "/"],
    ["agents.html", "/agents"],
    ["icon.svg", "/icon.svg"],
  ])("names %s %s", (file, path) => expect(pathOf(file)).toBe(path));
});

describe("the worker", () => {
  test("gives pages and parts, whatever is asked of the page in its address", async () => {
    await scope.use(BUNDLE);
    const [version] = [...scope.stores.keys()];
    expect(await scope.ask("/?from=elsewhere")).toBe(`${version}: /`);
    expect(await scope.ask("/images")).toBe(`${version}: /images`);
    expect(await scope.ask("/assets/page-1.js")).toBe(`${version}: /assets/page-1.js`);
  });

  test.each([
    ["a call of the API", "/v1/models", {}],
    ["a session", "/session", { method: "POST" }],
    ["the sign-in", "/signing-in?code=1", {}],
    ["a question to a page's path", "/", { method: "POST" }],
    ["another origin", "/", { origin: "https://elsewhere.test" }],
  ])("leaves %s alone", async (_, path, options) => {
    await scope.use(BUNDLE);
    expect(await scope.ask(path, options)).toBeUndefined();
  });

  test("takes over only when the page asks", async () => {
    await scope.start(BUNDLE);
    await scope.raise("install");
    scope.listeners.get("message")?.({ data: "anything" });
    expect(scope.skipped).toBe(false);
    scope.listeners.get("message")?.({ data: "take over" });
    expect(scope.skipped).toBe(true);
  });

  test("still has the parts of the build before, for pages that are open, and of none before that", async () => {
    const builds = [1, 2, 3].map((build) => ({
      ...BUNDLE,
      "index.html": { ...BUNDLE["index.html"], source: String(build) },
      [`assets/part-${build}.js`]: {
        type: "chunk",
        fileName: `assets/part-${build}.js`,
        code: String(build),
      },
    }));
    for (const build of builds) await scope.use(build);
    expect(scope.stores.size).toBe(2);
    expect(await scope.ask("/assets/part-3.js")).toContain("latchkey-page-");
    expect(await scope.ask("/assets/part-2.js")).toContain("latchkey-page-");
    expect(await scope.ask("/assets/part-1.js")).toBe("server: /assets/part-1.js");
  });
});
