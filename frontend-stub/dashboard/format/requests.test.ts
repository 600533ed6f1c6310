import { describe, expect, it } from "vitest";

import { curlOf, toneOf, wholePath } from "./requests";

const BASE = "http://127.0.0.1:8080/scim/v2";

describe("a request as people read it", () => {
  it.each([
    [200, "good"],
    [304, "good"],
    [409, "warn"],
    [503, "bad"],
  ])("%s is %s", (status, tone) => {
    expect(toneOf(status)).toBe(tone);
  });

  it.each([
    ["/Users/{id}", "0199", "/Users/0199"],
    ["/Users", null, "/Users"],
  ])("has its id in its path: %s", (path, scimId, expected) => {
    expect(wholePath({ method: "GET", path, scimId })).toBe(expected);
  });
});

describe("a request as a command line", () => {
  it("needs no body to read", () => {
    expect(curlOf({ method: "GET", path: "/Users/{id}", scimId: "0199", body: null }, BASE)).toBe(
      `curl -X GET 'http://127.0.0.1:8080/scim/v2/Users/0199' \\\n  -H "Authorization: Bearer $SCIM_TOKEN"`,
    );
  });

  it("holds its body, quoted for the shell", () => {
    expect(curlOf({ method: "POST", path: "/Users", scimId: null, body: `{"a":"O'Hara"}` }, BASE)).toBe(
      [
        "curl -X POST 'http://127.0.0.1:8080/scim/v2/Users'",
        `  -H "Authorization: Bearer $SCIM_TOKEN"`,
        "  -H 'Content-Type: application/scim+json'",
        `  --data-raw '{"a":"O'\\''Hara"}'`,
      ].join(" \\\n"),
    );
  });

  it("is none for a list, whose filter is not in the log, and for a body that was cut", () => {
    expect(curlOf({ method: "GET", path: "/Users", scimId: null, body: null }, BASE)).toBeNull();
    expect(curlOf({ method: "POST", path: "/Users", scimId: null, body: `{"userName":"an` }, BASE)).toBeNull();
  });

  it("is none without the body that it had", () => {
    expect(curlOf({ method: "PATCH", path: "/Users/{id}", scimId: "0199", body: null }, BASE)).toBeNull();
  });
});
