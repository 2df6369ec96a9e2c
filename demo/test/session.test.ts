import { afterEach, expect, test, vi } from "vitest";
import { pageSession } from "../session.ts";

afterEach(() => vi.unstubAllGlobals());

function answering(...answers: (Response | Error)[]) {
  const asked: (string | null)[] = [];
  vi.stubGlobal("fetch", async (_url: URL, init: RequestInit) => {
    asked.push(new Headers(init.headers).get("authorization"));
    const answer = answers.shift();
    if (answer instanceof Error || answer === undefined) throw answer ?? new Error("asked too often");
    return answer;
  });
  return asked;
}
const token = (name: string) => Response.json({ token: name, expires_in: 60 });

test("the last token goes along, and one that is refused is forgotten", async () => {
  const asked = answering(token("one"), new Response(null, { status: 401 }), token("two"));
  const session = pageSession("https://worker.example");
  const first = await session.getToken([]);
  expect(first?.token).toBe("one");
  expect(first?.expiresOnTimestamp).toBeGreaterThan(Date.now() + 50_000);
  expect((await session.getToken([]))?.token).toBe("two");
  expect(asked).toEqual([null, "Bearer one", null]);
});

test("a worker that is just starting is asked once more", async () => {
  const asked = answering(new TypeError("no connection"), token("one"));
  expect((await pageSession("https://worker.example").getToken([]))?.token).toBe("one");
  expect(asked).toHaveLength(2);
});

test.each([
  ["refuses", new Response(null, { status: 403 }), "the worker answered 403"],
  ["has no token", Response.json({}), "has no token"],
])("a worker that %s is told as such", async (_, answer, message) => {
  answering(answer);
  await expect(pageSession("https://worker.example").getToken([])).rejects.toThrow(message);
});
