import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type CodeLanguage, requestCode, shortened } from "../composer/request-code.ts";

const WORKER = "https://worker.example";
const BODY = {
  model: "gpt-5-mini",
  messages: [
    { role: "user", content: 'It\'s "quoted" $HOME `x` \\ ünï $' + "{y}\n'EOF'\nLATCHKEY_BODY\n\"name\": 1" },
  ],
  temperature: 0.5,
  stream: true,
  stream_options: { include_usage: true },
};

describe("requestCode", () => {
  test.each<CodeLanguage>(["typescript", "deno"])("for %s is a program with the same body", (language) => {
    const code = requestCode(language, BODY, WORKER);
    const literal = /client\.complete\(([\s\S]*)\);\nfor await/.exec(code)?.[1] ?? "";
    expect(new Function(`return ${literal}`)()).toEqual(BODY);
    expect(code).toContain(`new ChatCompletionsClient(\n  "${WORKER}/models",`);
    expect(code).toContain("LATCHKEY_KEY");
  });

  test("for a shell sends the same body, whatever is in it, and the key from the environment", async () => {
    // In the place of curl stands what tells how it was called.
    const code = `curl() { printf '%s\\n' "$@"; cat; }\n${requestCode("curl", BODY, WORKER)}`;
    const env = { ...process.env, LATCHKEY_KEY: "test-key" };
    const { stdout } = await promisify(execFile)("sh", ["-c", code], { env });
    const [args = "", body = ""] = stdout.split(/^@-$/m);
    expect(args).toContain(`\n${WORKER}/models/chat/completions?api-version=2024-05-01-preview\n`);
    expect(args).toContain("\nAuthorization: Bearer test-key\n");
    expect(JSON.parse(body)).toEqual(BODY);
  });

  test("is shown without the bytes of a picture", () => {
    const code = requestCode("curl", { image: `data:image/png;base64,${"A".repeat(10_000)}` }, WORKER);
    expect(shortened(code).length).toBeLessThan(700);
    expect(shortened(code)).toContain("characters more");
    expect(shortened("short")).toBe("short");
  });
});
