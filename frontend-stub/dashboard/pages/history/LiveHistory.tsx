import "./history.css";

import { useRef } from "react";

import { plural } from "../../format/plural";
import type { ProvisioningEventWhere } from "../../generated/schema";
import { Button } from "../../parts/Button";
import { Paging, type Place } from "../../parts/Paging";
import { Shown } from "../../parts/states";
import { EventTable } from "./EventTable";
import type { EventRowFragment } from "./generated/History";
import { useLive } from "./useLive";

interface LiveHistoryProps {
  slug: string;
  where: ProvisioningEventWhere;
  size: number;
  isFiltered: boolean;
  hrefOf: (event: EventRowFragment) => string;
  onGo: (place: Place) => void;
}

/** The newest events, and those that come: they enter by themselves while nobody reads, else they wait in the bar. */
export function LiveHistory({ slug, where, size, isFiltered, hrefOf, onGo }: LiveHistoryProps) {
  const list = useRef<HTMLDivElement>(null);
  const { tail, pageInfo, failure, show, again } = useLive(where, size, list);
  const asked = { data: tail.shown === null ? undefined : { rows: tail.shown }, failure, asking: false, again };

  function showAndLook() {
    show();
    scrollTo(0, 0);
  }

  return (
    <Shown of={asked} what="the history">
      {({ rows }) => (
        <>
          <div className="live-bar" role="status">
            {tail.count === 0 ? (
              <span className="quiet small following">Following what happens</span>
            ) : (
              <Button kind="primary" small onPress={showAndLook}>
                {plural(tail.count, "new event")}
              </Button>
            )}
          </div>
          <div className="card flush" ref={list}>
            <EventTable slug={slug} rows={rows} isFiltered={isFiltered} hrefOf={hrefOf} />
          </div>
          {pageInfo && <Paging pageInfo={pageInfo} onGo={onGo} />}
        </>
      )}
    </Shown>
  );
}
