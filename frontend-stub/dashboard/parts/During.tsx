import { Button } from "./Button";
import { Icon } from "./Icon";
import { Time } from "./Time";

interface DuringProps {
  from: string | null;
  to: string | null;
  onEnd: () => void;
}

/** The stretch of time that a list is narrowed to, and how to be rid of it. */
export function During({ from, to, onEnd }: DuringProps) {
  if (from === null && to === null) return null;
  return (
    <Button onPress={onEnd}>
      <span>
        {from && <Time at={from} />} – {to ? <Time at={to} /> : "now"}
      </span>
      <Icon name="close" size={12} /> <span className="visually-hidden">Any time</span>
    </Button>
  );
}
