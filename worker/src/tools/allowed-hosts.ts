/** The hosts that tools may call. */
export interface AllowedHosts {
  /** A host without a port is allowed at the default port of the scheme only. */
  allows(url: URL): boolean;
}

/** @param list `host` or `host:port`, comma separated, as in TOOL_ALLOWED_HOSTS; empty: none */
export function allowedHosts(list: string): AllowedHosts {
  const origins = new Set<string>();
  for (const entry of list.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    // A URL's host loses the default port of its scheme, so the entry is read as both.
    for (const scheme of ['http', 'https']) {
      const url = URL.parse(`${scheme}://${entry}`);
      if (url !== null) origins.add(url.origin);
    }
  }
  return { allows: (url) => origins.has(url.origin) };
}
