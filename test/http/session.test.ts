// A session with the worker as a credential.
import { ChatCompletionsClient, workerSession } from "latchkey";
import { describe, expect, test } from "vitest";
import { type Arrival, COMPLETION, failureOf, json, MESSAGES, service } from "../service.ts";

const WORKER = "https://worker.example";

const session = (token: string, expiresIn: unknown = 600) =>
  json({ token, token_type: "Bearer", expires_in: expiresIn });

/** A worker that mints `token-1`, `token-2`, … and answers chats, with what arrived. */
function worker(answer: (arrival: Arrival, minted: number) => Response = () => json(COMPLETION)) {
  let minted = 0;
  return service((arrival) => {
    if (arrival.url.pathname === "/session") return session(`token-${++minted}`);
    return answer(arrival, minted);
  });
}

const clientAt = (target: { fetch: typeof fetch }): ChatCompletionsClient =>
  new ChatCompletionsClient(`${WORKER}/models`, workerSession(WORKER, { fetch: target.fetch }), {
    fetch: target.fetch,
    maxRetries: 0,
  });

describe("workerSession", () => {
  test("asks once for a token and sends it as bearer", async () => {
    const target = worker();
    const client = clientAt(target);
    await Promise.all([client.complete({ messages: MESSAGES }), client.complete({ messages: MESSAGES })]);
    await client.complete({ messages: MESSAGES });
    const [first, ...chats] = target.arrivals;
    expect(first).toMatchObject({ method: "POST", body: "" });
    expect(first?.url.href).toBe(`${WORKER}/session`);
    expect(first?.headers.get("authorization")).toBeNull();
    expect(first?.redirect).toBe("manual");
    expect(chats).toHaveLength(3);
    for (const { headers } of chats) {
      expect(headers.get("authorization")).toBe("Bearer token-1");
      expect(headers.get("api-key")).toBeNull();
    }
  });

  test("takes its last token along, and goes on without one that the worker refuses", async () => {
    let minted = 0;
    const target = service(({ url, headers }) => {
      const bearer = headers.get("authorization");
      if (url.pathname !== "/session") return json(COMPLETION);
      return bearer === "Bearer token-2"
        ? json({ error: { message: "forged" } }, 401)
        : session(`token-${++minted}`);
    });
    const credential = workerSession(WORKER, { fetch: target.fetch });
    for (const expected of ["token-1", "token-2", "token-3"]) {
      expect((await credential.getToken("scope"))?.token).toBe(expected);
    }
    expect(target.arrivals.map(({ headers }) => headers.get("authorization"))).toEqual([
      null,
      "Bearer token-1",
      "Bearer token-2",
      null,
    ]);
  });

  test("asks again when the worker refuses the token, once", async () => {
    const target = worker((_arrival, minted) => (minted < 2 ? json({}, 401) : json(COMPLETION)));
    await clientAt(target).complete({ messages: MESSAGES });
    expect(target.arrivals.map(({ url }) => url.pathname)).toEqual([
      "/session",
      "/models/chat/completions",
      "/session",
      "/models/chat/completions",
    ]);
  });

  test.each([403, 404])("a refusal (%i) is the worker's own error", async (status) => {
    const target = service(() => json({ error: { code: "origin_not_allowed", message: "no" } }, status));
    const error = await failureOf(clientAt(target).complete({ messages: MESSAGES }));
    expect(error).toMatchObject({ kind: "api", status, code: "origin_not_allowed" });
    expect(target.arrivals).toHaveLength(1);
  });

  test("a redirect isn't followed", async () => {
    const target = service(
      () => new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
    );
    const error = await failureOf(clientAt(target).complete({ messages: MESSAGES }));
    expect(["api", "redirect"]).toContain(error.kind);
    expect(target.arrivals.every(({ url }) => url.origin === WORKER)).toBe(true);
  });

  test.each([
    ["HTML", () => new Response("<html>canary-page", { headers: { "content-type": "text/html" } })],
    ["no token", () => json({ expires_in: 5 })],
    ["a token that is no text", () => json({ token: 5, expires_in: 5 })],
    ["no end", () => json({ token: "canary-page" })],
    ["null", () => json(null)],
    ["nothing", () => new Response("")],
  ])("%s is no session", async (_name, answer) => {
    const target = service(answer);
    const error = await failureOf(clientAt(target).complete({ messages: MESSAGES }));
    expect(["malformed", "credential"]).toContain(error.kind);
    expect(error.message).not.toContain("canary");
    expect(target.arrivals.some(({ url }) => url.pathname !== "/session")).toBe(false);
  });

  test("an abort reaches the caller while the session is being made", async () => {
    const controller = new AbortController();
    const call = failureOf(
      clientAt(service(() => new Promise(() => {}))).complete(
        { messages: MESSAGES },
        { signal: controller.signal },
      ),
    );
    controller.abort("left");
    expect((await call).cause).toBe("left");
  });

  test.each([
    undefined,
    "",
    "worker.example",
    "ftp://worker.example",
    "http://worker.example",
    "https://u:p@worker.example",
  ])("%s is no worker's URL", (url) => {
    expect(() => workerSession(url as string)).toThrow(TypeError);
  });

  test.each([
    [`${WORKER}/`, "/session"],
    [`${WORKER}/prefix`, "/prefix/session"],
    ["http://localhost:8787", "/session"],
  ])("of %s is asked for at %s", async (url, path) => {
    const target = service(() => session("t"));
    await workerSession(url, { fetch: target.fetch }).getToken([]);
    expect(target.arrivals[0]?.url.pathname).toBe(path);
  });

  test("http on another machine can be allowed", () => {
    expect(() => workerSession("http://worker.example", { allowInsecureHttp: true })).not.toThrow();
  });
});
