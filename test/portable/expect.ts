// What tests say about values. Members that are undefined count as absent, as on the wire.

export class Unexpected extends Error {
  override name = "Unexpected";
}

/** A value as a failure shows it. */
export function shown(value: unknown): string {
  if (value instanceof Error) return String(value);
  try {
    const text = JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `${inner}n` : inner));
    return (text ?? String(value)).slice(0, 600);
  } catch {
    return String(value);
  }
}

export function ok(value: unknown, what = "a truthy value"): asserts value {
  if (!value) throw new Unexpected(`expected ${what}, got ${shown(value)}`);
}

/** Deep equality. */
export function equal(actual: unknown, expected: unknown): void {
  const where = difference(actual, expected, true, "");
  if (where !== undefined) {
    throw new Unexpected(`${where}: expected ${shown(expected)}, got ${shown(actual)}`);
  }
}

/** Like {@link equal}, but members that are not expected don't count. */
export function has(actual: unknown, expected: unknown): void {
  const where = difference(actual, expected, false, "");
  if (where !== undefined) {
    throw new Unexpected(`${where}: expected ${shown(expected)} in ${shown(actual)}`);
  }
}

export function contains(text: unknown, part: string | RegExp): void {
  const good = typeof text === "string" && (typeof part === "string" ? text.includes(part) : part.test(text));
  if (!good) throw new Unexpected(`expected ${part} in ${shown(text)}`);
}

/** What a promise or a function throws; a failure of the test if it doesn't. */
export async function thrown(
  work: PromiseLike<unknown> | (() => unknown),
): Promise<Error & Record<string, unknown>> {
  let value: unknown;
  try {
    value = await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (error instanceof Unexpected) throw error;
    return error as Error & Record<string, unknown>;
  }
  throw new Unexpected(`expected an error, got ${shown(value)}`);
}

/** Throws with members as expected. */
export async function fails(
  work: PromiseLike<unknown> | (() => unknown),
  expected: Record<string, unknown>,
): Promise<Error & Record<string, unknown>> {
  const error = await thrown(work);
  for (const [member, value] of Object.entries(expected)) {
    if (difference(error[member], value, false, member) !== undefined) {
      throw new Unexpected(
        `expected ${member} ${shown(value)}, got ${shown(error[member])} of ${error}\n${error.stack}`,
      );
    }
  }
  return error;
}

/** Where two values differ, or undefined. */
function difference(actual: unknown, expected: unknown, exact: boolean, path: string): string | undefined {
  const here = path === "" ? "the value" : path;
  if (Object.is(actual, expected)) return undefined;
  if (typeof actual !== "object" || typeof expected !== "object" || actual === null || expected === null)
    return here;
  if (Array.isArray(expected) || ArrayBuffer.isView(expected)) {
    const [one, other] = [actual, expected] as unknown as [ArrayLike<unknown>, ArrayLike<unknown>];
    if (one.length !== other.length) return `length of ${here}`;
  } else if (Array.isArray(actual)) return here;
  const members = exact ? new Set([...Object.keys(actual), ...Object.keys(expected)]) : Object.keys(expected);
  for (const member of members) {
    const found = difference(
      (actual as Record<string, unknown>)[member],
      (expected as Record<string, unknown>)[member],
      exact,
      path === "" ? member : `${path}.${member}`,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
