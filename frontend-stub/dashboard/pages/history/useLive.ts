/** Following what happens: the list as it is, and what comes, each event once. */
import { type RefObject, useCallback, useEffect, useReducer, useRef, useState } from "react";
import { useClient } from "urql";

import { type Failure, failureOf } from "../../api/failure";
import { useReturns } from "../../api/link";
import type { ProvisioningEventWhere } from "../../generated/schema";
import { HistoryDocument, type HistoryQuery, type EventRowFragment as Event, LiveCursorDocument, LiveHistoryDocument } from "./generated/History";
import { arrived, EMPTY_TAIL, entered, fits, listed, type Tail } from "./tail";

type PageInfo = HistoryQuery["provisioningEvents"]["pageInfo"];

export interface Live {
  tail: Tail<Event>;
  pageInfo: PageInfo | undefined;
  failure: Failure | undefined;
  /** Shows what waits. */
  show: () => void;
  again: () => void;
}

type Step =
  | { kind: "begin" }
  | { kind: "list"; rows: readonly Event[] }
  | { kind: "come"; events: readonly Event[]; mayEnter: boolean }
  | { kind: "show" };

const TOGETHER_MS = 200;
const AGAIN_MS = 3_000;
const FRESH = { requestPolicy: "network-only" } as const;

function reduce(tail: Tail<Event>, step: Step): Tail<Event> {
  switch (step.kind) {
    case "begin":
      return EMPTY_TAIL;
    case "list":
      return listed(tail, step.rows);
    case "come":
      return arrived(tail, step.events, step.mayEnter);
    case "show":
      return entered(tail);
  }
}

/**
 * @param list where the rows are: while somebody is in it, or has scrolled down, none enters.
 */
export function useLive(where: ProvisioningEventWhere, size: number, list: RefObject<HTMLElement | null>): Live {
  const client = useClient();
  const returns = useReturns();
  const [tail, dispatch] = useReducer(reduce, EMPTY_TAIL);
  const [pageInfo, setPageInfo] = useState<PageInfo>();
  const [failure, setFailure] = useState<Failure>();
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  const asked = JSON.stringify(where);
  const failed = useRef(false);
  failed.current = failure !== undefined;

  useEffect(() => {
    if (returns > 0 && failed.current) again();
  }, [returns, again]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round begins anew
  useEffect(() => {
    const wanted = JSON.parse(asked) as ProvisioningEventWhere;
    let ended = false;
    let stop: (() => void) | undefined;
    let place: string;
    let come: Event[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let next: ReturnType<typeof setTimeout> | undefined;

    function hand(): void {
      timer = undefined;
      dispatch({ kind: "come", events: come, mayEnter: !isRead(list.current) });
      come = [];
    }

    function follow(): void {
      const following = client.subscription(LiveHistoryDocument, { where: wanted, after: place }).subscribe(({ data, error }) => {
        if (data) {
          setFailure(undefined);
          place = data.provisioningEvents.cursor;
          come.push(data.provisioningEvents.node);
          timer ??= setTimeout(hand, TOGETHER_MS);
        }
        if (error && !ended) {
          setFailure(failureOf(error));
          next = setTimeout(follow, AGAIN_MS);
        }
      });
      stop = following.unsubscribe;
    }

    async function begin(): Promise<void> {
      dispatch({ kind: "begin" });
      setFailure(undefined);
      const now = await client.query(LiveCursorDocument, {}, FRESH).toPromise();
      if (ended) return;
      if (!now.data) return setFailure(failureOf(now.error));
      place = now.data.liveCursor;
      follow();
      const read = await client.query(HistoryDocument, { where: wanted, first: size, after: null, last: null, before: null }, FRESH).toPromise();
      if (ended) return;
      if (!read.data) return setFailure(failureOf(read.error));
      setPageInfo(read.data.provisioningEvents.pageInfo);
      dispatch({ kind: "list", rows: read.data.provisioningEvents.nodes });
    }

    void begin();
    return () => {
      ended = true;
      clearTimeout(timer);
      clearTimeout(next);
      stop?.();
    };
  }, [client, asked, size, round]);

  const show = () => (fits(tail) ? dispatch({ kind: "show" }) : again());
  return { tail, pageInfo, failure, show, again };
}

/** Whether somebody may be reading the list: it is scrolled, the pointer or the focus is in it, a text is selected, or fingers scroll. */
function isRead(list: HTMLElement | null): boolean {
  return (
    window.scrollY > 0 ||
    !window.matchMedia("(hover: hover)").matches ||
    list === null ||
    list.matches(":hover") ||
    list.contains(document.activeElement) ||
    document.querySelector("[role=dialog]") !== null ||
    document.getSelection()?.isCollapsed === false
  );
}
