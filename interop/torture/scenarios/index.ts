/** All scenarios, in the order of the table. */
import type { Scenario } from "../scenario.ts";
import { BYTES } from "./bytes.ts";
import { CALLER } from "./caller.ts";
import { HTTP } from "./http.ts";
import { MEANING } from "./meaning.ts";
import { TRANSPORT } from "./transport.ts";

export const GROUPS: readonly { title: string; scenarios: readonly Scenario[] }[] = [
  { title: "Bytes", scenarios: BYTES },
  { title: "Meaning", scenarios: MEANING },
  { title: "Transport", scenarios: TRANSPORT },
  { title: "HTTP", scenarios: HTTP },
  { title: "Caller", scenarios: CALLER },
];

export const SCENARIOS: readonly Scenario[] = GROUPS.flatMap(({ scenarios }) => scenarios);
