import { describe, expect, it } from "vitest";

import { decisiveFirst, shortPath } from "./changes";

describe("changes", () => {
  it("puts what decides access first, and leaves the rest in order", () => {
    const paths = ["userName", "title", "externalId", "role", "employeeGroups", "active"].map((path) => ({ path }));

    expect(decisiveFirst(paths).map(({ path }) => path)).toEqual(["role", "employeeGroups", "title", "active", "userName", "externalId"]);
  });

  it.each([
    ["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "manager.value"],
    ['emails[type eq "work"].value', 'emails[type eq "work"].value'],
    ["settings.scimMode", "settings.scimMode"],
  ])("shortens %s", (path, short) => {
    expect(shortPath(path)).toBe(short);
  });
});
