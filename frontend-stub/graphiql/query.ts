/** What a new tab shows: who am I, which tenants can I see, and how to ask about one person. */
export const DEFAULT_QUERY = `# Ctrl-Enter runs the query at the cursor, Ctrl-Space completes.
# The book at the top left holds the documentation.

{
  viewer {
    name
  }
  tenants {
    nodes {
      id
      slug
      name
    }
  }
}

# What does this person get, and why? Fill in a tenant's id from above:
#
# query WhyThisAccess {
#   user(by: {userName: {tenantId: "...", value: "ana@contoso.example"}}) {
#     userName
#     role {
#       name
#     }
#     groups {
#       name
#     }
#     access {
#       summary
#     }
#   }
# }
`;
