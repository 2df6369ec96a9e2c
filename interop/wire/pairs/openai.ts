// OpenAI and Azure OpenAI: the rows of test/openai, called on our clients and on those of npm `openai`, which have the same
// names.
import { AzureOpenAI as TheirAzure, OpenAI as TheirOpenAI } from "openai";
import { AzureOpenAI, OpenAI } from "../../../src/openai/index.ts";
import { ROWS, whole } from "../../../test/openai/rows.ts";
import { type Group, group, type Row } from "../group.ts";

const KEY = "test-key";
const endpoint = "https://resource.example";
const apiVersion = "2024-10-21";

const MODEL_ID = {
  path: "an id is one segment in which only letters, digits and `-._~` are left as they are; the service decodes both",
};
const BECAUSE: Record<string, Record<string, string>> = {
  "audio.speech.create (2)": { "header accept": "asks for the event stream that it parses" },
  "models.retrieve": MODEL_ID,
  "responses.delete": { "header accept": "reads what the service says about it" },
};
const ABSENT: Record<string, string> = {
  "responses.poll": "it's `responses.retrieve`, again until the response is done",
};

const rows: Row<AzureOpenAI, unknown>[] = Object.entries(ROWS).flatMap(([operation, all]) =>
  all.map(({ call, answer }, index) => {
    const name = all.length > 1 ? `${operation} (${index + 1})` : operation;
    return {
      name,
      ours: call,
      theirs: ABSENT[name] ? undefined : (client) => call(client as AzureOpenAI),
      absent: ABSENT[name],
      answer: answer ?? (() => whole()),
      because: BECAUSE[name],
    };
  }),
);

const EVERYWHERE = {
  "header user-agent": "a browser's page can't set it, and it would tell the package's version",
  "header x-stainless-*": "tell system, runtime and versions; nobody needs them to answer",
  "header x-ms-client-request-id": "one id for all attempts of a call, to find it in the service's logs",
  "header idempotency-key":
    "the same id, with POST, so that a second attempt can be known as one; theirs sends one only if told which header to use",
};
const BEARER =
  "with a key, `AzureOpenAI` says `api-key`, as the service's reference does; the service takes both";

export const openai: Group[] = [
  group({
    title: "Azure OpenAI, deployment URLs",
    ours: "`AzureOpenAI` with a dated `apiVersion`",
    sdk: "openai",
    theirs: "`AzureOpenAI`",
    clients: ({ fetch }) => ({
      ours: new AzureOpenAI({ endpoint, apiVersion, apiKey: KEY, maxRetries: 0, fetch }),
      theirs: new TheirAzure({ endpoint, apiVersion, apiKey: KEY, maxRetries: 0, fetch }),
    }),
    everywhere: EVERYWHERE,
    rows,
  }),
  group({
    title: "Azure OpenAI, `/openai/v1`",
    ours: "`AzureOpenAI` without an `apiVersion`",
    sdk: "openai",
    theirs: "`OpenAI` with a `baseURL`",
    clients: ({ fetch }) => ({
      ours: new AzureOpenAI({ endpoint, apiKey: KEY, maxRetries: 0, fetch }),
      theirs: new TheirOpenAI({ baseURL: `${endpoint}/openai/v1`, apiKey: KEY, maxRetries: 0, fetch }),
    }),
    everywhere: { ...EVERYWHERE, "header api-key": BEARER, "header authorization": BEARER },
    rows,
  }),
  group({
    title: "OpenAI",
    ours: "`OpenAI`",
    sdk: "openai",
    theirs: "`OpenAI`",
    clients: ({ fetch }) => {
      const options = { apiKey: KEY, organization: "org", project: "proj", maxRetries: 0, fetch };
      return { ours: new OpenAI(options) as unknown as AzureOpenAI, theirs: new TheirOpenAI(options) };
    },
    everywhere: EVERYWHERE,
    rows,
  }),
];
