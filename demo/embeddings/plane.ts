// Vectors -> nearest neighbours, and a place for each on a plane: the two directions in which they differ most
// (principal components, by power iteration). Pure, and the same picture for the same vectors.

export type Vector = ArrayLike<number>;

export interface Neighbour {
  readonly index: number;
  /** Cosine of the angle between the two: 1 is the same direction. */
  readonly similarity: number;
}

const ROUNDS = 60;

export function cosine(a: Vector, b: Vector): number {
  let dot = 0;
  let ofA = 0;
  let ofB = 0;
  for (let i = 0; i < a.length; i += 1) {
    dot += a[i]! * b[i]!;
    ofA += a[i]! ** 2;
    ofB += b[i]! ** 2;
  }
  return ofA === 0 || ofB === 0 ? 0 : dot / Math.sqrt(ofA * ofB);
}

/** The others, nearest first. */
export function neighboursOf(vectors: readonly Vector[], of: number): readonly Neighbour[] {
  return vectors
    .map((vector, index) => ({ index, similarity: cosine(vectors[of]!, vector) }))
    .filter(({ index }) => index !== of)
    .toSorted((a, b) => b.similarity - a.similarity);
}

/** A place for each between -1 and 1, in both directions to the same scale. */
export function placesOf(vectors: readonly Vector[]): readonly (readonly [x: number, y: number])[] {
  const rows = centred(vectors);
  const first = direction(rows, undefined);
  const second = direction(rows, first);
  const places = rows.map((row) => [dot(row, first), dot(row, second)] as const);
  const most = Math.max(...places.flat().map(Math.abs), Number.MIN_VALUE);
  return places.map(([x, y]) => [x / most, y / most]);
}

function centred(vectors: readonly Vector[]): readonly Float64Array[] {
  const size = vectors[0]?.length ?? 0;
  const mean = new Float64Array(size);
  for (const vector of vectors) for (let i = 0; i < size; i += 1) mean[i]! += vector[i]! / vectors.length;
  return vectors.map((vector) => Float64Array.from({ length: size }, (_, i) => vector[i]! - mean[i]!));
}

/** The direction in which the rows differ most, of those at a right angle to another. */
function direction(rows: readonly Float64Array[], other: Float64Array | undefined): Float64Array {
  const size = rows[0]?.length ?? 0;
  // Any start will do that is not at a right angle to what is looked for.
  let found: Float64Array = Float64Array.from({ length: size }, (_, i) => Math.sin(i + 1));
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = new Float64Array(size);
    for (const row of rows) {
      const weight = dot(row, found);
      for (let i = 0; i < size; i += 1) next[i]! += weight * row[i]!;
    }
    if (other) {
      const along = dot(next, other);
      for (let i = 0; i < size; i += 1) next[i]! -= along * other[i]!;
    }
    const length = Math.sqrt(dot(next, next));
    if (length < 1e-12) return new Float64Array(size);
    found = next.map((value) => value / length);
  }
  return found;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}
