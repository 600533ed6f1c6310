import "./button.css";

import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components";

export interface ButtonProps extends Omit<AriaButtonProps, "className"> {
  /** One primary button a view at most; `plain` has no border; `danger` cannot be undone. */
  kind?: "primary" | "normal" | "plain" | "danger";
  small?: boolean;
}

export function Button({ kind = "normal", small = false, ...rest }: ButtonProps) {
  return <AriaButton {...rest} className={`button ${kind}${small ? " small" : ""}`} />;
}
