// Lines -> vectors, over the package's client. Loaded when somebody asks for a map.
import { decodeEmbedding, EmbeddingsClient } from "latchkey";
import type { Connection } from "../connection.ts";
import type { Vector } from "./plane.ts";

/** Services take so many texts in a call. */
const AT_ONCE = 96;

export async function embed(
  connection: Connection,
  model: string,
  lines: readonly string[],
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<readonly Vector[]> {
  const client = new EmbeddingsClient(`${connection.workerUrl}/models`, connection.session, { model });
  const vectors: Vector[] = [];
  for (let from = 0; from < lines.length; from += AT_ONCE) {
    const input = lines.slice(from, from + AT_ONCE);
    const { data } = await client.embed({ input, encoding_format: "float" }, { signal });
    const inOrder = data.toSorted((a, b) => a.index - b.index);
    vectors.push(...inOrder.map(({ embedding }) => decodeEmbedding(embedding, "float") as Vector));
    onProgress(vectors.length);
  }
  return vectors;
}
