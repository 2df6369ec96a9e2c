// Which of a model's places gets the next call: of those that do not rest, the best priority, and there one by weight.
// Health is learnt passively and kept per isolate, by upstream and deployment, because services limit and fail by
// deployment. Clock and chance are passed in.
import {
  type Attempt,
  BREAKER,
  type Breaker,
  type BreakerOptions,
  type BreakerState,
  createBreaker,
} from "./breaker.ts";

/** A model at one upstream. */
export interface Place {
  readonly upstream: { readonly name: string };
  /** What that upstream calls the model. Empty for calls that run none. */
  readonly deployment: string;
  /** The lowest is asked first: provisioned 1, pay-as-you-go 2, another region 3. */
  readonly priority: number;
  /** The share of calls among places of one priority. 0: none, but objects that live there are still reached. */
  readonly weight: number;
}

/** Places come from the configuration, so there are few; the bound is for what nobody has thought of. */
const MAX_PLACES = 1000;

export interface Health {
  look(place: Place): BreakerState;
  /** Undefined: it rests. */
  begin(place: Place, leaseMs: number, caller?: string): Attempt | undefined;
  /** Of every place that was ever called: for the operator. */
  states(): (BreakerState & { readonly upstream: string; readonly deployment: string })[];
}

export function createHealth(
  now: () => number,
  random: () => number,
  options: BreakerOptions = BREAKER,
): Health {
  const known = new Map<string, { place: Place; breaker: Breaker }>();
  function of(place: Place): Breaker {
    const key = `${place.upstream.name}
${place.deployment}`;
    const found = known.get(key);
    if (found !== undefined) return found.breaker;
    // The oldest one that is well knows nothing worth keeping; if all rest, the oldest goes all the same.
    if (known.size >= MAX_PLACES) {
      const [first] = known.keys();
      const well = [...known].find(([, { breaker }]) => breaker.look(now()).state === "closed");
      known.delete(well?.[0] ?? first!);
    }
    const breaker = createBreaker(options, random);
    known.set(key, { place, breaker });
    return breaker;
  }
  return {
    look: (place) => of(place).look(now()),
    begin: (place, leaseMs, caller) => of(place).begin(now(), leaseMs, caller),
    states: () =>
      [...known.values()].map(({ place, breaker }) => ({
        upstream: place.upstream.name,
        deployment: place.deployment,
        ...breaker.look(now()),
      })),
  };
}

/**
 * Of these places, those a call may go to. `home` is where the objects live that it names: they exist nowhere else, so
 * there is no other place then.
 */
export function placesFor<P extends Place>(places: readonly P[], home: string | undefined): readonly P[] {
  if (home !== undefined) return places.filter(({ upstream }) => upstream.name === home);
  const active = places.filter(({ weight }) => weight > 0);
  return active.length > 0 ? active : places;
}

/** The place to call, or undefined when all of them rest. */
export function choosePlace<P extends Place>(
  places: readonly P[],
  isReady: (place: P) => boolean,
  random: () => number,
): P | undefined {
  const ready = places.filter(isReady);
  const best = Math.min(...ready.map(({ priority }) => priority));
  const group = ready.filter(({ priority }) => priority === best);
  const total = group.reduce((sum, { weight }) => sum + weight, 0);
  const at = random() * total;
  let passed = 0;
  for (const place of group) {
    passed += place.weight;
    if (at < passed) return place;
  }
  return group[0]; // where all weights are 0
}

/** Why nothing is left, and when something will be. */
export function soonest(
  places: readonly Place[],
  health: Health,
): { readonly why: "busy" | "failing"; readonly waitMs: number } {
  const states = places.map((place) => health.look(place));
  const [first] = states.toSorted((a, b) => a.waitMs - b.waitMs);
  // "Ask less often" is only true if nothing is broken.
  const busy = states.every(({ why }) => why === "busy");
  return { why: busy ? "busy" : "failing", waitMs: first?.waitMs ?? 0 };
}
