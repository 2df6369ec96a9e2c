// Functions of this page that an agent may call: they run here, in the browser, and the service only hears what they
// return. What they may do is what a stranger's text may cause: nothing that costs or tells anything.
import { functionTool } from "latchkey/projects";

const time = functionTool({
  name: "get_local_time",
  description: "The date and time where the user is, with the time zone.",
  execute: () => ({
    time: new Date().toLocaleString("en-GB"),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  }),
});

const MAX_SIDES = 1_000;

const dice = functionTool({
  name: "roll_dice",
  description: "Rolls one die and gives the number.",
  parameters: {
    type: "object",
    properties: { sides: { type: "integer", description: `2 to ${MAX_SIDES}. Default 6.` } },
  },
  execute(args) {
    const { sides = 6 } = args as { sides?: unknown };
    if (!Number.isInteger(sides) || (sides as number) < 2 || (sides as number) > MAX_SIDES)
      throw new RangeError(`sides must be a whole number from 2 to ${MAX_SIDES}.`);
    return { rolled: 1 + Math.floor(Math.random() * (sides as number)), sides };
  },
});

/** All of them: every run may call what its agent has of these. */
export const PAGE_FUNCTIONS = [time, dice];
