import { getBytes, getLines, getMessages } from "@microsoft/fetch-event-source/lib/cjs/parse.js";
import type { SseCandidate, Use } from "../candidate.ts";

const onPiece = (use: Use): ((piece: Uint8Array) => void) => {
  // It hands out an empty message for every blank line without data.
  const take = ({ data }: { data: string }) => data && use(data);
  return getLines(
    getMessages(
      () => {},
      () => {},
      take,
    ),
  );
};

export default {
  name: "fetch-event-source",
  packages: ["@microsoft/fetch-event-source"],
  feed(pieces, use) {
    const take = onPiece(use);
    for (const piece of pieces) take(piece);
  },
  read: (body, use) => getBytes(body, onPiece(use)),
} satisfies SseCandidate;
