import { useCallback } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";

import { paths } from "../address/paths";
import { SearchField } from "../parts/SearchField";

/** Finds a person or a request from anywhere. */
export function GlobalSearch() {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [query] = useSearchParams();
  const there = pathname === "/search";
  const search = useCallback((text: string) => void (text !== "" && navigate(paths.search(text), { replace: there })), [navigate, there]);
  return <SearchField label="Name, e-mail, userName, externalId or request id" value={there ? (query.get("q") ?? "") : ""} onSearch={search} />;
}
