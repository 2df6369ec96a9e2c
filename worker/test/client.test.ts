// Our own client through the proxy, in process: session, streaming, and how endings and refusals arrive.
import { ChatCompletionsClient, LatchkeyError, RateLimitError, workerSession } from "latchkey";
import { describe, expect, test } from "vitest";
import { createRig, ORIGIN, PROXY } from "./setup.ts";

async function connect() {
  const rig = await createRig();
  const fetch = (input: Request | URL | string, init?: RequestInit) => {
    const request = new Request(input, init);
    const headers = { authorization: null, ...Object.fromEntries(request.headers), origin: ORIGIN };
    const body = request.body === null ? {} : { body: request.body, duplex: "half" };
    return rig.fetch(request.url, { method: request.method, signal: request.signal, headers, ...body });
  };
  const client = new ChatCompletionsClient(`${PROXY}/models`, workerSession(PROXY, { fetch }), {
    fetch,
    maxRetries: 0,
  });
  const ask = (model: string) =>
    client.complete({ model, messages: [{ role: "user", content: "Say hello" }], stream: true });
  return { rig, client, ask };
}

describe("the client through the proxy", () => {
  test("streams with a session of its own", async () => {
    const { rig, client, ask } = await connect();
    const stream = await ask("gpt-5-mini");
    let text = "";
    for await (const delta of stream.text()) text += delta;
    expect(text.length).toBeGreaterThan(0);
    expect((await stream.final()).choices[0]?.message.content).toBe(text);
    expect((await client.getModelInfo()).model_name).toBe("gpt-5-mini");
    expect(rig.log.map(({ route }) => route)).toContain("/session");
    await rig.settled();
    expect(rig.log.find(({ model }) => model === "gpt-5-mini")).toMatchObject({ caller_kind: "session" });
  });

  for (const fault of ["cut", "reset", "half-event"]) {
    test(`P1 fault-${fault} is an error, never an end, and what came so far is there`, async () => {
      const { ask } = await connect();
      const stream = await ask(`fault-${fault}`);
      let text = "";
      const error = await (async () => {
        for await (const delta of stream.text()) text += delta;
        return undefined;
      })().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LatchkeyError);
      expect((error as LatchkeyError).kind).toMatch(/^(truncated|connection)$/);
      expect(text.length).toBeGreaterThan(0);
    });
  }

  test("a refusal is the typed error of its status", async () => {
    const { ask } = await connect();
    await expect(ask("fault-rate-limit")).rejects.toBeInstanceOf(RateLimitError);
    await expect(ask("nope")).rejects.toMatchObject({ status: 404, code: "unknown_model" });
  });
});
