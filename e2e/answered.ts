// Answers that the tests write themselves, in the service's form: for what the emulator never says.
import type { Page } from "@playwright/test";

export interface Piece {
  readonly delta?: object;
  readonly finish?: string;
  /** Beside `delta`, as a content filter's results. */
  readonly more?: object;
}

/** One chunk of a streamed answer. */
export function record({ delta = {}, finish, more = {} }: Piece): string {
  const choice = { index: 0, delta, finish_reason: finish ?? null, ...more };
  const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices: [choice] };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

/** Answers every question of the page with these pieces, all at once. */
export async function answerWith(page: Page, pieces: readonly Piece[]): Promise<void> {
  const body = `${pieces.map(record).join("")}data: [DONE]\n\n`;
  await page.route("**/chat/completions*", (route) =>
    route.fulfill({ contentType: "text/event-stream", body }),
  );
}

/** Gives the body of the next question that the page sends. Heard in the page: not every browser tells bodies outside. */
export async function nextRequest(page: Page): Promise<() => Promise<Record<string, unknown>>> {
  await page.evaluate(() => {
    const { fetch } = globalThis;
    Object.assign(globalThis, { asked: null });
    globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (request.url.includes("/chat/completions"))
        Object.assign(globalThis, { asked: await request.clone().json() });
      return fetch(request);
    };
  });
  return async () => {
    const asked = await page.waitForFunction(() => Reflect.get(globalThis, "asked"));
    return asked.jsonValue();
  };
}
