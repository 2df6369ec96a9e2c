/** What a candidate of the section `page` is: a page with a text box called "Message" that streams its answers. */
import type { Page } from "@playwright/test";

export interface PageCandidate {
  readonly name: string;
  readonly packages?: readonly string[];
  /** Builds what has to be built, and serves it. */
  start(): Promise<Served>;
  /** Makes the page at this address keep a conversation, questions and answers in turn; a reload shows it. */
  keep(page: Page, messages: readonly string[]): Promise<void>;
}

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}
