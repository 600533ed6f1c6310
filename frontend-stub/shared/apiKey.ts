/** The API key lives as long as the browser tab, and is never written to disk by us. */
const NAME = "gatehouse.apiKey";

export function keptApiKey(): string | null {
  return sessionStorage.getItem(NAME);
}

export function keepApiKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function forgetApiKey(): void {
  sessionStorage.removeItem(NAME);
}
