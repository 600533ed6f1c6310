import { Button } from "./Button";
import { Icon } from "./Icon";

interface AskedForProps {
  name: string;
  value: string;
  onClear: () => void;
}

/** A filter that stands in no field of the page: what it asks for, and the way to be rid of it. */
export function AskedFor({ name, value, onClear }: AskedForProps) {
  return (
    <Button small aria-label={`Do not ask for ${name} ${value}`} onPress={onClear}>
      {name}: {value} <Icon name="close" size={12} />
    </Button>
  );
}
