// Where spans go: the application's provider, the console, a collector; and options that are wrong.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { trace } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { enableTelemetry, type Telemetry, type TelemetryOptions } from "latchkey/telemetry";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { COMPLETION, clientOf, json, KEY, MESSAGES, PROMPT, service, thrownBy } from "../service.ts";

afterEach(() => trace.disable());

const complete = ({ trace }: Telemetry) =>
  clientOf(service(json(COMPLETION)), { trace }).complete({ messages: MESSAGES, model: "m" });

/** Whether a global provider is set. */
const isSet = () => trace.getTracer("test").startSpan("x").isRecording();

interface Collector {
  url: string;
  received: { path: string; headers: Record<string, unknown>; body: string }[];
}

async function collector(status = 200): Promise<Collector> {
  const received: Collector["received"] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (data) => {
      body += data;
    });
    request.on("end", () => {
      received.push({ path: request.url ?? "", headers: request.headers, body });
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

function printedTo(): string[] {
  const printed: string[] = [];
  const dir = vi
    .spyOn(console, "dir")
    .mockImplementation((value) => void printed.push(JSON.stringify(value)));
  onTestFinished(() => dir.mockRestore());
  return printed;
}

describe("a collector", () => {
  test("is sent each span as OTLP, without content or key", async () => {
    const { url, received } = await collector();
    const telemetry = await enableTelemetry({ destination: url, headers: { "x-key": "collector" } });
    await complete(telemetry);
    await telemetry.flush();
    expect(received.map(({ path }) => path)).toEqual(["/v1/traces"]);
    expect(received[0]?.headers).toMatchObject({ "x-key": "collector" });
    const sent = JSON.parse(received[0]!.body);
    expect(sent.resourceSpans[0].scopeSpans[0]).toMatchObject({
      scope: { name: "latchkey" },
      schemaUrl: "https://opentelemetry.io/schemas/1.41.0",
      spans: [{ name: "chat m" }],
    });
    expect(received[0]!.body).not.toContain(PROMPT);
    expect(received[0]!.body).not.toContain(KEY);
    await telemetry.shutdown();
  });

  test("with a path is sent to that path", async () => {
    const { url, received } = await collector();
    await using telemetry = await enableTelemetry({ destination: new URL("/otlp/traces", url) });
    await complete(telemetry);
    await telemetry.flush();
    expect(received.map(({ path }) => path)).toEqual(["/otlp/traces"]);
  });

  test("that refuses fails flush, but neither the call nor shutdown", async () => {
    const { url } = await collector(400);
    const telemetry = await enableTelemetry({ destination: url });
    expect((await complete(telemetry)).id).toBe(COMPLETION.id);
    await expect(telemetry.flush()).rejects.toThrow();
    await complete(telemetry);
    await telemetry.shutdown();
  });
});

describe("the console", () => {
  test("is shown each span", async () => {
    const printed = printedTo();
    await using telemetry = await enableTelemetry({ destination: "console" });
    await complete(telemetry);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toContain('"name":"chat m"');
    expect(printed[0]).not.toContain(PROMPT);
  });

  test("asked for twice shows each once, until the last who asked has ended it", async () => {
    const printed = printedTo();
    const first = await enableTelemetry({ destination: "console" });
    const second = await enableTelemetry({ destination: "console" });
    await complete(first);
    expect(printed).toHaveLength(1);
    await first.shutdown();
    expect(isSet()).toBe(true);
    await complete(first);
    await complete(second);
    expect(printed).toHaveLength(2);
    await second.shutdown();
    expect(isSet()).toBe(false);
  });

  test("beside a collector: both get every span", async () => {
    const printed = printedTo();
    const { url, received } = await collector();
    const console = await enableTelemetry({ destination: "console" });
    const remote = await enableTelemetry({ destination: url });
    await complete(console);
    await remote.flush();
    expect([printed.length, received.length]).toEqual([1, 1]);
    await console.shutdown();
    await complete(remote);
    await remote.flush();
    expect([printed.length, received.length]).toEqual([1, 2]);
    await remote.shutdown();
  });
});

describe("a provider of the application", () => {
  const application = () => {
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    return { provider, names: () => exporter.getFinishedSpans().map(({ name }) => name) };
  };

  test("that is global is used, also when it's set later, and is left running", async () => {
    const telemetry = await enableTelemetry();
    await complete(telemetry);
    const { provider, names } = application();
    trace.setGlobalTracerProvider(provider);
    await complete(telemetry);
    await telemetry.flush();
    expect(names()).toEqual(["chat m"]);
    await telemetry.shutdown();
    provider.getTracer("t").startSpan("own").end();
    expect(names()).toEqual(["chat m", "own"]);
    expect(isSet()).toBe(true);
  });

  test("refuses a destination, for it decides itself, and stays as it was", async () => {
    const { provider } = application();
    trace.setGlobalTracerProvider(provider);
    const error = await thrownBy(enableTelemetry({ destination: "console" }));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain("leave out destination");
    expect(isSet()).toBe(true);
  });
});

test.for([
  { destination: "stdout" },
  { destination: "ftp://x.example" },
  { destination: 7 },
  { recordContent: "no" },
  { conventions: "latest" },
  { propagate: 1 },
  { tracerProvider: {} },
  { headers: "x" },
  { content: true },
  { destination: "console", tracerProvider: new TracerProvider() },
  null,
])("a wrong option is refused: %j", async (options) => {
  const error = await thrownBy(enableTelemetry(options as TelemetryOptions));
  expect(error).toBeInstanceOf(TypeError);
  expect(isSet()).toBe(false);
});
