// Comments in silence inside workerd, where the first events are passed by hand and the rest natively.
import { describe } from "vitest";
import { describeHeartbeats } from "../heartbeats.ts";
import { openSource } from "./source.ts";

describe("heartbeats", () => describeHeartbeats(openSource, true));
