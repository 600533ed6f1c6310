import "./diff.css";

interface Delta {
  roleBefore: string | null;
  roleAfter: string | null;
  roleChanged: boolean;
  groupsAdded: readonly string[];
  groupsRemoved: readonly string[];
}

/** What happened to somebody's access: the role before and after, groups gained and lost. */
export function AccessDelta({ access }: { access: Delta }) {
  const { roleBefore, roleAfter, roleChanged, groupsAdded, groupsRemoved } = access;
  return (
    <dl className="diff">
      {roleChanged && (
        <>
          <dt>Role</dt>
          <dd>
            <span className="visually-hidden">before </span>
            <del>{roleBefore ?? "none"}</del> <span aria-hidden="true">→</span> <span className="visually-hidden">after </span>
            <ins>{roleAfter ?? "none"}</ins>
          </dd>
        </>
      )}
      {groupsAdded.length > 0 && (
        <>
          <dt>Groups gained</dt>
          <dd>
            <ins>{groupsAdded.join(", ")}</ins>
          </dd>
        </>
      )}
      {groupsRemoved.length > 0 && (
        <>
          <dt>Groups lost</dt>
          <dd>
            <del>{groupsRemoved.join(", ")}</del>
          </dd>
        </>
      )}
    </dl>
  );
}
