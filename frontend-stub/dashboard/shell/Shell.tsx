import "./shell.css";

import { Suspense, useEffect, useRef, useState } from "react";
import { NavLink, Outlet, useLocation, useParams } from "react-router";

import { Boundary } from "../parts/Boundary";
import { Button } from "../parts/Button";
import { Icon } from "../parts/Icon";
import { Loading } from "../parts/states";
import { headAt, PAGES, type Page, TENANT_PAGES } from "../routes";
import { AccountMenu } from "./AccountMenu";
import { GlobalSearch } from "./GlobalSearch";
import { HealthLight, LostBanner } from "./Health";
import { Mark } from "./Mark";
import { PageHead } from "./PageHead";
import { TenantSwitcher } from "./TenantSwitcher";

/** What is around every page: where you are, where you can go, whether the server is there, and who you are. */
export function Shell() {
  const { slug } = useParams();
  const { pathname } = useLocation();
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const came = useRef(pathname);

  useEffect(() => {
    setOpen(false);
    if (came.current === pathname) return;
    came.current = pathname;
    scrollTo(0, 0);
    if (document.activeElement?.closest("header.bar")) return; // somebody is typing what to search for
    main.current?.focus(); // a reader that cannot see the page hears that it is another one
  }, [pathname]);

  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="bar">
        <span className="narrow-only">
          <Button kind="plain" aria-label="Menu" aria-expanded={open} onPress={() => setOpen(!open)}>
            <Icon name="menu" />
          </Button>
        </span>
        <GlobalSearch />
        <HealthLight />
        <AccountMenu />
      </header>
      <nav className={`side${open ? " open" : ""}`} aria-label="Pages of Gatehouse">
        <NavLink className="brand" to="/tenants">
          <Mark /> Gatehouse
        </NavLink>
        <TenantSwitcher slug={slug} />
        {slug !== undefined && <Links pages={TENANT_PAGES} below={`/t/${encodeURIComponent(slug)}/`} />}
        <Links pages={PAGES} below="" />
      </nav>
      <main id="main" ref={main} tabIndex={-1}>
        <LostBanner />
        <Boundary key={pathname}>
          <Suspense
            fallback={
              <>
                <PageHead title={headAt(pathname)} />
                <Loading what="the page" />
              </>
            }
          >
            <Outlet />
          </Suspense>
        </Boundary>
      </main>
    </div>
  );
}

function Links({ pages, below }: { pages: Page[]; below: string }) {
  return (
    <ul>
      {pages.map(
        ({ path, nav }) =>
          nav && (
            <li key={path}>
              <NavLink to={`${below}${path}`}>
                <Icon name={nav.icon} /> {nav.name}
              </NavLink>
            </li>
          ),
      )}
    </ul>
  );
}
