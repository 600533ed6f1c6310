import { Component, type ReactNode } from "react";

import { Button } from "./Button";
import { Icon } from "./Icon";

/** What stands in the place of a page that cannot be drawn: its code did not come, or it has a fault. The shell stays. */
export class Boundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <div className="state failed" role="alert">
        <Icon name="warning" size={20} />
        <h1 className="state-title">This page cannot be shown</h1>
        <p>Its code did not come, or there is another release of it by now.</p>
        <Button small onPress={() => window.location.reload()}>
          Load it again
        </Button>
      </div>
    );
  }
}
