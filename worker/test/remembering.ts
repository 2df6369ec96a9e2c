// How objects are remembered, written once and run twice: in memory, and inside workerd in SQLite.
import { expect, test } from "vitest";
import { hasRoom, type OwnershipOf } from "../ownership.ts";

/** `create` gives a fresh store each time. */
export function describeRemembering(create: () => OwnershipOf): void {
  const file = (id: string, purpose?: string) => ({
    kind: "file" as const,
    id,
    upstream: "u",
    ...(purpose && { purpose }),
  });

  test("found by kind and id, by its owner alone", async () => {
    const of = create();
    expect(await of("a").add([file("1", "batch"), { kind: "batch", id: "2", upstream: "u" }], 10)).toBe(true);
    expect(await of("a").add([file("1", "batch")], 2)).toBe(true);
    expect(await of("a").find([file("1"), file("2"), { kind: "batch", id: "2" }])).toEqual([
      file("1", "batch"),
      undefined,
      { kind: "batch", id: "2", upstream: "u" },
    ]);
    expect(await of("b").find([file("1")])).toEqual([undefined]);
    expect(await of("a").find([])).toEqual([]);
    await of("b").remove(file("1"));
    expect(await of("a").find([file("1")])).not.toEqual([undefined]);
    await of("a").remove(file("1"));
    expect(await of("a").find([file("1")])).toEqual([undefined]);
  });

  test("the model of an agent is known until it has had another", async () => {
    const mine = create()("a");
    const agent = { kind: "agent" as const, id: "1", upstream: "u" };
    const model = async () => (await mine.find([agent]))[0]?.model;
    await mine.add([{ ...agent, model: "small" }], 1);
    expect(await model()).toBe("small");
    await mine.add([{ ...agent, model: "small" }, agent], 1);
    expect(await model()).toBe("small");
    // Also where there is no room for more.
    await mine.add([{ ...agent, model: "large" }], 1);
    expect(await model()).toBe("");
    await mine.add([{ ...agent, model: "small" }], 1);
    expect(await model()).toBe("");
    const older = { ...agent, id: "2" };
    await mine.add([older], 2);
    await mine.add([{ ...older, model: "small" }], 2);
    expect((await mine.find([older]))[0]?.model || undefined).toBeUndefined();
  });

  test("no more than it may be, all or nothing", async () => {
    const of = create();
    expect(await of("a").add([file("1"), file("2"), file("3")], 2)).toBe(false);
    expect(await of("a").find([file("1")])).toEqual([undefined]);
  });

  test("whether there is room for one more is told before it is made", async () => {
    const of = create();
    expect(await hasRoom(of("a"), 1)).toBe(true);
    await of("a").add([file("1")], 1);
    expect([await hasRoom(of("a"), 1), await hasRoom(of("a"), 2)]).toEqual([false, true]);
    await of("a").remove(file("1"));
    expect(await hasRoom(of("a"), 1)).toBe(true);
  });

  test("pages", async () => {
    const mine = create()("a");
    for (const id of ["1", "2", "3", "4"]) await mine.add([file(id, id === "3" ? "x" : "y")], 10);
    const ids = async (query: object) => {
      const { objects, more } = await mine.page({ kind: "file", limit: 2, order: "desc", ...query });
      return [objects.map(({ id }) => id).join(""), more];
    };
    expect(await ids({})).toEqual(["43", true]);
    expect(await ids({ after: "3" })).toEqual(["21", false]);
    expect(await ids({ order: "asc", after: "3" })).toEqual(["4", false]);
    expect(await ids({ purpose: "y" })).toEqual(["42", true]);
    expect(await ids({ after: "9" })).toEqual(["", false]);
    expect(await ids({ kind: "batch" })).toEqual(["", false]);
    await mine.add([{ ...file("5", "y"), upstream: "v" }], 10);
    expect(await ids({ upstream: "v" })).toEqual(["5", false]);
    expect(await ids({ upstream: "u", purpose: "y", limit: 9 })).toEqual(["421", false]);
  });
}
