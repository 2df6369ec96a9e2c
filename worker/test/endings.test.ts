// Stream endings in Node, where the relay reads chunk by chunk.
import { describe } from "vitest";
import { describeEndings } from "./endings.ts";
import { openSource } from "./source.ts";

describe("stream endings", () => describeEndings(openSource));
