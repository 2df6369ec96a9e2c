// What an answer needs of the page around it: the way to the worker, to be read aloud, and the models' prices. Null
// where there is neither, as in the agents' room.
import { createContext } from "react";
import type { ModelOption } from "../composer/capabilities.ts";
import type { Connection } from "../connection.ts";

export interface AnswerSurroundings {
  readonly connection: Connection;
  readonly models: readonly ModelOption[];
}

export const Surroundings = createContext<AnswerSurroundings | null>(null);
