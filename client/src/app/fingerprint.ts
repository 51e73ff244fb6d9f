const storageKey = 'voice-jib-jab.fingerprint';

/** A random id of this browser, by which the agent knows a caller who comes back. */
export function fingerprint(): string {
  try {
    const known = localStorage.getItem(storageKey);
    if (known !== null) return known;
    const fresh = randomId();
    localStorage.setItem(storageKey, fresh);
    return fresh;
  } catch {
    // Storage is off: the caller is a new one each time, which is what they asked for.
    return randomId();
  }
}

/** `crypto.randomUUID` exists on secure pages only; this page also works without TLS, by typing. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
