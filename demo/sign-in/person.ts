// The note in localStorage of who is signed in, by which all tabs agree. No token is in it.

export interface Person {
  /** MSAL's, of person and directory. */
  readonly id: string;
  readonly name: string;
  /** When the person signed in, in ms. Who signs in again gets new tokens, so it is told apart. */
  readonly since: number;
}

export const PERSON_KEY = "latchkey-account";

export function storedPerson(): Person | null {
  try {
    const { id, name, since } = Object(JSON.parse(localStorage.getItem(PERSON_KEY) ?? "null"));
    const isWhole = typeof id === "string" && typeof name === "string" && typeof since === "number";
    return isWhole ? { id, name, since } : null;
  } catch {
    return null;
  }
}

/** Done by the window that signed somebody in; the others see it by the event. */
export function storePerson(person: Person): void {
  localStorage.setItem(PERSON_KEY, JSON.stringify(person));
}

/** With what MSAL keeps: tokens, and who they are of. Needs no network. */
export function clearPerson(): void {
  try {
    const names = Object.keys(localStorage).filter((name) => name === PERSON_KEY || name.startsWith("msal."));
    for (const name of names) localStorage.removeItem(name);
  } catch {
    // Where nothing can be stored nobody is signed in.
  }
}
