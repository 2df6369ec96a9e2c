// Stream endings inside workerd, where the relay pipes natively.
import { describe } from "vitest";
import { describeEndings } from "../endings.ts";
import { openSource } from "./source.ts";

describe("stream endings", () => describeEndings(openSource));
