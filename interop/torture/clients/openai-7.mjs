import * as sdk from "openai";
import { asking } from "./openai-create.mjs";

export const ask = asking(sdk);
