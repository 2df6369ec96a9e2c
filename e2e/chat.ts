// What the tests say in: `test` with a chat page to talk to. Every test also fails when the page asked a foreign host,
// threw, broke its policy or showed the key, and a failed test carries the stack's log.
import { test as base, expect, type Locator, type Page, type Request } from "@playwright/test";
import { type Stack, startStack } from "./stack.ts";

export { expect };

/** The key the worker adds for the emulator. It must never reach the browser. */
const UPSTREAM_KEY = "emulator-key";

interface LedgerEntry {
  readonly model: string | null;
  readonly outcome: "open" | "finished" | "cancelled" | "failed";
  readonly completionTokens: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export class Chat {
  readonly page: Page;
  readonly message: Locator;
  readonly log: Locator;
  readonly model: Locator;
  readonly #stack: Stack;

  constructor(page: Page, stack: Stack) {
    this.page = page;
    this.#stack = stack;
    this.message = page.getByRole("textbox", { name: "Message" });
    this.log = page.getByRole("log", { name: "Conversation" });
    this.model = page.getByRole("combobox", { name: "Model" });
  }

  /** Opens the page and waits for the worker's models. */
  async open(path = "/"): Promise<void> {
    await this.visit(path);
    await expect(this.model).toBeEnabled();
  }

  /** Opens any page of the stack. */
  async visit(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.#stack.page).href);
  }

  async choose(model: string): Promise<void> {
    await this.model.selectOption(model);
  }

  async send(text: string): Promise<void> {
    await this.message.fill(text);
    await this.message.press("Enter");
  }

  /** Asks and waits for the whole answer. */
  async ask(text: string): Promise<Locator> {
    await this.send(text);
    const answer = this.answer();
    await expect(answer).toContainText("Done");
    return answer;
  }

  /** The newest attempt at an answer. */
  answer(): Locator {
    return this.log.getByRole("article").last();
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  clipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** What the model service really delivered for the newest call of a model. */
  async delivered(model: string): Promise<LedgerEntry> {
    const response = await this.page.request.get(`${this.#stack.emulator}/_emulator/ledger`);
    const entries: LedgerEntry[] = await response.json();
    const entry = entries.filter((candidate) => candidate.model === model).at(-1);
    if (!entry) throw new Error(`The emulator was never asked for ${model}.`);
    return entry;
  }
}

interface Fixtures {
  chat: Chat;
  stack: Stack;
  /** Console errors a test expects, as a browser logs them for failed requests. */
  expectedErrors: RegExp;
}

interface WorkerFixtures {
  built: boolean;
  sharedStack: Stack;
}

/** Failed requests are logged by the browser itself; faults are what many tests are about. */
const FAILED_REQUEST = /^Failed to load resource|^Service Worker registration blocked by Playwright/;
let sessions = 0;

export const test = base.extend<Fixtures, WorkerFixtures>({
  built: [true, { scope: "worker", option: true }],

  sharedStack: [
    async ({ built }, use) => {
      const stack = await startStack({ built });
      await use(stack);
      await stack.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],

  stack: async ({ sharedStack }, use, testInfo) => {
    await use(sharedStack);
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach("stack.log", { body: sharedStack.log(), contentType: "text/plain" });
      console.log(`--- the stack's log, newest last ---\n${sharedStack.log().slice(-4_000)}`);
    }
  },

  expectedErrors: [FAILED_REQUEST, { option: true }],

  chat: async ({ page, stack, expectedErrors }, use, testInfo) => {
    const problems: string[] = [];
    const allowed = new Set([stack.page, stack.worker].map((url) => new URL(url).host));
    page.on("request", (request) => problems.push(...problemsOf(request, allowed)));
    page.on("pageerror", (error) => problems.push(`the page threw: ${error.message}`));
    page.on("dialog", async (dialog) => {
      problems.push(`a dialog opened: ${dialog.message()}`);
      await dialog.dismiss();
    });
    page.on("console", (message) => {
      const isProblem = message.type() === "error" || message.type() === "warning";
      if (isProblem && !expectedErrors.test(message.text())) problems.push(`console: ${message.text()}`);
    });
    await giveOwnAddress(page, testInfo.workerIndex);
    fillAsUsersDo(page);

    await use(new Chat(page, stack));

    expect(problems).toEqual([]);
    expect(await page.content()).not.toContain(UPSTREAM_KEY);
  },
});

function problemsOf(request: Request, allowed: ReadonlySet<string>): string[] {
  const url = new URL(request.url());
  const sent = `${request.url()}\n${JSON.stringify(request.headers())}\n${request.postData() ?? ""}`;
  return [
    ...(url.protocol.startsWith("http") && !allowed.has(url.host) ? [`asked ${request.url()}`] : []),
    ...(sent.includes(UPSTREAM_KEY) ? [`sent the key to ${request.url()}`] : []),
  ];
}

/**
 * The worker limits how many sessions one address may open in a minute. Cloudflare names the address in this header
 * and strips a caller's own; locally it stands for many readers on many machines.
 */
async function giveOwnAddress(page: Page, worker: number): Promise<void> {
  sessions += 1;
  const address = `10.${worker % 250}.${Math.floor(sessions / 250)}.${sessions % 250}`;
  await page.route("**/session", (route) =>
    route.continue({ headers: { ...route.request().headers(), "cf-connecting-ip": address } }),
  );
}

/**
 * Over WebDriver BiDi a filled field keeps its old value in React's eyes, because the value is set from a world of its
 * own. Setting it in the page's world is seen, as typing is.
 */
export function fillAsUsersDo(page: Page): void {
  if (page.context().browser()?.browserType().name() !== "firefox") return;
  const prototype: Locator = Object.getPrototypeOf(page.locator("body"));
  prototype.fill = async function fill(this: Locator, value: string): Promise<void> {
    await this.waitFor();
    await expect(this).toBeEditable();
    await this.focus();
    await this.evaluate((element, text) => {
      const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), "value")!;
      set!.call(element, text);
      element.dispatchEvent(new Event("input", { bubbles: true }));
    }, value);
  };
}
