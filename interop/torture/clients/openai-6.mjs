import * as sdk from "openai-6";
import { asking } from "./openai-create.mjs";

export const ask = asking(sdk);
