// Functions of this page that a model may call when they are switched on: they run here, in the browser, and the service
// hears only what they return. What they may do is what a stranger's text may cause: nothing that costs or tells anything.
import type { AnyTool } from "latchkey/tools";

const MAX_SIDES = 1_000;

/** Plain objects: the package's own `tool` only types them, and the first load has nothing of the package. */
export const PAGE_TOOLS = [
  {
    name: "get_local_time",
    description: "The date and time where the user is, with the time zone.",
    execute: () => ({
      time: new Date().toLocaleString("en-GB"),
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
  },
  {
    name: "roll_dice",
    description: "Rolls one die and gives the number.",
    parameters: {
      type: "object",
      properties: { sides: { type: "integer", description: `2 to ${MAX_SIDES}. Default 6.` } },
    },
    execute({ sides = 6 }: { sides?: unknown }) {
      if (!Number.isInteger(sides) || (sides as number) < 2 || (sides as number) > MAX_SIDES) {
        throw new RangeError(`sides must be a whole number from 2 to ${MAX_SIDES}.`);
      }
      return { rolled: 1 + Math.floor(Math.random() * (sides as number)), sides };
    },
  },
] satisfies (AnyTool & { description: string })[];
