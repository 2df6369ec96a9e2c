// Endpoint and headers: what is accepted, what is normalised, and what reaches the wire.
import { ChatCompletionsClient } from "latchkey";
import { describe, expect, test } from "vitest";
import { COMPLETION, clientOf, ENDPOINT, json, KEY, MESSAGES, service, thrownBy } from "../service.ts";

const construct = (endpoint: unknown, options = {}): ChatCompletionsClient =>
  new ChatCompletionsClient(endpoint as string, KEY, options);

/** Where a chat call to an endpoint goes. */
async function target(endpoint: string | URL, options = {}): Promise<string> {
  const { fetch, arrivals } = service(json(COMPLETION));
  await new ChatCompletionsClient(endpoint, KEY, { fetch, ...options }).complete({ messages: MESSAGES });
  return arrivals[0]!.url.href;
}

const VERSION = "api-version=2024-05-01-preview";

describe("C10 an endpoint", () => {
  test.each([
    undefined,
    null,
    "",
    5,
    {},
    "service.example",
    "/models",
    "//service.example",
    "https://",
    "ftp://service.example",
    "ws://service.example",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:,x",
  ])("%j is refused", (endpoint) => {
    expect(() => construct(endpoint)).toThrow(TypeError);
    expect(() => construct(endpoint)).toThrow("endpoint");
  });

  test.each([
    "https://user@service.example",
    "https://user:canary-secret@service.example",
    "https://:canary-secret@service.example",
    "https://service.example/#canary-secret",
  ])("%s is refused without its value", (endpoint) => {
    expect(() => construct(endpoint)).toThrow("endpoint");
    expect(() => construct(endpoint)).not.toThrow("canary-secret");
  });

  test.each([
    "http://service.example",
    "http://10.0.0.1",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://evil-localhost",
    "http://[::2]",
    "http://0.0.0.0",
    "http://169.254.169.254",
  ])("%s is refused, and taken when it's allowed", (endpoint) => {
    expect(() => construct(endpoint)).toThrow("endpoint");
    expect(() => construct(endpoint, { allowInsecureHttp: true })).not.toThrow();
  });

  test.each([
    "http://localhost:8788/models",
    "http://page.localhost",
    "http://127.0.0.1:1",
    "http://127.9.8.7",
    "http://[::1]:8787",
    "http://2130706433",
  ])("%s is this machine", (endpoint) => {
    expect(() => construct(endpoint)).not.toThrow();
  });

  test.each([
    ["https://service.example", `https://service.example/chat/completions?${VERSION}`],
    ["https://service.example/", `https://service.example/chat/completions?${VERSION}`],
    ["https://service.example/models", `https://service.example/models/chat/completions?${VERSION}`],
    ["https://service.example/models/", `https://service.example/models/chat/completions?${VERSION}`],
    ["https://service.example//models//", `https://service.example/models/chat/completions?${VERSION}`],
    ["HTTPS://SERVICE.example:443/models", `https://service.example/models/chat/completions?${VERSION}`],
    ["https://service.example/a%20b", `https://service.example/a%20b/chat/completions?${VERSION}`],
    ["https://service.example/m?x=1", `https://service.example/m/chat/completions?x=1&${VERSION}`],
    [
      "https://service.example/m?api-version=mine",
      "https://service.example/m/chat/completions?api-version=mine",
    ],
    ["http://localhost:1234/v1", `http://localhost:1234/v1/chat/completions?${VERSION}`],
  ])("%s becomes %s", async (endpoint, expected) => {
    expect(await target(endpoint)).toBe(expected);
  });

  test("may be a URL, which stays as it was", async () => {
    const url = new URL("https://service.example/models/");
    expect(await target(url)).toBe(`https://service.example/models/chat/completions?${VERSION}`);
    expect(url.href).toBe("https://service.example/models/");
  });

  test("apiVersion is the query, but for an endpoint that has its own", async () => {
    expect(await target(ENDPOINT, { apiVersion: "2025-04-01" })).toMatch(/\?api-version=2025-04-01$/);
    expect(await target(ENDPOINT, { apiVersion: "a&b=c#d" })).toMatch(/\?api-version=a%26b%3Dc%23d$/);
    expect(await target(`${ENDPOINT}?api-version=mine`, { apiVersion: "2025-04-01" })).toMatch(
      /\?api-version=mine$/,
    );
  });
});

describe("headers", () => {
  const sent = async (client = {}, call = {}): Promise<Headers> => {
    const { fetch, arrivals } = service(json(COMPLETION));
    await clientOf({ fetch }, client).complete({ messages: MESSAGES }, call);
    return arrivals[0]!.headers;
  };

  test("what a call sends by itself", async () => {
    const headers = Object.fromEntries(await sent());
    expect(headers["x-ms-client-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers["idempotency-key"]).toBe(headers["x-ms-client-request-id"]);
    delete headers["x-ms-client-request-id"];
    delete headers["idempotency-key"];
    expect(headers).toEqual({
      accept: "application/json",
      "api-key": KEY,
      authorization: `Bearer ${KEY}`,
      "content-type": "application/json",
    });
  });

  test("two calls have two ids, and clientRequestId: false none", async () => {
    const name = "x-ms-client-request-id";
    expect((await sent()).get(name)).not.toBe((await sent()).get(name));
    expect((await sent({ clientRequestId: false })).get(name)).toBeNull();
  });

  test("the caller's win over the client's own, the call's over the client's, whatever the case", async () => {
    const headers = await sent(
      { headers: { "X-One": "client", "x-two": "client", Accept: "text/plain" } },
      { headers: { "x-one": "call", "API-Key": "mine" } },
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-one": "call",
      "x-two": "client",
      accept: "text/plain",
      "api-key": "mine",
      authorization: `Bearer ${KEY}`,
    });
  });

  test("null removes one", async () => {
    const headers = await sent(
      { headers: { "x-one": "1", authorization: null } },
      { headers: { "x-one": null } },
    );
    expect(headers.has("x-one")).toBe(false);
    expect(headers.has("authorization")).toBe(false);
    expect(headers.get("api-key")).toBe(KEY);
  });

  test("may be a Headers object", async () => {
    expect(
      (await sent({ headers: new Headers({ "x-a": "1" }) }, { headers: new Headers({ "x-b": "2" }) })).get(
        "x-b",
      ),
    ).toBe("2");
  });

  const wrong: [string, unknown][] = [
    ["x-a", "canary\r\nx-b: 1"],
    ["x-a", "canary\n"],
    ["x-a", "canary\r"],
    ["x-a", "canary\0"],
    ["x-a", "canary\u0100"],
    ["x-a", "canary\u2028"],
    ["x-a", "canary\u{1f44b}"],
    ["x-a", "canary\x7f"],
    ["x-a", 5],
    ["x-a", {}],
    ["x-a", ["canary"]],
    ["x a", "1"],
    ["x-a\r\nx-b", "1"],
    ["", "1"],
    ["x:a", "1"],
  ];

  test.each(wrong)("C09 %j: %j is refused before any request, without its value", async (name, value) => {
    const { fetch, arrivals } = service(() => json(COMPLETION));
    const error = (await thrownBy(
      clientOf({ fetch }).complete({ messages: MESSAGES }, { headers: { [name]: value as string } }),
    )) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).not.toContain("canary");
    expect(arrivals).toHaveLength(0);
  });

  test.each(wrong)("C09 %j: %j is refused at construction", (name, value) => {
    expect(() => construct(ENDPOINT, { headers: { [name]: value } })).toThrow(TypeError);
    expect(() => construct(ENDPOINT, { headers: { [name]: value } })).not.toThrow("canary");
  });

  test("text of Latin-1 and tabs can be sent", async () => {
    expect((await sent({}, { headers: { "x-a": "caf\u00e9\tx" } })).get("x-a")).toBe("caf\u00e9\tx");
  });
});
