/** What a candidate of the section `client` offers: one streamed chat, with everything the library does by default. */

export type Ask = (model: string, onText: (text: string) => void) => Promise<void>;

export interface ClientCandidate {
  readonly name: string;
  readonly packages?: readonly string[];
  /** Makes a client for the service at an origin; it is used for all rounds. */
  connect(origin: string): Ask;
}

export const MESSAGES = [{ role: "user" as const, content: "Hello" }];
export const KEY = "test-key";
