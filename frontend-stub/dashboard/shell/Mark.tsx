/** A gate. */
export function Mark() {
  return (
    <svg aria-hidden="true" className="mark" width="22" height="22" viewBox="0 0 22 22">
      <rect width="22" height="22" rx="6" fill="var(--accent-ground)" />
      <path d="M6 16.5v-6a5 5 0 0 1 10 0v6M11 16.5V12" fill="none" stroke="#fff" strokeWidth="1.8" strokeLinecap="round" />
    </svg>
  );
}
