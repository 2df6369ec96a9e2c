/** Requests and answers that only the services of a project have: merge patches, and answers that say nothing. */
import type { Payload } from "../http/caller.ts";
import { discard } from "../http/response.ts";
import type { Sent } from "../http/send.ts";

/** Members that change; `null` removes one. */
export const mergePatch = (members: object): Payload => ({
  body: JSON.stringify(members),
  headers: { "content-type": "application/merge-patch+json" },
});

export async function readNothing({ response, settle }: Sent): Promise<undefined> {
  discard(response);
  settle({});
}
