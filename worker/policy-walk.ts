// What a body holds, wherever its dialect puts it: types of tools, and images. Pure.

type Members = Readonly<Record<string, unknown>>;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Members)[name] : undefined;

/** Only where a tool can stand: a function's own JSON schema may have members of any name. */
export function toolTypes(members: Members): string[] {
  const lists = [
    members.tools,
    member(members.definition, "tools"),
    ...[
      members,
      ...list(members.messages),
      ...list(members.additional_messages),
      ...list(member(members.thread, "messages")),
    ].flatMap((message) => list(member(message, "attachments")).map((one) => member(one, "tools"))),
  ];
  const types = lists.flatMap(list).map((tool) => String(member(tool, "type")));
  const functions = list(members.functions).map(() => "function");
  return [...types, ...functions, ...(list(members.data_sources).length > 0 ? ["data_sources"] : [])];
}

const IMAGE_TYPES = new Set(["image_url", "input_image", "image_file"]);
const DATA_URL = /^data:image\//i;

/** How many images a body names or holds, and the bytes of those that it holds. */
export function imagesIn(root: Members): { readonly count: number; readonly bytes: number } {
  let count = 0;
  let bytes = 0;
  // Inputs of image embeddings, where bare base64 is taken, too.
  for (const image of list(root.input).map((one) => member(one, "image"))) {
    if (typeof image !== "string") continue;
    count += 1;
    if (!DATA_URL.test(image)) bytes += bytesOf(image);
  }
  const waiting: unknown[] = [root]; // a list instead of recursion: a body may be nested as deep as its size allows
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === "string") {
      // Of a part that has been counted by its type, only the bytes are left to count.
      if (DATA_URL.test(value)) bytes += bytesOf(value);
    } else if (Array.isArray(value)) {
      for (const one of value) waiting.push(one);
    } else if (typeof value === "object" && value !== null) {
      if (IMAGE_TYPES.has((value as { type?: string }).type!)) count += 1;
      for (const one of Object.values(value)) waiting.push(one);
    }
  }
  return { count, bytes };
}

function bytesOf(text: string): number {
  return Math.ceil(((text.length - text.indexOf(",") - 1) * 3) / 4);
}
