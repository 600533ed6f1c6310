// graphql-yoga on the same tables, as one writes it, with a loader for the nested list: node yoga.mjs --port N
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8 });
const iso = (microseconds) => new Date(Number(microseconds) / 1000).toISOString();
const columns = "id, user_name, display_name, given_name, family_name, title, user_type, external_id, active, created_at";

// The events of all users asked for in one turn of the event loop, in one statement
const eventsLoader = () => {
  let waiting = [];
  return (id, first) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ id, resolve, reject }) > 1) return;
      setImmediate(async () => {
        const batch = waiting;
        waiting = [];
        try {
          const { rows } = await pool.query({
            name: "events",
            text: `SELECT k.id AS owner, e.* FROM unnest($1::uuid[]) k (id) CROSS JOIN LATERAL (
              SELECT id, action, outcome, occurred_at FROM provisioning_event
              WHERE tenant_id = $2 AND resource_id = k.id ORDER BY occurred_at DESC, id DESC LIMIT $3) e`,
            values: [batch.map((one) => one.id), process.env.TENANT_ID, first],
          });
          const found = group(rows);
          for (const one of batch) one.resolve(found.get(one.id) ?? []);
        } catch (error) {
          for (const one of batch) one.reject(error);
        }
      });
    });
};

const group = (rows) => {
  const found = new Map();
  for (const row of rows) found.get(row.owner)?.push(row) ?? found.set(row.owner, [row]);
  return found;
};

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Event { id: ID! action: String! outcome: String! occurredAt: String! }
    type User {
      id: ID! userName: String! displayName: String givenName: String familyName: String title: String userType: String
      externalId: String active: Boolean! createdAt: String!
      events(first: Int!): [Event!]!
    }
    type Query { users(first: Int!): [User!]! user(id: ID!): User }
  `,
  resolvers: {
    Query: {
      users: async (_, { first }) =>
        (await pool.query({
          name: "users",
          text: `SELECT ${columns} FROM scim_user WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY created_at, id LIMIT $2`,
          values: [process.env.TENANT_ID, first],
        })).rows,
      user: async (_, { id }) =>
        (await pool.query({
          name: "user",
          text: `SELECT ${columns} FROM scim_user WHERE tenant_id = $1 AND id = $2`,
          values: [process.env.TENANT_ID, id],
        })).rows[0],
    },
    User: {
      userName: (user) => user.user_name,
      displayName: (user) => user.display_name,
      givenName: (user) => user.given_name,
      familyName: (user) => user.family_name,
      userType: (user) => user.user_type,
      externalId: (user) => user.external_id,
      createdAt: (user) => iso(user.created_at),
      events: (user, { first }, context) => context.events(user.id, first),
    },
    Event: { occurredAt: (event) => iso(event.occurred_at) },
  },
});

const yoga = createYoga({ schema, context: () => ({ events: eventsLoader() }), graphiql: false, logging: false });
createServer(yoga).listen(Number(process.argv[3]), "127.0.0.1");
