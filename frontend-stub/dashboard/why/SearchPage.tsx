import type { FormEvent } from "react";

import type { Go } from "../address";
import { useQuery } from "../query";
import { Waiting } from "../Waiting";

const PEOPLE = `query People($text: String!) {
  users(search: $text, first: 25, orderBy: [{field: FAMILY_NAME}]) {
    nodes { id userName displayName title status role { name } tenant { name } }
    pageInfo { hasNextPage }
  }
}`;

interface People {
  users: { nodes: Person[]; pageInfo: { hasNextPage: boolean } };
}

interface Person {
  id: string;
  userName: string;
  displayName: string | null;
  title: string | null;
  status: string;
  role: { name: string } | null;
  tenant: { name: string } | null;
}

interface SearchPageProps {
  apiKey: string;
  text: string;
  go: Go;
}

/** Find people by part of a name, userName, e-mail address or externalId. */
export function SearchPage({ apiKey, text, go }: SearchPageProps) {
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const wanted = new FormData(event.currentTarget).get("q");
    if (typeof wanted === "string") go({ search: wanted.trim() });
  }

  return (
    <>
      <h1>Why does somebody have this access?</h1>
      <form role="search" onSubmit={submit}>
        <label htmlFor="q">Name, e-mail, userName or externalId</label>
        <input id="q" name="q" type="search" defaultValue={text} autoFocus required />
        <button type="submit">Find</button>
      </form>
      {text !== "" && <Found apiKey={apiKey} text={text} go={go} />}
    </>
  );
}

function Found({ apiKey, text, go }: SearchPageProps) {
  const answer = useQuery<People>(apiKey, PEOPLE, { text });
  if (answer.state !== "answered") return <Waiting answer={answer} />;
  const { nodes, pageInfo } = answer.data.users;
  if (nodes.length === 0) return <p role="status">Nobody is called “{text}”.</p>;
  return (
    <>
      <table>
        <caption>{pageInfo.hasNextPage ? "The first 25; say more of the name" : `${nodes.length} found`}</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">userName</th>
            <th scope="col">Title</th>
            <th scope="col">Role</th>
            <th scope="col">Customer</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((person) => (
            <tr key={person.id}>
              <th scope="row">
                <button type="button" className="link" onClick={() => go({ user: person.id })}>
                  {person.displayName ?? person.userName}
                </button>
              </th>
              <td>{person.userName}</td>
              <td>{person.title}</td>
              <td>{person.role?.name ?? <span className="quiet">{person.status === "ACTIVE" ? "none" : "disabled"}</span>}</td>
              <td>{person.tenant?.name}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
