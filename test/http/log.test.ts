// What is logged: levels, an allowlist of headers, and never a key, a query or, unless asked for, a prompt.
import { ChatCompletionsClient, type LogFields, type LogLevel } from "latchkey";
import { describe, expect, test } from "vitest";
import {
  COMPLETION,
  DONE,
  ENDPOINT,
  eventStream,
  failureOf,
  json,
  KEY,
  MESSAGES,
  PROMPT,
  says,
  service,
} from "../service.ts";

interface Entry {
  level: LogLevel;
  message: string;
  fields: LogFields;
}

function recorder(): {
  logger: Record<LogLevel, (message: string, fields: LogFields) => void>;
  entries: Entry[];
} {
  const entries: Entry[] = [];
  const at = (level: LogLevel) => (message: string, fields: LogFields) =>
    void entries.push({ level, message, fields });
  return { entries, logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

/** One call that is refused once and then answered, one that fails, one that streams. */
async function logsOf(options: object): Promise<Entry[]> {
  const { logger, entries } = recorder();
  const { fetch } = service(
    json({ error: { message: "canary-answer" } }, 503, {
      "retry-after-ms": "0",
      "x-request-id": "r-1",
      "set-cookie": "canary-cookie",
    }),
    json(COMPLETION, 200, { "x-request-id": "r-2", "x-other": "canary-header" }),
    json({ error: { message: "canary-answer" } }, 400),
    () => Promise.reject(new Error("canary-cause")),
    () => eventStream(says("canary-answer") + DONE),
  );
  const endpoint = `${ENDPOINT}?sig=canary-sig&key=canary-query`;
  const client = new ChatCompletionsClient(endpoint, KEY, { fetch, logger, maxRetries: 1, ...options });
  const call = {
    headers: {
      cookie: "canary-cookie",
      "x-custom": "canary-custom",
      "ocp-apim-subscription-key": "canary-apim",
    },
  };
  await client.complete({ messages: MESSAGES }, call);
  await failureOf(client.complete({ messages: MESSAGES }, call));
  await failureOf(client.complete({ messages: MESSAGES }, { ...call, maxRetries: 0 }));
  await (await client.complete({ messages: MESSAGES, stream: true }, call)).final();
  return entries;
}

const CANARIES = [
  KEY,
  "canary-answer",
  "canary-cookie",
  "canary-header",
  "canary-cause",
  "canary-sig",
  "canary-query",
  "canary-custom",
  "canary-apim",
];

describe("what is logged", () => {
  test.each<[LogLevel, LogLevel[]]>([
    ["debug", ["debug", "info", "warn"]],
    ["info", ["info", "warn"]],
    ["warn", ["warn"]],
    ["error", []],
  ])("at level %s", async (logLevel, expected) => {
    const levels = new Set((await logsOf({ logLevel })).map(({ level }) => level));
    expect([...levels].filter((level) => level !== "error").sort()).toEqual(expected.sort());
  });

  test("warn is the default", async () => {
    expect(new Set((await logsOf({})).map(({ level }) => level))).not.toContain("info");
  });

  test("a record has method, URL without query, status, time, attempt and id", async () => {
    const entries = await logsOf({ logLevel: "info" });
    const refused = entries.find(({ fields }) => fields.status === 503);
    expect(refused?.fields).toMatchObject({
      method: "POST",
      url: `${ENDPOINT}/chat/completions`,
      attempt: 1,
    });
    expect(refused?.fields.ms).toBeGreaterThanOrEqual(0);
    const answered = entries.find(({ fields }) => fields.status === 200);
    expect(answered?.fields.attempt).toBe(2);
    // The service said 0, and jitter goes on top.
    expect(entries.some(({ fields }) => fields.waitMs !== undefined && fields.waitMs <= 125)).toBe(true);
  });

  test("debug adds headers by allowlist", async () => {
    const entries = await logsOf({ logLevel: "debug" });
    const names = new Set(entries.flatMap(({ fields }) => Object.keys(fields.headers ?? {})));
    expect(names).toContain("content-type");
    expect(names).toContain("x-request-id");
    for (const name of [
      "authorization",
      "api-key",
      "cookie",
      "set-cookie",
      "x-custom",
      "x-other",
      "ocp-apim-subscription-key",
    ]) {
      expect(names).not.toContain(name);
    }
    expect(JSON.stringify(await logsOf({ logLevel: "info" }))).not.toContain("content-type");
  });

  test.each(["debug", "info", "warn"])(
    "C11 no secret, no prompt and no answer at level %s",
    async (logLevel) => {
      const text = JSON.stringify(await logsOf({ logLevel }));
      for (const canary of [...CANARIES, PROMPT]) expect(text).not.toContain(canary);
    },
  );

  test("logBodies shows request bodies at debug, and still no secret and no answer", async () => {
    const text = JSON.stringify(await logsOf({ logLevel: "debug", logBodies: true }));
    expect(text).toContain(PROMPT);
    for (const canary of CANARIES) expect(text).not.toContain(canary);
    expect(JSON.stringify(await logsOf({ logLevel: "info", logBodies: true }))).not.toContain(PROMPT);
  });

  test("a logger that throws doesn't break a call", async () => {
    const broken = () => {
      throw new Error("full");
    };
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    const client = new ChatCompletionsClient(ENDPOINT, KEY, {
      fetch: service(json(COMPLETION)).fetch,
      logger,
      logLevel: "debug",
    });
    expect((await client.complete({ messages: MESSAGES })).id).toBe(COMPLETION.id);
  });

  test("a logger keeps its object", async () => {
    class Collector {
      readonly seen: string[] = [];
      debug(message: string) {
        this.seen.push(message);
      }
      info(message: string) {
        this.seen.push(message);
      }
      warn(message: string) {
        this.seen.push(message);
      }
      error(message: string) {
        this.seen.push(message);
      }
    }
    const logger = new Collector();
    const { fetch } = service(json(COMPLETION));
    await new ChatCompletionsClient(ENDPOINT, KEY, { fetch, logger, logLevel: "info" }).complete({
      messages: MESSAGES,
    });
    expect(logger.seen.length).toBeGreaterThan(0);
  });

  test("C11 the caller's headers are as they were", async () => {
    const headers = { "x-secret": "1" };
    const { logger } = recorder();
    const { fetch } = service(json(COMPLETION));
    await new ChatCompletionsClient(ENDPOINT, KEY, { fetch, logger, logLevel: "debug" }).complete(
      { messages: MESSAGES },
      { headers },
    );
    expect(headers).toEqual({ "x-secret": "1" });
  });
});
