import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect } from "./chat.ts";

export async function expectNoViolations(page: Page): Promise<void> {
  // The package declares its Page from its own copy of Playwright's types.
  const { violations } = await new AxeBuilder({ page } as ConstructorParameters<
    typeof AxeBuilder
  >[0]).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html) }))).toEqual([]);
}
