/** What an administrator enters under Mappings in Entra ID; the same table as in docs/entra-admin-guide.md. */
export interface Mapped {
  target: string;
  source: string;
  /** Whether the source is text to be pasted as an expression. */
  isExpression?: boolean;
  remark: string;
}

export const ATTRIBUTES: readonly Mapped[] = [
  { target: "userName", source: "userPrincipalName", remark: "needed; matching, precedence 1" },
  {
    target: "active",
    source: 'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
    isExpression: true,
    remark: "needed; Entra's default. Without it leavers are deleted instead of disabled",
  },
  { target: "name.givenName", source: "givenName", remark: "needed" },
  { target: "name.familyName", source: "surname", remark: "needed" },
  { target: 'emails[type eq "work"].value', source: "mail", remark: "needed" },
  { target: "title", source: "jobTitle", remark: "makes the role" },
  { target: "userType", source: "department, employeeType, extensionAttribute1 …", remark: "makes the employee groups" },
  { target: "externalId", source: "objectId", remark: "change it before the first sync: it must never change afterwards" },
  { target: 'phoneNumbers[type eq "work"].value', source: "telephoneNumber", remark: "kept as written" },
  { target: 'phoneNumbers[type eq "mobile"].value', source: "mobile", remark: "kept as written" },
  { target: "displayName", source: "displayName", remark: "" },
];

/** The target attribute that Entra has to be told of before it can be mapped. */
export const USER_TYPE = "urn:ietf:params:scim:schemas:core:2.0:User:userType";
