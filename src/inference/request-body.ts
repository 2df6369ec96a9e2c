/** A call -> its body: defaults merged, extras laid over, forms checked; or a body of the caller's own. Pure. */

/** A body that is sent as it is. */
export interface RawBody {
  body: Record<string, unknown> | string | Uint8Array<ArrayBuffer>;
}

/** What each default of the body may be, by name: also the list of the defaults. */
export type Forms = Readonly<Record<string, string>>;

/** A body and the headers that go with it. It's text from here on, so that every retry sends the same. */
export interface EncodedBody {
  body: string | Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/** Parts a client's options: defaults of the body here, options of the client there. */
export function pickDefaults<D extends object, T extends D>(
  options: T,
  forms: Forms,
): { defaults: D; rest: Omit<T, keyof D> } {
  if (typeof options !== "object" || options === null) throw new TypeError("options must be an object.");
  const entries = Object.entries(options);
  const isDefault = ([name]: [string, unknown]) => Object.hasOwn(forms, name);
  const defaults = Object.fromEntries(entries.filter(isDefault)) as D;
  check(defaults, forms);
  const rest = Object.fromEntries(entries.filter((entry) => !isDefault(entry))) as Omit<T, keyof D>;
  return { defaults, rest };
}

/**
 * Makes the body of a call.
 *
 * @param finish checks and completes the members, before they are laid over by `model_extras`.
 */
export function encodeBody(
  request: object,
  defaults: object,
  forms: Forms,
  finish: (members: Record<string, unknown>) => void,
): EncodedBody {
  if (typeof request !== "object" || request === null) throw new TypeError("request must be an object.");
  if ("body" in request && request.body !== undefined) {
    const { body } = request;
    if (typeof body === "string") return { body, headers: {} };
    // A copy, for the caller may use the array again before a retry.
    if (body instanceof Uint8Array) return { body: body.slice(), headers: {} };
    if (!isPlain(body)) throw new TypeError("body must be an object, text or bytes.");
    return { body: JSON.stringify(body), headers: {} };
  }
  const merged: Record<string, unknown> = { ...given(defaults), ...given(request) };
  check(merged, forms);
  finish(merged);
  const { model_extras, ...body } = merged;
  if (!model_extras || Object.keys(model_extras).length === 0)
    return { body: JSON.stringify(body), headers: {} };
  // The wire's rule: extras come last, so they can overwrite, and the service must not refuse them.
  return {
    body: JSON.stringify({ ...body, ...model_extras }),
    headers: { "extra-parameters": "pass-through" },
  };
}

/** The members that have a value; made so that a key `__proto__` is a member like any other. */
function given(members: object): object {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  );
}

function check(members: object, forms: Forms): void {
  for (const [name, form] of Object.entries(forms)) {
    const value: unknown = members[name as keyof typeof members];
    if (value === null || value === undefined) continue;
    const is = Array.isArray(value) ? "list" : typeof value;
    if (!form.includes(is) || (is === "number" && !Number.isFinite(value)))
      throw new TypeError(`${name} must be a ${form}.`);
  }
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
