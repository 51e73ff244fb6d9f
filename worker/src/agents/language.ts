const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** Whether a tag is well formed (BCP 47) and its language exists; `english` is only well formed. */
export function isLanguage(tag: string): boolean {
  try {
    return names.of(new Intl.Locale(tag).language) !== undefined;
  } catch {
    return false;
  }
}
