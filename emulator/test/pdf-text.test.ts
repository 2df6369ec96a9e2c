import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { pdfText, readPdf } from "../pdf-text.ts";
import { assemble, pdfOf } from "./project-calls.ts";

const limits = { maxMs: 20_000, maxChars: 100_000 };

describe("the text of a PDF", () => {
  test.each([
    ["in a thread of its own", pdfText],
    ["in this thread", readPdf],
  ] as const)("is read %s, page by page", async (_, read) => {
    const pdf = pdfOf([["The lighthouse of Orrin", "was built in 1872."], ["Second (page)."]]);
    const before = pdf.slice();
    expect(await read(pdf, limits)).toEqual({
      ok: true,
      text: "The lighthouse of Orrin\nwas built in 1872.\n\nSecond (page).",
    });
    expect(pdf).toEqual(before);
  });

  test("has a limit", async () => {
    const pdf = pdfOf([["0123456789"], ["0123456789"]]);
    expect(await readPdf(pdf, { ...limits, maxChars: 15 })).toEqual({ ok: false, reason: "too-long" });
  });

  test.each([
    ["nothing", ""],
    ["a text", "not a PDF at all"],
    ["only a head", "%PDF-1.7\n"],
    ["half a file", new TextDecoder().decode(pdfOf([["x"]]).subarray(0, 200))],
  ])("is not there: %s", async (_, text) => {
    const read = await pdfText(new TextEncoder().encode(text), limits);
    // Half a file may be mended by the reader, which then finds no page with text.
    if (read.ok) expect(read.text).toBe("");
    else expect(read.reason).toBe("broken");
  });

  test("needs the reader to be installed", async () => {
    const absent = (): Promise<never> => Promise.reject(new Error("Cannot find package 'unpdf'"));
    expect(await readPdf(pdfOf([["x"]]), limits, absent)).toEqual({ ok: false, reason: "no-reader" });
  });

  // Ten forms that each draw the next ten times: 10^10 operations in three kilobytes.
  test("is not waited for for ever", async () => {
    const levels = 10;
    const form = (resources: string, content: string): string =>
      `<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 3 0 R >> ${resources} >> /Length ${content.length} >>\nstream\n${content}\nendstream`;
    const call = "/X Do ".repeat(10);
    const objects = [
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 5 0 R /Resources << /XObject << /X 6 0 R >> >> >>",
      `<< /Length ${call.length} >>\nstream\n${call}\nendstream`,
    ];
    for (let level = 0; level < levels; level++) {
      const next = `/XObject << /X ${7 + level} 0 R >>`;
      objects.push(form(next, call));
    }
    objects.push(form("", "BT /F1 9 Tf (lol) Tj ET"));
    const before = Date.now();
    const read = await pdfText(assemble(objects), { maxMs: 1_500, maxChars: 1_000_000 });
    expect(read).toMatchObject({ ok: false });
    expect(Date.now() - before).toBeLessThan(6_000);
  }, 20_000);
});

// A megabyte that inflates to three hundred, of which its reader keeps two copies.
test("a PDF that would fill the memory is given up", async () => {
  const packed = deflateSync(new Uint8Array(300 * 1024 * 1024).fill(32), { level: 1 });
  const [head, tail] = new TextDecoder()
    .decode(
      assemble([
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << >> >>",
        `<< /Length ${packed.byteLength} /Filter /FlateDecode >>\nstream\n@\nendstream`,
      ]),
    )
    .split("@") as [string, string];
  const pdf = Buffer.concat([Buffer.from(head), packed, Buffer.from(tail)]);
  const read = await pdfText(new Uint8Array(pdf), { ...limits, maxBytes: 150_000_000 });
  expect(read).toEqual({ ok: false, reason: "too-large" });
}, 30_000);

test("several PDFs at once are read one after the other, each with its own text", async () => {
  const texts = ["First.", "Second.", "Third."];
  const read = await Promise.all(texts.map((text) => pdfText(pdfOf([[text]]), limits)));
  expect(read).toEqual(texts.map((text) => ({ ok: true, text })));
});
