/** Chooses the moment that is asked about, in the time zone of whoever looks. */
export function AsOf({ at, onChange }: { at: string | null; onChange: (at: string | null) => void }) {
  return (
    <div className="as-of">
      <label htmlFor="at">As of</label>
      <input
        id="at"
        type="datetime-local"
        value={at === null ? "" : local(at)}
        onChange={(event) => onChange(event.target.value === "" ? null : new Date(event.target.value).toISOString())}
      />
      {at !== null && (
        <button type="button" onClick={() => onChange(null)}>
          Now
        </button>
      )}
    </div>
  );
}

function local(at: string): string {
  const time = new Date(at);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
