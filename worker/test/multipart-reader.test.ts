// The form reader: any split of the bytes gives the same parts, what browsers and libraries send is read, and
// everything that two readers could read in two ways is refused.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fileName } from "../form-writer.ts";
import { boundaryOf, createFormReader, FormError, type FormEvent } from "../multipart-reader.ts";

const encoder = new TextEncoder();
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

interface Part {
  name: string;
  value: string | undefined;
  filename: string | undefined;
  bytes: string;
}

/** Events as whole parts, so that the pieces in which bytes come make no difference. */
function parts(events: readonly FormEvent[]): Part[] {
  const found: Part[] = [];
  for (const event of events) {
    if (event.type === "field")
      found.push({ name: event.name, value: event.value, filename: undefined, bytes: "" });
    else if (event.type === "file")
      found.push({ name: event.name, value: undefined, filename: event.filename, bytes: "" });
    else found.at(-1)!.bytes += latin1(event.bytes);
  }
  return found;
}

function read(boundary: string, pieces: Iterable<Uint8Array>): Part[] {
  const reader = createFormReader(boundary);
  const events: FormEvent[] = [];
  // Each piece is overwritten after it was pushed, as a reused buffer would be; so bytes are taken at once.
  for (const piece of pieces) {
    for (const event of reader.push(piece)) {
      events.push(event.type === "bytes" ? { ...event, bytes: event.bytes.slice() } : event);
    }
    piece.fill(0);
  }
  reader.end();
  return parts(events);
}

const readText = (text: string) => read("b", [encoder.encode(text)]);
const disposition = (rest: string) => `--b\r\ncontent-disposition: form-data; ${rest}\r\n\r\nx\r\n--b--\r\n`;

describe("splits", () => {
  const body = encoder.encode(
    [
      '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper\r\n',
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: audio/wav\r\n\r\n',
      "\r\n\r\n--\r\n--a\r--b\r\n--\r\n-\r\r\n\r\n",
      '--b\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n',
      "--b--\r\n",
    ].join(""),
  );
  const expected = [
    { name: "model", value: "whisper", filename: undefined, bytes: "" },
    { name: "file", value: undefined, filename: "a.bin", bytes: "\r\n\r\n--\r\n--a\r--b\r\n--\r\n-\r\r\n" },
    { name: "empty", value: "", filename: undefined, bytes: "" },
  ];

  test("at every byte, and into single bytes", () => {
    for (let at = 0; at <= body.byteLength; at += 1) {
      expect(read("b", [body.slice(0, at), body.slice(at)])).toEqual(expected);
    }
    expect(
      read(
        "b",
        Array.from(body, (byte) => Uint8Array.of(byte)),
      ),
    ).toEqual(expected);
  });

  test("at every pair of bytes", () => {
    for (let from = 0; from <= body.byteLength; from += 1) {
      for (let to = from; to <= body.byteLength; to += 7) {
        expect(read("b", [body.slice(0, from), body.slice(from, to), body.slice(to)])).toEqual(expected);
      }
    }
  });
});

test("any parts in any pieces come out as they went in", () => {
  // Bytes that are mostly those of a delimiter: the likeliest to be mistaken for one.
  const hard = fc
    .array(fc.constantFrom(13, 10, 45, 98, 0, 255), { maxLength: 60 })
    .map((bytes) => Uint8Array.from(bytes))
    .filter((bytes) => !`\r\n${latin1(bytes)}\r\n`.includes("\r\n--b"));
  const part = fc.record({
    name: fc.stringMatching(/^[a-z_[\]]{1,12}$/),
    filename: fc.option(fc.stringMatching(/^[\w .-]{1,20}$/), { nil: undefined }),
    bytes: hard,
  });
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(400), { maxLength: 12 }),
      (given, cuts) => {
        // A field must be UTF-8.
        const sent = given.map((one) =>
          one.filename === undefined ? { ...one, bytes: one.bytes.filter((byte) => byte !== 255) } : one,
        );
        fc.pre(sent.every(({ bytes }) => !`\r\n${latin1(bytes)}\r\n`.includes("\r\n--b")));
        const whole = Buffer.concat([
          ...sent.flatMap(({ name, filename, bytes }) => [
            Buffer.from(
              `--b\r\ncontent-disposition: form-data; name="${name}"${filename === undefined ? "" : `; filename="${filename}"`}\r\n\r\n`,
            ),
            bytes,
            Buffer.from("\r\n"),
          ]),
          Buffer.from("--b--\r\n"),
        ]);
        const places = [0, ...cuts.map((cut) => cut % whole.length).sort((a, b) => a - b), whole.length];
        const pieces = places.slice(1).map((to, index) => Uint8Array.from(whole.subarray(places[index], to)));
        expect(read("b", pieces)).toEqual(
          sent.map(({ name, filename, bytes }) => ({
            name,
            filename,
            value: filename === undefined ? Buffer.from(bytes).toString() : undefined,
            bytes: filename === undefined ? "" : latin1(bytes),
          })),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test("random bytes never make it hang or fail other than by a FormError", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 5 }), (pieces) => {
      try {
        read("b", pieces);
      } catch (error) {
        expect(error).toBeInstanceOf(FormError);
      }
    }),
  );
});

test("what the platform's own FormData writes is read", async () => {
  const form = new FormData();
  form.append("purpose", "batch");
  form.append("file", new Blob(["a\r\nb"], { type: "text/plain" }), 'n"a\r\nme.txt');
  const request = new Request("https://x.example/", { method: "POST", body: form });
  const boundary = boundaryOf(request.headers.get("content-type")!)!;
  expect(read(boundary, [new Uint8Array(await request.arrayBuffer())])).toEqual([
    { name: "purpose", value: "batch", filename: undefined, bytes: "" },
    { name: "file", value: undefined, filename: "n%22a%0D%0Ame.txt", bytes: "a\r\nb" },
  ]);
});

describe("dispositions", () => {
  for (const [rest, name, filename] of [
    ['name="file"; filename="a.txt"', "file", "a.txt"],
    ["name=file; filename=a.txt", "file", "a.txt"],
    ['filename="a;b=c.txt"; name="file"', "file", "a;b=c.txt"],
    ['name="file"; filename="a\\"b"', "file", 'a"b'],
    ['name="file"; filename="x"; filename*=UTF-8\'\'%C3%A9.txt', "file", "é.txt"],
    ['name="file"; filename=""', "file", ""],
  ] as const) {
    test(`${rest} is read`, () => {
      expect(readText(disposition(rest))).toMatchObject([{ name, filename, bytes: "x" }]);
    });
  }

  for (const rest of [
    'filename="a"',
    'name=""',
    'name="a"; name="b"',
    'name="a"; filename="x"; filename="y"',
    'name="a',
    'name="a"; x="y"',
    'name="a";',
    "name=\"a\"; filename*=iso-8859-1''a",
    "name=\"a\"; filename*=UTF-8''%zz",
    `name="${"a".repeat(65)}"`,
  ]) {
    test(`${rest.slice(0, 40)} is refused`, () => {
      expect(() => readText(disposition(rest))).toThrow(FormError);
    });
  }
});

test("Azure's own SDKs end a form with an empty line", () => {
  const field = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n';
  expect(readText(`${field}--b--\r\n\r\n`)).toEqual(readText(`${field}--b--\r\n`));
});

describe("forms that two readers could read in two ways are refused", () => {
  const field = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n';
  const rows: [string, string][] = [
    ["nothing", ""],
    ["a preamble", `hello\r\n${field}--b--\r\n`],
    ["an epilogue", `${field}--b--\r\nhello`],
    ["an epilogue after an empty line", `${field}--b--\r\n\r\nhello`],
    ["three line ends after the end", `${field}--b--\r\n\r\n\r\n`],
    ["no closing delimiter", field],
    ["a cut inside the closing delimiter", `${field}--b-`],
    ["no part at all", "--b--\r\n"],
    ["a delimiter that goes on", `--bb\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n--b--\r\n`],
    ["padding after a delimiter", `--b \r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n--b--\r\n`],
    ["bare line feeds", field.replaceAll("\r\n", "\n")],
    ["a part without headers", "--b\r\n\r\nx\r\n--b--\r\n"],
    ["another disposition", '--b\r\ncontent-disposition: attachment; name="a"\r\n\r\nx\r\n--b--\r\n'],
    [
      "two dispositions",
      '--b\r\ncontent-disposition: form-data; name="a"\r\ncontent-disposition: form-data; name="b"\r\n\r\nx\r\n--b--\r\n',
    ],
    ["a folded header", '--b\r\ncontent-disposition: form-data;\r\n name="a"\r\n\r\nx\r\n--b--\r\n'],
    [
      "a transfer encoding",
      '--b\r\ncontent-disposition: form-data; name="a"\r\ncontent-transfer-encoding: base64\r\n\r\nx\r\n--b--\r\n',
    ],
    ["long headers", `--b\r\nx-a: ${"a".repeat(5000)}\r\n\r\nx\r\n--b--\r\n`],
    [
      "a long field",
      `--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n${"x".repeat(140_000)}\r\n--b--\r\n`,
    ],
    ["many parts", `${field.repeat(65)}--b--\r\n`],
  ];
  for (const [name, text] of rows) {
    test(name, () => expect(() => readText(text)).toThrow(FormError));
  }

  test("a field that is not UTF-8", () => {
    const bytes = Uint8Array.from(Buffer.from(`${field.replace("x\r\n", "\xff\r\n")}--b--\r\n`, "latin1"));
    expect(() => read("b", [bytes])).toThrow(FormError);
  });
});

test("boundaries", () => {
  for (const [type, boundary] of [
    ["multipart/form-data; boundary=abc", "abc"],
    ['Multipart/Form-Data; boundary="a b:c"', "a b:c"],
    ["multipart/form-data;boundary=----WebKitFormBoundary7MA", "----WebKitFormBoundary7MA"],
    ["multipart/form-data", undefined],
    ["multipart/mixed; boundary=a", undefined],
    ["multipart/form-data; boundary=", undefined],
    [`multipart/form-data; boundary=${"a".repeat(71)}`, undefined],
    ["multipart/form-data; boundary=a; boundary=b", undefined],
    ["multipart/form-data; boundary=a\u00e9", undefined],
    ['multipart/form-data; boundary="a "', undefined],
  ] as const) {
    expect([type, boundaryOf(type)]).toEqual([type, boundary]);
  }
});

test("file names keep no path and no control characters", () => {
  for (const [given, kept] of [
    ["a.txt", "a.txt"],
    ["../../etc/passwd", "passwd"],
    ["C:\\x\\a.txt", "a.txt"],
    ["a\r\nX: y.txt", "aX: y.txt"],
    ["\u202Etxt.exe", "txt.exe"],
    ['a"b', "a%22b"],
    ["..", "file"],
    ["", "file"],
    ["a/", "file"],
    [`${"x".repeat(300)}.jsonl`, `${"x".repeat(194)}.jsonl`],
    ["naïve 文.txt", "naïve 文.txt"],
  ] as const) {
    expect(fileName(given)).toBe(kept);
  }
});

test("A23 one delimiter's worth of bytes is held, and time is linear", () => {
  const reader = createFormReader("b");
  reader.push(encoder.encode('--b\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\n'));
  const chunk = new Uint8Array(64 * 1024).fill(13); // the worst: every byte may begin a delimiter
  let bytes = 0;
  const started = performance.now();
  for (let i = 0; i < 160; i += 1) {
    for (const event of reader.push(chunk)) if (event.type === "bytes") bytes += event.bytes.byteLength;
  }
  expect(bytes).toBeGreaterThanOrEqual(160 * chunk.byteLength - 5);
  expect(performance.now() - started).toBeLessThan(3000);
});
