import type { FormEvent, ReactNode } from "react";

import type { Told } from "../api/useTell";
import { Button } from "./Button";
import { Refusals } from "./states";

interface ActFormProps {
  label: string;
  /** What the button says. */
  act: string;
  isDangerous?: boolean;
  className?: string;
  of: Told;
  onSubmit: (given: FormData) => void;
  onCancel: () => void;
  children: ReactNode;
}

/** What is to be said before something is done to one thing: fields, why it was refused, do it, or leave it. */
export function ActForm({ label, act, isDangerous = false, className = "", of, onSubmit, onCancel, children }: ActFormProps) {
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    onSubmit(new FormData(event.currentTarget));
  }

  return (
    <form className={`${className} stack`.trim()} onSubmit={submit} aria-label={label}>
      {children}
      <Refusals of={of} />
      <div className="row">
        <Button type="submit" kind={isDangerous ? "danger" : "primary"} isPending={of.telling}>
          {act}
        </Button>
        <Button kind="plain" onPress={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
