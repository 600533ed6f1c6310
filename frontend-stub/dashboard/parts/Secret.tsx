import type { ReactNode } from "react";

import { Button } from "./Button";
import { CopyButton } from "./CopyButton";

interface SecretProps {
  secret: string;
  className?: string;
  onTaken: () => void;
  /** What it is, and what to do with it. */
  children: ReactNode;
}

/** A secret that is shown once, until it is said to be taken. */
export function Secret({ secret, className = "", onTaken, children }: SecretProps) {
  return (
    <div className={`${className} stack`.trim()} role="status">
      <p>{children}</p>
      <p className="row">
        <code className="secret">{secret}</code> <CopyButton text={secret} />
        <Button small kind="plain" onPress={onTaken}>
          I have it
        </Button>
      </p>
    </div>
  );
}
