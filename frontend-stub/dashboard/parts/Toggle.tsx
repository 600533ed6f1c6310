import "./button.css";
import "./toggle.css";

import type { ReactNode } from "react";
import { ToggleButton } from "react-aria-components";

interface ToggleProps {
  isSelected: boolean;
  onChange: (selected: boolean) => void;
  children: ReactNode;
}

/** A filter that is on or off. */
export function Toggle({ children, ...rest }: ToggleProps) {
  return (
    <ToggleButton {...rest} className="button toggle">
      {children}
    </ToggleButton>
  );
}
