// What every client of the inference API has: model info, and requests of the caller's own making.
import { ChatCompletionsClient, type ModelInfo, NotFoundError, type RawCall } from "latchkey";
import { createEmulator } from "latchkey/emulator";
import { describe, expect, test } from "vitest";
import {
  body,
  clientOf,
  ENDPOINT,
  failureOf,
  json,
  KEY,
  type Service,
  service,
  sleep,
  thrownBy,
} from "../service.ts";

const answering = (): Service => service(() => json({ ok: true }));

/** Where a raw call goes, and whether the key goes along. */
async function sent(url: string, endpoint = ENDPOINT): Promise<{ href: string; key: boolean }> {
  const { fetch, arrivals } = answering();
  await new ChatCompletionsClient(endpoint, KEY, { fetch }).sendRequest({ url });
  const { url: target, headers } = arrivals[0]!;
  return { href: target.href, key: headers.has("authorization") || headers.has("api-key") };
}

describe("getModelInfo", () => {
  const info: ModelInfo = { model_name: "m", model_type: "chat-completion", model_provider_name: "p" };

  test("asks once and keeps the answer", async () => {
    const target = service(() => json(info));
    const client = clientOf(target);
    expect(await client.getModelInfo()).toEqual(info);
    expect(await client.getModelInfo()).toEqual(info);
    expect(target.arrivals).toHaveLength(1);
    expect(target.arrivals[0]).toMatchObject({ method: "GET", body: "" });
    expect(target.arrivals[0]?.url.href).toBe(`${ENDPOINT}/info?api-version=2024-05-01-preview`);
    expect(target.arrivals[0]?.headers.get("content-type")).toBeNull();
  });

  test("a failure is not kept", async () => {
    const target = service(json({}, 500), json(info));
    const client = clientOf(target);
    expect((await failureOf(client.getModelInfo())).kind).toBe("api");
    expect(await client.getModelInfo()).toEqual(info);
  });

  test("is NotFoundError where the route isn't offered", async () => {
    const error = await failureOf(
      clientOf(service(json({ error: { code: "404", message: "Resource not found" } }, 404))).getModelInfo(),
    );
    expect(error).toBeInstanceOf(NotFoundError);
  });

  test("from the emulator", async () => {
    const { fetch } = createEmulator();
    const emulated = new ChatCompletionsClient("https://emulator.example", "emulator-key", { fetch });
    expect(await emulated.getModelInfo()).toMatchObject({ model_type: "chat-completion" });
  });
});

describe("sendRequest", () => {
  test.each([
    ["info", `${ENDPOINT}/info`],
    ["/info", `${ENDPOINT}/info`],
    ["/info?api-version=x&y=1", `${ENDPOINT}/info?api-version=x&y=1`],
    ["{endpoint}/info", `${ENDPOINT}/info`],
    ["https://service.example/other", "https://service.example/other"],
    ["HTTPS://SERVICE.example:443/other", "https://service.example/other"],
  ])("%s goes to %s with the key, and without an api-version of its own", async (url, href) => {
    expect(await sent(url)).toEqual({ href, key: true });
  });

  test("the endpoint's own query stays", async () => {
    expect((await sent("/info", `${ENDPOINT}?x=1`)).href).toBe(`${ENDPOINT}/info?x=1`);
  });

  test.each([
    "https://evil.example/info",
    "http://service.example/info",
    "https://service.example:8443/info",
    "https://service.example.evil.example/",
    "HTTPS://evil.example",
    "https:evil.example",
    "https:\\\\evil.example",
  ])("%s leaves the endpoint, so the key stays", async (url) => {
    expect((await sent(url)).key).toBe(false);
  });

  test.each([
    "//evil.example/x",
    "\\\\evil.example",
    "/\\evil.example",
    " https://evil.example",
    "\thttps://evil.example",
    "/../../x",
    "..//evil.example",
    "@evil.example",
    ".evil.example",
    "?x=1",
    "#x",
    "",
  ])("%j stays at the endpoint's origin", async (url) => {
    const { href, key } = await sent(url);
    if (key) expect(new URL(href).origin).toBe("https://service.example");
  });

  test("a user in the URL never gets the key", async () => {
    const target = answering();
    await clientOf(target)
      .sendRequest({ url: "https://service.example@evil.example/" })
      .catch(() => {});
    for (const { headers } of target.arrivals) expect(headers.has("api-key")).toBe(false);
  });

  test.each([undefined, null, 5, {}, "https://", "ftp:"])(
    "a url of %j fails before any request",
    async (url) => {
      const target = answering();
      const error = await thrownBy(clientOf(target).sendRequest({ url } as RawCall));
      expect(error).toBeInstanceOf(TypeError);
      expect(target.arrivals).toHaveLength(0);
    },
  );

  test("any status comes back as it is, its body unread", async () => {
    for (const status of [200, 201, 204, 304, 400, 401, 404, 422, 501]) {
      const content = status === 204 || status === 304 ? null : body(["x"]);
      const response = await clientOf(service(new Response(content, { status }))).sendRequest({ url: "x" });
      expect(response.status).toBe(status);
      if (content) {
        expect(content.state.pulled).toBe(0);
        expect(await response.text()).toBe("x");
      }
    }
  });

  test("is tried again as any call is, and the last answer comes back", async () => {
    const target = service(() => json({}, 503, { "retry-after-ms": "0" }));
    const response = await clientOf(target, { maxRetries: 2 }).sendRequest({ url: "x" });
    expect(response.status).toBe(503);
    expect(target.arrivals).toHaveLength(3);
    expect(await response.json()).toEqual({});
  });

  test("a refused token is renewed as for any call", async () => {
    const target = service(json({}, 401), json({}));
    let count = 0;
    const credential = {
      getToken: async () => ({ token: `t${++count}`, expiresOnTimestamp: Date.now() + 1e7 }),
    };
    const client = new ChatCompletionsClient(ENDPOINT, credential, { fetch: target.fetch });
    expect((await client.sendRequest({ url: "x" })).status).toBe(200);
    expect(target.arrivals.map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer t1",
      "Bearer t2",
    ]);
  });

  test("method, headers and body are the caller's; nothing is added but key and id", async () => {
    const target = answering();
    const request = Object.freeze({
      method: "PUT",
      url: "x",
      headers: Object.freeze({ "x-a": "1", "content-type": "text/plain" }),
      body: "hello",
    });
    await clientOf(target, { headers: { "x-b": "client" } }).sendRequest(request, {
      headers: { "x-a": "2" },
    });
    const { method, headers, body: text } = target.arrivals[0]!;
    expect({ method, text }).toEqual({ method: "PUT", text: "hello" });
    expect(Object.fromEntries(headers)).toEqual({
      "x-a": "2",
      "x-b": "client",
      "content-type": "text/plain",
      authorization: `Bearer ${KEY}`,
      "api-key": KEY,
      "x-ms-client-request-id": expect.any(String),
    });
  });

  test("bytes and streams as bodies", async () => {
    const target = answering();
    const client = clientOf(target);
    await client.sendRequest({ method: "POST", url: "x", body: new TextEncoder().encode("bytes") });
    await client.sendRequest({ method: "POST", url: "x", body: body(["str", "eam"]) });
    expect(target.arrivals.map(({ body: text }) => text)).toEqual(["bytes", "stream"]);
  });

  test("null in its headers removes one", async () => {
    const target = answering();
    await clientOf(target).sendRequest({ url: "x", headers: { "api-key": null } });
    expect(target.arrivals[0]?.headers.has("api-key")).toBe(false);
    expect(target.arrivals[0]?.headers.has("authorization")).toBe(true);
  });

  test("C09 a header that can't be sent fails before any request", async () => {
    const target = answering();
    const error = await thrownBy(
      clientOf(target).sendRequest({ url: "x", headers: { "x-a": "canary\r\nx-b: 1" } }),
    );
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).not.toContain("canary");
    expect(target.arrivals).toHaveLength(0);
  });

  test("a signal goes on to end the response's body", async () => {
    const controller = new AbortController();
    const target = service(({ signal }) => {
      const content = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (stream) => signal.addEventListener("abort", () => stream.error(signal.reason)),
      });
      return new Response(content);
    });
    const response = await clientOf(target).sendRequest({ url: "x" }, { signal: controller.signal });
    const reading = thrownBy(response.text());
    await sleep(1);
    controller.abort(new Error("mine"));
    expect(await reading).toBeInstanceOf(Error);
  });

  test("close() refuses it", async () => {
    const client = clientOf(answering());
    client.close();
    expect((await failureOf(client.sendRequest({ url: "x" }))).kind).toBe("aborted");
  });
});
