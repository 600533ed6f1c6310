/** Drawn here: strokes on a grid of 16, in the colour of the text. */
const PATHS = {
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.5 10.5 14 14",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6.5 8 10l4-3.5",
  right: "M6 4l4 4-4 4",
  left: "M10 4 6 8l4 4",
  up: "M4 9.5 8 6l4 3.5",
  check: "M3 8.5 6.5 12 13 4.5",
  warning: "M8 2.5 14.5 13.5h-13ZM8 6.5v3.5M8 11.8v.2",
  lock: "M4 7.5h8v6H4ZM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2",
  users: "M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 3.2a2.5 2.5 0 0 1 0 4.6M12 9.8c1.6.5 2.5 1.8 2.5 3.7",
  home: "M2.5 7.5 8 2.5l5.5 5M4 6.5v7h8v-7",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.5V8l2.5 1.5",
  map: "M2.5 4h4l3 8h4M2.5 12h4M11 4h2.5",
  plug: "M6 2.5v3M10 2.5v3M4 5.5h8v2.5a4 4 0 0 1-8 0ZM8 12v2",
  list: "M2.5 4h11M2.5 8h11M2.5 12h11",
  download: "M8 2.5v8M4.5 7.5 8 11l3.5-3.5M2.5 13.5h11",
  menu: "M2 4h12M2 8h12M2 12h12",
  filter: "M2 3.5h12M4.5 8h7M7 12.5h2",
  copy: "M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3",
} as const;

export type IconName = keyof typeof PATHS;

/** Says nothing to screen readers: the text beside it does. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
