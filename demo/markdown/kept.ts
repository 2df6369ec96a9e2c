// Remembers so many of the newest results: what was worked out once is there at once when it is shown again.

export interface Kept<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
}

export function keepNewest<T>(most: number): Kept<T> {
  const results = new Map<string, T>();
  return {
    get: (key) => results.get(key),
    set(key, value) {
      results.delete(key);
      results.set(key, value);
      const oldest = results.keys().next();
      if (results.size > most && !oldest.done) results.delete(oldest.value);
    },
  };
}
